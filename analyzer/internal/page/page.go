// Package page is what the web page asks of the analyzer. Questions and answers
// are JSON: the page's worker only hands them on.
package page

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/excerpt"
	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Session is an open page: the log that was given to it last, and its report.
type Session struct {
	version  string
	analyzer *analyzer.Analyzer
	catalog  *patterns.Catalog
	files    []File
	scan     *analyzer.Scan
	members  int
	report   *report.Report
}

// New prepares a session for a program of that version.
func New(version string) *Session {
	cat := patterns.Builtin()
	return &Session{version: version, analyzer: analyzer.New(cat), catalog: cat}
}

// File is a file that was pasted, dropped or chosen.
type File struct {
	Name string
	Size int64
	At   io.ReaderAt
}

// Open reads a log, an archive or, of several files, a folder. Without files,
// what is known beside a log is diagnosed alone.
func (s *Session) Open(files []File) error {
	s.files, s.scan, s.report = files, nil, nil
	if len(files) == 0 {
		return nil
	}
	log, err := s.open()
	if err != nil {
		return err
	}
	defer log.Close() // it was only read
	s.members = len(log.Members)
	s.scan, err = s.analyzer.Scan(context.Background(), log)
	return err
}

func (s *Session) open() (*runlog.Log, error) {
	if len(s.files) > 1 {
		return analyzer.OpenFS("the files", folder(s.files))
	}
	f := s.files[0]
	magic := make([]byte, 4)
	f.At.ReadAt(magic, 0) // what cannot be read is no archive
	if bytes.HasPrefix(magic, []byte("PK\x03\x04")) || bytes.HasPrefix(magic, []byte("PK\x05\x06")) {
		return analyzer.OpenZip(f.Name, f.At, f.Size)
	}
	return analyzer.Open(f.Name, io.NewSectionReader(f.At, 0, f.Size))
}

// Ask answers a question of the page: see the methods below for their fields.
func (s *Session) Ask(question string, about []byte) (any, error) {
	switch question {
	case "diagnose":
		return asked(about, s.diagnose)
	case "explain":
		return asked(about, s.explain)
	case "lines":
		return asked(about, s.lines)
	case "share":
		return s.share()
	case "warm":
		return nil, s.warm()
	}
	return nil, fmt.Errorf("there is no question %q", question)
}

// warm diagnoses a line once, so that what is made ready at the first use is
// there when the first log comes.
func (s *Session) warm() error {
	const line = "npm error code ENEEDAUTH\n"
	other := *s
	if err := other.Open([]File{{Name: "warm.log", Size: int64(len(line)), At: strings.NewReader(line)}}); err != nil {
		return err
	}
	_, err := other.diagnose(Known{})
	return err
}

func asked[Q, A any](about []byte, answer func(Q) (A, error)) (any, error) {
	var q Q
	if err := json.Unmarshal(about, &q); err != nil {
		return nil, err
	}
	return answer(q)
}

// Known is what is known beside the log: facts by their ids, and the texts of
// package.json, of the workflow file and of what `npm trust list` printed.
type Known struct {
	Facts                          map[string]string
	Manifest, Workflow, Publishers string
}

// Diagnosis is a report for the page.
type Diagnosis struct {
	Verdict  report.Verdict     `json:"verdict"`
	Elements []document.Element `json:"elements"`
	Markdown string             `json:"markdown"`
	JSON     string             `json:"json"`
	Fixes    []string           `json:"fixes"`
	Facts    map[string]string  `json:"facts"`
	// Line is the place of the deciding line.
	Line string `json:"line"`
}

func (s *Session) diagnose(k Known) (*Diagnosis, error) {
	r, err := s.analyze(k)
	if err != nil {
		return nil, err
	}
	s.report = r
	d := render.Document(r)
	var text, md bytes.Buffer
	if err := errors.Join(render.JSON(&text, r, render.Options{}), render.Markdown(&md, r, render.Options{})); err != nil {
		return nil, err
	}
	out := &Diagnosis{Verdict: r.Verdict, JSON: text.String(), Markdown: md.String(), Facts: k.Facts}
	var refs document.Refs
	for _, in := range r.Incidents {
		if len(in.Diagnoses) == 0 {
			continue
		}
		first := in.Diagnoses[0]
		if fix := cmp.Or(first.Fix.Diff, first.Fix.Snippet); fix != "" && !slices.Contains(out.Fixes, fix) {
			out.Fixes = append(out.Fixes, fix)
		}
		add := func(kind, id string) {
			ref := document.Ref{Kind: kind, ID: id, Lead: kind}
			if !slices.Contains(refs.Items, ref) {
				refs.Items = append(refs.Items, ref)
			}
		}
		add("cause", first.Cause)
		for _, id := range in.Symptoms {
			add("symptom", id)
		}
	}
	if len(refs.Items) > 0 {
		d.Add(0, document.Labelled{Label: "Read on", Body: document.Document{{Body: refs}}})
	}
	out.Elements = d.Elements()
	out.Line = firstLine(out.Elements)
	return out, nil
}

