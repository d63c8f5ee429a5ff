package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/manifest"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// elsewhere are the events whose runs use the default branch's workflow file,
// while the API names the commit of the pull request or of the run before.
//
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
var elsewhere = []string{"pull_request_target", "workflow_run"}

// readWorkflow reads the run's workflow file, and the one it calls where the
// failed job is defined in another.
func (r *Result) readWorkflow(ctx context.Context, first *report.Report, s Sources) {
	if _, remote := s.Tree.(Remote); remote && slices.Contains(elsewhere, fact(first, "run.event")) {
		r.note("the workflow file was not read: a run on %s does not use the one at its commit", fact(first, "run.event"))
		return
	}
	path := fact(first, "run.workflow")
	if path == "" {
		path = r.findWorkflow(ctx, first, s.Tree)
	}
	if path == "" {
		return
	}
	if r.workflow == nil {
		r.workflow = r.readOneWorkflow(ctx, s.Tree, path)
	}
	if r.workflow == nil {
		return
	}
	r.readCalled(ctx, first, s)
	for _, job := range jobs(first) {
		r.workflowFacts(first, job)
	}
}

func (r *Result) readOneWorkflow(ctx context.Context, t Tree, path string) *workflow.File {
	text, err := r.file(ctx, t, path)
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
	return f
}

// findWorkflow looks for the one workflow file that has a publishing job of
// the failed job's name.
func (r *Result) findWorkflow(ctx context.Context, first *report.Report, t Tree) string {
	found := ""
	for _, path := range t.Workflows() {
		f := r.readOneWorkflow(ctx, t, path)
		if f == nil || !hasPublish(f, jobs(first)) {
			continue
		}
		if found != "" {
			r.note("several workflow files publish in a job of that name (%s, %s); name the run, or --fact run.workflow=PATH", found, path)
			r.workflow = nil
			return ""
		}
		found, r.workflow = path, f
	}
	return found
}

func hasPublish(f *workflow.File, names []string) bool {
	for _, job := range names {
		if _, ok := f.PublishStep(job); ok {
			return true
		}
	}
	return false
}

// readCalled reads the reusable workflow that the failed job is defined in.
func (r *Result) readCalled(ctx context.Context, first *report.Report, s Sources) {
	called := fact(first, "run.called-workflow")
	if called == "" || called == "none" {
		return
	}
	repository, path, ok := strings.Cut(called, "/.github/workflows/")
	if !ok {
		return
	}
	path = ".github/workflows/" + path
	if strings.EqualFold(repository, fact(first, "run.repository")) {
		r.called = r.readOneWorkflow(ctx, s.Tree, path)
		return
	}
	if s.Other == nil {
		return
	}
	text, err := s.Other(ctx, repository, path, "")
	if err != nil {
		r.failed("the called workflow "+called, err)
		return
	}
	if f, err := workflow.Read(called, text); err == nil {
		r.called = f
		r.note("the called workflow %s was read as it is now, which may not be as it ran", called)
	}
}

// readManifests reads package.json of the packages with incidents.
func (r *Result) readManifests(ctx context.Context, first *report.Report, s Sources) {
	for _, p := range packages(first) {
		m := r.findManifest(ctx, s.Tree, p.Name)
		if m == nil {
			if !r.shut {
				r.note("package.json of %s was not found in the repository", p.Name)
			}
			continue
		}
		r.packages[p.Name] = m
		for _, f := range m.Facts() {
			f.Package = p.Name
			r.add(f)
		}
		if repository := fact(first, "run.repository"); repository != "" {
			r.compareRepository(m, "https://github.com/"+repository)
		}
	}
}

// compareRepository compares the manifest's repository with the one that ran.
func (r *Result) compareRepository(m *manifest.Package, expected string) {
	name := m.Name.Value
	r.add(report.Fact{ID: "package.expected-repository-url", Value: expected, Origin: report.FromRun, Package: name})
	where := m.Path
	if m.Repository.URL.Given() {
		where = fmt.Sprintf("%s:%d", m.Path, m.Repository.URL.Line)
	}
	same, difference := repo.Same(m.Repository.URL.Value, expected)
	if !same {
		where += ", " + difference
	}
	r.add(report.Fact{ID: "package.repository-matches", Value: fmt.Sprint(same), Origin: report.FromPackage, Where: where, Package: name})
}

func (r *Result) findManifest(ctx context.Context, t Tree, name string) *manifest.Package {
	for _, path := range t.Manifests(name) {
		text, err := r.file(ctx, t, path)
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

// readNpmrc looks for tokens and registries in the repository's .npmrc.
func (r *Result) readNpmrc(ctx context.Context, first *report.Report, s Sources) {
	text, err := r.file(ctx, s.Tree, ".npmrc")
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return
	}
	npmrc := manifest.ReadNpmrc(".npmrc", text)
	for _, f := range npmrc.Facts() {
		r.add(f)
	}
	f := report.Fact{ID: "npmrc.literal-token", Value: "false", Origin: report.FromPackage, Where: "no token in .npmrc"}
	if i := slices.IndexFunc(npmrc.Tokens, func(t manifest.Field) bool { return t.Value == "" }); i >= 0 {
		f.Value, f.Where = "true", fmt.Sprintf(".npmrc:%d", npmrc.Tokens[i].Line)
	} else if fact(first, "token.kind") == "secret" {
		return // it came by the environment, and .npmrc clears nothing
	}
	r.add(f)
}

// errShut stands for a file that was not asked for, since the one before it
// could not be had.
var errShut = errors.New("not asked for")

// file reads a file of the tree. What keeps one away keeps all away, so it is
// noted once and nothing more is asked for; a file that is not there, or that
// is too large, says nothing about the others.
func (r *Result) file(ctx context.Context, t Tree, path string) ([]byte, error) {
	if r.shut {
		return nil, errShut
	}
	text, err := t.File(ctx, path)
	if err == nil || errors.Is(err, fault.ErrNotFound) {
		return text, err
	}
	r.failed(path, err)
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind != fault.BadContent && e.Kind != fault.BadRef {
		r.shut = true
		r.note("no more files of the repository were asked for")
	}
	return nil, err
}

// failed notes what could not be read. A *fault.Error names it itself.
func (r *Result) failed(what string, err error) {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		r.note("%s", e.Msg)
		return
	}
	r.note("%s could not be read (%v)", what, err)
}
