package analyzer

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/findings"
	"github.com/pubmortem/pubmortem/analyzer/internal/manifest"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// CheckOptions are what is known beside the files of a repository.
type CheckOptions struct {
	Version string
	// Repository is owner/name, or "".
	Repository string
	// Sources are asked: Tree has to be there.
	Sources Sources
}

// Check says what the files of a repository show of publishes to come: the
// rows of the table that can be told before, for each publishing job of each
// workflow and each package that it publishes. The verdict is would-publish,
// would-fail, would-publish-without-provenance, or no-publish where no workflow
// publishes.
func (a *Analyzer) Check(ctx context.Context, o CheckOptions) (*report.Report, error) {
	c := &checking{Analyzer: a, ctx: ctx, o: o}
	if err := c.read(); err != nil {
		return nil, err
	}
	out := decide.Join(c.all())
	out.Tool = report.Tool{Name: "pubmortem", Version: o.Version}
	out.Source = report.Source{Kind: "files", Name: o.Repository, Damaged: c.damaged}
	switch {
	case c.found == 0:
		out.Verdict = report.NoPublish
	case len(out.Incidents) == 0:
		out.Verdict = report.WouldPublish
	}
	return out, ctx.Err()
}

type checking struct {
	*Analyzer
	ctx      context.Context
	o        CheckOptions
	files    map[string]*workflow.File
	paths    []string
	packages []*manifest.Package
	npmrc    bool // the repository's .npmrc refers to a token
	notes    []string
	damaged  bool // a file could not be read
	found    int  // publishing jobs
	// publishes are the packages of each job, and full tells that there are too many.
	publishes int
	full      bool
}

// What is looked at: bytes of workflow files and of package.json files, jobs that
// publish, and the packages of each. A repository has a few.
const (
	maxWorkflows = 1 << 20
	maxManifests = 4 << 20
	maxJobs      = 100
	maxPublishes = 2000
)

func (c *checking) read() error {
	tree := c.o.Sources.Tree
	c.files = map[string]*workflow.File{}
	c.paths = tree.Workflows()
	size := 0
	for i, name := range c.paths {
		text, err := tree.File(c.ctx, name)
		if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind == fault.BadContent {
			c.unread(name, err)
			continue
		}
		if err != nil {
			return err
		}
		if size += len(text); size > maxWorkflows {
			c.damaged = true
			c.notes = append(c.notes, fmt.Sprintf("the workflow files have more than %d bytes; only the first %d were read", maxWorkflows, i))
			break
		}
		f, err := workflow.Read(name, text)
		if err != nil {
			c.damaged = true
			c.notes = append(c.notes, fmt.Sprintf("the workflow file %s could not be understood (%v)", name, err))
			continue
		}
		c.files[name] = f
	}
	size = 0
	for i, name := range tree.Manifests("") {
		text, err := tree.File(c.ctx, name)
		if err != nil {
			c.unread(name, err)
			continue
		}
		if size += len(text); size > maxManifests {
			c.damaged = true
			c.notes = append(c.notes, fmt.Sprintf("the package.json files have more than %d bytes; only the first %d were read", maxManifests, i))
			break
		}
		if m, err := manifest.ReadPackage(name, text); err == nil && m.Name.Value != "" {
			c.packages = append(c.packages, m)
		}
	}
	text, err := tree.File(c.ctx, ".npmrc")
	if err != nil {
		c.unread(".npmrc", err) // mostly there is none
	}
	c.npmrc = len(manifest.ReadNpmrc(".npmrc", text).Tokens) > 0
	return c.ctx.Err()
}

// unread notes a file that is there and could not be read: what it says may keep
// a publish from working.
func (c *checking) unread(name string, err error) {
	if errors.Is(err, fault.ErrNotFound) {
		return
	}
	c.damaged = true
	c.notes = append(c.notes, fmt.Sprintf("%s could not be read (%v)", name, err))
}

// all makes the report of each workflow file that publishes.
func (c *checking) all() []*report.Report {
	all := []*report.Report{{Schema: report.SchemaVersion, Incidents: []report.Incident{}, Facts: []report.Fact{}, Unexplained: []report.Evidence{}, Notes: c.notes}}
	called := map[string]bool{}
	for _, name := range c.paths {
		if f := c.files[name]; f != nil {
			for _, j := range f.Calls() {
				called[j.Callee()] = true
			}
		}
	}
	for _, name := range c.paths {
		f := c.files[name]
		if c.full || f == nil || called[name] && f.OnlyCalled() {
			continue // looked at together with its callers
		}
		if r := c.workflow(f); r != nil {
			decide.NameFile(r, name)
			all = append(all, r)
		}
	}
	if c.full {
		c.damaged = true
		all[0].Notes = append(all[0].Notes, "there are too many publishes; not all were looked at")
	}
	return all
}

