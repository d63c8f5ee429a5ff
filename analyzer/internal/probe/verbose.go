package probe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// unspoken are the symptoms in which a failed OIDC exchange ends when the log
// level hides its reason (npm@11.5.1 lib/utils/oidc.js logs it as verbose).
var unspoken = []string{"registry-put-not-found", "need-auth"}

// SuggestVerbose tells, where a diagnosis is open because of the log level, the
// one line that makes the next run say the reason. It stands with the
// incident's question or, where there is none, in the report's notes.
func (r *Result) SuggestVerbose(rep *report.Report) {
	for i := range rep.Incidents {
		in := &rep.Incidents[i]
		if !hidesReason(in) {
			continue
		}
		text := r.verboseLine(in.Job)
		if in.Question != nil {
			in.Question.How = strings.TrimSpace(in.Question.How + " " + text)
		} else if !slices.Contains(rep.Notes, text) {
			rep.Notes = append(rep.Notes, text)
		}
	}
}

// hidesReason tells whether an incident failed like a silent OIDC exchange, and
// nothing shows why.
func hidesReason(in *report.Incident) bool {
	if in.Outcome != report.Failed || len(in.Diagnoses) == 0 || in.Diagnoses[0].Confidence == report.Certain {
		return false
	}
	spoken := func(id string) bool { return strings.HasPrefix(id, "oidc-") }
	silent := func(id string) bool { return slices.Contains(unspoken, id) }
	return slices.ContainsFunc(in.Symptoms, silent) && !slices.ContainsFunc(in.Symptoms, spoken)
}

// verboseLine is the change, with its place where the workflow file is known.
func (r *Result) verboseLine(job string) string {
	where := "the step that publishes"
	if e, ok := r.workflowEdit((*workflow.File).AddVerbose, job); ok {
		where = fmt.Sprintf("%s, at %s:%d", where, e.File, e.Line)
	}
	return "npm hides its reason at this log level: add `env: {NPM_CONFIG_LOGLEVEL: verbose}` to " + where + ", and the next run tells it."
}
