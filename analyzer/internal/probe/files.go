package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/manifest"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// elsewhere are the events whose runs use the default branch's workflow file,
// while the API names the commit of the pull request or of the run before.
//
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
var elsewhere = []string{"pull_request_target", "workflow_run"}

// readWorkflow reads the workflow file of an incident's job, and the one that
// it calls where the job is defined in another.
func (r *Result) readWorkflow(ctx context.Context, in *decide.Incident) {
	if event := r.known(facts.RunEvent, in.Place); r.src.AtCommit && slices.Contains(elsewhere, event) {
		r.note("the workflow file was not read: a run on %s does not use the one at its commit", event)
		return
	}
	path := r.known(facts.RunWorkflow, in.Place)
	if path == "" {
		if path = r.findWorkflow(ctx, in.Job()); path != "" {
			r.add(report.Fact{ID: facts.RunWorkflow, Value: path, Origin: report.FromWorkflow, Where: "the only one that publishes in such a job"})
		}
	}
	if path == "" {
		return
	}
	own := r.workflow(ctx, path)
	if own == nil {
		return
	}
	files := jobFiles{own: own, called: r.calledWorkflow(ctx, in)}
	r.jobs[in.First().Job] = files
	r.workflowFacts(in, files)
}

// workflow reads a workflow file of the tree, once.
func (r *Result) workflow(ctx context.Context, path string) *workflow.File {
	if f, ok := r.files[path]; ok {
		return f
	}
	r.files[path] = nil
	text, err := r.file(ctx, path)
	if errors.Is(err, fault.ErrNotFound) {
		r.note("the workflow file %s is not in the repository at that commit", path)
	}
	if err != nil {
		return nil
	}
	f, err := workflow.Read(path, text)
	if err != nil {
		r.note("the workflow file %s could not be understood (%v)", path, err)
		return nil
	}
	r.files[path] = f
	return f
}

// findWorkflow looks for the one workflow file that publishes in a job of the name.
func (r *Result) findWorkflow(ctx context.Context, job string) string {
	found := ""
	for _, path := range r.src.Tree.Workflows() {
		f := r.workflow(ctx, path)
		if f == nil {
			continue
		}
		if _, ok := f.PublishStep(job); !ok {
			continue
		}
		if found != "" {
			r.note("several workflow files publish in a job of that name (%s, %s); name the run, or --fact run.workflow=PATH", found, path)
			return ""
		}
		found = path
	}
	return found
}

// calledWorkflow reads the reusable workflow that the job is defined in, or nil.
func (r *Result) calledWorkflow(ctx context.Context, in *decide.Incident) *workflow.File {
	called := r.known(facts.RunCalledWorkflow, in.Place)
	repository, path, ok := strings.Cut(called, "/.github/workflows/")
	if !ok {
		return nil
	}
	path = ".github/workflows/" + path
	if strings.EqualFold(repository, r.known(facts.RunRepository, in.Place)) {
		return r.workflow(ctx, path)
	}
	if f, ok := r.files[called]; ok || r.src.Other == nil {
		return f
	}
	r.files[called] = nil
	text, err := r.src.Other(ctx, repository, path, "")
	if err != nil {
		r.failed("the called workflow "+called, err)
		return nil
	}
	if f, err := workflow.Read(called, text); err == nil {
		r.files[called] = f
		r.note("the called workflow %s was read as it is now, which may not be as it ran", called)
	}
	return r.files[called]
}

// workflowFacts adds what the workflow files say about an incident's job.
func (r *Result) workflowFacts(in *decide.Incident, files jobFiles) {
	list := files.own.Facts(in.Job())
	if files.called != nil {
		alone := value(list, facts.IDToken)
		list = workflow.Call(files.own, files.called, in.Job())
		r.add(callerFact(files.own, in.Job(), alone, list)...)
	}
	for _, f := range list {
		if f.ID == facts.RunCalledWorkflow && strings.HasPrefix(f.Value, ".github/") {
			f.Value = r.known(facts.RunRepository, in.Place) + "/" + f.Value
		}
		if !r.printed(in, f.ID) {
			r.add(f)
		}
	}
}

