package workflow

// Values of the fact id-token.
const (
	granted = "granted"
	missing = "missing"
)

// permissions is the block that rules the job: its own one, which replaces the
// workflow's entirely, or the workflow's. ok is false when there is neither.
//
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
func (j *Job) permissions() (_ field, ok bool) {
	if own, ok := j.node.field("permissions"); ok {
		return own, true
	}
	return j.file.root.field("permissions")
}

// permission tells whether the job may write to what a permission names, and
// the line that says so. The value is "" when the file does not say: an
// expression, or a workflow that others call and that leaves it to them.
//
// Without any block the token never has id-token, whatever the repository's
// setting (https://docs.github.com/en/actions/concepts/security/openid-connect).
func (j *Job) permission(name string) (value string, line int) {
	block, ok := j.permissions()
	if !ok {
		if j.file.callable() {
			return "", j.Line
		}
		return missing, j.Line
	}
	entry, ok := block.value.field(name)
	switch {
	case block.value.scalar() == "write-all":
		return granted, block.key.line
	case hasExpression(block.value.scalar()) || hasExpression(entry.value.scalar()):
		return "", block.key.line
	case !ok:
		return missing, block.key.line
	case entry.value.scalar() == "write":
		return granted, entry.key.line
	}
	return missing, entry.key.line
}
