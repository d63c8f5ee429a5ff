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

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// maxSize bounds what is read, in bytes; real workflow files are a hundredth of it.
const maxSize = 1 << 20

// File is a workflow file.
type File struct {
	// Name is the path as the caller named it.
	Name string
	src  []byte
	root *yamltree.Node
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
	node *yamltree.Node
}

// Read reads a workflow file. Errors name the line where there is one: what
// YAML does not allow, an alias that points at its own parent, a file without
// a mapping of jobs.
func Read(name string, src []byte) (*File, error) {
	if len(src) > maxSize {
		return nil, fmt.Errorf("read %s: the file has %d bytes, more than a workflow can have", name, len(src))
	}
	tree, err := yamltree.Parse(src)
	if err != nil && tree.Root == nil { // only the first document counts
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	root := tree.Root
	jobs := root.Get("jobs")
	if !jobs.Is(yamltree.Map) {
		return nil, fmt.Errorf("read %s: %w", name, errors.New("it has no `jobs:`, so it is no workflow"))
	}
	f := &File{Name: name, src: src, root: root}
	for _, entry := range jobs.Fields {
		f.jobs = append(f.jobs, f.job(entry))
	}
	return f, nil
}

func (f *File) job(entry yamltree.Field) *Job {
	n := entry.Value
	j := &Job{
		ID: entry.Key.Text, Name: n.Get("name").Scalar(), Line: entry.Key.Line,
		Uses: n.Get("uses").Scalar(),
		file: f, node: n,
	}
	for _, step := range n.Get("steps").List() {
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
	on := f.root.Get("on")
	var events []string
	if on.Is(yamltree.Map) {
		for _, event := range on.Fields {
			events = append(events, event.Key.Text)
		}
		return events
	}
	for _, event := range on.List() {
		events = append(events, event.Scalar())
	}
	return events
}

// callable tells whether other workflows may call this one.
func (f *File) callable() bool {
	return slices.Contains(f.Triggers(), "workflow_call")
}
