// Package excerpt reads the lines of a log one by one, and picks those that
// another person has to see.
package excerpt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

const (
	around    = 10  // lines before and after a decisive one
	mostLines = 200 // lines of an excerpt
	width     = 400 // runes of a line
)

// Excerpt collects the decisive lines of a log and those around them.
type Excerpt struct {
	// Name is that of the log, Verdict what was made of it in a few words.
	Name, Verdict string

	report    *report.Report
	wanted    map[Place]bool // where the decisive lines stand
	before    []quotedLine   // the last lines that were not kept
	after     int            // how many lines more to keep
	kept      []quotedLine
	armour    bool   // inside a private key
	oneStream bool   // see New
	previous  string // text of the line that was taken in last
}

type quotedLine struct {
	member, number int
	place          string // "job › step"
	text           string // without controls, and until String with secrets
	previous       string // the text before it in the member
	tag            string
	decisive       bool
}

// Place is where reports say that a line stands: the step is that of an
// archive with a file for each.
type Place struct {
	File, Job  string // the file tells the logs of several runs apart
	Step, Line int64
}

// New wants the lines that a report quotes. Where a log is one stream,
// its lines are counted through all of its jobs.
func New(r *report.Report, oneStream bool) *Excerpt {
	x := &Excerpt{report: r, Name: path.Base(strings.ReplaceAll(r.Source.Name, `\`, "/")), wanted: map[Place]bool{}, oneStream: oneStream}
	want := func(file string, ev report.Evidence) {
		at := Place{file, ev.Job, 0, ev.Line}
		if ev.StepLine > 0 {
			at.Step, at.Line = int64(ev.StepNumber), ev.StepLine
		}
		x.wanted[x.simple(at)] = true
	}
	for _, ev := range r.Unexplained {
		want(ev.File, ev)
	}
	for _, in := range r.Incidents {
		for _, ev := range in.Evidence {
			want(in.File, ev)
		}
	}
	return x
}

// simple is a place without what does not tell lines of this log apart.
func (x *Excerpt) simple(at Place) Place {
	if x.oneStream {
		at.File, at.Job = "", ""
	}
	return at
}

// At tells whether a line stands at a place.
func (x *Excerpt) At(at Place, l Line) bool {
	if at.Line != int64(l.Number) { // the quickest to tell
		return false
	}
	at = x.simple(at)
	of := x.placeOf(l)
	if at.File == "" {
		of.File = ""
	}
	return of == at
}

func (x *Excerpt) placeOf(l Line) Place {
	at := Place{File: l.Of.Run, Job: inert.Quote(l.Of.Job), Line: int64(l.Number)}
	if l.Of.Step != "" {
		at.Step = int64(l.Of.StepNumber)
	}
	return x.simple(at)
}

// Decisive tells whether a line is one that the report quotes.
func (x *Excerpt) Decisive(l Line) bool {
	at := x.placeOf(l)
	if x.wanted[at] {
		return true
	}
	at.File = ""
	return x.wanted[at]
}

// Add takes a line in, or lets it go by; it returns false when the excerpt is
// full.
func (x *Excerpt) Add(l Line) bool {
	q := quotedLine{member: l.Member, number: l.Number, place: document.Place(l.Job, l.Step), text: x.plain(l.Text), tag: tags[l.Kind]}
	if l.Number > 1 {
		q.previous = x.previous
	}
	x.previous = q.text
	q.decisive = q.text != "" && x.Decisive(l)
	if l.Kind == runlog.KindGroup || l.Text == "Post job cleanup." { // another step
		x.after = 0
	}
	switch {
	case q.decisive:
		x.before = slices.DeleteFunc(x.before, func(b quotedLine) bool { return b.member != q.member })
		x.kept = append(append(x.kept, x.before...), q)
		x.before, x.after = nil, around
	case x.after > 0 && len(x.kept) > 0 && x.kept[len(x.kept)-1].member == q.member:
		x.kept = append(x.kept, q)
		x.after--
	default:
		x.before = append(x.before, q)
		x.before = x.before[max(0, len(x.before)-around):]
	}
	return len(x.kept) < mostLines
}

// tags are what the runner writes before the text of lines.
var tags = map[runlog.Kind]string{
	runlog.KindError: "##[error]", runlog.KindWarning: "##[warning]", runlog.KindCommand: "[command]",
	runlog.KindGroup: "##[group]", runlog.KindEndGroup: "##[endgroup]",
}

// Log is the excerpt as a log that can be diagnosed itself.
func (x *Excerpt) Log() string {
	var b strings.Builder
	x.redact()
	for _, q := range x.kept {
		b.WriteString(q.tag + q.text + "\n")
	}
	return b.String()
}

// plain is a line without controls. Keys stretch over lines, so that no line of
// one shows what it is.
func (x *Excerpt) plain(text string) string {
	text = inert.Text(text)
	switch upper := strings.ToUpper(text); {
	case strings.Contains(upper, "-----BEGIN "):
		x.armour = true
	case strings.Contains(upper, "-----END "):
		x.armour = false
		return "***"
	}
	if x.armour {
		return "***"
	}
	return text
}

// redact takes the secrets out of the lines that are kept, also those that are
// broken over two lines, of which the first may not be kept.
func (x *Excerpt) redact() {
	for start, end := 0, 0; start < len(x.kept); start = end {
		block := []string{x.kept[start].previous}
		for end = start; end < len(x.kept) && (end == start || follows(&x.kept[end-1], &x.kept[end])); end++ {
			block = append(block, x.kept[end].text)
		}
		lines := strings.Split(inert.RedactLines(strings.Join(block, "\n")), "\n")
		for i, text := range lines[1:] {
			x.kept[start+i].text = inert.Cut(text, width)
		}
	}
}

func follows(a, b *quotedLine) bool {
	return a.member == b.member && b.number == a.number+1
}

var shownFacts = []string{
	facts.NpmVersion, facts.NodeVersion, facts.PublishTool, facts.RunnerKind,
	facts.TokenKind, facts.IDToken, facts.OIDCExchange, facts.ProvenanceRequested,
}

// String is the excerpt as text to paste.
func (x *Excerpt) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "log       %s, %s\n", inert.Quote(x.Name), words.Count(int(x.report.Source.Lines), "line"))
	fmt.Fprintf(&b, "pubmortem %s\nverdict   %s\n", x.report.Tool.Version, x.Verdict)
	for _, id := range shownFacts {
		for _, f := range x.report.Facts {
			if f.ID == id {
				fmt.Fprintf(&b, "fact      %s = %s\n", f.ID, f.Value)
			}
		}
	}
	x.redact()
	x.lines(&b)
	if len(x.kept) == 0 {
		b.WriteString("\nThe log shows no decisive line.\n")
	}
	return b.String()
}

// lines writes the lines with their numbers, the decisive ones marked, each
// place and each gap on a line of its own.
func (x *Excerpt) lines(b *strings.Builder) {
	if len(x.kept) == 0 {
		return
	}
	digits := len(fmt.Sprint(slices.MaxFunc(x.kept, func(a, c quotedLine) int { return a.number - c.number }).number))
	for i, q := range x.kept {
		switch {
		case i == 0 || q.member != x.kept[i-1].member || q.place != x.kept[i-1].place:
			b.WriteString("\n")
			if q.place != "" {
				b.WriteString(q.place + "\n")
			}
		case !follows(&x.kept[i-1], &q):
			b.WriteString("  …\n")
		}
		mark := " "
		if q.decisive {
			mark = ">"
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%s %*d  %s", mark, digits, q.number, q.text), " ") + "\n")
	}
}

// Line is a line of a log with its place in the member that holds it.
type Line struct {
	runlog.Line
	// Member is the index of the member; Number counts its lines from 1.
	Member, Number int
	Of             *runlog.Member
	// In is the part of the log, as far as one line after the other tells:
	// output, or the source of a script.
	In patterns.In
}

// Lines calls visit with the lines of an opened log until it returns false. If
// wanted is not nil, the lines that it does not want are only counted, which is
// ten times as fast.
func Lines(ctx context.Context, log *runlog.Log, wanted func(member, number int) bool, visit func(Line) bool) error {
	for i := range log.Members {
		more, err := memberLines(ctx, i, &log.Members[i], wanted, visit)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// memberLines visits the lines of one member; more is false when visit has
// seen enough.
func memberLines(ctx context.Context, index int, m *runlog.Member, wanted func(member, number int) bool, visit func(Line) bool) (more bool, err error) {
	r, err := m.Open()
	if err != nil {
		return false, err
	}
	defer r.Close() // it was only read
	br := bufio.NewReaderSize(r, runlog.MaxLine)
	l := Line{Member: index, Of: m}
	inScript := false
	for ctx.Err() == nil {
		raw, err := readLine(br)
		if err != nil {
			return errors.Is(err, io.EOF), notEOF(err)
		}
		l.Number++
		if wanted != nil && !wanted(index, l.Number) {
			continue
		}
		m.Format.Clean(&l.Line, raw)
		l.In = patterns.InOutput
		switch {
		case l.Kind == runlog.KindGroup:
			inScript = strings.HasPrefix(l.Text, "Run ")
		case l.Kind == runlog.KindEndGroup:
			inScript = false
		case inScript:
			l.In = patterns.InScript
		}
		if l.Job == "" {
			l.Job, l.Step = m.Job, m.Step
		}
		if !visit(l) {
			return false, nil
		}
	}
	return false, ctx.Err()
}

// readLine is the next line without its end; of a longer one than is ever
// looked at, the beginning.
func readLine(br *bufio.Reader) ([]byte, error) {
	raw, err := br.ReadSlice('\n')
	line := bytes.Clone(raw)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = br.ReadSlice('\n')
	}
	if len(line) == 0 {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), notEOF(err)
}

// notEOF is an error that is not the end of the log.
func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
