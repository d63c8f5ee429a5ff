package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/inorder"
	"github.com/pubmortem/pubmortem/analyzer/internal/many"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/tempfile"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// scanFormats are what scan writes: for people, a flat row a line, a whole
// report a line.
var scanFormats = []string{"text", "markdown", "html", "jsonl", "csv", "reports"}

// scanFlags are the flags of scan alone.
type scanFlags struct {
	orgs       []string
	repos      []string
	packages   []string
	since      string
	last       int
	conclusion string
	by         string
}

func (e *env) scanCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "scan [flags] [PATH…]",
		Short: "tell of many runs which causes break publishes, since when and where",
		Long: `Diagnose many runs and count them: logs, archives and folders of them, reports
and rows saved before, or the runs of repositories on GitHub. Each run is
diagnosed alone. Formats: text, markdown and html sum up; jsonl and csv have one
row for each failed publish and for each run without any; reports has one whole
report a line.

With -R or --org, runs of workflows that publish are downloaded and kept, so
that an interrupted scan goes on where it was. It waits where GitHub's rate
limit asks for it.

Exit codes:

    0    every failure is explained, or nothing failed
    1    a failure that the catalog does not explain; with --packages, lost trust
    2    wrong call, or a bad catalog
    3    a log could not be had or read; the others are counted
    4    no access
    130  interrupted
`,
		Example: examples(
			"pubmortem scan logs/",
			"pubmortem scan monday.jsonl tuesday.jsonl --by repository",
			"pubmortem scan --org OWNER --since 30d -f html=publishes.html -f jsonl=publishes.jsonl",
			"pubmortem scan -R OWNER/REPO --last 50 --workflow release.yml",
			"pubmortem scan --packages '@acme/*'",
		),
		Args: cobra.ArbitraryArgs,
	}
	c.RunE = e.runs(runScan)
	fs := c.Flags()
	e.outputFlags(fs, scanFormats)
	fs.StringVar(&e.scan.by, "by", many.Keys()[0], "count by `KEY`: "+words.Or(many.Keys()))
	fs.StringArrayVarP(&e.scan.repos, "repo", "R", nil, "the runs of the repository `[HOST/]OWNER/REPO`; may be repeated")
	fs.StringArrayVar(&e.scan.orgs, "org", nil, "the runs of all repositories of the organization or user `NAME`; may be repeated")
	fs.StringVar(&e.scan.since, "since", "", "only runs since `WHEN`, as 30d, 12w or 2026-10-01; from GitHub, 90d unless --last is given")
	fs.IntVar(&e.scan.last, "last", 0, "from GitHub, only the newest `N` runs of each repository")
	fs.StringVar(&e.workflow, "workflow", "", "only runs of the workflow `FILE`")
	fs.StringVar(&e.scan.conclusion, "conclusion", "", "from GitHub, only runs with the conclusion `WORD`, as failure or success")
	fs.StringArrayVar(&e.scan.packages, "packages", nil, "who published each version of the packages `NAME|@SCOPE/*|DIR`, and with what proof, by the registry")
	e.catalogFlags(fs)
	fs.BoolVar(&e.noCache, "no-cache", false, "download again what is in the cache")
	return c
}

