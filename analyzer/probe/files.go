package probe

import (
	"context"
	"errors"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/fetch"
	"github.com/pubmortem/pubmortem/analyzer/manifest"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/analyzer/workflow"
)

// readWorkflow reads the run's workflow file, and the one it calls where the
// failed job is defined in another.
func (r *Result) readWorkflow(ctx context.Context, first *report.Report, s Sources) {
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
		facts := r.workflow.Facts(job)
		if r.called != nil {
			facts = workflow.Call(r.workflow, r.called, job)
		}
		r.Facts = append(r.Facts, facts...)
	}
}

func (r *Result) readOneWorkflow(ctx context.Context, t Tree, path string) *workflow.File {
	text, err := t.File(ctx, path)
	if err != nil {
		r.note("the workflow file %s could not be read (%s)", path, reason(err))
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
	var text []byte
	var err error
	if strings.EqualFold(repository, fact(first, "run.repository")) {
		text, err = s.Tree.File(ctx, path)
	} else if s.Other != nil {
		text, err = s.Other(ctx, repository, path, "")
	} else {
		return
	}
	if err != nil {
		r.note("the called workflow %s could not be read (%s)", called, reason(err))
		return
	}
	if f, err := workflow.Read(path, text); err == nil {
		r.called = f
	}
}

// readManifests reads package.json of the packages with incidents.
func (r *Result) readManifests(ctx context.Context, first *report.Report, s Sources) {
	for _, p := range packages(first) {
		m := r.findManifest(ctx, s.Tree, p.Name)
		if m == nil {
			r.note("package.json of %s was not found in the repository", p.Name)
			continue
		}
		r.packages[p.Name] = m
		for _, f := range m.Facts() {
			f.Package = p.Name
			r.add(f)
		}
		if repository := fact(first, "run.repository"); repository != "" {
			r.add(report.Fact{ID: "package.expected-repository-url", Value: "https://github.com/" + repository, Origin: report.FromRun, Package: p.Name})
		}
	}
}

func (r *Result) findManifest(ctx context.Context, t Tree, name string) *manifest.Package {
	for _, path := range t.Manifests(name) {
		text, err := t.File(ctx, path)
		if err != nil {
			if !errors.Is(err, fetch.ErrNotFound) {
				r.note("%s could not be read (%s)", path, reason(err))
			}
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
func (r *Result) readNpmrc(ctx context.Context, s Sources) {
	text, err := s.Tree.File(ctx, ".npmrc")
	if err != nil {
		return
	}
	for _, f := range manifest.ReadNpmrc(".npmrc", text).Facts() {
		r.add(f)
	}
}

// reason is an error in a few words.
func reason(err error) string {
	var e *fetch.Error
	if errors.As(err, &e) {
		return e.Msg
	}
	return err.Error()
}
