package github

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
)

// Job is one job of a run, as the API describes it.
type Job struct {
	ID   int64
	Name string
	// Status is queued, in_progress, completed, …; Conclusion is success,
	// failure, cancelled, skipped, …, or empty before the end.
	Status     string
	Conclusion string
	// URL is the job's page.
	URL string
	// RunnerKind is github-hosted, self-hosted or empty when it is not certain.
	RunnerKind string
	Steps      []Step
}

// Step is one step of a job. Numbers start at 1 and have gaps.
type Step struct {
	Number     int
	Name       string
	Conclusion string
}

// failed tells whether the job ended badly after it had begun.
func (j *Job) failed() bool {
	switch j.Conclusion {
	case "failure", "timed_out", "startup_failure":
		return true
	case "cancelled":
		return len(j.Steps) > 0
	}
	return false
}

// ended tells whether the job ran and is over, so that it has a log.
func (j *Job) ended() bool {
	if j.Status != "completed" || j.Conclusion == "skipped" {
		return false
	}
	return j.Conclusion != "cancelled" || len(j.Steps) > 0
}

// publishes tells whether the names of the job and its steps say that it may
// publish. A publish can fail in a job that ends well, when a script swallows
// its exit code.
func (j *Job) publishes() bool {
	suggests := commands.Builtin().Suggests
	return suggests(j.Name) || slices.ContainsFunc(j.Steps, func(s Step) bool { return suggests(s.Name) })
}

// notReached says that a failure came before the publish and which publish was
// therefore skipped: a later step of the job that failed, or a job of its own.
// "" means that nothing of the kind is known.
func notReached(jobs []Job) string {
	suggests := commands.Builtin().Suggests
	first := slices.IndexFunc(jobs, func(j Job) bool { return j.failed() && !suggests(j.Name) })
	for i := range jobs {
		j := &jobs[i]
		if j.Conclusion == "skipped" && suggests(j.Name) && first >= 0 {
			return fmt.Sprintf("the job %s failed, so the job %s was skipped and published nothing", fault.Shown(jobs[first].Name), fault.Shown(j.Name))
		}
		failed := slices.IndexFunc(j.Steps, func(s Step) bool { return s.Conclusion == "failure" })
		if failed < 0 || suggests(j.Steps[failed].Name) {
			continue
		}
		for _, s := range j.Steps[failed:] {
			if s.Conclusion == "skipped" && suggests(s.Name) {
				return fmt.Sprintf("in the job %s the step %s failed, so the step %s was skipped and published nothing", fault.Shown(j.Name), fault.Shown(j.Steps[failed].Name), fault.Shown(s.Name))
			}
		}
	}
	return ""
}

