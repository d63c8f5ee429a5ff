package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github"
	"github.com/pubmortem/pubmortem/analyzer/internal/many"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// paths are the tasks for files and folders, in order.
func (s *scanning) paths(args []string) iter.Seq[scanTask] {
	return func(yield func(scanTask) bool) {
		for _, arg := range args {
			if info, err := os.Stat(arg); err != nil || !info.IsDir() {
				s.bar.total(1)
			}
		}
		for _, arg := range args {
			info, err := os.Stat(arg)
			switch {
			case err != nil:
				err := openError(arg, err)
				if !yield(func(context.Context) scanned { return unreadable(arg, nil, err) }) {
					return
				}
			case info.IsDir():
				if !s.folder(arg, yield) {
					return
				}
			case !yield(func(ctx context.Context) scanned { return s.file(ctx, arg) }):
				return
			}
		}
	}
}

// file reads a log, an archive, or what was saved before.
func (s *scanning) file(ctx context.Context, name string) scanned {
	if isSaved(name) {
		return s.saved(name)
	}
	log, err := openLog(name)
	if err != nil {
		return unreadable(name, nil, err)
	}
	defer log.Close() // it was only read
	got := scanned{name: name}
	for _, part := range log.Runs() {
		if err := s.diagnose(ctx, part, log.Members, &got); err != nil {
			return unreadable(name, nil, err)
		}
	}
	got.damage(log)
	return got
}

func (got *scanned) damage(log *runlog.Log) {
	got.notes = append(got.notes, log.Notes...)
}

// diagnose adds the report of one run.
func (s *scanning) diagnose(ctx context.Context, part runlog.Part, all []runlog.Member, got *scanned) error {
	r, err := s.analyzer.Analyze(ctx, part.Log, s.options())
	if err != nil {
		return err
	}
	if len(part.Log.Members) < len(all) {
		r.Source.File = part.File
	}
	got.reports = append(got.reports, r)
	return nil
}

// options are those of a report that is written, or only has what rows need.
func (s *scanning) options() analyzer.Options {
	o := analyzer.Options{Version: currentBuild().version, FactIDs: many.Facts}
	if slices.ContainsFunc(s.targets, func(t *scanTarget) bool { return t.format == "reports" }) {
		o.FactIDs = nil
	}
	return o
}

// folder gives the runs in a folder their tasks: each saved file, each archive
// and each log by itself, unless the names of logs tell that several are of one
// run. It tells whether to go on.
func (s *scanning) folder(dir string, yield func(scanTask) bool) bool {
	var files, logs []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.Type().IsRegular():
		case isSaved(path) || isArchive(path):
			files = append(files, path)
		case runlog.IsLog(d.Name()):
			logs = append(logs, path)
		}
		return nil
	})
	if err != nil {
		err := openError(dir, err)
		return yield(func(context.Context) scanned { return unreadable(dir, nil, err) })
	}
	together := len(logs) < 2 || slices.ContainsFunc(logs, runlog.IsPart)
	if !together {
		files = append(files, logs...)
		slices.Sort(files)
	}
	s.bar.total(len(files))
	for _, name := range files {
		if !yield(func(ctx context.Context) scanned { return s.inFolder(ctx, name) }) {
			return false
		}
	}
	return !together || s.together(dir, len(files) > 0, yield)
}

// inFolder is file for one that nobody named: a folder may hold anything.
func (s *scanning) inFolder(ctx context.Context, name string) scanned {
	got := s.file(ctx, name)
	e, ok := errors.AsType[*fault.Error](got.err)
	switch {
	case isSaved(name) && got.err != nil && len(got.reports)+len(got.rows) == 1:
		return scanned{}
	case !isArchive(name) && ok && e.Kind == fault.BadContent:
		return scanned{notes: []string{clean(e.Msg) + "; it was left out"}}
	}
	return got
}

// together gives the runs whose logs are parts of a folder's tasks. Others are
// the files that have theirs.
func (s *scanning) together(dir string, others bool, yield func(scanTask) bool) bool {
	root, err := os.OpenRoot(dir)
	if err != nil {
		err := openError(dir, err)
		return yield(func(context.Context) scanned { return unreadable(dir, nil, err) })
	}
	s.closer = append(s.closer, root)
	log, err := runlog.OpenDir(dir, plainLogs{root.FS()}, runlog.DefaultLimits())
	if err != nil {
		if others {
			return true // there are no logs beside them
		}
		err := logError(dir, "name a folder of logs", err)
		return yield(func(context.Context) scanned { return unreadable(dir, nil, err) })
	}
	parts := log.Runs()
	s.bar.total(len(parts))
	for _, part := range parts {
		if !yield(func(ctx context.Context) scanned {
			got := scanned{name: dir + "/" + part.File}
			if err := s.diagnose(ctx, part, log.Members, &got); err != nil {
				return unreadable(got.name, nil, err)
			}
			return got
		}) {
			return false
		}
	}
	return yield(func(context.Context) scanned {
		got := scanned{name: dir}
		got.damage(log)
		return got
	})
}

