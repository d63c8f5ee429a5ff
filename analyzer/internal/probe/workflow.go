package probe

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// workflowFacts adds what the workflow files say about a job.
func (r *Result) workflowFacts(first *report.Report, job string) {
	facts := r.workflow.Facts(job)
	if r.called != nil {
		alone := value(facts, "id-token")
		facts = workflow.Call(r.workflow, r.called, job)
		r.Facts = append(r.Facts, callerFact(r.workflow, job, alone, facts)...)
	}
	for _, f := range facts {
		if f.ID == "run.called-workflow" && strings.HasPrefix(f.Value, ".github/") {
			f.Value = fact(first, "run.repository") + "/" + f.Value
		}
		if !printed(first, f) {
			r.Facts = append(r.Facts, f)
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
		f = value(both, "id-token")
		if f.Value == "" {
			return nil
		}
		f.Value, f.Where = "granted", caller.Name
	}
	f.ID = "caller.id-token"
	return []report.Fact{f}
}

// value is the fact of that id, or the zero one.
func value(facts []report.Fact, id string) report.Fact {
	if i := slices.IndexFunc(facts, func(f report.Fact) bool { return f.ID == id }); i >= 0 {
		return facts[i]
	}
	return report.Fact{}
}

// intents are facts that a workflow file means and the log shows: a secret that
// is passed may be empty, a command may be spelled by an expression.
var intents = []string{"token.kind", "command.args", "publish.tool"}

// printed tells whether the job's log shows what a file only means. The two do
// not contradict each other then.
func printed(first *report.Report, f report.Fact) bool {
	return slices.Contains(intents, f.ID) && slices.ContainsFunc(first.Facts, func(have report.Fact) bool {
		return have.ID == f.ID && have.Origin == report.FromLog && have.Job == f.Job
	})
}
