package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/patterns"
)

// symptom explains what a symptom looks like, what it says and what it may
// come from.
func (x *explainer) symptom(s *patterns.Symptom) {
	x.title("symptom", s.ID, s.Title)
	x.list("Printed by", s.Tools)
	x.list("Looks like", x.examples(s.Match))
	x.section("Meaning", s.Meaning)
	rows := x.rowsOf(func(r *patterns.Row) bool { return slices.Contains(r.Symptoms, s.ID) })
	if len(rows) > 0 {
		x.heading("Points to")
		x.rows(rows)
	}
	x.apart(rows)
	causes := x.causesOf(rows)
	for _, c := range causes {
		x.heading("If it is " + c.ID + ": " + c.Title)
		x.advice(c.FirstCheck, &c.Fix, len(causes) == 1 || x.verbose)
	}
	x.list("Seen in", sources(s.Match))
}

// mostFacts is how many facts are enough to tell causes apart.
const mostFacts = 5

// apart names the facts that tell the causes of rows apart, those that most
// rows ask for first, and how to find them out.
func (x *explainer) apart(rows []*patterns.Row) {
	if len(x.causesOf(rows)) < 2 {
		return
	}
	asked := map[string]int{}
	var facts []*patterns.FactDef
	for _, r := range rows {
		for _, cond := range r.When {
			if f, ok := x.cat.Fact(cond.Fact); ok && asked[f.ID] == 0 {
				facts = append(facts, f)
			}
			asked[cond.Fact]++
		}
	}
	if len(facts) == 0 {
		return
	}
	slices.SortStableFunc(facts, func(a, b *patterns.FactDef) int { return asked[b.ID] - asked[a.ID] })
	x.heading("What tells them apart")
	for _, f := range facts[:min(len(facts), mostFacts)] {
		text := strings.TrimSpace(f.Ask + " " + f.How)
		if text == "" {
			text = f.Title
		}
		x.hanging(2, "- ", f.ID+": "+shown(text))
	}
}

// fact explains how to find a fact out, how a log tells it and what depends on it.
func (x *explainer) fact(f *patterns.FactDef) {
	x.title("fact", f.ID, f.Title)
	x.section("Values", factValues(f))
	x.section("How to find out", strings.TrimSpace(f.Ask+" "+f.How))
	x.heading("How to tell")
	x.line(2, fmt.Sprintf("--fact %s=%s", f.ID, exampleValue(f)))
	x.list("A log tells it by", x.examples(f.From))
	rows := x.rowsOf(func(r *patterns.Row) bool {
		return slices.ContainsFunc(r.When, func(c patterns.Cond) bool { return c.Fact == f.ID })
	})
	var lines []string
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("%s: %s, %s", r.ID, strings.Join(conditions(r), " and "), x.verdict(r)))
	}
	x.list("Rows that ask for it", lines)
	x.list("Seen in", sources(f.From))
}

// cause explains what went wrong, how to check it and how to fix it.
func (x *explainer) cause(c *patterns.Cause) {
	x.title("cause", c.ID, c.Title)
	x.section("In short", c.Summary)
	rows := x.rowsOf(func(r *patterns.Row) bool { return r.Cause == c.ID })
	x.list("Looks like", x.signs(rows))
	x.section("Why it happens", c.Explain)
	x.heading("What to do")
	x.advice(c.FirstCheck, &c.Fix, true)
	var lines []string
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", r.ID, strings.Join(slices.Concat([]string{or(r.Symptoms)}, conditions(r)), ", "), r.Confidence))
	}
	x.list("Rows that lead here", lines)
	x.list("References", slices.Concat(c.References, guide(c.Guide)))
}

// signs are lines that lead to rows, one of each symptom.
func (x *explainer) signs(rows []*patterns.Row) []string {
	var all, seen []string
	for _, r := range rows {
		for _, id := range r.Symptoms {
			s, ok := x.cat.Symptom(id)
			if !ok || slices.Contains(seen, id) || len(s.Match) == 0 || len(s.Match[0].Examples) == 0 {
				continue
			}
			seen = append(seen, id)
			all = append(all, s.Match[0].Examples[0])
		}
	}
	if more := len(all) - mostExamples; more > 1 && !x.verbose {
		all = append(all[:mostExamples], fmt.Sprintf("and %d more (-v)", more))
	}
	return all
}

// row explains one line of the decision table.
func (x *explainer) row(r *patterns.Row) {
	x.title("row", r.ID, x.verdict(r))
	var symptoms []string
	for _, id := range r.Symptoms {
		title := ""
		if s, ok := x.cat.Symptom(id); ok {
			title = ": " + s.Title
		}
		symptoms = append(symptoms, id+title)
	}
	x.list("Symptoms, one of", symptoms)
	x.list("When", conditions(r))
	x.section("Why", r.Why)
	if c, ok := x.cat.Cause(r.Cause); ok {
		check, fix := x.adviceOf(r)
		x.section("In short", c.Summary)
		x.heading("What to do")
		x.advice(check, fix, true)
		x.list("References", c.References)
	}
	x.list("Taken from", slices.DeleteFunc(slices.Concat([]string{r.Source}, guide(r.Guide)), func(s string) bool { return s == "" }))
}

