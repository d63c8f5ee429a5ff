package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// How much of a list is shown inside a fold.
const (
	maxFolded = 25
	maxFacts  = 100
)

// Markdown writes the report for a job summary or for a comment on an issue or
// a pull request, in at most o.MaxBytes bytes. Details are folded, and the
// first to be left out; nothing is cut but between incidents and their details.
//
// Nothing in the log has an effect on the page: its lines stand in fences that
// they cannot close, everything else is ordinary text or a code span. The only
// links are the references of the catalog.
func Markdown(w io.Writer, r *report.Report, o Options) error {
	limit := o.MaxBytes
	if limit <= 0 {
		limit = CommentBytes
	}
	if _, err := io.WriteString(w, newSheet(r, o).text(limit)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func newSheet(r *report.Report, o Options) *sheet {
	s := new(sheet)
	mark, verdict := verdictText(r)
	s.add(headPart, MarkerComment(o.Marker), line("## "+mark+" "+heading(verdict)), line(sourceLine(r)))
	if o.Quiet {
		s.add(incidentPart, brieflyList(r.Incidents))
		return s
	}
	for _, in := range r.Incidents {
		s.add(incidentPart, incidentBlocks(in, o)...)
		s.add(foldedPart, detailsOf(in, o))
	}
	closing(s, r)
	return s
}

// MarkerComment is the hidden first line of a sheet with that key. What is no
// letter, digit or one of ._/- becomes a hyphen. No key, no line.
func MarkerComment(key string) string {
	if key == "" {
		return ""
	}
	safe := strings.Map(func(r rune) rune {
		if r < 0x80 && isWordByte(byte(r)) || strings.ContainsRune("._/-", r) {
			return r
		}
		return '-'
	}, key)
	return "<!-- pubmortem: " + safe[:min(len(safe), maxName)] + " -->\n"
}

// heading is prose that is short enough for a heading.
func heading(s string) string {
	return prose(shortest(s))
}

func sourceLine(r *report.Report) string {
	if r.Run == nil && r.Source.Kind != "stdin" {
		return join(" · ", name(sourceName(r.Source)), lines(r.Source.Lines))
	}
	return prose(shortest(join(" · ", sourceParts(r)...)))
}

// brieflyList is one line per incident: where, cause and fix.
func brieflyList(incidents []report.Incident) string {
	var items []string
	for _, in := range incidents {
		text := strings.Join(titlesOf(in), "; ")
		if len(in.Diagnoses) > 0 {
			d := in.Diagnoses[0]
			text = sentence(withConfidence(d), clean(d.Fix.Text))
		}
		items = append(items, join(" ", outcomeMark(in.Outcome), join(": ", placeName(in.Job, in.Step), prose(text))))
	}
	return bullets(items, maxFolded)
}

// closing adds what is not about one incident.
func closing(s *sheet, r *report.Report) {
	var advice []string
	for _, text := range whatNow(r) {
		advice = append(advice, line(prose(text)))
	}
	if len(r.Unexplained) > 0 {
		s.add(tailPart, append([]string{"### Not known\n", quotation(r.Unexplained, "")}, advice...)...)
	} else {
		s.add(tailPart, advice...)
	}
	if r.Verdict == report.NoPublish {
		s.add(tailPart, line(prose(nothingHere)))
	}
	s.add(tailPart, titled("Published", publishedList(r)))
	s.add(tailPart, titled("Conflict", conflictList(r.Facts)))
	s.add(tailPart, notesBlock(r.Notes))
	s.add(foldedPart, fold("Facts", factList(r.Facts)))
}

// titled puts a label above a block. No block, no label.
func titled(label, block string) string {
	if block == "" {
		return ""
	}
	return "**" + label + "**\n\n" + block
}

// labelled is a paragraph of prose that begins with a label. No text, no
// paragraph.
func labelled(label, text string) string {
	if text = prose(text); text == "" {
		return ""
	}
	return line("**" + label + ":** " + text)
}

func notesBlock(notes []string) string {
	if len(notes) == 1 {
		return labelled("Note", notes[0])
	}
	return titled("Notes", proseList(notes, maxFolded))
}

func publishedList(r *report.Report) string {
	if saidAlready(r) {
		return ""
	}
	var items []string
	for _, out := range r.Published {
		items = append(items, sentence(name(packageText(out.Package)), provenanceText(out.Provenance)))
	}
	return bullets(items, maxFolded)
}

func conflictList(facts []report.Fact) string {
	var items []string
	for _, f := range facts {
		if f.Contradicts != "" {
			items = append(items, prose(conflictText(f)))
		}
	}
	return bullets(items, maxFolded)
}

func factList(facts []report.Fact) string {
	var items []string
	for _, f := range facts {
		items = append(items, prose(factText(f)))
	}
	return bullets(items, maxFacts)
}

func proseList(texts []string, n int) string {
	var items []string
	for _, s := range texts {
		items = append(items, prose(s))
	}
	return bullets(items, n)
}