// callerFact says whether the caller grants id-token to the job that it calls.
// The caller's file alone states only that it does not; where both files
// together settle the matter, it does.
func callerFact(caller *workflow.File, job string, alone report.Fact, both []report.Fact) []report.Fact {
	j, ok := caller.Job(job)
	if !ok || j.Uses == "" {
		return nil
	}
	f := alone
	if f.Value == "" {
		f = value(both, facts.IDToken)
		if f.Value == "" {
			return nil
		}
		f.Value, f.Where = "granted", caller.Name
	}
	f.ID = facts.CallerIDToken
	return []report.Fact{f}
}

// value is the fact of that id, or the zero one.
func value(list []report.Fact, id string) report.Fact {
	if i := slices.IndexFunc(list, func(f report.Fact) bool { return f.ID == id }); i >= 0 {
		return list[i]
	}
	return report.Fact{}
}

// intents are facts that a workflow file means and the log shows: a secret that
// is passed may be empty, a command may be spelled by an expression.
var intents = []string{facts.TokenKind, facts.CommandArgs, facts.PublishTool}

// printed tells whether the job's log shows what a file only means. The two do
// not contradict each other then.
func (r *Result) printed(in *decide.Incident, id string) bool {
	if !slices.Contains(intents, id) {
		return false
	}
	return slices.ContainsFunc(r.an.Incidents, func(other *decide.Incident) bool {
		k, ok := r.an.Facts.Lookup(id, other.Place)
		return ok && k.Origin == report.FromLog && other.First().Job == in.First().Job
	})
}

func (r *Result) readManifest(ctx context.Context, t target) {
	if r.packages[t.name] != nil {
		return
	}
	m := r.findManifest(ctx, t.name)
	if m == nil {
		if !r.shut {
			r.note("package.json of %s was not found in the repository", t.name)
		}
		return
	}
	r.packages[t.name] = m
	for _, f := range m.Facts() {
		f.Package = t.name
		r.add(f)
	}
	if repository := r.known(facts.RunRepository, t.place); repository != "" {
		r.compareRepository(m, "https://github.com/"+repository)
	}
}

func (r *Result) compareRepository(m *manifest.Package, expected string) {
	name := m.Name.Value
	r.expected[name] = expected
	r.add(report.Fact{ID: facts.PackageExpectedRepositoryURL, Value: expected, Origin: report.FromRun, Package: name})
	where := m.Path
	if m.Repository.URL.Given() {
		where = fmt.Sprintf("%s:%d", m.Path, m.Repository.URL.Line)
	}
	same, difference := repo.Same(m.Repository.URL.Value, expected)
	if !same {
		where += ", " + difference
	}
	r.add(report.Fact{ID: facts.PackageRepositoryMatches, Value: fmt.Sprint(same), Origin: report.FromPackage, Where: where, Package: name})
}

// readVersions looks up the versions of the tools that publish, in the root's
// package.json and lockfile.
func (r *Result) readVersions(ctx context.Context) {
	asked := map[string]bool{}
	for _, in := range r.firstOfJobs() {
		tool, ok := patterns.Builtin().Tool(r.known(facts.PublishTool, in.Place))
		if !ok || tool.Version == "" || tool.Version == facts.NpmVersion || asked[tool.ID] || r.known(tool.Version, in.Place) != "" {
			continue
		}
		asked[tool.ID] = true
		if text, err := r.file(ctx, "package.json"); err == nil {
			if m, err := manifest.ReadPackage("package.json", text); err == nil && r.lockedVersion(tool, m.ManagerVersion(tool.ID), m.Path) {
				continue
			}
		}
		for _, path := range manifest.Lockfiles {
			if text, err := r.file(ctx, path); err == nil && r.lockedVersion(tool, manifest.LockedVersion(text, tool.ID), path) {
				break
			}
		}
	}
}

