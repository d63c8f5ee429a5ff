package workflow

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

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
	if own, ok := j.node.Field("permissions"); ok {
		return j.extend(own, names)
	}
	shared, ok := j.file.root.Field("permissions")
	switch {
	case ok && len(j.file.jobs) == 1:
		return j.extend(shared, names)
	case ok && shared.Value.Is(yamltree.Map):
		return j.ownBlock(shared.Value.Fields, names)
	case ok || j.usesDefaultRights():
		return nil
	}
	contents := yamltree.Field{Key: &yamltree.Node{Kind: yamltree.Text, Text: "contents"}, Value: &yamltree.Node{Kind: yamltree.Text, Text: "read"}}
	return j.ownBlock([]yamltree.Field{contents}, names)
}

// usesDefaultRights tells whether the job's steps work with the token that
// GitHub gives to each job, whose rights a new block would narrow.
func (j *Job) usesDefaultRights() bool {
	begin, last := j.Line, j.file.end(j.Line, column(j.node)-1)
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
func column(n *yamltree.Node) int {
	if n == nil || len(n.Fields) == 0 {
		return 1
	}
	return n.Fields[0].Key.Col
}

// extend adds entries to a block of permissions, or changes those that are there.
func (j *Job) extend(block yamltree.Field, names []string) []splice {
	if block.Value.Is(yamltree.Map) && block.Value.Flow {
		return j.extendFlow(block, names)
	}
	if !isBlock(block.Value) {
		return nil
	}
	var splices []splice
	var added []string
	last := block.Value.Fields[len(block.Value.Fields)-1]
	for _, name := range names {
		entry, ok := block.Value.Field(name)
		if !ok {
			added = append(added, indent(last.Key)+name+": write")
			continue
		}
		s, ok := j.file.swap(entry.Value, "write")
		if !ok {
			return nil
		}
		splices = append(splices, s)
	}
	if len(added) > 0 && oneLine(last) {
		splices = append(splices, insertAfter(last.Key.Line, added...))
	}
	return splices
}

// extendFlow turns `{contents: read}` into a mapping with more entries.
func (j *Job) extendFlow(block yamltree.Field, names []string) []splice {
	line, at, ok := j.file.at(block.Value)
	inside, rest, closed := strings.Cut(line[at:], "}")
	if !ok || !closed || strings.Contains(inside, "#") {
		return nil
	}
	entries := strings.TrimSpace(strings.TrimPrefix(inside, "{"))
	for _, name := range names {
		if block.Value.Get(name) != nil {
			return nil
		}
		if entries != "" {
			entries += ", "
		}
		entries += name + ": write"
	}
	return []splice{{block.Value.Line, 1, []string{line[:at] + "{ " + entries + " }" + rest}}}
}

// ownBlock gives the job a block with the entries of another and the names.
func (j *Job) ownBlock(entries []yamltree.Field, names []string) []splice {
	deeper := "  "
	lines := []string{"permissions:"}
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	for _, entry := range entries {
		if !seen[entry.Key.Text] {
			lines = append(lines, deeper+entry.Key.Text+": "+entry.Value.Scalar())
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
	head := j.node.Fields[0].Key
	for i, line := range lines {
		lines[i] = indent(head) + line
	}
	for _, name := range []string{"runs-on", "uses"} {
		if entry, ok := j.node.Field(name); ok {
			return []splice{insertAfter(j.file.lastLine(entry), lines...)}
		}
	}
	return nil
}
