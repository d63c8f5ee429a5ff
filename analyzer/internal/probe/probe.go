// Package probe asks beyond the log: the workflow file and package.json at the
// run's commit, the registry, the status pages. It turns the answers into
// readings of facts, and the files into the edit that a fix shows.
//
// It works on an analysis, job by job and package by package, and knows no
// network: clients implement its interfaces. Every probe may fail. What could
// not be asked is noted, and the diagnosis goes on with what is known.
package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/findings"
	"github.com/pubmortem/pubmortem/analyzer/internal/manifest"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
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

// Registry answers what is public about packages. The registry's address is ""
// for the public one. What is not there is fault.ErrNotFound.
type Registry interface {
	Package(ctx context.Context, registry, name string) (*Package, error)
	Attestation(ctx context.Context, registry, name, version string) (*Attestation, error)
}

// Package is what a registry says of a package: its versions as they were published.
type Package struct {
	Versions []Version
}

// Version is one of them. Published is zero when it is not known.
type Version struct {
	Number           string
	Published        time.Time
	TrustedPublisher string
	// Publisher is the account's name; Staged tells that another one approved it.
	Publisher string
	Staged    bool
	Attested  bool
}

// Attestation is where an attested version came from.
type Attestation struct {
	Owner, Repo, Workflow string
}

// Status tells what a status page says about a moment; ok is false when it says
// nothing about it.
type Status interface {
	Status(ctx context.Context, page patterns.StatusPage, at time.Time) (fact report.Fact, ok bool, err error)
}

// Sources are the places to ask. Nil ones are not asked.
type Sources struct {
	Tree Tree
	// AtCommit tells that the tree is that of the commit which the run names.
	AtCommit bool
	Registry Registry
	Status   Status
	// Subject tells whether the subject of the repository's identity tokens
	// holds ids; told is false where GitHub does not say.
	Subject func(ctx context.Context) (ids, told bool, err error)
	// Packages is how many packages are asked about; 0 means the first few.
	Packages int
	// At is the time of the run, for status pages; zero when unknown.
	At time.Time
	// Other reads files of another repository, for called workflows.
	Other func(ctx context.Context, repository, path, ref string) ([]byte, error)
}

// maxPackages is how many packages of a run the registry is asked about.
const maxPackages = 5

func (r *Result) most() int { return max(r.src.Packages, maxPackages) }

// Result is what the probes brought.
type Result struct {
	Readings []facts.Reading
	Notes    []string

	an       *decide.Analysis
	src      Sources
	files    map[string]*workflow.File // by path; nil for one that cannot be read
	jobs     map[*match.Job]jobFiles
	packages map[string]*manifest.Package
	expected map[string]string // repository address by package
	// shut tells that the repository's files cannot be had.
	shut bool
}

// jobFiles are the workflow file that a job belongs to, and the one that it
// calls and that defines it, or nil.
type jobFiles struct{ own, called *workflow.File }

// Run asks the sources what the first look at the log leaves open.
func Run(ctx context.Context, an *decide.Analysis, s Sources) *Result {
	r := &Result{
		an: an, src: s, files: map[string]*workflow.File{}, jobs: map[*match.Job]jobFiles{},
		packages: map[string]*manifest.Package{}, expected: map[string]string{},
	}
	r.compareRehearsals(ctx)
	if len(an.Incidents) == 0 {
		return r
	}
	r.askSubject(ctx)
	if s.Tree != nil {
		for _, in := range r.firstOfJobs() {
			r.readWorkflow(ctx, in)
		}
		for _, t := range r.targets() {
			r.readManifest(ctx, t)
		}
		r.readNpmrc(ctx)
		r.readVersions(ctx)
	}
	if s.Registry != nil {
		r.askRegistries(ctx)
	}
	if s.Status != nil && !s.At.IsZero() {
		r.askStatus(ctx)
	}
	return r
}

func (r *Result) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(r.Notes, n) {
		r.Notes = append(r.Notes, n)
	}
}

func (r *Result) failed(what string, err error) {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		r.note("%s", e.Msg)
		return
	}
	r.note("%s could not be read (%v)", what, err)
}

// add takes facts that name their job by its name, or none.
func (r *Result) add(list ...report.Fact) {
	r.Readings = append(r.Readings, findings.Given(r.an.Scan, list)...)
}

// known is what a fact is at an incident's place, or "".
func (r *Result) known(id string, p facts.Place) string {
	k, _ := r.an.Facts.Lookup(id, p)
	return k.Value
}

// firstOfJobs are the first incidents of each job.
func (r *Result) firstOfJobs() []*decide.Incident {
	var list []*decide.Incident
	seen := map[*match.Job]bool{}
	for _, in := range r.an.Incidents {
		if job := in.First().Job; !seen[job] {
			seen[job] = true
			list = append(list, in)
		}
	}
	return list
}

// target is a package of an incident, and where it was to be published to.
type target struct {
	name, version string
	registry      string // address; "" for the public one
	place         facts.Place
	alone         bool // no other registry was tried for the package
}

// targets are the packages with incidents, in order, the first few: each once
// for every registry that its attempts talked to.
func (r *Result) targets() []target {
	var list []target
	for _, in := range r.an.Incidents {
		for _, a := range in.Attempts {
			t := target{name: a.Package, version: a.Version, place: r.an.Findings.Place(a), alone: true}
			if host := r.known(facts.RegistryHost, t.place); host != "" && r.known(facts.RegistryPublic, t.place) == "false" {
				t.registry = "https://" + host
			}
			if t.name == "" || slices.ContainsFunc(list, func(have target) bool { return have.name == t.name && have.registry == t.registry }) {
				continue
			}
			if list = append(list, t); len(list) == r.most() {
				break
			}
		}
		if len(list) == r.most() {
			break
		}
	}
	for i := range list {
		list[i].alone = !slices.ContainsFunc(list, func(t target) bool { return t.name == list[i].name && t.registry != list[i].registry })
	}
	return list
}
