package workflow

import "github.com/pubmortem/pubmortem/analyzer/internal/yamltree"

// Values of the fact id-token.
const (
	granted = "granted"
	missing = "missing"
)

// permissions is the block that rules the job: its own one, which replaces the
// workflow's entirely, or the workflow's. ok is false when there is neither.
//
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
func (j *Job) permissions() (_ yamltree.Field, ok bool) {
	if own, ok := j.node.Field("permissions"); ok {
		return own, true
	}
	return j.file.root.Field("permissions")
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
	entry, ok := block.Value.Field(name)
	switch {
	case block.Value.Scalar() == "write-all":
		return granted, block.Key.Line
	case hasExpression(block.Value.Scalar()) || hasExpression(entry.Value.Scalar()):
		return "", block.Key.Line
	case !ok:
		return missing, block.Key.Line
	case entry.Value.Scalar() == "write":
		return granted, entry.Key.Line
	}
	return missing, entry.Key.Line
}