func isSaved(name string) bool {
	return slices.Contains([]string{".json", ".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(name)))
}

func isArchive(name string) bool {
	return slices.Contains([]string{".zip", ".gz"}, strings.ToLower(filepath.Ext(name)))
}

// plainLogs is a folder without what has tasks of its own.
type plainLogs struct{ fs.FS }

// ReadDir lists the files of a folder.
func (p plainLogs) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(p.FS, name)
	return slices.DeleteFunc(list, func(d fs.DirEntry) bool { return !d.IsDir() && (isSaved(d.Name()) || isArchive(d.Name())) }), err
}

// saved reads reports and rows, one after the other in a file.
func (s *scanning) saved(name string) scanned {
	f, err := os.Open(name)
	if err != nil {
		return unreadable(name, nil, openError(name, err))
	}
	defer f.Close() // it was only read
	got := scanned{name: name}
	values := &valueReader{r: f}
	dec := json.NewDecoder(values)
	for n := 1; ; n++ {
		var raw json.RawMessage
		values.left = 2 * maxReport
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return got
		}
		if err == nil {
			err = got.value(name, raw)
		}
		if err != nil {
			more := unreadable(name, nil, noReport(fmt.Sprintf("%s, value %d", name, n), err))
			more.reports, more.rows = got.reports, append(got.rows, more.rows...)
			return more
		}
	}
}

// value takes a report or a row.
func (got *scanned) value(name string, raw []byte) error {
	var kind struct {
		Schema  int
		Verdict *string
		Error   *string
	}
	if err := json.Unmarshal(raw, &kind); err != nil {
		return jsonReason(raw, err)
	}
	if kind.Schema != 0 {
		r, err := decodeReport(name, bytes.NewReader(raw))
		if err == nil {
			got.reports = append(got.reports, r)
		}
		return err
	}
	if kind.Verdict == nil && kind.Error == nil {
		return errors.New("it is neither a report nor a row")
	}
	row, err := many.ReadRow(raw)
	if err != nil {
		return jsonReason(raw, err)
	}
	got.rows = append(got.rows, row)
	return nil
}

// valueReader fails where one value has more bytes than any report.
type valueReader struct {
	r    io.Reader
	left int
}

func (v *valueReader) Read(p []byte) (int, error) {
	if v.left <= 0 {
		return 0, fmt.Errorf("it has more than %d MiB", maxReport>>20)
	}
	n, err := v.r.Read(p[:min(len(p), v.left)])
	v.left -= n
	return n, err
}

// remoteWorkers is how many runs are asked for at once. GitHub wants few
// requests at a time:
// https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
const remoteWorkers = 4

// remote are the tasks for the runs of repositories on GitHub.
func (s *scanning) remote(ctx context.Context) (iter.Seq[scanTask], error) {
	clients := map[string]*github.Client{}
	client := func(host string) (c *github.Client, err error) {
		if c = clients[host]; c != nil {
			return c, nil
		}
		opts := s.clientOptions(ctx, host)
		opts.CacheDir, opts.NoCache, opts.Patient, opts.Progress = s.CacheDir, s.noCache, true, s.progressOf(&c)
		c, err = github.NewClient(host, opts)
		clients[host] = c
		return c, err
	}
	var refs []repo.Ref
	for _, text := range s.scan.repos {
		host, owner, name, err := repo.ParseName(text, s.host())
		if err != nil {
			return nil, err
		}
		if _, err := client(host); err != nil {
			return nil, err
		}
		refs = append(refs, repo.Ref{Host: host, Owner: owner, Repo: name})
	}
	for _, owner := range s.scan.orgs {
		c, err := client(s.host())
		if err != nil {
			return nil, err
		}
		list, err := c.Repositories(ctx, owner, s.since)
		if err != nil {
			return nil, err
		}
		refs = append(refs, list...)
	}
	return func(yield func(scanTask) bool) {
		for _, ref := range refs {
			if !s.repository(ctx, clients[ref.Host], ref, yield) {
				return
			}
		}
	}, nil
}

