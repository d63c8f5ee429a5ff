package github

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/internal/web"
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
	return g.withoutTheFailure()
}

// withoutTheFailure is an error where the log of no job that matters most was
// got: of the failed jobs that publish, else of all failed ones. What is left
// would read as a run in which nothing was published.
func (g *gathering) withoutTheFailure() error {
	matter := slices.DeleteFunc(slices.Clone(g.chosen), func(j *Job) bool { return !j.failed() || !j.ended() })
	if slices.ContainsFunc(matter, (*Job).publishes) {
		matter = slices.DeleteFunc(matter, func(j *Job) bool { return !j.publishes() })
	}
	if len(matter) == 0 || slices.ContainsFunc(matter, g.has) {
		return nil
	}
	e := &fault.Error{
		Kind: fault.Unreadable,
		Msg:  fmt.Sprintf("the log of the failed job %s could not be had", fault.Shown(matter[0].Name)),
		Hint: "look at " + matter[0].URL,
		Err:  g.err,
	}
	if why, ok := errors.AsType[*fault.Error](g.err); ok {
		e.Kind, e.Msg = why.Kind, e.Msg+": "+why.Msg
	}
	return e
}

// archive reads the attempt's archive. Without it the jobs' own logs do; only
// what would keep those away as well is an error.
func (g *gathering) archive(ctx context.Context) error {
	ref := g.run.Ref
	what := target{name: "the log archive of " + runTarget(ref).name, owner: ref.Owner, logs: true}
	path := repoPath(ref, "actions/runs/%d/attempts/%d/logs", ref.RunID, ref.Attempt)
	s, err := g.c.download(ctx, path, fmt.Sprintf("%d.zip", ref.Attempt), what, g.kept, wholeArchive)
	if err != nil {
		g.err = err
		return final(err)
	}
	l, err := runlog.OpenZip(what.name, s, s.size, g.c.opts.Limits)
	if err != nil {
		_ = s.drop() // err says more
		g.err = &fault.Error{Kind: fault.BadContent, Msg: what.name + " holds no log", Hint: "look at " + g.run.Meta.URL, Err: err}
		return nil
	}
	l.OnClose(s)
	g.log = l
	newNaming(g.run.Jobs).apply(l, g.chosen)
	return nil
}

// final returns errors that another request would only repeat.
func final(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case fault.NoToken, fault.BadToken, fault.NoAccess, fault.RateLimited, fault.Interrupted, fault.Expired:
		return err
	}
	// The network lets nothing of that host through, this time or next.
	if f, ok := errors.AsType[*failure](err); ok && (f.Page != "" || web.TimedOut(f.Err) || web.Untrusted(f.Err) || web.Unreachable(f.Err)) {
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
		g.log.AddDamage("a job's log is missing: " + err.Error())
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
	what := target{name: "the log of job " + fault.Shown(j.Name), owner: g.run.Ref.Owner, logs: true}
	path := repoPath(g.run.Ref, "actions/jobs/%d/logs", j.ID)
	s, err := g.c.download(ctx, path, fmt.Sprintf("job-%d.log", j.ID), what, g.kept, wholeLog)
	if err != nil {
		return err
	}
	l, err := runlog.OpenText("run", what.name, s)
	if err != nil {
		_ = s.drop() // err says more
		return &fault.Error{Kind: fault.BadContent, Msg: what.name + " is not readable", Hint: "look at " + j.URL, Err: err}
	}
	for _, m := range l.Members {
		m.Name, m.Job, m.Size = what.name, j.Name, s.size
		g.log.Members = append(g.log.Members, m)
	}
	g.log.OnClose(s)
	return nil
}

func (g *gathering) nothing() error {
	what := runTarget(g.run.Ref).name
	running := slices.ContainsFunc(g.chosen, func(j *Job) bool { return j.Status == "in_progress" })
	switch {
	case g.err != nil:
		return g.err
	case running:
		return &fault.Error{Kind: fault.InProgress, Msg: what + " is still in progress, and no job of interest has finished", Hint: "wait for it: logs can be read when a job is over"}
	case g.unfinished() > 0:
		return &fault.Error{Kind: fault.NotStarted, Msg: "the job has not started in " + what, Hint: "wait for it, or look at " + g.run.Meta.URL}
	}
	return &fault.Error{Kind: fault.NotStarted, Msg: "no job of interest ran in " + what, Hint: "look at " + g.run.Meta.URL}
}

