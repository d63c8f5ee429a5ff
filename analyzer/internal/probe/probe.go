// Package probe asks beyond the log: the workflow file and package.json at the
// run's commit, the registry, the status pages. It turns the answers into
// facts, and its files into the edit that a fix shows.
//
// Every probe may fail. What could not be asked is noted, and the diagnosis
// goes on with what is known.
package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/manifest"
	"github.com/pubmortem/pubmortem/analyzer/internal/npm"
	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Tree reads files of the repository at the run's commit, by their path from
// its root. A file that is not there is fault.ErrNotFound.
type Tree interface {
	File(ctx context.Context, path string) ([]byte, error)
	// Workflows lists the workflow files, or nil when it cannot tell.
	Workflows() []string
	// Manifests lists the package.json files that may be a package's, most likely first.
	Manifests(name string) []string
}

// Sources are the places to ask. Nil ones are not asked.
type Sources struct {
	Tree     Tree
	Registry *npm.Registry
	// At is the time of the run, for status pages; zero when unknown.
	At time.Time
	// Other reads files of another repository, for called workflows.
	Other func(ctx context.Context, repository, path, ref string) ([]byte, error)
}

// maxPackages is how many packages of a run the registry is asked about.
const maxPackages = 5

// Result is what the probes brought.
type Result struct {
	Facts []report.Fact
	Notes []string

	workflow *workflow.File
	called   *workflow.File
	packages map[string]*manifest.Package
	// shut tells that the repository's files cannot be had.
	shut bool
}

// Run asks the sources what the first look at the log leaves open.
func Run(ctx context.Context, first *report.Report, s Sources) *Result {
	r := &Result{packages: map[string]*manifest.Package{}}
	if len(first.Incidents) == 0 {
		return r
	}
	if s.Tree != nil {
		r.readWorkflow(ctx, first, s)
		r.readManifests(ctx, first, s)
		r.readNpmrc(ctx, first, s)
	}
	if s.Registry != nil {
		r.askRegistry(ctx, first, s)
		r.askStatus(ctx, first, s)
	}
	return r
}

func (r *Result) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(r.Notes, n) {
		r.Notes = append(r.Notes, n)
	}
}

func (r *Result) add(f report.Fact) {
	if f.Value != "" {
		r.Facts = append(r.Facts, f)
	}
}

// jobs are the names of the jobs with incidents, in order.
func jobs(first *report.Report) []string {
	var names []string
	for _, in := range first.Incidents {
		if !slices.Contains(names, in.Job) {
			names = append(names, in.Job)
		}
	}
	return names
}

// packages are the packages with incidents, in order, the first few.
func packages(first *report.Report) []report.Package {
	var list []report.Package
	for _, in := range first.Incidents {
		all := in.Packages
		if len(all) == 0 && in.Package != nil {
			all = []report.Package{*in.Package}
		}
		for _, p := range all {
			if len(list) < maxPackages && !slices.ContainsFunc(list, func(q report.Package) bool { return q.Name == p.Name }) {
				list = append(list, p)
			}
		}
	}
	return list
}

// fact is the value of a fact of the first look, or "".
func fact(first *report.Report, id string) string {
	for _, f := range first.Facts {
		if f.ID == id {
			return f.Value
		}
	}
	return ""
}

// considered tells whether a cause is among the leading candidates.
func considered(first *report.Report, causes ...string) bool {
	for _, in := range first.Incidents {
		for i, d := range in.Diagnoses {
			if i < 4 && slices.Contains(causes, d.Cause) {
				return true
			}
		}
	}
	return false
}

// base is the last part of a path.
func base(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}
