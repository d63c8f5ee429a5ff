package probe

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/analyzer/internal/manifest"
	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// workflowEdits are the causes whose fix is a plain edit of the workflow file.
var workflowEdits = map[string]func(f *workflow.File, job string) (workflow.Edit, bool){
	"id-token-permission-missing":    (*workflow.File).AddIDToken,
	"reusable-workflow-permission":   (*workflow.File).AddCallerPermission,
	"setup-node-too-old":             func(f *workflow.File, job string) (workflow.Edit, bool) { return f.BumpSetupNode(job, "v6") },
	"npm-too-old":                    func(f *workflow.File, job string) (workflow.Edit, bool) { return f.UpgradeNpm(job, "11") },
	"long-lived-token-in-env":        (*workflow.File).DropToken,
	"self-hosted-runner":             (*workflow.File).HostedRunner,
	"fork-or-wrong-trigger":          (*workflow.File).GateTrigger,
	"registry-url-missing-or-wrong":  (*workflow.File).AddRegistryURL,
	"provenance-not-requested":       (*workflow.File).AddProvenance,
	"attestation-permission-missing": (*workflow.File).AddAttestationsPermission,
}

// Fix puts the file, line and diff into the fixes of a report, where the edit
// is a plain one.
func (r *Result) Fix(rep *report.Report) {
	for i := range rep.Incidents {
		in := &rep.Incidents[i]
		for j := range in.Diagnoses {
			d := &in.Diagnoses[j]
			if e, ok := r.edit(in, d.Cause); ok {
				d.Fix.File, d.Fix.Line, d.Fix.Diff = e.File, e.Line, e.Diff
			}
		}
	}
}

func (r *Result) edit(in *report.Incident, cause string) (edit.Edit, bool) {
	if change, ok := workflowEdits[cause]; ok {
		return r.workflowEdit(change, in.Job)
	}
	if in.Package == nil {
		return edit.Edit{}, false
	}
	m := r.packages[in.Package.Name]
	if m == nil {
		return edit.Edit{}, false
	}
	return r.manifestEdit(m, cause, in.Package.Name)
}

// workflowEdit tries the run's own file, then the called one that defines the job.
func (r *Result) workflowEdit(change func(*workflow.File, string) (workflow.Edit, bool), job string) (edit.Edit, bool) {
	if r.workflow == nil {
		return edit.Edit{}, false
	}
	if e, ok := change(r.workflow, job); ok || r.called == nil {
		return e, ok
	}
	for i := range len(job) {
		callee, ok := strings.CutPrefix(job[i:], " / ")
		if !ok {
			continue
		}
		if e, ok := change(r.called, callee); ok {
			return e, true
		}
	}
	return edit.Edit{}, false
}

func (r *Result) manifestEdit(m *manifest.Package, cause, name string) (edit.Edit, bool) {
	switch cause {
	case "repository-url-mismatch":
		for _, f := range r.Facts {
			if f.ID == "package.expected-repository-url" && f.Package == name {
				return m.SetRepositoryURL(f.Value)
			}
		}
	case "access-not-public":
		return m.SetAccessPublic()
	case "private-package-manifest":
		return m.DropPrivate()
	}
	return edit.Edit{}, false
}