func runScan(ctx context.Context, e *env, args []string) (int, error) {
	remote := len(e.scan.repos)+len(e.scan.orgs) > 0
	since, err := e.since(remote)
	switch {
	case err != nil:
		return exitUsage, err
	case !slices.Contains(many.Keys(), e.scan.by):
		return exitUsage, wrongCall(words.DidYouMean(fmt.Sprintf("--by is %s, not %q", words.Or(many.Keys()), e.scan.by), e.scan.by, many.Keys()), "")
	case len(args) > 0 && remote || len(e.scan.packages) > 0 && (remote || len(args) > 0):
		return exitUsage, wrongCall("paths, runs on GitHub and packages are scanned one at a time", "save each with -f jsonl=FILE, then scan the files")
	case len(args) == 0 && !remote && len(e.scan.packages) == 0:
		return exitUsage, wrongCall("scan needs paths, -R, --org or --packages", "pubmortem scan logs/")
	case !remote && (e.scan.last != 0 || e.scan.conclusion != ""):
		return exitUsage, wrongCall("--last and --conclusion choose runs on GitHub", "add -R OWNER/REPO or --org NAME")
	}
	targets, err := e.targets(scanFormats)
	if err != nil {
		return exitUsage, err
	}
	if len(e.scan.packages) > 0 {
		return e.runTrust(ctx, targets)
	}
	cat, err := e.catalog()
	if err != nil {
		return exitUsage, err
	}
	s := &scanning{env: e, analyzer: analyzer.New(cat), since: since, bar: e.newBar()}
	if debug.SetMemoryLimit(-1) < scanMemory && e.Env("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(scanMemory)
	}
	tasks, workers := s.paths(args), runtime.GOMAXPROCS(0)
	if remote {
		if tasks, err = s.remote(ctx); err != nil {
			return exitNoLogs, err
		}
		workers = remoteWorkers
	}
	if err := s.open(targets); err != nil {
		return exitUsage, err
	}
	defer s.close()
	err = inorder.Do(ctx, workers, tasks, func(ctx context.Context, t scanTask) scanned { return t(ctx) }, s.take)
	s.bar.finish()
	if err != nil {
		return exitNoLogs, err
	}
	if more := s.failed - mostNotes; more > 0 && !e.quiet {
		e.say(fmt.Sprintf("%s more could not be read; -f jsonl says why", words.Count(more, "run")))
	}
	for _, n := range s.notes {
		if !e.quiet {
			e.say("note: " + n)
		}
	}
	return s.code(), s.finish(many.Summarize(s.rows, e.scan.by), cat)
}

// scanMemory has the garbage of thousands of small logs be collected less often.
const scanMemory = 48 << 20

// scanTask reads one source and diagnoses the runs in it.
type scanTask func(context.Context) scanned

// scanned is what came of a task. An error without a report is a run, or a
// file, that could not be read.
type scanned struct {
	name    string
	reports []*report.Report
	rows    []many.Row
	notes   []string
	err     error
}

// scanning is one scan under way.
type scanning struct {
	*env
	analyzer *analyzer.Analyzer
	since    time.Time
	targets  []*scanTarget
	rows     []many.Row
	notes    []string
	bar      bar
	// failed counts the sources that could not be read; unread is the exit code
	// for the first one.
	failed, unread int
	mu             sync.Mutex // for what goroutines say
	closer         []io.Closer
}

// since is what --since says, or the zero time.
func (e *env) since(remote bool) (time.Time, error) {
	text := e.scan.since
	if text == "" && remote && e.scan.last == 0 {
		text = "90d" // GitHub keeps logs as long by default
	}
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	n, unit := 0, ""
	if _, err := fmt.Sscanf(text, "%d%s", &n, &unit); err == nil && n > 0 {
		if days := map[string]int{"d": 1, "w": 7}[unit]; days > 0 && n < 10_000 {
			return e.Now().UTC().AddDate(0, 0, -n*days), nil
		}
	}
	return time.Time{}, wrongCall(fmt.Sprintf("--since is a number of days or weeks or a date, not %q", text), "30d, 12w or 2026-10-01")
}

// mostNotes bounds the notes of a scan: each of its logs may have some.
const mostNotes = 20

// take counts what came of a task, and writes it where lines go as they come.
func (s *scanning) take(got scanned) error {
	for _, n := range got.notes {
		if len(s.notes) < mostNotes && !slices.Contains(s.notes, n) {
			s.notes = append(s.notes, n)
		}
	}
	if got.err != nil {
		code, _, _ := explainError(got.err)
		s.unread = cmp.Or(s.unread, code)
		if s.failed++; !s.quiet && s.failed <= mostNotes {
			s.bar.clear()
			s.mu.Lock()
			s.say(got.err.Error())
			s.mu.Unlock()
		}
	}
	rows := got.rows
	for _, r := range got.reports {
		rows = append(rows, many.Rows(r)...)
		if reportCode(r) == exitNoLogs {
			s.unread = cmp.Or(s.unread, exitNoLogs)
		}
	}
	rows = slices.DeleteFunc(rows, func(r many.Row) bool {
		at := r.Time()
		return !s.since.IsZero() && !at.IsZero() && at.Before(s.since) || s.workflow != "" && r.Workflow != s.workflow[strings.LastIndexByte(s.workflow, '/')+1:]
	})
	s.rows = append(s.rows, rows...)
	s.bar.add(max(len(got.reports), min(1, len(rows))))
	for _, t := range s.targets {
		if err := t.stream(rows, got.reports); err != nil {
			return &outputError{cmp.Or(t.file, "standard output"), err}
		}
	}
	return nil
}

