package probe

import (
	"fmt"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/analyzer/internal/manifest"
	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/patterns"
)

type workflowEdit func(f *workflow.File, job string) (workflow.Edit, bool)

var workflowEdits = map[patterns.Edit]workflowEdit{
	patterns.EditAddIDToken:          (*workflow.File).AddIDToken,
	patterns.EditAddCallerPermission: (*workflow.File).AddCallerPermission,
	patterns.EditBumpSetupNode:       func(f *workflow.File, job string) (workflow.Edit, bool) { return f.BumpSetupNode(job, "v6") },
	patterns.EditUpgradeNpm:          func(f *workflow.File, job string) (workflow.Edit, bool) { return f.UpgradeNpm(job, "11") },
	patterns.EditDropToken:           (*workflow.File).DropToken,
	patterns.EditHostedRunner:        (*workflow.File).HostedRunner,
	patterns.EditGateTrigger:         (*workflow.File).GateTrigger,
	patterns.EditAddRegistryURL:      (*workflow.File).AddRegistryURL,
	patterns.EditAddProvenance:       (*workflow.File).AddProvenance,
	patterns.EditAddAttestations:     (*workflow.File).AddAttestationsPermission,
}

var manifestEdits = map[patterns.Edit]func(m *manifest.Package, expected string) (edit.Edit, bool){
	patterns.EditSetRepositoryURL: func(m *manifest.Package, expected string) (edit.Edit, bool) {
		if expected == "" {
			return edit.Edit{}, false
		}
		return m.SetRepositoryURL(expected)
	},
	patterns.EditSetAccessPublic: func(m *manifest.Package, _ string) (edit.Edit, bool) { return m.SetAccessPublic() },
	patterns.EditDropPrivate:     func(m *manifest.Package, _ string) (edit.Edit, bool) { return m.DropPrivate() },
}

// Edit makes the change in the files of the incident's job or package.
func (r *Result) Edit(in *decide.Incident, e patterns.Edit) (file string, line int, diff string, ok bool) {
	var made edit.Edit
	if change, known := workflowEdits[e]; known {
		made, ok = r.editWorkflow(change, in)
	} else if change, known := manifestEdits[e]; known {
		for _, a := range in.Attempts {
			if m := r.packages[a.Package]; m != nil {
				made, ok = change(m, r.expected[a.Package])
				break
			}
		}
	}
	return made.File, made.Line, made.Diff, ok
}

// VerbosePlace is where the workflow would set npm's log level, or "".
func (r *Result) VerbosePlace(in *decide.Incident) string {
	if e, ok := r.editWorkflow((*workflow.File).AddVerbose, in); ok {
		return fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	return ""
}

// editWorkflow tries the job's own file, then the called one that defines it.
func (r *Result) editWorkflow(change workflowEdit, in *decide.Incident) (edit.Edit, bool) {
	files, job := r.jobs[in.First().Job], in.Job()
	if files.own == nil {
		return edit.Edit{}, false
	}
	if e, ok := change(files.own, job); ok || files.called == nil {
		return e, ok
	}
	for i := range len(job) {
		callee, ok := strings.CutPrefix(job[i:], " / ")
		if !ok {
			continue
		}
		if e, ok := change(files.called, callee); ok {
			return e, true
		}
	}
	return edit.Edit{}, false
}
