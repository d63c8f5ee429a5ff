package explain

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Answer is what is known about a text: what it shows, and the causes that it
// may have, the likeliest first.
type Answer struct {
	// Title says what the text shows; empty where it only speaks of a cause.
	Title string
	// Meaning says it in a paragraph; it is for texts that no cause has.
	Meaning string
	// Symptoms are the ids of what it shows.
	Symptoms []string
	// Diagnoses have the advice with what the text itself tells filled in.
	Diagnoses []report.Diagnosis
	// Fact is the id of the fact that the text speaks of, if it is about one.
	Fact string
}

// Diagnosed is the answer that the diagnosis of a text gives, nil if it names
// no cause.
func (x Explainer) Diagnosed(r *report.Report) *Answer {
	for _, in := range r.Incidents {
		if len(in.Diagnoses) > 0 && len(in.Titles) > 0 {
			return &Answer{Title: in.Titles[0], Symptoms: in.Symptoms, Diagnoses: in.Diagnoses}
		}
	}
	return nil
}

// Shown is the answer for a text that shows symptoms which are no failure by
// themselves, nil if there are none.
func (x Explainer) Shown(text string) *Answer {
	if found := ShownBy(x.Catalog, text); len(found) > 0 {
		return x.ofSymptom(found[0])
	}
	return nil
}

// ShownBy are the symptoms that a line of a log shows, without those that
// another one says more precisely, and without mere context if there is more.
func ShownBy(cat *patterns.Catalog, line string) []*patterns.Symptom {
	var found []*patterns.Symptom
	for i := range cat.Symptoms {
		s := &cat.Symptoms[i]
		if slices.ContainsFunc(s.Match, func(m patterns.Matcher) bool { _, ok := patterns.MatchText(&m, line); return ok }) {
			found = append(found, s)
		}
	}
	telling := slices.DeleteFunc(slices.Clone(found), func(s *patterns.Symptom) bool {
		return s.Kind == patterns.KindContext || slices.ContainsFunc(found, func(other *patterns.Symptom) bool {
			return slices.Contains(other.Refines, s.ID)
		})
	})
	if len(telling) == 0 {
		return found
	}
	return telling
}

// ofSymptom is the answer for a symptom: its causes, by how often each is the
// reason.
func (x Explainer) ofSymptom(s *patterns.Symptom) *Answer {
	a := &Answer{Title: s.Title, Meaning: s.Meaning, Symptoms: []string{s.ID}}
	rows := x.rowsOf(func(r *patterns.Row) bool { return slices.Contains(r.Symptoms, s.ID) })
	slices.SortStableFunc(rows, func(p, q *patterns.Row) int { return q.Prior - p.Prior })
	for _, c := range x.causesOf(rows) {
		a.Diagnoses = append(a.Diagnoses, general(c))
	}
	return a
}

// general is the advice on a cause about no run in particular.
func general(c *patterns.Cause) report.Diagnosis {
	return report.Diagnosis{
		Cause: c.ID, Title: Shown(c.Title), Summary: Shown(c.Summary), FirstCheck: Shown(c.FirstCheck),
		Fix: report.Fix{Text: Shown(c.Fix.Text), Snippet: Shown(c.Fix.Snippet), Language: c.Fix.Language},
	}
}

// reasonNumber is the number of the guide's reason that a text asks for: "3",
// "reason 3".
func reasonNumber(text string) (number string, ok bool) {
	number = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "reason ")
	return number, len(number) == 1 && number >= "1" && number <= "8"
}

// Found is the answer that a search finds: the guide's reason of that number,
// else the entries that speak of the text. It is nil if there are none.
func (x Explainer) Found(text string) *Answer {
	a := &Answer{}
	if number, ok := reasonNumber(text); ok {
		for i := range x.Catalog.Causes {
			if c := &x.Catalog.Causes[i]; c.Guide == number {
				a.Diagnoses = append(a.Diagnoses, general(c))
			}
		}
		return a
	}
	hits := Search(x.Catalog, text)
	if len(hits) == 0 {
		return nil
	}
	if s, ok := x.Catalog.Symptom(hits[0].ID); ok && hits[0].Kind == "symptom" {
		a = x.ofSymptom(s)
	}
	for _, hit := range hits {
		c, ok := x.Catalog.Cause(hit.ID)
		known := func(d report.Diagnosis) bool { return d.Cause == hit.ID }
		if ok && hit.Kind == "cause" && !slices.ContainsFunc(a.Diagnoses, known) {
			a.Diagnoses = append(a.Diagnoses, general(c))
		}
	}
	if a.Title == "" && hits[0].Kind == "fact" {
		a.Fact = hits[0].ID
	}
	return a
}