// firstLine is the place of the first quoted line.
func firstLine(all []document.Element) string {
	for _, e := range all {
		if strings.HasPrefix(e.Href, "#line?") {
			return e.Href
		}
		if at := firstLine(e.Kids); at != "" {
			return at
		}
	}
	return ""
}

func (s *Session) analyze(k Known) (*report.Report, error) {
	o := analyzer.Options{Version: s.version}
	for id, value := range k.Facts {
		def, ok := s.catalog.Fact(id)
		if !ok {
			return nil, fmt.Errorf("there is no fact %q", id)
		}
		value, err := facts.Value(def, value)
		if err != nil {
			return nil, err
		}
		o.Facts = append(o.Facts, report.Fact{ID: id, Value: value, Origin: report.FromUser})
	}
	slices.SortFunc(o.Facts, func(a, b report.Fact) int { return strings.Compare(a.ID, b.ID) })
	if k.Publishers != "" {
		list, ok := analyzer.ReadPublishers(k.Publishers)
		if !ok {
			return nil, errors.New("the third box holds no list of trusted publishers: it is for what `npm trust list PACKAGE` prints")
		}
		o.Publishers = list
	}
	if k.Manifest+k.Workflow != "" {
		files, err := s.tree(k, o)
		if err != nil {
			return nil, err
		}
		o.Sources.Tree = files
	}
	ctx := context.Background()
	switch {
	case s.scan != nil:
		return s.scan.Diagnose(ctx, o)
	case o.Sources.Tree == nil:
		return nil, errors.New("there is no log yet: paste one, or choose a file")
	}
	return s.analyzer.Check(ctx, analyzer.CheckOptions{Version: s.version, Sources: o.Sources})
}

// Entry asks to explain the entry of a kind and id; as kinds it also takes
// "causes", "symptoms", "table" and "search", for which id is the text.
type Entry struct{ Kind, ID string }

// Page is what there is to read about something.
type Page struct {
	Title    string             `json:"title"`
	Elements []document.Element `json:"elements"`
}

func (s *Session) explain(e Entry) (*Page, error) {
	var d document.Document
	x := explain.Explainer{Catalog: patterns.Whole()}
	p := &Page{Title: e.Kind + " " + e.ID}
	switch e.Kind {
	case "causes":
		p.Title = "Causes and symptoms"
		d = index(x)
	case "table":
		p.Title = "The decision table"
		d = x.Table()
	case "search":
		p.Title = "Search: " + inert.Quote(e.ID)
		var refs document.Refs
		for _, hit := range explain.Search(x.Catalog, e.ID) {
			refs.Items = append(refs.Items, document.Ref{Lead: hit.Kind, Kind: hit.Kind, ID: hit.ID, Text: hit.Title})
		}
		d.Add(0, document.Heading{Level: 2, Text: p.Title})
		if d.Add(0, refs); len(refs.Items) == 0 {
			d.AddText(0, "The catalog has nothing on that.")
		}
	default:
		d = x.Entry(e.Kind, e.ID)
	}
	if len(d) == 0 {
		return nil, fmt.Errorf("the catalog has no %s %q", inert.Quote(e.Kind), inert.Quote(e.ID))
	}
	p.Elements = d.Elements()
	return p, nil
}

// index lists the causes, the most common ones first, and the symptoms.
func index(x explain.Explainer) document.Document {
	var d document.Document
	var causes, symptoms document.Refs
	for _, b := range x.Causes() {
		if t, ok := b.Body.(document.Table); ok {
			for _, row := range t.Rows {
				causes.Items = append(causes.Items, document.Ref{Kind: "cause", ID: row[0], Text: row[1]})
			}
		}
	}
	for i := range x.Catalog.Symptoms {
		symptom := &x.Catalog.Symptoms[i]
		symptoms.Items = append(symptoms.Items, document.Ref{Kind: "symptom", ID: symptom.ID, Text: symptom.Title})
	}
	d.Add(0, document.Heading{Level: 2, Text: "Why a publish fails or goes out without provenance"})
	d.Add(0, causes)
	d.Add(0, document.Heading{Level: 2, Text: "What logs show"})
	d.Add(0, symptoms)
	return d
}

// Window asks for lines of the log: those around the place that a quoted line
// names, or those of a member from a number on.
type Window struct {
	At           string
	Member, From int
}

// Lines are lines of one member of the log.
type Lines struct {
	Member int    `json:"member"`
	Place  string `json:"place"`
	// More tells that there are others behind them.
	More  bool   `json:"more"`
	Lines []Line `json:"lines"`
}

