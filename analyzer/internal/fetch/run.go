package fetch

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Run is a workflow run with what is known of it and its logs.
type Run struct {
	// Ref names the run and the attempt that was read.
	Ref  Ref
	Meta report.Run
	// Jobs are all jobs of the attempt, in the API's order.
	Jobs []Job
	// Log holds the logs of the jobs that matter; Close it.
	Log *runlog.Log
	// Facts are what the API says, of origin "run".
	Facts []report.Fact
	// Started and Updated bound the attempt's time; zero when unknown.
	Started, Updated time.Time
	// HeadOwner and HeadRepo name the repository that the commit Meta.SHA is
	// in; empty for a fork that was deleted.
	HeadOwner, HeadRepo string
	// Client is the one that fetched the run, for Client.File.
	Client *Client

	completed bool
}

// GitHub fetches a run: its metadata, and the logs of the jobs that matter,
// which are the failed ones and those that look like a publish, or all that ran
// when none failed.
//
// Its errors are *Error; see Kind. One of kind Interrupted wraps ctx's error.
func GitHub(ctx context.Context, ref Ref, opts Options) (*Run, error) {
	c, err := NewClient(ref.Host, opts)
	if err != nil {
		return nil, err
	}
	return c.Run(ctx, ref)
}

// Run is GitHub for a client at hand. It reads ref's repository, but from the
// client's host.
func (c *Client) Run(ctx context.Context, ref Ref) (*Run, error) {
	ref.Host = c.host
	if err := ref.check(); err != nil {
		return nil, err
	}
	if c.opts.Attempt > 0 {
		ref.Attempt = c.opts.Attempt
	}
	ref, err := c.resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
	run, data, err := c.metadata(ctx, ref)
	if err != nil {
		return nil, err
	}
	if run.Jobs, err = c.jobs(ctx, ref, run); err != nil {
		return nil, err
	}
	run.Facts = runFacts(run, data)
	chosen, err := c.choose(run, ref.JobID)
	if err != nil {
		return nil, err
	}
	run.Log, err = c.logs(ctx, run, chosen)
	if err != nil {
		return nil, err
	}
	return run, nil
}

// resolve finds the run of "last" and of a job.
func (c *Client) resolve(ctx context.Context, ref Ref) (Ref, error) {
	switch {
	case ref.Last:
		return c.last(ctx, ref)
	case ref.JobID > 0:
		return c.runOfJob(ctx, ref)
	case ref.RunID <= 0:
		return ref, badRef("no run is named", addressForm)
	}
	return ref, nil
}

// runOfJob also finds the attempt: a job of an earlier one is in no list of the
// newest.
func (c *Client) runOfJob(ctx context.Context, ref Ref) (Ref, error) {
	what := target{name: fmt.Sprintf("job %d in %s/%s", ref.JobID, ref.Owner, ref.Repo), owner: ref.Owner}
	var job github.WorkflowJob
	if err := c.json(ctx, ref.repoPath("actions/jobs/%d", ref.JobID), what, &job); err != nil {
		return ref, err
	}
	if ref.RunID > 0 && job.GetRunID() != ref.RunID {
		return ref, badRef(fmt.Sprintf("job %d is of run %d, not of run %d", ref.JobID, job.GetRunID(), ref.RunID), "copy the job's address from its page")
	}
	ref.RunID = job.GetRunID()
	ref.Attempt = int(job.GetRunAttempt())
	return ref, nil
}

// workflowRun adds what go-github v62 lacks.
type workflowRun struct {
	github.WorkflowRun
	Path *string `json:"path"`
}

func (r *workflowRun) file() string {
	if r.Path == nil {
		return ""
	}
	return workflowFile(*r.Path)
}

// workflowFile cuts ".github/workflows/x.yml" out of the forms that the API
// uses: with owner and repository in front, or with @REF behind.
func workflowFile(path string) string {
	path, _, _ = strings.Cut(path, "@")
	if i := strings.LastIndex(path, ".github/workflows/"); i >= 0 {
		return path[i:]
	}
	return path
}

func (r Ref) target() target {
	return target{name: fmt.Sprintf("run %d in %s/%s", r.RunID, r.Owner, r.Repo), owner: r.Owner}
}

func (r Ref) logTarget(name string) target {
	return target{name: name, owner: r.Owner, logs: true}
}

// metadata reads what the API says about the run itself.
func (c *Client) metadata(ctx context.Context, ref Ref) (*Run, *workflowRun, error) {
	path := ref.repoPath("actions/runs/%d", ref.RunID)
	what := ref.target()
	if ref.Attempt > 0 {
		path += fmt.Sprintf("/attempts/%d", ref.Attempt)
		what.name = fmt.Sprintf("attempt %d of %s", ref.Attempt, what.name)
	}
	c.opts.Progress(Progress{Text: "reading " + what.name})
	data := &workflowRun{}
	if err := c.json(ctx, path, what, data); err != nil {
		return nil, nil, err
	}
	run := &Run{Ref: ref, Client: c, completed: data.GetStatus() == "completed"}
	run.Ref.Attempt = max(data.GetRunAttempt(), ref.Attempt, 1)
	run.Ref.Last, run.Ref.Workflow, run.Ref.Branch = false, "", ""
	run.Started = data.GetRunStartedAt().Time
	run.Updated = data.GetUpdatedAt().Time
	if head := data.HeadRepository; head != nil && validOwner(head.GetOwner().GetLogin()) && validRepo(head.GetName()) {
		run.HeadOwner, run.HeadRepo = head.GetOwner().GetLogin(), head.GetName()
	}
	run.Meta = meta(run.Ref, data)
	return run, data, nil
}

func meta(ref Ref, data *workflowRun) report.Run {
	m := report.Run{
		Host:       ref.Host,
		Repository: ref.Owner + "/" + ref.Repo,
		ID:         ref.RunID,
		Attempt:    ref.Attempt,
		URL:        data.GetHTMLURL(),
		Event:      data.GetEvent(),
		Workflow:   data.file(),
		Ref:        data.GetHeadBranch(),
		SHA:        data.GetHeadSHA(),
		HeadRepo:   data.GetHeadRepository().GetFullName(),
		Actor:      data.GetActor().GetLogin(),
		Conclusion: data.GetConclusion(),
	}
	if name := data.GetRepository().GetFullName(); name != "" {
		m.Repository = name // as GitHub spells it
	}
	if m.URL == "" {
		m.URL = fmt.Sprintf("https://%s/%s/actions/runs/%d", ref.Host, m.Repository, ref.RunID)
	}
	if at := data.GetRunStartedAt(); !at.IsZero() {
		m.StartedAt = at.UTC().Format(time.RFC3339)
	}
	return m
}
