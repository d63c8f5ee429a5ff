package workflow

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

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
	if !ok || j.node.Get("if") != nil || !f.triggeredBy("pull_request") {
		return Edit{}, false
	}
	want := func(j *Job) bool { return j.node.Get("if").Scalar() == condition }
	return f.change(j, want, j.insert("if: "+condition)...)
}

func (f *File) triggeredBy(event string) bool {
	for _, trigger := range f.Triggers() {
		if trigger == event {
			return true
		}
	}
	return false
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