// naming finds the API's jobs behind an archive's names, which come from the
// log where the runner printed the name, else mangled from the archive's paths
// (https://github.com/cli/cli/issues/5011).
type naming struct {
	jobs  []Job
	exact map[string]*Job
	keys  map[string]*Job // nil where several jobs have the key
}

func newNaming(jobs []Job) *naming {
	n := &naming{jobs: jobs, exact: map[string]*Job{}, keys: map[string]*Job{}}
	for i := range jobs {
		j := &jobs[i]
		if n.exact[j.Name] == nil {
			n.exact[j.Name] = j
		}
		key := nameKey(j.Name)
		if other, ok := n.keys[key]; ok && (other == nil || other.Name != j.Name) {
			n.keys[key] = nil
		} else {
			n.keys[key] = j
		}
	}
	return n
}

func (n *naming) find(name string) *Job {
	if j := n.exact[name]; j != nil {
		return j
	}
	if j := n.keys[nameKey(name)]; j != nil {
		return j
	}
	if strings.Contains(name, masked) {
		parts := strings.Split(name, masked)
		return n.only(func(key string) bool {
			first, last := nameKey(parts[0]), nameKey(parts[len(parts)-1])
			if len(key) < len(first)+len(last) || !strings.HasPrefix(key, first) || !strings.HasSuffix(key, last) {
				return false
			}
			rest := key[len(first) : len(key)-len(last)]
			for _, part := range parts[1 : len(parts)-1] {
				_, after, ok := strings.Cut(rest, nameKey(part))
				if !ok {
					return false
				}
				rest = after
			}
			return true
		})
	}
	const nearlyCut = 85 // of 90 UTF-16 units, before blanks were trimmed
	if len(utf16.Encode([]rune(name))) < nearlyCut {
		return nil
	}
	return n.only(func(key string) bool { return strings.HasPrefix(key, nameKey(name)) })
}

// masked is what the runner prints in the place of a secret, and the API does not.
const masked = "***"

// nameKey is a job's name without what the services remove from it, and without
// escape sequences, which a log may have lost.
func nameKey(name string) string { return runlog.NameKey(inert.Text(name)) }

// only is the job whose name has a property, if all that have it share the name.
func (n *naming) only(has func(key string) bool) *Job {
	var found *Job
	for i := range n.jobs {
		j := &n.jobs[i]
		if !has(nameKey(j.Name)) {
			continue
		}
		if found != nil && found.Name != j.Name {
			return nil
		}
		found = j
	}
	return found
}

// apply writes the API's names into l's members, and leaves out those of jobs
// that were not chosen. What no job is known for stays.
func (n *naming) apply(l *runlog.Log, chosen []*Job) {
	wanted := map[string]bool{}
	for _, j := range chosen {
		wanted[j.Name] = true
	}
	l.Members = slices.DeleteFunc(l.Members, func(m runlog.Member) bool {
		j := n.find(m.Job)
		return j != nil && !wanted[j.Name]
	})
	for i := range l.Members {
		m := &l.Members[i]
		if j := n.find(m.Job); j != nil {
			m.Job = j.Name
			m.Step = stepName(n.jobs, j.Name, m)
		}
	}
}

// stepName is the API's name for a member's step, where all jobs of that name
// agree.
func stepName(jobs []Job, job string, m *runlog.Member) string {
	name := ""
	for i := range jobs {
		for _, s := range jobs[i].Steps {
			if jobs[i].Name != job || s.Number != m.StepNumber || m.StepNumber == 0 {
				continue
			}
			if name != "" && name != s.Name {
				return m.Step
			}
			name = s.Name
		}
	}
	if name == "" {
		return m.Step
	}
	return name
}