// progressOf shows what a client waits for, and what its rate limit leaves.
func (s *scanning) progressOf(c **github.Client) func(github.Progress) {
	return func(p github.Progress) {
		switch left, limit, ok := (*c).Allowance(); {
		case strings.HasPrefix(p.Text, "waiting") && s.bar.ProgressBar == nil && !s.quiet:
			s.mu.Lock()
			defer s.mu.Unlock()
			s.say(p.Text)
		case strings.HasPrefix(p.Text, "waiting"):
			s.bar.say(p.Text)
		case ok:
			s.bar.say(fmt.Sprintf("%s of %s requests left", words.Thousands(left), words.Thousands(limit)))
		}
	}
}

// repository gives the runs of a repository their tasks. A repository that
// cannot be read is told of, and the others go on.
func (s *scanning) repository(ctx context.Context, c *github.Client, ref repo.Ref, yield func(scanTask) bool) bool {
	file := s.workflow[strings.LastIndexByte(s.workflow, '/')+1:]
	publishing := map[string]bool{}
	n, total := 0, 0
	for run, err := range c.List(ctx, ref, github.ListOptions{Since: s.since, Workflow: file, Conclusion: s.scan.conclusion}) {
		if err != nil {
			return yield(func(context.Context) scanned { return unreadable(ref.Owner+"/"+ref.Repo, nil, err) })
		}
		if _, known := publishing[run.Path]; !known {
			publishing[run.Path] = file != "" || publishes(ctx, c, ref, run)
		}
		if total == 0 {
			if total = run.Total; s.scan.last > 0 {
				total = min(total, s.scan.last)
			}
			s.bar.total(total)
		}
		if !publishing[run.Path] {
			s.bar.add(1)
			continue
		}
		if !yield(func(ctx context.Context) scanned { return s.run(ctx, c, run) }) {
			return false
		}
		if n++; n == s.scan.last {
			break
		}
	}
	return true
}

// publishes tells whether a workflow may publish: by its names, or by its file
// as it was at the run, which may call another one. A file that cannot be read
// is taken for one that does.
func publishes(ctx context.Context, c *github.Client, ref repo.Ref, run *github.Listed) bool {
	suggests := commands.Builtin().Suggests
	if suggests(run.Name) || suggests(strings.TrimSuffix(filepath.Base(run.Path), filepath.Ext(run.Path))) {
		return true
	}
	text, err := c.File(ctx, ref.Owner, ref.Repo, run.Path, run.Meta.SHA)
	if err != nil {
		return true
	}
	f, err := workflow.Read(run.Path, text)
	return err != nil || f.MayPublish()
}

// run fetches a run and diagnoses it.
func (s *scanning) run(ctx context.Context, c *github.Client, listed *github.Listed) scanned {
	meta := listed.Meta
	name := fmt.Sprintf("%s run %d", meta.Repository, meta.ID)
	run, err := c.Fetch(ctx, listed)
	if err != nil {
		if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind == fault.NotStarted {
			return scanned{} // nothing ran
		}
		return unreadable(name, &meta, err)
	}
	defer run.Log.Close() // it was only read
	o := s.options()
	o.Facts, o.Run, o.Link = run.Facts, &run.Meta, run.LineURL
	r, err := s.analyzer.Analyze(ctx, run.Log, o)
	if err != nil {
		return unreadable(name, &meta, err)
	}
	return scanned{name: name, reports: []*report.Report{r}}
}

// bar shows on a terminal how far a scan is. Its zero value shows nothing.
type bar struct {
	*progressbar.ProgressBar
	known int
}

func (e *env) newBar() bar {
	if !e.ErrTerminal || e.quiet {
		return bar{}
	}
	return bar{ProgressBar: progressbar.NewOptions(1, progressbar.OptionSetWriter(e.Err), progressbar.OptionSetWidth(20),
		progressbar.OptionSetDescription("reading"), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("runs"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionUseANSICodes(true))}
}

// total adds to the number of runs to come.
func (b *bar) total(n int) {
	if b.ProgressBar != nil && n > 0 {
		b.known += n
		b.ChangeMax(b.known + 1) // a bar that is full does not go on
	}
}

func (b *bar) add(n int) {
	if b.ProgressBar != nil {
		_ = b.Add(n) // past the end it only complains
	}
}

func (b *bar) say(text string) {
	if b.ProgressBar != nil {
		b.Describe(clean(text))
	}
}

func (b *bar) clear() {
	if b.ProgressBar != nil {
		_ = b.Clear() // the terminal may be gone
	}
}

func (b *bar) finish() {
	if b.ProgressBar != nil {
		_ = b.Finish()
	}
}
