package workflow

import "strings"

// AddIDToken grants the job `id-token: write`: in its own permissions; else in
// the workflow's, when the job is the only one; else in a block of its own
// that repeats the workflow's, since a job's block replaces it. Where there is
// no block at all, the new one has `contents: read` besides.
//
// ok is false when the permission is there, for `read-all` and other forms
// without entries, for expressions, and where a new block would take away
// rights that the job uses by default.
func (f *File) AddIDToken(job string) (_ Edit, ok bool) {
	return f.addPermissions(job, "id-token")
}

// AddCallerPermission is AddIDToken for the job that calls another workflow.
// The called file may ask for more than `contents: read`; the caller's file
// does not tell.
func (f *File) AddCallerPermission(job string) (_ Edit, ok bool) {
	if j, ok := f.Job(job); !ok || j.Uses == "" {
		return Edit{}, false
	}
	return f.addPermissions(job, "id-token")
}

// AddAttestationsPermission grants what actions/attest needs, in the way of
// AddIDToken: `attestations: write` and `id-token: write`.
//
// Source: https://github.com/actions/attest#usage
func (f *File) AddAttestationsPermission(job string) (_ Edit, ok bool) {
	return f.addPermissions(job, "id-token", "attestations")
}

func (f *File) addPermissions(job string, names ...string) (Edit, bool) {
	j, ok := f.Job(job)
	if !ok {
		return Edit{}, false
	}
	want := func(j *Job) bool {
		for _, name := range names {
			if value, _ := j.permission(name); value != granted {
				return false
			}
		}
		return true
	}
	return f.change(j, want, j.permissionSplices(names)...)
}

// permissionSplices are the lines to change, none when it is no plain edit.
func (j *Job) permissionSplices(names []string) []splice {
	if own, ok := j.node.field("permissions"); ok {
		return j.extend(own, names)
	}
	shared, ok := j.file.root.field("permissions")
	switch {
	case ok && len(j.file.jobs) == 1:
		return j.extend(shared, names)
	case ok && shared.value.is(mapNode):
		return j.ownBlock(shared.value.fields, names)
	case ok || j.usesDefaultRights():
		return nil
	}
	contents := field{&node{kind: textNode, text: "contents"}, &node{kind: textNode, text: "read"}}
	return j.ownBlock([]field{contents}, names)
}

// usesDefaultRights tells whether the job's steps work with the token that
// GitHub gives to each job, whose rights a new block would narrow.
func (j *Job) usesDefaultRights() bool {
	begin, last := j.Line, j.file.end(j.Line, j.node.column()-1)
	for _, line := range j.file.lines()[begin:last] {
		for _, sign := range []string{"GITHUB_TOKEN", "github.token", "git push"} {
			if strings.Contains(line, sign) {
				return true
			}
		}
	}
	return false
}

// column is where a mapping's keys begin.
func (n *node) column() int {
	if n == nil || len(n.fields) == 0 {
		return 1
	}
	return n.fields[0].key.col
}

// extend adds entries to a block of permissions, or changes those that are there.
func (j *Job) extend(block field, names []string) []splice {
	if block.value.is(mapNode) && block.value.flow {
		return j.extendFlow(block, names)
	}
	if !isBlock(block.value) {
		return nil
	}
	var splices []splice
	var added []string
	last := block.value.fields[len(block.value.fields)-1]
	for _, name := range names {
		entry, ok := block.value.field(name)
		if !ok {
			added = append(added, indent(last.key)+name+": write")
			continue
		}
		s, ok := j.file.swap(entry.value, "write")
		if !ok {
			return nil
		}
		splices = append(splices, s)
	}
	if len(added) > 0 && oneLine(last) {
		splices = append(splices, insertAfter(last.key.line, added...))
	}
	return splices
}

// extendFlow turns `{contents: read}` into a mapping with more entries.
func (j *Job) extendFlow(block field, names []string) []splice {
	line, at, ok := j.file.at(block.value)
	inside, rest, closed := strings.Cut(line[at:], "}")
	if !ok || !closed || strings.Contains(inside, "#") {
		return nil
	}
	entries := strings.TrimSpace(strings.TrimPrefix(inside, "{"))
	for _, name := range names {
		if block.value.get(name) != nil {
			return nil
		}
		if entries != "" {
			entries += ", "
		}
		entries += name + ": write"
	}
	return []splice{{block.value.line, 1, []string{line[:at] + "{ " + entries + " }" + rest}}}
}

// ownBlock gives the job a block with the entries of another and the names.
func (j *Job) ownBlock(entries []field, names []string) []splice {
	deeper := "  "
	lines := []string{"permissions:"}
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	for _, entry := range entries {
		if !seen[entry.key.text] {
			lines = append(lines, deeper+entry.key.text+": "+entry.value.scalar())
		}
	}
	for _, name := range names {
		lines = append(lines, deeper+name+": write")
	}
	return j.insert(lines...)
}

// insert puts lines at the job's level, behind `runs-on:` or `uses:`.
func (j *Job) insert(lines ...string) []splice {
	if !isBlock(j.node) {
		return nil
	}
	head := j.node.fields[0].key
	for i, line := range lines {
		lines[i] = indent(head) + line
	}
	for _, name := range []string{"runs-on", "uses"} {
		if entry, ok := j.node.field(name); ok {
			return []splice{insertAfter(j.file.lastLine(entry), lines...)}
		}
	}
	return nil
}
