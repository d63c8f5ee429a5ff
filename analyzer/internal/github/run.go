package github

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Run is a workflow run with what is known of it and its logs.
type Run struct {
	// Ref names the run and the attempt that was read.
	Ref  repo.Ref
	Meta report.Run
	// Jobs are all jobs of the attempt, in the API's order.
	Jobs []Job
	// Log holds the logs of the jobs that matter; Close it.
	Log *runlog.Log
	// Facts are what the API says, of origin "run".
	Facts []report.Fact
	// Started is zero when unknown.
	Started time.Time
	// HeadOwner and HeadRepo name the repository that the commit Meta.SHA is
	// in; empty for a fork that was deleted.
	HeadOwner, HeadRepo string
	// Client is the one that fetched the run, for Client.File.
	Client *Client

	completed bool
}

// Run fetches a run: its metadata, and the logs of the jobs that matter,
// which are the failed ones and those that look like a publish, or all that ran
// when none failed.
//
// It reads ref's repository, but from the client's host. Its errors are
// *fault.Error. One of kind Interrupted wraps ctx's error.
func (c *Client) Run(ctx context.Context, ref repo.Ref) (*Run, error) {
	ref.Host = c.host
	if err := ref.Check(); err != nil {
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
	return c.finish(ctx, run, data, ref.JobID)
}

// finish chooses among the run's jobs, and gets their logs.
func (c *Client) finish(ctx context.Context, run *Run, data *workflowRun, jobID int64) (*Run, error) {
	run.Facts = runFacts(run, data)
	chosen, err := c.choose(run, jobID)
	if err != nil {
		return nil, err
	}
	run.Log, err = c.logs(ctx, run, chosen)
	if err != nil {
		return nil, err
	}
	if note := notReached(run.Jobs); note != "" {
		run.Log.AddNote(note)
	}
	return run, nil
}

// resolve finds the run of "last" and of a job.
func (c *Client) resolve(ctx context.Context, ref repo.Ref) (repo.Ref, error) {
	switch {
	case ref.Last:
		return c.last(ctx, ref)
	case ref.JobID > 0:
		return c.runOfJob(ctx, ref)
	case ref.RunID <= 0:
		return ref, fault.NewBadRef("no run is named", "give a run's number or address")
	}
	return ref, nil
}

// runOfJob also finds the attempt: a job of an earlier one is in no list of the
// newest.
func (c *Client) runOfJob(ctx context.Context, ref repo.Ref) (repo.Ref, error) {
	what := target{name: fmt.Sprintf("job %d in %s/%s", ref.JobID, ref.Owner, ref.Repo), owner: ref.Owner}
	var job *github.WorkflowJob
	err := c.do(ctx, what, func(ctx context.Context, gh *github.Client) (err error) {
		job, _, err = gh.Actions.GetWorkflowJobByID(ctx, ref.Owner, ref.Repo, ref.JobID)
		return err
	})
	if err != nil {
		return ref, err
	}
	if ref.RunID > 0 && job.GetRunID() != ref.RunID {
		return ref, fault.NewBadRef(fmt.Sprintf("job %d is of run %d, not of run %d", ref.JobID, job.GetRunID(), ref.RunID), "copy the job's address from its page")
	}
	ref.RunID = job.GetRunID()
	ref.Attempt = int(job.GetRunAttempt())
	return ref, nil
}

// workflowRun adds the path, which go-github v62 lacks; its typed calls for runs
// would drop it.
type workflowRun struct {
	github.WorkflowRun
	Path *string `json:"path"`
}

func (r *workflowRun) file() string {
	if r.Path == nil {
		return ""
	}
	return repo.WorkflowFile(*r.Path)
}

func runTarget(r repo.Ref) target {
	return target{name: fmt.Sprintf("run %d in %s/%s", r.RunID, r.Owner, r.Repo), owner: r.Owner}
}

func (c *Client) metadata(ctx context.Context, ref repo.Ref) (*Run, *workflowRun, error) {
	path := repoPath(ref, "actions/runs/%d", ref.RunID)
	what := runTarget(ref)
	if ref.Attempt > 0 {
		path += fmt.Sprintf("/attempts/%d", ref.Attempt)
		what.name = fmt.Sprintf("attempt %d of %s", ref.Attempt, what.name)
	}
	c.opts.Progress(Progress{Text: "reading " + what.name})
	data := &workflowRun{}
	if err := c.json(ctx, path, what, data); err != nil {
		return nil, nil, err
	}
	if data.GetID() == 0 {
		return nil, nil, &fault.Error{Kind: fault.Unavailable, Msg: c.base.Host + " answered nothing for " + what.name, Hint: c.statusHint()}
	}
	return c.newRun(ref, data), data, nil
}

func (c *Client) newRun(ref repo.Ref, data *workflowRun) *Run {
	run := &Run{Ref: ref, Client: c, completed: data.GetStatus() == "completed"}
	run.Ref.Attempt = max(data.GetRunAttempt(), ref.Attempt, 1)
	run.Ref.Last, run.Ref.Workflow, run.Ref.Branch = false, "", ""
	run.Started = data.GetRunStartedAt().Time
	if head := data.HeadRepository; head != nil && repo.ValidOwner(head.GetOwner().GetLogin()) && repo.ValidName(head.GetName()) {
		run.HeadOwner, run.HeadRepo = head.GetOwner().GetLogin(), head.GetName()
	}
	run.Meta = meta(run.Ref, data)
	return run
}

func meta(ref repo.Ref, data *workflowRun) report.Run {
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

// last finds the newest failed run, of a workflow that by its name publishes
// where one is among the newest hundred. GitHub lists the newest first, and only
// 1,000 of a filtered list.
func (c *Client) last(ctx context.Context, ref repo.Ref) (repo.Ref, error) {
	const mostPages = 10
	query, byTitle := lastPath(ref)
	what := target{name: fmt.Sprintf("the list of runs of %s/%s", ref.Owner, ref.Repo), owner: ref.Owner}
	c.opts.Progress(Progress{Text: "looking for the last failed run"})
	for page := 1; page <= mostPages; page++ {
		var list struct {
			Runs []workflowRun `json:"workflow_runs"`
		}
		if err := c.json(ctx, fmt.Sprintf("%s&page=%d", query, page), what, &list); err != nil {
			return ref, err
		}
		found := slices.DeleteFunc(list.Runs, func(run workflowRun) bool {
			return byTitle && !strings.EqualFold(run.GetName(), ref.Workflow)
		})
		if len(found) > 0 {
			best := max(0, slices.IndexFunc(found, func(run workflowRun) bool {
				suggests := commands.Builtin().Suggests
				return suggests(run.GetName()) || suggests(path.Base(run.file()))
			}))
			ref.RunID = found[best].GetID()
			return ref, nil
		}
		if len(list.Runs) == 0 {
			break
		}
	}
	if upstream, ok := c.upstream(ctx, ref); ok {
		c.opts.Progress(Progress{Text: fmt.Sprintf("no failed run in %s/%s, which is a fork of %s/%s", ref.Owner, ref.Repo, upstream.Owner, upstream.Repo)})
		return c.last(ctx, upstream)
	}
	return ref, noFailedRun(ref)
}

// upstream is the repository that ref's one is a fork of, if it is one: a clone
// of a fork, whose releases are made elsewhere.
func (c *Client) upstream(ctx context.Context, ref repo.Ref) (repo.Ref, bool) {
	what := target{name: fmt.Sprintf("the repository %s/%s", ref.Owner, ref.Repo), owner: ref.Owner}
	var found struct {
		Source *struct {
			Name  string
			Owner struct{ Login string }
		}
	}
	if err := c.json(ctx, strings.TrimSuffix(repoPath(ref, ""), "/"), what, &found); err != nil || found.Source == nil {
		return ref, false // that there is no failed run says enough
	}
	up := ref
	up.Owner, up.Repo = found.Source.Owner.Login, found.Source.Name
	return up, up.Owner+"/"+up.Repo != ref.Owner+"/"+ref.Repo && up.Check() == nil
}

// lastPath also tells whether the workflow is a title, which the API does not
// filter by.
func lastPath(ref repo.Ref) (path string, byTitle bool) {
	query := url.Values{"status": {"failure"}, "per_page": {"100"}}
	if ref.Branch != "" {
		query.Set("branch", ref.Branch)
	}
	name := ref.Workflow[strings.LastIndex(ref.Workflow, "/")+1:]
	isFile := strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml")
	if isFile || repo.IsNumber(name) {
		return repoPath(ref, "actions/workflows/%s/runs?%s", url.PathEscape(name), query.Encode()), false
	}
	return repoPath(ref, "actions/runs?%s", query.Encode()), name != ""
}

func noFailedRun(ref repo.Ref) error {
	msg := fmt.Sprintf("%s/%s has no failed run", ref.Owner, ref.Repo)
	if ref.Workflow != "" {
		msg += " of the workflow " + fault.Shown(ref.Workflow)
	}
	if ref.Branch != "" {
		msg += " on the branch " + fault.Shown(ref.Branch)
	}
	return &fault.Error{Kind: fault.NotFound, Msg: msg, Hint: "name a run by its number or address"}
}

func runFacts(run *Run, data *workflowRun) []report.Fact {
	var list []report.Fact
	job := ""
	add := func(id, value string) {
		if value != "" {
			list = append(list, report.Fact{ID: id, Value: value, Origin: report.FromRun, Where: fmt.Sprintf("run %d", run.Ref.RunID), Job: job})
		}
	}
	add(facts.RunRepository, run.Meta.Repository)
	add(facts.RunEvent, run.Meta.Event)
	add(facts.RunRef, gitRef(data))
	add(facts.RunWorkflow, run.Meta.Workflow)
	add(facts.RunAttempt, strconv.Itoa(run.Ref.Attempt))
	add(facts.RunFork, strconv.FormatBool(fromFork(data)))
	add(facts.SourceVisibility, visibility(run.Ref.Host, data))
	for i := range run.Jobs {
		job = run.Jobs[i].Name
		add(facts.RunnerKind, run.Jobs[i].RunnerKind)
		add(facts.RunCalledWorkflow, calledWorkflow(data, job))
	}
	return list
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