// workflow foretells the publishes of one workflow file; nil when it has none.
func (c *checking) workflow(f *workflow.File) *report.Report {
	scan := &match.Scan{}
	var attempts []*attempt.Attempt
	var given []report.Fact
	add := func(j *workflow.Job, name string, list []report.Fact) {
		packages := c.published(j)
		if c.publishes += len(packages); c.found >= maxJobs || c.publishes > maxPublishes {
			c.full = true
			return
		}
		job := &match.Job{Name: name, Index: len(scan.Jobs), Whole: true}
		step := &match.Step{Job: job, Name: f.Name}
		job.Steps = []*match.Step{step}
		scan.Jobs = append(scan.Jobs, job)
		known := func(id, value, where string, origin report.Origin) {
			given = append(given, report.Fact{ID: id, Value: value, Origin: origin, Where: where, Job: name})
		}
		for _, fact := range list {
			if fact.ID == facts.PublishTool { // files only mean it; here nothing else will tell
				known(fact.ID, fact.Value, fact.Where, report.FromRun)
			}
		}
		known(facts.ProvenanceRequested, "false", "nothing asks for it", report.Inferred)
		if !c.npmrc {
			known(facts.NpmrcToken, "false", "no token in .npmrc", report.Inferred)
		}
		if j.OpenTo("pull_request") {
			known(facts.RunEvent, "pull_request", f.Name+":"+fmt.Sprint(j.Line), report.FromWorkflow)
		}
		for _, m := range packages {
			attempts = append(attempts, &attempt.Attempt{Job: job, Step: step, Package: m.Name.Value})
		}
		c.found++
	}
	for _, j := range f.Publishing() {
		if c.full {
			break
		}
		add(j, j.Title(), f.Facts(j.Title()))
	}
	for _, caller := range f.Calls() {
		callee := c.files[caller.Callee()]
		if callee == nil || c.full {
			continue
		}
		for _, j := range callee.Publishing() {
			if c.full {
				break
			}
			name := caller.Title() + " / " + j.Title()
			add(j, name, workflow.Call(f, callee, name))
			given = append(given, report.Fact{ID: facts.RunCalledWorkflow, Value: c.o.Repository + "/" + caller.Callee(), Origin: report.FromRun, Job: name})
		}
	}
	if len(attempts) == 0 {
		return nil
	}
	given = append(given, report.Fact{ID: facts.RunWorkflow, Value: f.Name, Origin: report.FromRun})
	if c.o.Repository != "" {
		given = append(given, report.Fact{ID: facts.RunRepository, Value: c.o.Repository, Origin: report.FromRun})
	}
	readings := findings.Given(scan, given)
	sources := c.o.Sources
	sources.Packages = len(c.packages)
	asked := probe.Run(c.ctx, decide.Ahead(c.table, findings.Of(c.catalog, scan, attempts, readings)), sources)
	an := decide.Foretell(c.table, findings.Of(c.catalog, scan, attempts, append(asked.Readings, readings...)))
	return an.Write(decide.Beside{Notes: asked.Notes, Files: asked})
}

// published are the packages that a job publishes: the one of its folder, else
// all that may be published to the public registry.
func (c *checking) published(j *workflow.Job) []*manifest.Package {
	if dir, ok := j.PackageDir(); ok {
		for _, m := range c.packages {
			if path.Dir(m.Path) == dir && public(m) {
				return []*manifest.Package{m}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(c.packages), func(m *manifest.Package) bool {
		return m.Private.Value == "true" || !public(m) || example(m.Path)
	})
}

// public tells whether a package goes to the public registry, as far as its manifest says.
func public(m *manifest.Package) bool {
	url := m.PublishConfig.Registry.Value
	return url == "" || strings.Contains(url, "//registry.npmjs.org")
}

// example tells whether a manifest stands where nothing is published from.
func example(name string) bool {
	for _, part := range strings.Split(path.Dir(name), "/") {
		if slices.Contains([]string{"test", "tests", "__tests__", "fixtures", "__fixtures__", "examples", "example", "testdata", "templates", "template", "docs", "dist", "e2e"}, part) {
			return true
		}
	}
	return false
}

// Rehearsals are the jobs that try each publish of a repository without the
// upload, to be put into its workflow files.
func Rehearsals(ctx context.Context, tree probe.Tree) ([]string, error) {
	var list []string
	for _, name := range tree.Workflows() {
		text, err := tree.File(ctx, name)
		if err != nil {
			return nil, err
		}
		f, err := workflow.Read(name, text)
		if err != nil {
			continue // GitHub does not run it either
		}
		for _, j := range f.Publishing() {
			if text, ok := j.Rehearsal(); ok {
				list = append(list, text)
			}
		}
	}
	return list, nil
}
