package github

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// ListOptions choose among the completed runs of a repository.
type ListOptions struct {
	// Since is the earliest time that a run was created; zero means any.
	Since time.Time
	// Workflow is a file's name; Conclusion is success, failure, ….
	Workflow, Conclusion string
}

// Listed is a completed run as a list names it: what one request tells of a
// hundred runs.
type Listed struct {
	Meta report.Run
	// Name is the workflow's title, Path its file.
	Name, Path string
	// Total is how many runs there are to list.
	Total int

	ref  repo.Ref
	data *workflowRun
}

// List lists the completed runs of ref's repository, the newest first. GitHub
// gives 1,000 of a filtered list; the rest is asked for by the time of the last.
// https://docs.github.com/rest/actions/workflow-runs
func (c *Client) List(ctx context.Context, ref repo.Ref, o ListOptions) iter.Seq2[*Listed, error] {
	return func(yield func(*Listed, error) bool) {
		ref.Host = c.host
		if err := ref.Check(); err != nil {
			yield(nil, err)
			return
		}
		what := target{name: fmt.Sprintf("the list of runs of %s/%s", ref.Owner, ref.Repo), owner: ref.Owner}
		path := "actions/runs"
		if o.Workflow != "" {
			path = "actions/workflows/" + url.PathEscape(o.Workflow) + "/runs"
		}
		seen := map[int64]bool{}
		var until time.Time
		for page := 1; ; page++ {
			const size, most = 100, 1000
			if page > most/size {
				page = 1
			}
			query := url.Values{"per_page": {strconv.Itoa(size)}, "page": {strconv.Itoa(page)}, "status": {cmp.Or(o.Conclusion, "completed")}}
			if created := span(o.Since, until); created != "" {
				query.Set("created", created)
			}
			var list struct {
				Total int            `json:"total_count"`
				Runs  []*workflowRun `json:"workflow_runs"`
			}
			if err := c.json(ctx, repoPath(ref, "%s?%s", path, query.Encode()), what, &list); err != nil {
				yield(nil, err)
				return
			}
			fresh := 0
			for _, data := range list.Runs {
				if data == nil || seen[data.GetID()] || data.GetID() <= 0 {
					continue
				}
				seen[data.GetID()] = true
				fresh++
				run := newListed(ref, data)
				run.Total = list.Total
				if !yield(run, nil) {
					return
				}
				if page == most/size {
					until = data.GetCreatedAt().Time
				}
			}
			if len(list.Runs) < size || fresh == 0 {
				return
			}
		}
	}
}

// span is a range of dates as GitHub's search writes it.
func span(since, until time.Time) string {
	format := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	switch {
	case !since.IsZero() && !until.IsZero():
		return format(since) + ".." + format(until)
	case !since.IsZero():
		return ">=" + format(since)
	case !until.IsZero():
		return "<=" + format(until)
	}
	return ""
}

func newListed(ref repo.Ref, data *workflowRun) *Listed {
	ref.RunID, ref.Attempt = data.GetID(), max(data.GetRunAttempt(), 1)
	return &Listed{Meta: meta(ref, data), Name: data.GetName(), Path: data.file(), ref: ref, data: data}
}

// Fetch gets the jobs and logs of a listed run, as Run does. With a cache,
// nothing of it is asked for a second time.
func (c *Client) Fetch(ctx context.Context, l *Listed) (*Run, error) {
	run := c.newRun(l.ref, l.data)
	kept := c.cacheOf(run.Ref, run.completed).file(fmt.Sprintf("%d-jobs.json", run.Ref.Attempt))
	if text, err := os.ReadFile(kept); kept == "" || err != nil || json.Unmarshal(text, &run.Jobs) != nil || len(run.Jobs) == 0 {
		newest := run.Ref
		newest.Attempt = 0
		if run.Jobs, err = c.jobs(ctx, newest, run); err != nil {
			return nil, err
		}
		keepJobs(kept, run.Jobs)
	}
	return c.finish(ctx, run, l.data, 0)
}

// keepJobs saves the jobs of a run that is over. What cannot be saved is asked
// for again.
func keepJobs(name string, jobs []Job) {
	text, err := json.Marshal(jobs)
	if name == "" || err != nil || os.MkdirAll(filepath.Dir(name), 0o700) != nil {
		return
	}
	temp := name + ".part"
	if os.WriteFile(temp, text, 0o600) == nil {
		_ = os.Rename(temp, name)
	}
}

// Repositories lists the repositories of an organization or a user that were
// pushed to since a time, archived ones left out.
func (c *Client) Repositories(ctx context.Context, owner string, since time.Time) ([]repo.Ref, error) {
	if !repo.ValidOwner(owner) {
		return nil, fault.NewBadRef(fault.Shown(owner)+" is not an organization's name", "give its name alone")
	}
	what := target{name: "the repositories of " + owner, owner: owner}
	var all []repo.Ref
	kind := "orgs"
	for page := 1; ; page++ {
		const size, mostPages = 100, 100
		var list []*github.Repository
		err := c.json(ctx, fmt.Sprintf("%s/%s/repos?sort=pushed&direction=desc&per_page=%d&page=%d", kind, owner, size, page), what, &list)
		if missing, ok := errors.AsType[*fault.Error](notFound(err)); ok && errors.Is(missing, fault.ErrNotFound) && kind == "orgs" {
			kind, page = "users", 0
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if pushed := r.GetPushedAt().Time; !since.IsZero() && !pushed.IsZero() && pushed.Before(since) {
				return all, nil
			}
			if !r.GetArchived() && strings.EqualFold(r.GetOwner().GetLogin(), owner) && repo.ValidName(r.GetName()) {
				all = append(all, repo.Ref{Host: c.host, Owner: r.GetOwner().GetLogin(), Repo: r.GetName()})
			}
		}
		if len(list) < size || page == mostPages {
			return all, nil
		}
	}
}

// Allowance is what the server's last answer said of its rate limit; ok is
// false before it said anything.
func (c *Client) Allowance() (left, limit int64, ok bool) {
	limit = c.limited.Load()
	return c.left.Load(), limit, limit > 0
}
