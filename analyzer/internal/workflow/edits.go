package workflow

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
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
	return f.addPermissions(job, facts.IDToken)
}

// AddCallerPermission is AddIDToken for the job that calls another workflow.
// The called file may ask for more than `contents: read`; the caller's file
// does not tell.
func (f *File) AddCallerPermission(job string) (_ Edit, ok bool) {
	if j, ok := f.Job(job); !ok || j.Uses == "" {
		return Edit{}, false
	}
	return f.addPermissions(job, facts.IDToken)
}

// AddAttestationsPermission grants what actions/attest needs, in the way of
// AddIDToken: `attestations: write` and `id-token: write`.
//
// Source: https://github.com/actions/attest#usage
func (f *File) AddAttestationsPermission(job string) (_ Edit, ok bool) {
	return f.addPermissions(job, facts.IDToken, "attestations")
}

func (f *File) addPermissions(job string, names ...string) (Edit, bool) {
	j, ok := f.Job(job)
	if !ok {
		return Edit{}, false
	}
	want := func(j *Job) bool {
		return !slices.ContainsFunc(names, func(name string) bool { value, _ := j.permission(name); return value != granted })
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
	text := strings.Join(j.file.lines()[j.Line:j.file.end(j.Line, column(j.node)-1)], "\n")
	return slices.ContainsFunc([]string{"GITHUB_TOKEN", "github.token", "git push"}, func(sign string) bool { return strings.Contains(text, sign) })
}

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
	const deeper = "  "
	lines := []string{"permissions:"}
	for _, entry := range entries {
		if !slices.Contains(names, entry.Key.Text) {
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

// HostedRunner makes the job run on `ubuntu-latest`. ok is false when it asks
// for one of GitHub's standard runners already.
func (f *File) HostedRunner(job string) (_ Edit, ok bool) {
	j, ok := f.Job(job)
	if !ok {
		return Edit{}, false
	}
	entry, ok := j.node.Field("runs-on")
	if kind, _ := j.runner(); !ok || kind == hosted {
		return Edit{}, false
	}
	want := func(j *Job) bool { kind, _ := j.runner(); return kind == hosted }
	return f.change(j, want, j.replaceEntry(entry, "ubuntu-latest")...)
}

// replaceEntry gives a key of the job another value, whatever its form is.
func (j *Job) replaceEntry(entry yamltree.Field, value string) []splice {
	if s, ok := j.file.swap(entry.Value, value); ok {
		return []splice{s}
	}
	count := j.file.lastLine(entry) - entry.Key.Line + 1
	return []splice{{entry.Key.Line, count, []string{indent(entry.Key) + entry.Key.Text + ": " + value}}}
}

// environmentName is a name that needs no quotes in YAML.
var environmentName = lazy.Regexp(`^[A-Za-z][\w./-]*$`)

// SetEnvironment makes the job run in a deployment environment. ok is false
// when it does already, or the name is no plain one.
func (f *File) SetEnvironment(job, name string) (_ Edit, ok bool) {
	j, ok := f.Job(job)
	if !ok || j.Uses != "" || !environmentName().MatchString(name) {
		return Edit{}, false
	}
	of := func(j *Job) *yamltree.Node {
		n := j.node.Get("environment")
		if n.Is(yamltree.Map) {
			return n.Get("name")
		}
		return n
	}
	var splices []splice
	if now := of(j); now == nil {
		splices = j.insert("environment: " + name)
	} else if s, ok := f.swap(now, name); ok && now.Text != name {
		splices = []splice{s}
	}
	return f.change(j, func(j *Job) bool { return of(j).Scalar() == name }, splices...)
}

// lastLine is the last line of an entry and its value.
func (f *File) lastLine(entry yamltree.Field) int {
	last := f.end(entry.Key.Line, entry.Key.Col)
	for _, item := range entry.Value.List() {
		last = max(last, item.Line) // a list may be indented like its key
	}
	return last
}

// GateTrigger keeps the job from running for pull requests, where a fork's run
// gets neither secrets nor an identity token. ok is false when the workflow
// has no such trigger, or the job has a condition already.
func (f *File) GateTrigger(job string) (_ Edit, ok bool) {
	const condition = "github.event_name != 'pull_request'"
	j, ok := f.Job(job)
	if !ok || j.node.Get("if") != nil || !slices.Contains(f.Triggers(), "pull_request") {
		return Edit{}, false
	}
	want := func(j *Job) bool { return j.node.Get("if").Scalar() == condition }
	return f.change(j, want, j.insert("if: "+condition)...)
}

// BumpSetupNode raises all older setup-node steps of the job to a version
// like "v6". ok is false when there is none, or one is pinned to a commit.
func (f *File) BumpSetupNode(job, version string) (_ Edit, ok bool) {
	j, ok := f.Job(job)
	if !ok {
		return Edit{}, false
	}
	var splices []splice
	for _, s := range j.Steps {
		name, ref := s.action()
		if name != "actions/setup-node" || !older(s.version(), version) {
			continue
		}
		bumped, ok := f.swap(s.node.Get("uses"), name+"@"+version)
		if !ok || len(ref) == 40 {
			return Edit{}, false
		}
		splices = append(splices, bumped)
	}
	want := func(j *Job) bool {
		setup := j.setupNode(len(j.Steps))
		return setup != nil && !older(setup.version(), version)
	}
	return f.change(j, want, splices...)
}

// older tells whether the major version of a, if known, is below that of b.
func older(a, b string) bool {
	a, _, _ = strings.Cut(strings.TrimPrefix(a, "v"), ".")
	b, _, _ = strings.Cut(strings.TrimPrefix(b, "v"), ".")
	return a != "" && (len(a) < len(b) || len(a) == len(b) && a < b)
}

// AddRegistryURL tells the setup-node step that counts for the publish to use
// the public registry. ok is false without such a step, or when it has a
// registry already.
func (f *File) AddRegistryURL(job string) (_ Edit, ok bool) {
	const url = "https://registry.npmjs.org"
	j, ok := f.Job(job)
	if !ok {
		return Edit{}, false
	}
	p, _ := j.publication()
	setup := j.setupNodeOf(p)
	if setup == nil || setup.node.Get("with").Get("registry-url") != nil {
		return Edit{}, false
	}
	want := func(j *Job) bool {
		p, _ := j.publication()
		setup := j.setupNodeOf(p)
		return setup != nil && setup.node.Get("with").Get("registry-url").Scalar() == url
	}
	return f.change(j, want, setup.addEntry("with", "registry-url", url)...)
}

// UpgradeNpm makes the job publish with an npm of a major version like "11": it
// raises the version that a step installs already, and setup-node's Node.js
// where that is too old for the new npm. Where neither is to be had, it puts a
// step before the publish that installs npm.
func (f *File) UpgradeNpm(job, version string) (_ Edit, ok bool) {
	j, p, ok := f.publishing(job)
	if !ok {
		return Edit{}, false
	}
	node, old := j.tooOld(p, version)
	spec, line := j.installed(p)
	want := func(j *Job) bool {
		p, _ := j.publication()
		got, _ := j.npmVersion(p)
		_, old := j.tooOld(p, version)
		return !old && (got == npmRange(version) || got == "")
	}
	var splices []splice
	if old {
		raised, ok := f.swap(node.Value, newNode)
		if !ok {
			return Edit{}, false
		}
		splices = append(splices, raised)
	}
	switch {
	case line > 0:
		splices = append(splices, f.amend(line, "npm@"+spec, "npm@"+version)...)
	case !old:
		splices = p.step.insertBefore("name: Upgrade npm", "run: npm install -g npm@"+version)
	}
	return f.change(j, want, splices...)
}

// installed is the last npm that a step before the publication installs by a
// version, and the line; 0 when none does.
func (j *Job) installed(p publication) (spec string, line int) {
	for _, cmd := range j.before(p) {
		if named, ok := globalNpm(cmd.Words); ok && named != "" {
			spec, line = named, cmd.Line
		}
	}
	return spec, line
}

// newNode is a Node.js whose own npm is new enough for trusted publishing.
const newNode = "24"

// tooOld finds setup-node's version of Node.js when npm's new major version
// does not run on it.
//
// Source: engines in package.json of npm@11.0.0 and npm@12.0.0
func (j *Job) tooOld(p publication, npm string) (_ yamltree.Field, old bool) {
	setup := j.setupNodeOf(p)
	if setup == nil {
		return yamltree.Field{}, false
	}
	entry, _ := setup.node.Get("with").Field("node-version")
	text, ok := plainVersion(entry.Value.Scalar())
	major, _, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	least := 20
	if npm != "11" {
		least = 22
	}
	return entry, ok && err == nil && n < least
}

// insertBefore puts a step in front of this one and of the comments above it.
func (s *Step) insertBefore(entries ...string) []splice {
	lines := s.job.file.lines()
	if !isBlock(s.node) || s.node.Line < 2 || s.node.Line > len(lines) {
		return nil
	}
	text := lines[s.node.Line-1]
	dash := strings.IndexByte(text, '-')
	if dash < 0 || strings.TrimSpace(text[:dash]) != "" {
		return nil
	}
	at := s.node.Line - 1
	for at > 1 && strings.HasPrefix(strings.TrimSpace(lines[at-1]), "#") {
		at--
	}
	var added []string
	for i, entry := range entries {
		lead := text[:dash] + "- "
		if i > 0 {
			lead = text[:dash] + "  "
		}
		added = append(added, lead+entry)
	}
	if strings.TrimSpace(lines[at-1]) == "" {
		added = append(added, "")
	}
	return []splice{insertAfter(at, added...)}
}
