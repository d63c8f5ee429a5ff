// Package workflow turns the source of a GitHub Actions workflow file into
// facts about its publishing jobs, and into the edits that mend them.
//
// A fact is stated only where the file settles it. What an expression, a
// called workflow or a foreign action may decide is left out.
//
// The syntax is that of
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax.
package workflow

import (
	"errors"
	"fmt"
	"slices"
)

// File is a workflow file.
type File struct {
	// Name is the path as the caller named it.
	Name string
	src  []byte
	root *node
	jobs []*Job
}

// Job is an entry of `jobs:`.
type Job struct {
	ID string
	// Name is the `name:` as written, expressions included, or "".
	Name string
	// Line is where the job's id stands.
	Line int
	// Uses is the reusable workflow that a calling job names, or "".
	Uses string
	// Steps are in order; a calling job has none.
	Steps []*Step

	file *File
	node *node
}

// Read reads a workflow file. Errors name the line where there is one: what
// YAML does not allow, an alias that points at its own parent, a file without
// a mapping of jobs.
func Read(name string, src []byte) (*File, error) {
	root, err := parseYAML(src)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	jobs := root.get("jobs")
	if !jobs.is(mapNode) {
		return nil, fmt.Errorf("read %s: %w", name, errors.New("it has no `jobs:`, so it is no workflow"))
	}
	f := &File{Name: name, src: src, root: root}
	for _, entry := range jobs.fields {
		f.jobs = append(f.jobs, f.job(entry))
	}
	return f, nil
}

func (f *File) job(entry field) *Job {
	n := entry.value
	j := &Job{
		ID: entry.key.text, Name: n.get("name").scalar(), Line: entry.key.line,
		Uses: n.get("uses").scalar(),
		file: f, node: n,
	}
	for _, step := range n.get("steps").list() {
		j.Steps = append(j.Steps, newStep(j, step))
	}
	return j
}

// Jobs are all jobs in the order of the file.
func (f *File) Jobs() []*Job {
	return slices.Clone(f.jobs)
}

// Triggers are the events under `on:`, in the order of the file.
func (f *File) Triggers() []string {
	on := f.root.get("on")
	var events []string
	if on.is(mapNode) {
		for _, event := range on.fields {
			events = append(events, event.key.text)
		}
		return events
	}
	for _, event := range on.list() {
		events = append(events, event.scalar())
	}
	return events
}

// callable tells whether other workflows may call this one.
func (f *File) callable() bool {
	return slices.Contains(f.Triggers(), "workflow_call")
}