// code is the exit code.
func (s *scanning) code() int {
	if s.unread != exitOK {
		return s.unread
	}
	if slices.ContainsFunc(s.rows, func(r many.Row) bool { return r.Cause == many.Unexplained }) {
		return exitUnexplained
	}
	return exitOK
}

// scanTarget is a place that a scan writes to. Lines are written as they come,
// to a file beside the final one.
type scanTarget struct {
	target
	out  *bufio.Writer
	part *os.File
}

func (t *scanTarget) streams() bool {
	return t.format == "jsonl" || t.format == "csv" || t.format == "reports"
}

func (s *scanning) open(targets []target) error {
	for _, t := range targets {
		st := &scanTarget{target: t}
		s.targets = append(s.targets, st)
		switch {
		case !st.streams():
			continue
		case t.file == "":
			st.out = bufio.NewWriter(s.Out)
		default:
			f, err := tempfile.Beside(t.file, 0o666)
			if err != nil {
				return &outputError{t.file, err}
			}
			st.part, st.out = f, bufio.NewWriter(f)
		}
		if t.format == "csv" {
			st.out.WriteString(strings.Join(many.Columns[many.Row](), ",") + "\n")
		}
	}
	return nil
}

// stream writes lines as they come.
func (t *scanTarget) stream(rows []many.Row, reports []*report.Report) error {
	if t.out == nil {
		return nil
	}
	var err error
	switch t.format {
	case "jsonl":
		err = many.WriteJSONL(t.out, rows)
	case "csv":
		err = many.WriteCSV(t.out, rows)
	case "reports":
		for _, r := range reports {
			var pretty, line bytes.Buffer
			err = errors.Join(err, render.JSON(&pretty, r, render.Options{}), json.Compact(&line, pretty.Bytes()))
			line.WriteByte('\n')
			_, _ = line.WriteTo(t.out) // Flush tells of errors
		}
	}
	if t.part == nil {
		err = errors.Join(err, t.out.Flush())
	}
	return err
}

// close removes what was not finished.
func (s *scanning) close() {
	for _, t := range s.targets {
		if t.part != nil {
			_ = tempfile.Drop(t.part) // it was not asked for
		}
	}
	for _, c := range s.closer {
		_ = c.Close() // it was only read
	}
}

// finish writes the summaries, and gives the files of lines their names.
func (s *scanning) finish(sum *many.Summary, cat *patterns.Catalog) error {
	var rest []target
	for _, t := range s.targets {
		if !t.streams() {
			rest = append(rest, t.target)
		}
		if t.part == nil {
			continue
		}
		err := t.out.Flush()
		if err == nil {
			err = tempfile.Keep(t.part, t.file)
			t.part = nil
		}
		if err != nil {
			return &outputError{t.file, err}
		}
	}
	return s.writeAll(rest, func(format string, w io.Writer, o render.Options) error {
		switch format {
		case "html":
			return many.WriteHTML(w, s.rows, sum, cat, s.Now())
		case "markdown":
			_, err := io.WriteString(w, sum.Document().Markdown(render.CommentBytes))
			return err
		}
		_, err := io.WriteString(w, sum.Document().Terminal(document.TerminalOptions{Width: o.Width, Color: o.Color}))
		return err
	})
}

// unreadable is what came of a source that could not be read.
func unreadable(name string, run *report.Run, err error) scanned {
	text := err
	if e, ok := errors.AsType[*fault.Error](err); ok {
		text = errors.New(e.Msg)
	}
	return scanned{name: name, err: err, rows: []many.Row{many.Failed(run, name, text)}}
}
