// Package analyzer reads the logs of GitHub Actions runs and says why a publish
// to npm failed, or went out without provenance.
//
//	log, err := analyzer.Open("publish.log", file)
//	scan, err := analyzer.New(patterns.Builtin()).Scan(ctx, log)
//	report, err := scan.Diagnose(ctx, analyzer.Options{})
//
// A scan can be diagnosed again when more is known.
package analyzer

import (
	"cmp"
	"context"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/findings"
	"github.com/pubmortem/pubmortem/analyzer/internal/inorder"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/internal/publisher"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Log is an opened log, archive or folder of logs. Close it when it was scanned.
type Log = runlog.Log

// Publishers are the trusted publishers of a package as its owner listed them.
type Publishers = publisher.Reader

// ReadPublishers reads what `npm trust list` prints, as text or JSON. ok is
// false where it is no such list.
func ReadPublishers(text string) (_ *Publishers, ok bool) { return publisher.Read(text) }

// Sources are the places to ask beyond the log: Files makes a Tree of them.
type Sources = probe.Sources

// Files are the repository's files, for Sources.Tree.
func Files(repository fs.FS) probe.Tree { return probe.Dir{FS: repository} }

// Open opens one log: a job's, as it was downloaded, printed by gh or copied
// from the web page, or any excerpt of it.
func Open(name string, r io.Reader) (*Log, error) { return runlog.OpenText("file", name, r) }

// OpenZip opens an archive of logs as GitHub makes it.
func OpenZip(name string, r io.ReaderAt, size int64) (*Log, error) {
	return runlog.OpenZip(name, r, size, runlog.DefaultLimits())
}

// OpenFS opens a folder of logs: an unpacked archive, or logs of several runs.
func OpenFS(name string, folder fs.FS) (*Log, error) {
	return runlog.OpenDir(name, folder, runlog.DefaultLimits())
}

// Options are what is known beside the log. The zero value is nothing.
type Options struct {
	// Version of the program, for the report.
	Version string
	// Facts that a person or the run's data state; ids are those of the catalog.
	Facts []report.Fact
	// FactIDs are the facts that the report lists, or nil for all of them.
	FactIDs []string
	// Publishers is what `npm trust list` printed about the package, by its owner.
	Publishers *Publishers
	// Run is what is known of the run itself.
	Run *report.Run
	// Sources are asked for what the log leaves open.
	Sources Sources
	// Link is the address of a line: the step's number and the line in it, both
	// 1-based, or zero where the log does not tell.
	Link func(job string, step int, line int64) string
}

// Analyzer diagnoses logs with one catalog. It is safe for concurrent use.
type Analyzer struct {
	catalog *patterns.Catalog
	engine  *match.Engine
	table   *decide.Table
}

// New prepares an analyzer.
func New(cat *patterns.Catalog) *Analyzer {
	return &Analyzer{catalog: cat, engine: match.New(cat), table: decide.New(cat)}
}

// Analyze scans a log and diagnoses it. The logs of several runs are scanned and
// diagnosed on all cores, and nothing is kept of one but its report.
func (a *Analyzer) Analyze(ctx context.Context, log *Log, o Options) (*report.Report, error) {
	parts := log.Runs()
	if len(parts) < 2 {
		scan, err := a.Scan(ctx, log)
		if err != nil {
			return nil, err
		}
		return scan.Diagnose(ctx, o)
	}
	s := &Scan{a: a, source: source(log)}
	var all []*report.Report
	known := len(log.Notes)
	err := inorder.Do(ctx, o.workers(), slices.Values(parts), func(ctx context.Context, p runlog.Part) diagnosed {
		return a.diagnosed(ctx, p, o)
	}, func(d diagnosed) error {
		if d.err == nil {
			s.add(d.scan)
			all = append(all, d.report)
		}
		return d.err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(log.Notes[known:]) // they come as the files are read
	s.finish(log)
	return s.join(all, o), nil
}

// diagnosed is the report of one run, and the totals of its scan.
type diagnosed struct {
	scan   match.Scan
	report *report.Report
	err    error
}

func (a *Analyzer) diagnosed(ctx context.Context, p runlog.Part, o Options) (d diagnosed) {
	scan, err := a.engine.Scan(ctx, p.Log)
	if err != nil {
		return diagnosed{err: err}
	}
	d.scan = match.Scan{Stamp: scan.Stamp, Lines: scan.Lines, Bytes: scan.Bytes, Damaged: scan.Damaged, Notes: scan.Notes}
	if d.report, d.err = a.diagnose(ctx, scan, o); d.err == nil {
		decide.NameFile(d.report, p.File)
	}
	return d
}

// workers is how many runs are diagnosed at once: sources are asked by one.
func (o *Options) workers() int {
	if s := &o.Sources; s.Tree != nil || s.Registry != nil || s.Status != nil || s.Subject != nil {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}

// Scan is what a log shows, ready to be diagnosed as often as more is known.
type Scan struct {
	a      *Analyzer
	source report.Source
	notes  []string
	runs   []run
}

// run is the logs that belong together; file names them when there are others.
type run struct {
	file string
	scan *match.Scan
}

// Scan reads a log to its end. The error is the context's; damage in the log
// itself is noted in the report.
func (a *Analyzer) Scan(ctx context.Context, log *Log) (*Scan, error) {
	s := &Scan{a: a, source: source(log)}
	for _, part := range log.Runs() {
		scan, err := a.engine.Scan(ctx, part.Log)
		if err != nil {
			return nil, err
		}
		s.add(*scan)
		s.runs = append(s.runs, run{part.File, scan})
	}
	s.finish(log)
	return s, nil
}

func source(log *Log) report.Source {
	format := log.Kind
	if log.Kind != "zip" && log.Kind != "dir" && len(log.Members) > 0 {
		format = log.Members[0].Format.String()
	}
	return report.Source{Kind: log.Kind, Name: log.Name, Format: format}
}

// add counts one more run.
func (s *Scan) add(scan match.Scan) {
	s.source.Lines += scan.Lines
	s.source.Bytes += scan.Bytes
	s.source.StartedAt = cmp.Or(s.source.StartedAt, started(&scan))
	s.source.Damaged = s.source.Damaged || scan.Damaged
	s.notes = append(s.notes, scan.Notes...)
}

// finish takes what is known once all members were read.
func (s *Scan) finish(log *Log) {
	s.source.Damaged = s.source.Damaged || log.Damaged
	s.notes = append(slices.Clone(log.Notes), s.notes...)
}

// started is when the first line that was looked at was written, or "".
func started(scan *match.Scan) string {
	if at, ok := runlog.Stamp(scan.Stamp); ok {
		return at.UTC().Format(time.RFC3339)
	}
	return ""
}

// Runs are the runs that the log holds, each to be diagnosed alone: a folder
// may hold the logs of many.
func (s *Scan) Runs() []*Scan {
	if len(s.runs) < 2 {
		return []*Scan{s}
	}
	var all []*Scan
	for _, r := range s.runs {
		one := &Scan{a: s.a, source: s.source, notes: r.scan.Notes, runs: []run{r}}
		one.source.File, one.source.Lines, one.source.Bytes, one.source.StartedAt = r.file, r.scan.Lines, r.scan.Bytes, started(r.scan)
		all = append(all, one)
	}
	return all
}

// Diagnose says what the log shows in the light of what is known beside it. The
// logs of several runs are diagnosed each alone, and the report names the file
// of each finding. The error is the context's; what could not be asked of the
// sources is noted in the report.
func (s *Scan) Diagnose(ctx context.Context, o Options) (*report.Report, error) {
	var all []*report.Report
	for _, r := range s.runs {
		one, err := s.a.diagnose(ctx, r.scan, o)
		if err != nil {
			return nil, err
		}
		if len(s.runs) > 1 {
			decide.NameFile(one, r.file)
		}
		all = append(all, one)
	}
	return s.join(all, o), nil
}

func (s *Scan) join(all []*report.Report, o Options) *report.Report {
	out := decide.Join(all)
	out.Tool = report.Tool{Name: "pubmortem", Version: o.Version}
	out.Source, out.Run = s.source, o.Run
	out.Notes = append(slices.Clone(s.notes), out.Notes...)
	return out
}

// diagnose looks at what the log shows, asks the sources what that leaves open,
// and looks again.
func (a *Analyzer) diagnose(ctx context.Context, scan *match.Scan, o Options) (*report.Report, error) {
	if o.Publishers.Listed() {
		own := *scan
		own.Publishers = *o.Publishers
		scan = &own
	}
	given := findings.Given(scan, o.Facts)
	look := func(readings []facts.Reading) *decide.Analysis {
		return decide.Analyze(a.table, findings.Collect(a.catalog, scan, readings))
	}
	an := look(given)
	asked := probe.Run(ctx, an, o.Sources)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(asked.Readings) > 0 {
		an = look(append(asked.Readings, given...))
	}
	return an.Write(decide.Beside{Notes: append(an.Notes, asked.Notes...), Files: asked, FactIDs: o.FactIDs, Link: o.Link}), nil
}
