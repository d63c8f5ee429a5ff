package github

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// runFacts turns the API's answers into facts.
func runFacts(run *Run, data *workflowRun) []report.Fact {
	b := factsOf{run: run}
	b.add(facts.RunRepository, run.Meta.Repository)
	b.add(facts.RunEvent, run.Meta.Event)
	b.add(facts.RunRef, gitRef(data))
	b.add(facts.RunWorkflow, run.Meta.Workflow)
	b.add(facts.RunAttempt, strconv.Itoa(run.Ref.Attempt))
	b.add(facts.RunFork, strconv.FormatBool(fromFork(data)))
	b.add(facts.SourceVisibility, visibility(run.Ref.Host, data))
	for i := range run.Jobs {
		b.job = run.Jobs[i].Name
		b.add(facts.RunnerKind, run.Jobs[i].RunnerKind)
		b.add(facts.RunCalledWorkflow, calledWorkflow(data, b.job))
	}
	return b.facts
}

type factsOf struct {
	run   *Run
	job   string
	facts []report.Fact
}

func (b *factsOf) add(id, value string) {
	if value == "" {
		return
	}
	b.facts = append(b.facts, report.Fact{
		ID:     id,
		Value:  value,
		Origin: report.FromRun,
		Where:  fmt.Sprintf("run %d", b.run.Ref.RunID),
		Job:    b.job,
	})
}

// fromFork tells a fork's pull request. The head repository is null when the
// fork was deleted meanwhile.
func fromFork(data *workflowRun) bool {
	if !strings.HasPrefix(data.GetEvent(), "pull_request") {
		return false
	}
	return data.HeadRepository == nil || data.GetHeadRepository().GetID() != data.GetRepository().GetID()
}

// gitRef is the full name where the event tells tags from branches, else what
// the API calls the head branch, which may be a tag. Some events run on another
// ref than the head.
func gitRef(data *workflowRun) string {
	name := data.GetHeadBranch()
	switch event := data.GetEvent(); {
	case event == "pull_request" && len(data.PullRequests) == 1:
		return fmt.Sprintf("refs/pull/%d/merge", data.PullRequests[0].GetNumber())
	case name == "", strings.HasPrefix(event, "pull_request"), event == "workflow_run":
		return ""
	case event == "release":
		return "refs/tags/" + name
	case event == "schedule":
		return "refs/heads/" + name
	}
	return name
}

// visibility is that of the repository the run belongs to. On a server of one's
// own "public" means the people of that server only, so nothing is said.
func visibility(host string, data *workflowRun) string {
	of := data.Repository
	switch {
	case host != repo.PublicHost || of == nil:
		return ""
	case of.GetVisibility() != "":
		return of.GetVisibility()
	case of.Private == nil:
		return ""
	case *of.Private:
		return "private"
	}
	return "public"
}

// calledWorkflow is the reusable workflow that a job is defined in, "none" for
// a job of the run's own workflow, or "" when several could be meant. Jobs of a
// called workflow are named "caller / callee".
func calledWorkflow(data *workflowRun, job string) string {
	if data.ReferencedWorkflows == nil {
		return ""
	}
	plain, _, _ := strings.Cut(job, " (") // a matrix may hold slashes
	if !strings.Contains(plain, " / ") {
		return "none"
	}
	if len(data.ReferencedWorkflows) != 1 {
		return ""
	}
	path, _, _ := strings.Cut(data.ReferencedWorkflows[0].GetPath(), "@")
	return path
}
