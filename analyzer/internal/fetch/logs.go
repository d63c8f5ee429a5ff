package fetch

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// mostJobLogs is how many jobs are asked for one by one.
const mostJobLogs = 25

// logs gets the logs of the chosen jobs: the run's archive when the run is
// over, and job by job what is not in there.
func (c *Client) logs(ctx context.Context, run *Run, chosen []*Job) (*runlog.Log, error) {
	g := gathering{c: c, run: run, chosen: chosen, kept: c.cacheOf(run.Ref, run.completed)}
	if err := g.all(ctx); err != nil {
		if g.log != nil {
			_ = g.log.Close() // err says more
		}
		return nil, err
	}
	g.log.Kind, g.log.Name = "run", run.Ref.String()
	return g.log, nil
}

// gathering is the state of getting one run's logs.
type gathering struct {
	c      *Client
	run    *Run
	chosen []*Job
	kept   cache
	log    *runlog.Log
	// err is why the last thing that was tried is missing.
	err error
}

func (g *gathering) all(ctx context.Context) error {
	if g.run.completed && slices.ContainsFunc(g.chosen, (*Job).ended) {
		if err := g.archive(ctx); err != nil {
			return err
		}
	}
	if g.log == nil {
		g.log = &runlog.Log{}
	}
	if err := g.singly(ctx); err != nil {
		return err
	}
	if len(g.log.Members) == 0 {
		return g.nothing()
	}
	return nil
}

// archive reads the attempt's archive. Without it the jobs' own logs do; only
// what would keep those away as well is an error.
func (g *gathering) archive(ctx context.Context) error {
	ref := g.run.Ref
	what := ref.logTarget("the log archive of " + ref.target().name)
	path := ref.repoPath("actions/runs/%d/attempts/%d/logs", ref.RunID, ref.Attempt)
	s, err := g.c.download(ctx, path, fmt.Sprintf("%d.zip", ref.Attempt), what, g.kept, wholeArchive)
	if err != nil {
		g.err = err
		return final(err)
	}
	l, err := runlog.OpenZip(what.name, s, s.size, g.c.opts.Limits)
	if err != nil {
		_ = s.drop() // err says more
		g.err = &Error{Kind: BadContent, Msg: what.name + " holds no log", Hint: "look at " + g.run.Meta.URL, Err: err}
		return nil
	}
	l.OnClose(s)
	g.log = l
	newNaming(g.run.Jobs).apply(l, g.chosen)
	return nil
}

// final returns errors that another request would only repeat.
func final(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case NoToken, BadToken, NoAccess, RateLimited, Interrupted, Expired:
		return err
	}
	return nil
}

// singly gets the logs of chosen jobs that the archive lacks: all while the run
// goes on, those of earlier attempts, and what the service left out.
func (g *gathering) singly(ctx context.Context) error {
	missing := slices.DeleteFunc(slices.Clone(g.chosen), func(j *Job) bool { return !j.ended() || g.has(j) })
	if n := len(missing) - mostJobLogs; n > 0 {
		g.log.AddNote(fmt.Sprintf("the logs of %d more jobs were not read; name one to read it", n))
		missing = missing[:mostJobLogs]
	}
	for _, j := range missing {
		err := g.single(ctx, j)
		if err == nil {
			continue
		}
		if final := final(err); final != nil {
			return final
		}
		g.err = err
		g.log.AddNote("a job's log is missing: " + err.Error())
	}
	if n := g.unfinished(); n > 0 {
		g.log.AddNote(fmt.Sprintf("the run is still in progress: jobs that have not finished: %d", n))
	}
	return nil
}

func (g *gathering) unfinished() int {
	n := 0
	for _, j := range g.chosen {
		if j.Status != "completed" {
			n++
		}
	}
	return n
}

// has tells whether lines of the job are there; the service's own file alone is
// no log.
func (g *gathering) has(j *Job) bool {
	return slices.ContainsFunc(g.log.Members, func(m runlog.Member) bool { return m.Job == j.Name && !m.System })
}

// single adds the log of one job, which has no files for its steps.
func (g *gathering) single(ctx context.Context, j *Job) error {
	what := g.run.Ref.logTarget("the log of job " + shown(j.Name))
	path := g.run.Ref.repoPath("actions/jobs/%d/logs", j.ID)
	s, err := g.c.download(ctx, path, fmt.Sprintf("job-%d.log", j.ID), what, g.kept, wholeLog)
	if err != nil {
		return err
	}
	l, err := runlog.OpenText("run", what.name, s)
	if err != nil {
		_ = s.drop() // err says more
		return &Error{Kind: BadContent, Msg: what.name + " is not readable", Hint: "look at " + j.URL, Err: err}
	}
	for _, m := range l.Members {
		m.Name, m.Job, m.Size = what.name, j.Name, s.size
		g.log.Members = append(g.log.Members, m)
	}
	g.log.OnClose(s)
	return nil
}

// nothing says why there is no log at all.
func (g *gathering) nothing() error {
	what := g.run.Ref.target().name
	running := slices.ContainsFunc(g.chosen, func(j *Job) bool { return j.Status == "in_progress" })
	switch {
	case g.err != nil:
		return g.err
	case running:
		return &Error{Kind: InProgress, Msg: what + " is still in progress, and no job of interest has finished", Hint: "wait for it: logs can be read when a job is over"}
	case g.unfinished() > 0:
		return &Error{Kind: NotStarted, Msg: "the job has not started in " + what, Hint: "wait for it, or look at " + g.run.Meta.URL}
	}
	return &Error{Kind: NotStarted, Msg: "no job of interest ran in " + what, Hint: "look at " + g.run.Meta.URL}
}