// Line is a line of the log view.
type Line struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
	Kind   string `json:"kind,omitempty"`
	// Deciding marks lines that the report quotes, Here the one asked for.
	Deciding bool `json:"deciding,omitempty"`
	Here     bool `json:"here,omitempty"`
}

// The log view: lines shown at a time, lines before the one asked for, and
// characters of a line.
const (
	window    = 200
	lead      = 40
	lineWidth = 2000
)

var kinds = map[runlog.Kind]string{
	runlog.KindError: "error", runlog.KindWarning: "warning", runlog.KindGroup: "group", runlog.KindCommand: "command",
}

func (s *Session) lines(w Window) (*Lines, error) {
	if s.report == nil || len(s.files) == 0 {
		return nil, errors.New("there is no log yet")
	}
	query, err := url.ParseQuery(w.At)
	if err != nil {
		return nil, err
	}
	at := excerpt.Place{File: query.Get("file"), Job: query.Get("job")}
	at.Step, _ = strconv.ParseInt(query.Get("step"), 10, 64) // 0 is none
	at.Line, _ = strconv.ParseInt(query.Get("line"), 10, 64)
	log, err := s.open()
	if err != nil {
		return nil, err
	}
	defer log.Close() // it was only read
	x := excerpt.New(s.report, s.members == 1)
	out := &Lines{}
	var kept []excerpt.Line
	found, here := w.At == "", 0
	wanted := func(_, number int) bool { return number >= max(int(at.Line)-lead, w.From) }
	err = excerpt.Lines(context.Background(), log, wanted, func(l excerpt.Line) bool {
		switch {
		case found && w.At == "" && (l.Member != w.Member || l.Number < w.From):
			return l.Member <= w.Member
		case found && (len(kept) > 0 && l.Member != kept[0].Member || len(kept) == window):
			out.More = l.Member == kept[0].Member
			return false
		case !found && len(kept) > 0 && l.Member != kept[0].Member:
			kept = kept[:0]
		case !found && len(kept) == lead:
			kept = slices.Delete(kept, 0, 1)
		}
		if kept = append(kept, l); !found && x.At(at, l) {
			found, here = true, l.Number
		}
		return true
	})
	if !found || len(kept) == 0 {
		return nil, errors.Join(err, errors.New("the log has no such line"))
	}
	for _, l := range kept {
		if out.Place == "" || l.Number == here {
			out.Place = document.Place(l.Job, l.Step)
		}
		text := inert.Cut(inert.Redact(inert.Text(l.Text)), lineWidth)
		out.Lines = append(out.Lines, Line{l.Number, text, kinds[l.Kind], x.Decisive(l), l.Number == here})
	}
	out.Member = kept[0].Member
	return out, err
}

// Shared is what a link holds: the lines around those that the report quotes,
// without known kinds of secrets, and what else the report rests on.
type Shared struct {
	Log   string            `json:"log"`
	Facts map[string]string `json:"facts"`
	// Same tells that they alone lead to the same answer.
	Same bool `json:"same"`
}

func (s *Session) share() (*Shared, error) {
	if s.report == nil || len(s.files) == 0 {
		return nil, errors.New("there is no log to share yet")
	}
	log, err := s.open()
	if err != nil {
		return nil, err
	}
	defer log.Close() // it was only read
	ctx := context.Background()
	x := excerpt.New(s.report, s.members == 1)
	if err := excerpt.Lines(ctx, log, nil, x.Add); err != nil {
		return nil, err
	}
	out := &Shared{Log: x.Log(), Facts: map[string]string{}}
	several := map[string]bool{}
	for _, f := range s.report.Facts {
		if other, ok := out.Facts[f.ID]; ok && other != f.Value {
			several[f.ID] = true
		}
		def, ok := s.catalog.Fact(f.ID)
		if !ok || f.Origin == report.Inferred || inert.Redact(f.Value) != f.Value {
			continue
		}
		if value, err := facts.Value(def, f.Value); err == nil {
			out.Facts[f.ID] = value
		}
	}
	for id := range several {
		delete(out.Facts, id)
	}
	again := &Session{version: s.version, analyzer: s.analyzer, catalog: s.catalog}
	if err := again.Open([]File{{Name: "shared.log", Size: int64(len(out.Log)), At: strings.NewReader(out.Log)}}); err == nil {
		r, err := again.analyze(Known{Facts: out.Facts})
		out.Same = err == nil && answer(r) == answer(s.report)
	}
	return out, nil
}

// answer is what a report says in short.
func answer(r *report.Report) string {
	text := string(r.Verdict)
	for _, in := range r.Incidents {
		if len(in.Diagnoses) > 0 {
			text += " " + in.Diagnoses[0].Cause
		}
	}
	return text
}
