// Package analyzer is the corridor that opens the rooms in order: lines become
// findings and facts, those become attempts, attempts become incidents with a
// differential, and all of it a report.
package analyzer

import (
	"context"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Options are what is known beside the log.
type Options struct {
	// Version of the program, for the report.
	Version string
	// Facts from a person or from probes.
	Facts []report.Fact
	// Run is what is known of the run itself, if anything.
	Run *report.Run
	// Notes are sentences for the report on what could not be asked.
	Notes []string
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

// Analyze reads a log to its end and says what it shows. The error is the
// context's; damage in the log itself is noted in the report.
func (a *Analyzer) Analyze(ctx context.Context, log *runlog.Log, o Options) (*report.Report, error) {
	read, err := a.Read(ctx, log)
	if err != nil {
		return nil, err
	}
	return read.Diagnose(o), nil
}

// Read is a log that was read to its end and can be diagnosed again when more
// is known.
type Read struct {
	a      *Analyzer
	scan   *match.Scan
	source report.Source
	notes  []string
}

// Read reads a log to its end. The error is the context's.
func (a *Analyzer) Read(ctx context.Context, log *runlog.Log) (*Read, error) {
	scan, err := a.engine.Scan(ctx, log)
	if err != nil {
		return nil, err
	}
	source := report.Source{Kind: log.Kind, Name: log.Name, Format: format(log), Lines: scan.Lines, Bytes: scan.Bytes, Damaged: log.Damaged || scan.Damaged}
	return &Read{a: a, scan: scan, source: source, notes: append(slices.Clone(log.Notes), scan.Notes...)}, nil
}

// Diagnose says what the log shows in the light of what is known beside it.
func (r *Read) Diagnose(o Options) *report.Report {
	out := r.a.diagnose(r.scan, o).report()
	out.Tool = report.Tool{Name: "pubmortem", Version: o.Version}
	out.Run = o.Run
	out.Source = r.source
	out.Notes = append(slices.Clone(r.notes), o.Notes...)
	return out
}

// format names the container: the archive's kind, or how the stream's lines look.
func format(log *runlog.Log) string {
	if log.Kind == "zip" || log.Kind == "dir" || len(log.Members) == 0 {
		return log.Kind
	}
	return log.Members[0].Format.String()
}

// diagnosis is the state of one analysis.
type diagnosis struct {
	*Analyzer
	scan     *match.Scan
	store    *facts.Store
	attempts []*attempt.Attempt
	tools    map[*match.Step]string
}

func (a *Analyzer) diagnose(scan *match.Scan, o Options) *diagnosis {
	d := &diagnosis{Analyzer: a, scan: scan, store: facts.New(a.catalog), tools: map[*match.Step]string{}}
	d.attempts = attempt.Build(scan)
	d.given(o.Facts)
	d.gather()
	d.derive()
	return d
}

// place is an attempt's viewpoint on the facts.
func (d *diagnosis) place(at *attempt.Attempt) facts.Place {
	return facts.Place{Job: at.Job.Index, Step: at.Step.Index, First: at.First, Last: at.Last, Package: at.Package, Local: ownClient[d.tools[at.Step]]}
}

// ownClient lists, for tools that bring their own client, the facts about npm
// that then say nothing unless they stand in the publishing step itself.
var ownClient = map[string][]string{
	"lerna":            {"npm.version", "node.version"},
	"yarn":             {"npm.version", "node.version"},
	"semantic-release": {"npm.version", "node.version"},
	"bun":              {"npm.version", "node.version"},
}