// jobs lists the jobs of the attempt; ref is what was asked for, run what was
// found. Without an attempt the newest execution of each job counts: an attempt
// that runs failed jobs again holds only those.
func (c *Client) jobs(ctx context.Context, ref repo.Ref, run *Run) ([]Job, error) {
	what := runTarget(ref)
	what.name = "the job list of " + what.name
	var all []Job
	const mostPages = 50
	for page := 1; page <= mostPages; page++ {
		at := github.ListOptions{PerPage: 100, Page: page}
		var list *github.Jobs
		err := c.do(ctx, what, func(ctx context.Context, gh *github.Client) (err error) {
			if ref.Attempt > 0 {
				list, _, err = gh.Actions.ListWorkflowJobsAttempt(ctx, ref.Owner, ref.Repo, ref.RunID, int64(ref.Attempt), &at)
				return err
			}
			list, _, err = gh.Actions.ListWorkflowJobs(ctx, ref.Owner, ref.Repo, ref.RunID, &github.ListWorkflowJobsOptions{Filter: "latest", ListOptions: at})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, j := range list.Jobs {
			all = append(all, newJob(j, run))
		}
		if len(list.Jobs) == 0 || len(all) >= list.GetTotalCount() {
			break
		}
	}
	return all, nil
}

func newJob(j *github.WorkflowJob, run *Run) Job {
	job := Job{
		ID:         j.GetID(),
		Name:       j.GetName(),
		Status:     j.GetStatus(),
		Conclusion: j.GetConclusion(),
		URL:        j.GetHTMLURL(),
		RunnerKind: runnerKind(j),
	}
	if job.URL == "" {
		job.URL = fmt.Sprintf("%s/job/%d", run.Meta.URL, job.ID)
	}
	for _, s := range j.Steps {
		job.Steps = append(job.Steps, Step{Number: int(s.GetNumber()), Name: s.GetName(), Conclusion: s.GetConclusion()})
	}
	return job
}

func (c *Client) choose(run *Run, jobID int64) ([]*Job, error) {
	var all []*Job
	for i := range run.Jobs {
		all = append(all, &run.Jobs[i])
	}
	if len(all) == 0 {
		return nil, c.nothingRan(run)
	}
	filter := c.opts.Jobs
	if jobID > 0 {
		filter = strconv.FormatInt(jobID, 10)
	}
	if filter != "" {
		return named(all, filter, run)
	}
	failed := slices.ContainsFunc(all, (*Job).failed)
	return slices.DeleteFunc(all, func(j *Job) bool {
		return failed && !c.opts.AllJobs && !j.failed() && !j.publishes()
	}), nil
}

// nothingRan is for a run without jobs: GitHub could not start it.
func (c *Client) nothingRan(run *Run) error {
	e := &fault.Error{Kind: fault.NotStarted, Msg: runTarget(run.Ref).name + " has no jobs", Hint: "look at " + run.Meta.URL}
	switch {
	case !run.completed:
		e.Msg += " yet"
		e.Hint = "wait until a job has finished"
	case run.Meta.Workflow != "":
		e.Msg += fmt.Sprintf(": GitHub did not start it (%s)", run.Meta.Conclusion)
		e.Hint = fmt.Sprintf("check %s; its page says why: %s", run.Meta.Workflow, run.Meta.URL)
	}
	return e
}

// named finds jobs by id, else by name, else by a part of their names.
func named(all []*Job, filter string, run *Run) ([]*Job, error) {
	lower := strings.ToLower(filter)
	for _, is := range []func(*Job) bool{
		func(j *Job) bool { return strconv.FormatInt(j.ID, 10) == filter },
		func(j *Job) bool { return j.Name == filter },
		func(j *Job) bool { return strings.ToLower(j.Name) == lower },
		func(j *Job) bool { return strings.Contains(strings.ToLower(j.Name), lower) },
	} {
		if found := slices.DeleteFunc(slices.Clone(all), func(j *Job) bool { return !is(j) }); len(found) > 0 {
			return found, nil
		}
	}
	var names []string
	for _, j := range all {
		names = append(names, fault.Shown(j.Name))
	}
	const most = 10
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return nil, &fault.Error{
		Kind: fault.NotFound,
		Msg:  fmt.Sprintf("%s has no job %s", runTarget(run.Ref).name, fault.Shown(filter)),
		Hint: "its jobs are: " + strings.Join(names, ", "),
	}
}

// runnerKind says who owns the machine. Group 0 is GitHub's own; its larger
// runners have other groups and cannot be told from self-hosted ones, unless
// the workflow asked for the label that only those have.
func runnerKind(j *github.WorkflowJob) string {
	hosted := strings.HasPrefix(j.GetRunnerName(), "GitHub Actions") || j.GetRunnerName() == "Hosted Agent"
	switch {
	case j.RunnerGroupID != nil && *j.RunnerGroupID == 0 && (hosted || j.GetRunnerGroupName() == "GitHub Actions"):
		return "github-hosted"
	case slices.ContainsFunc(j.Labels, func(l string) bool { return strings.EqualFold(l, "self-hosted") }):
		return "self-hosted"
	}
	return ""
}

// LineURL is the page of a line of a step's log, both counted from 1, as far as
// it is known: the line, else the job, else the run.
func (r *Run) LineURL(job string, stepNumber int, stepLine int64) string {
	j := r.job(job)
	switch {
	case j == nil:
		return r.Meta.URL
	case stepNumber > 0 && stepLine > 0:
		return fmt.Sprintf("%s#step:%d:%d", j.URL, stepNumber, stepLine)
	}
	return j.URL
}

// job is the job of that name, or nil. Of several one that failed is meant.
func (r *Run) job(name string) *Job {
	var found *Job
	for i := range r.Jobs {
		j := &r.Jobs[i]
		if j.Name == name && (found == nil || j.failed() && !found.failed()) {
			found = j
		}
	}
	return found
}