// The ranks of an answer's blocks: the highest goes first where room is short.
const (
	rankOthers = 1 + iota
	rankCode
	rankSummary
)

// Short is an answer in a few lines: the cause, what to check, how to mend it,
// what else it may be and how to read on.
func (x Explainer) Short(a *Answer) document.Document {
	var d document.Document
	if a.Fact != "" {
		return x.Entry("fact", a.Fact)
	}
	if len(a.Diagnoses) == 0 {
		d.Add(0, document.Title{Text: a.Title})
		first, _, _ := strings.Cut(strings.TrimSpace(a.Meaning), "\n\n")
		d.AddText(0, Shown(first))
		d.AddLabelled(0, "More", "`pubmortem explain "+a.Symptoms[0]+"`")
		return d
	}
	first := a.Diagnoses[0]
	if a.Title != "" {
		d.Add(0, document.Title{Tone: document.Bad, Text: words.Capital(a.Title), Detail: words.Capital(first.Title), Aside: string(first.Confidence)})
	} else {
		d.Add(0, document.Title{Text: words.Capital(first.Title)})
	}
	d.AddText(rankSummary, first.Summary)
	d.AddLabelled(0, "Check", inOneLine(first.FirstCheck))
	fix := document.Document{}
	fix.AddText(0, first.Fix.Text)
	if first.Fix.Snippet != "" {
		fix.Add(rankCode, document.Code{Language: first.Fix.Language, Text: first.Fix.Snippet})
	}
	d.Add(0, document.Labelled{Label: "Fix", Body: fix})
	if first.Fix.Snippet != "" {
		d.Add(rankCode, document.Gap{})
	}
	if others := a.Diagnoses[1:]; len(others) > 0 {
		list := document.Inline{Lines: 1, Rest: func(left int) string {
			if left == 0 {
				return ""
			}
			return "more with --table"
		}}
		for _, other := range others {
			list.Items = append(list.Items, words.Capital(other.Title))
		}
		d.Add(rankOthers, document.Labelled{Label: "Not it?", Body: document.Document{{Body: list}}})
	}
	d.AddLabelled(0, "More", "`pubmortem explain "+first.Cause+"`")
	return d
}

// inOneLine names the fields of a table without their values, which a message
// alone does not tell.
func inOneLine(text string) string {
	var prose, fields []string
	for line := range strings.SplitSeq(text, "\n") {
		if field, _, ok := strings.Cut(line, " | "); ok {
			fields = append(fields, strings.ToLower(field))
		} else if line != "" {
			prose = append(prose, line)
		}
	}
	if len(fields) == 0 {
		return text
	}
	return strings.Join(prose, " ") + " " + strings.Join(fields, ", ") + "."
}

// Full explains everything that an answer speaks of.
func (x Explainer) Full(a *Answer) document.Document {
	var d document.Document
	for _, id := range a.Symptoms {
		d = append(d, x.Entry("symptom", id)...)
	}
	if len(d) == 0 && len(a.Diagnoses) > 0 {
		return x.Entry("cause", a.Diagnoses[0].Cause)
	}
	return d
}

// Rows are the rows of the decision table that an answer speaks of.
func (x Explainer) Rows(a *Answer) document.Document {
	var d document.Document
	for _, id := range a.Symptoms {
		if s, ok := x.Catalog.Symptom(id); ok {
			x.pointsTo(&d, s.ID+": "+s.Title, x.rowsOf(func(r *patterns.Row) bool { return slices.Contains(r.Symptoms, id) }))
		}
	}
	if len(a.Symptoms) > 0 {
		return d
	}
	for _, diagnosis := range a.Diagnoses {
		x.pointsTo(&d, diagnosis.Cause+": "+diagnosis.Title, x.rowsOf(func(r *patterns.Row) bool { return r.Cause == diagnosis.Cause }))
	}
	return d
}