func (r *Result) lockedVersion(tool *patterns.Tool, v manifest.Field, path string) bool {
	if v.Given() {
		r.add(report.Fact{ID: tool.Version, Value: v.Value, Origin: report.FromPackage, Where: fmt.Sprintf("%s:%d", path, v.Line)})
	}
	return v.Given()
}

func (r *Result) findManifest(ctx context.Context, name string) *manifest.Package {
	for _, path := range r.src.Tree.Manifests(name) {
		text, err := r.file(ctx, path)
		if err != nil {
			continue
		}
		m, err := manifest.ReadPackage(path, text)
		if err != nil {
			r.note("%s could not be understood (%v)", path, err)
			continue
		}
		if m.Name.Value == name {
			return m
		}
	}
	return nil
}

func (r *Result) readNpmrc(ctx context.Context) {
	text, err := r.file(ctx, ".npmrc")
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return
	}
	npmrc := manifest.ReadNpmrc(".npmrc", text)
	r.add(npmrc.Facts()...)
	f := report.Fact{ID: facts.NpmrcLiteralToken, Origin: report.FromPackage}
	if i := slices.IndexFunc(npmrc.Tokens, func(t manifest.Field) bool { return t.Value == "" }); i >= 0 {
		f.Value, f.Where = "true", fmt.Sprintf(".npmrc:%d", npmrc.Tokens[i].Line)
		r.add(f)
		return
	}
	f.Value, f.Where = "false", "no token in .npmrc"
	for _, in := range r.firstOfJobs() {
		if r.known(facts.TokenKind, in.Place) != "secret" { // else it came by the environment, and .npmrc clears nothing
			f.Job = in.Job()
			r.add(f)
		}
	}
}

// errShut stands for a file that was not asked for, since the one before it
// could not be had.
var errShut = errors.New("not asked for")

// ErrNotGiven is a Tree's error for a file of which nobody knows whether it is there.
var ErrNotGiven = errors.New("not given")

// file reads a file of the tree. What keeps one away keeps all away, so it is
// noted once and nothing more is asked for; a file that is not there, or that
// is too large, says nothing about the others.
func (r *Result) file(ctx context.Context, path string) ([]byte, error) {
	if r.shut {
		return nil, errShut
	}
	text, err := r.src.Tree.File(ctx, path)
	if err == nil || errors.Is(err, fault.ErrNotFound) || errors.Is(err, ErrNotGiven) {
		return text, err
	}
	r.failed(path, err)
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind != fault.BadContent && e.Kind != fault.BadRef {
		r.shut = true
		r.note("no more files of the repository were asked for")
	}
	return nil, err
}

// maxFile bounds what is read of one file of a working tree, maxManifests the
// package.json files that are looked at.
const (
	maxFile      = 16 << 20 // lockfiles are long
	maxManifests = 500
)

// Dir is a working tree, or files that were given by name.
type Dir struct{ FS fs.FS }

// File reads a file of the tree.
func (d Dir) File(_ context.Context, name string) ([]byte, error) {
	name = path.Clean(name)
	info, err := fs.Stat(d.FS, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w", name, fault.ErrNotFound)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // to open a pipe waits for somebody who writes to it
		return nil, fmt.Errorf("%s is not a file", name)
	}
	f, err := d.FS.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// Workflows lists .github/workflows.
func (d Dir) Workflows() []string {
	var list []string
	for _, pattern := range []string{".github/workflows/*.yml", ".github/workflows/*.yaml"} {
		found, _ := fs.Glob(d.FS, pattern) // the patterns are well formed
		list = append(list, found...)
	}
	return list
}

// Manifests walks the tree for package.json files, without node_modules.
func (d Dir) Manifests(string) []string {
	var list []string
	fs.WalkDir(d.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || len(list) >= maxManifests:
			return fs.SkipDir
		case entry.IsDir() && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".") && name != "."):
			return fs.SkipDir
		case entry.Name() == "package.json":
			list = append(list, name)
		}
		return nil
	})
	return list
}