// adviceOf is what a row says to check and to change: its own words, else its
// cause's.
func (x *explainer) adviceOf(r *patterns.Row) (check string, fix *patterns.Fix) {
	fix = &patterns.Fix{}
	if c, ok := x.cat.Cause(r.Cause); ok {
		check, fix = c.FirstCheck, &c.Fix
	}
	if r.FirstCheck != "" {
		check = r.FirstCheck
	}
	if r.Fix != nil {
		fix = r.Fix
	}
	return check, fix
}

// advice writes what to look at first and what to change.
func (x *explainer) advice(check string, fix *patterns.Fix, snippet bool) {
	if check != "" {
		x.hanging(2, "check: ", shown(check))
	}
	if fix.Text != "" {
		x.hanging(2, "fix:   ", shown(fix.Text))
	}
	if snippet && fix.Snippet != "" {
		x.b.WriteByte('\n')
		x.verbatim(4, fix.Snippet)
	}
}

// rows lists rows under their symptom: where they lead to, one cause after the
// other, and when. Much wanted, also their ids and what to check.
func (x *explainer) rows(rows []*patterns.Row) {
	var causes []string
	for _, r := range rows {
		if !slices.Contains(causes, r.Cause) {
			causes = append(causes, r.Cause)
		}
	}
	for _, id := range causes {
		x.hanging(2, "", id+": "+causeTitle(x.cat, id))
		for _, r := range rows {
			if r.Cause == id {
				x.when(r)
			}
		}
	}
}

// when says how firmly a row leads to its cause, and when.
func (x *explainer) when(r *patterns.Row) {
	text := strings.Join(conditions(r), ", ")
	switch {
	case text == "":
		text = "by itself"
	default:
		text = "when " + text
	}
	x.hanging(4, fmt.Sprintf("%-8s  ", r.Confidence), text)
	if x.verbose {
		check, _ := x.adviceOf(r)
		x.hanging(14, "row   ", r.ID)
		x.hanging(14, "check ", shown(check))
	}
}

// rowsOf are the rows that want picks, those that say most first.
func (x *explainer) rowsOf(want func(*patterns.Row) bool) []*patterns.Row {
	var rows []*patterns.Row
	for i := range x.cat.Rows {
		if want(&x.cat.Rows[i]) {
			rows = append(rows, &x.cat.Rows[i])
		}
	}
	order := []string{"certain", "likely", "possible"}
	slices.SortStableFunc(rows, func(a, b *patterns.Row) int {
		if c := slices.Index(order, a.Confidence) - slices.Index(order, b.Confidence); c != 0 {
			return c
		}
		return b.Prior - a.Prior
	})
	return rows
}

// causesOf are the causes of rows, each once.
func (x *explainer) causesOf(rows []*patterns.Row) []*patterns.Cause {
	var causes []*patterns.Cause
	for _, r := range rows {
		if c, ok := x.cat.Cause(r.Cause); ok && !slices.Contains(causes, c) {
			causes = append(causes, c)
		}
	}
	return causes
}

// verdict is what a row says: "likely npm-too-old (npm is too old)".
func (x *explainer) verdict(r *patterns.Row) string {
	return fmt.Sprintf("%s %s (%s)", r.Confidence, r.Cause, causeTitle(x.cat, r.Cause))
}

// conditions are all that has to hold beside a row's symptom.
func conditions(r *patterns.Row) []string {
	var all []string
	for _, c := range r.When {
		all = append(all, c.String())
	}
	for _, id := range r.Seen {
		all = append(all, "after "+id)
	}
	for _, id := range r.Unless {
		all = append(all, "without "+id)
	}
	return all
}

// mostExamples is how many examples are enough to recognise something.
const mostExamples = 6

// examples are those of all matchers: one of each first, where not all are shown.
func (x *explainer) examples(matchers []patterns.Matcher) []string {
	var all []string
	for nth, more := 0, true; more; nth++ {
		more = false
		for i := range matchers {
			if nth < len(matchers[i].Examples) {
				all, more = append(all, matchers[i].Examples[nth]), true
			}
		}
	}
	if more := len(all) - mostExamples; more > 1 && !x.verbose {
		all = append(all[:mostExamples], fmt.Sprintf("and %d more (-v)", more))
	}
	return all
}

// sources are those of all matchers, each once.
func sources(matchers []patterns.Matcher) []string {
	var all []string
	for i := range matchers {
		if s := matchers[i].Source; s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// guide cites the guide's reason with a number, if there is one.
func guide(reason string) []string {
	const title = `the guide "npm publish --provenance failed: the 8 most common reasons" (2026-05-14), `
	switch reason {
	case "":
		return nil
	case "faq":
		return []string{title + "FAQ"}
	}
	return []string{title + "reason " + reason}
}

func factValues(f *patterns.FactDef) string {
	switch allowed := allowedValues(f); {
	case len(allowed) > 0:
		return or(allowed)
	case f.Type == patterns.TypeVersion:
		return `a version, or what is known of it: 11.5.1, 12, "< 11.5.0"`
	}
	return "any text"
}
