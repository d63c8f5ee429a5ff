// Package explain words entries of the catalog as documents: what the command
// explain prints and what the pages of the reference show.
package explain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

// Explainer words the entries of a catalog.
type Explainer struct {
	Catalog *patterns.Catalog
	// Verbose shows all examples and the advice of every cause.
	Verbose bool
	// Reference is for pages of which each holds all entries of a kind: they link
	// to each other instead of repeating advice.
	Reference bool
}

// Entry explains the entry of a kind (symptom, fact, cause or row) and id.
func (x Explainer) Entry(kind, id string) document.Document {
	switch kind {
	case "symptom":
		if s, ok := x.Catalog.Symptom(id); ok {
			return x.Symptom(s)
		}
	case "fact":
		if f, ok := x.Catalog.Fact(id); ok {
			return x.Fact(f)
		}
	case "cause":
		if c, ok := x.Catalog.Cause(id); ok {
			return x.Cause(c)
		}
	case "row":
		if r, ok := x.Catalog.Row(id); ok {
			return x.Row(r)
		}
	}
	return nil
}

// head begins an entry: its id, then what it is in words.
func (x Explainer) head(kind, id, title string) document.Document {
	var d document.Document
	if !x.Reference {
		id = kind + " " + id
	}
	d.Add(0, document.Heading{Level: 2, Text: id})
	d.AddText(0, Shown(title))
	return d
}

// section adds a heading and prose.
func section(d *document.Document, title, text string) {
	if strings.TrimSpace(text) != "" {
		d.Add(0, document.Heading{Level: 3, Text: title})
		d.AddText(0, Shown(text))
	}
}

// Symptom explains what a symptom looks like, what it says and what it may come
// from.
func (x Explainer) Symptom(s *patterns.Symptom) document.Document {
	d := x.head("symptom", s.ID, s.Title)
	d.AddLabelled(0, "Printed by", strings.Join(s.Tools, ", "))
	x.examples(&d, "Looks like", s.Match)
	section(&d, "Meaning", s.Meaning)
	if x.Reference {
		d.AddLabelled(0, "Kind", string(s.Kind)+", at the stage "+string(s.Stage))
		if len(s.Refines) > 0 {
			d.Add(0, document.Labelled{Label: "More precise than", Body: document.Document{{Body: x.refs("symptom", s.Refines)}}})
		}
	}
	rows := x.rowsOf(func(r *patterns.Row) bool { return slices.Contains(r.Symptoms, s.ID) })
	x.pointsTo(&d, "Points to", rows)
	if !x.Reference {
		x.apart(&d, rows)
		causes := x.causesOf(rows)
		for _, c := range causes {
			d.Add(0, document.Heading{Level: 3, Text: "If it is " + c.ID + ": " + c.Title})
			x.advice(&d, c.FirstCheck, &c.Fix, len(causes) == 1 || x.Verbose)
		}
	}
	d.AddList(0, "Seen in", sources(s.Match))
	return d
}

// mostFacts is how many facts are enough to tell causes apart.
const mostFacts = 5

// apart names the facts that tell the causes of rows apart, those that most
// rows ask for first, and how to find them out.
func (x Explainer) apart(d *document.Document, rows []*patterns.Row) {
	if len(x.causesOf(rows)) < 2 {
		return
	}
	asked := map[string]int{}
	var facts []*patterns.FactDef
	for _, r := range rows {
		for _, cond := range r.When {
			if f, ok := x.Catalog.Fact(cond.Fact); ok && asked[f.ID] == 0 {
				facts = append(facts, f)
			}
			asked[cond.Fact]++
		}
	}
	slices.SortStableFunc(facts, func(a, b *patterns.FactDef) int { return asked[b.ID] - asked[a.ID] })
	var items []string
	for _, f := range facts[:min(len(facts), mostFacts)] {
		items = append(items, f.ID+": "+Shown(cmp.Or(strings.TrimSpace(f.Ask+" "+f.How), f.Title)))
	}
	d.AddList(0, "What tells them apart", items)
}

// Fact explains how to find a fact out, how a log tells it and what depends on
// it.
func (x Explainer) Fact(f *patterns.FactDef) document.Document {
	d := x.head("fact", f.ID, f.Title)
	values, example := factValues(f)
	d.AddLabelled(0, "Values", values)
	if x.Reference {
		d.AddLabelled(0, "Reaches", "the "+string(f.Scope))
	}
	section(&d, "How to find out", strings.TrimSpace(f.Ask+" "+f.How))
	if !x.Reference {
		d.Add(0, document.Heading{Level: 3, Text: "How to tell"})
		d.AddText(0, "--fact "+f.ID+"="+example)
	}
	x.examples(&d, "A log tells it by", f.From)
	rows := x.rowsOf(func(r *patterns.Row) bool {
		return slices.ContainsFunc(r.When, func(c patterns.Cond) bool { return c.Fact == f.ID })
	})
	x.pointsTo(&d, "Asked for by", rows)
	if !x.Reference {
		d.AddList(0, "Seen in", sources(f.From))
	}
	return d
}

// Cause explains what went wrong, how to check it and how to fix it.
func (x Explainer) Cause(c *patterns.Cause) document.Document {
	d := x.head("cause", c.ID, c.Title)
	d.AddText(0, Shown(c.Summary))
	rows := x.rowsOf(func(r *patterns.Row) bool { return r.Cause == c.ID })
	if !x.Reference {
		x.signs(&d, rows)
	}
	section(&d, "Why it happens", c.Explain)
	d.Add(0, document.Heading{Level: 3, Text: "What to do"})
	x.advice(&d, c.FirstCheck, &c.Fix, true)
	var refs document.Refs
	if x.Reference {
		var ids []string
		for _, r := range rows {
			ids = append(ids, r.Symptoms...)
		}
		slices.Sort(ids)
		refs = x.refs("symptom", slices.Compact(ids))
	}
	for _, r := range rows {
		if !x.Reference {
			refs.Items = append(refs.Items, document.Ref{Lead: r.Confidence, Kind: "row", ID: r.ID, Text: strings.Join(append([]string{words.Or(r.Symptoms)}, conditions(r)...), ", ")})
		}
	}
	if len(refs.Items) > 0 {
		d.Add(0, document.Heading{Level: 3, Text: "Seen as"})
		d.Add(0, refs)
	}
	d.AddLabelled(0, "Guide", guide(c.Guide))
	read(&d, c.References)
	return d
}

// signs are lines that lead to rows, one of each symptom.
func (x Explainer) signs(d *document.Document, rows []*patterns.Row) {
	var matchers []patterns.Matcher
	var seen []string
	for _, r := range rows {
		for _, id := range r.Symptoms {
			if s, ok := x.Catalog.Symptom(id); ok && !slices.Contains(seen, id) && len(s.Match) > 0 {
				seen, matchers = append(seen, id), append(matchers, s.Match[0])
			}
		}
	}
	x.examples(d, "Looks like", matchers)
}

// Row explains one line of the decision table.
func (x Explainer) Row(r *patterns.Row) document.Document {
	d := x.head("row", r.ID, r.Confidence+" "+r.Cause+" ("+CauseTitle(x.Catalog, r.Cause)+")")
	d.Add(0, document.Heading{Level: 3, Text: "Symptoms, one of"})
	d.Add(0, x.refs("symptom", r.Symptoms))
	d.AddList(0, "When", conditions(r))
	section(&d, "Why", r.Why)
	if c, ok := x.Catalog.Cause(r.Cause); ok {
		section(&d, "In short", c.Summary)
		d.Add(0, document.Heading{Level: 3, Text: "What to do"})
		check, fix := adviceOf(r, c)
		x.advice(&d, check, fix, true)
		read(&d, c.References)
	}
	d.AddLabelled(0, "Taken from", strings.Join(slices.DeleteFunc([]string{r.Source, guide(r.Guide)}, func(s string) bool { return s == "" }), "; "))
	return d
}

// adviceOf is what a row says to check and to change: its own words, else its
// cause's.
func adviceOf(r *patterns.Row, c *patterns.Cause) (check string, fix *patterns.Fix) {
	fix = &c.Fix
	if r.Fix != nil {
		fix = r.Fix
	}
	return cmp.Or(r.FirstCheck, c.FirstCheck), fix
}

// advice says what to look at first and what to change.
func (x Explainer) advice(d *document.Document, check string, fix *patterns.Fix, snippet bool) {
	d.AddLabelled(0, "Check", Shown(check))
	d.AddLabelled(0, "Fix", Shown(fix.Text))
	if snippet && strings.TrimSpace(fix.Snippet) != "" {
		d.Add(0, document.Code{Language: fix.Language, Text: Shown(fix.Snippet)})
	}
}

func read(d *document.Document, addresses []string) {
	if len(addresses) > 0 {
		d.Add(0, document.Heading{Level: 3, Text: "Read"})
		d.Add(0, document.Links{Addresses: addresses})
	}
}

// pointsTo lists where rows lead to, and when.
func (x Explainer) pointsTo(d *document.Document, title string, rows []*patterns.Row) {
	if len(rows) > 0 {
		d.Add(0, document.Heading{Level: 3, Text: title})
		d.Add(0, x.pointers(rows))
	}
}

func (x Explainer) pointers(rows []*patterns.Row) document.Refs {
	var refs document.Refs
	for _, r := range rows {
		id := ""
		if x.Verbose {
			id = r.ID
		}
		refs.Items = append(refs.Items, document.Ref{Lead: r.Confidence, Kind: "cause", ID: r.Cause, Target: x.target("cause", r.Cause), Text: when(r, id)})
	}
	return refs
}

// when says when a row holds, in brackets its id.
func when(r *patterns.Row, id string) string {
	text := "by itself"
	if conds := conditions(r); len(conds) > 0 {
		text = "when " + strings.Join(conds, ", ")
	}
	if id != "" {
		text += " (" + id + ")"
	}
	return text
}

func (x Explainer) refs(kind string, ids []string) document.Refs {
	var refs document.Refs
	for _, id := range ids {
		ref := document.Ref{Kind: kind, ID: id, Target: x.target(kind, id)}
		if s, ok := x.Catalog.Symptom(id); ok && kind == "symptom" {
			ref.Text = s.Title
		}
		refs.Items = append(refs.Items, ref)
	}
	return refs
}

// target is where a page of the reference has an entry.
func (x Explainer) target(kind, id string) string {
	if !x.Reference {
		return ""
	}
	return kind + "s.md#" + strings.ReplaceAll(id, ".", "")
}

// Causes lists the causes, the most common ones first: those of the guide's
// eight reasons, then by how often a symptom comes from them.
func (x Explainer) Causes() document.Document {
	prior := map[string]int{}
	for i := range x.Catalog.Rows {
		r := &x.Catalog.Rows[i]
		prior[r.Cause] = max(prior[r.Cause], r.Prior)
	}
	var causes []*patterns.Cause
	for i := range x.Catalog.Causes {
		causes = append(causes, &x.Catalog.Causes[i])
	}
	rank := func(c *patterns.Cause) string {
		if c.Guide >= "1" && c.Guide <= "8" {
			return c.Guide
		}
		return "9"
	}
	slices.SortStableFunc(causes, func(a, b *patterns.Cause) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), prior[b.ID]-prior[a.ID])
	})
	var table document.Table
	for _, c := range causes {
		table.Rows = append(table.Rows, []string{c.ID, c.Title})
	}
	var d document.Document
	d.Add(0, document.Heading{Level: 2, Text: "Why a publish fails or goes out without provenance, the most common causes first"})
	d.AddText(0, "`pubmortem explain ID` says how to check and mend one, `pubmortem explain --table` shows the decision table.")
	d.Add(0, document.Gap{})
	d.Add(0, table)
	return d
}

// stages are the parts of a publish in the order in which a run passes them.
var stages = []struct {
	stage patterns.Stage
	title string
}{
	{patterns.StageStartup, "The workflow does not start"},
	{patterns.StageUpgrade, "npm is replaced by another npm"},
	{patterns.StageInstall, "Dependencies are installed"},
	{patterns.StageAuth, "Who is logged in; the exchange of the OIDC token"},
	{patterns.StageCheck, "The client's own checks"},
	{patterns.StageSign, "Provenance is signed"},
	{patterns.StagePublish, "The upload"},
	{patterns.StageAfter, "After the upload"},
	{patterns.StageAttest, "Attestations"},
	{patterns.StageVerify, "Verification"},
}

// Table is the whole decision table, by stage and symptom.
func (x Explainer) Table() document.Document {
	var d document.Document
	d.AddText(0, "The decision table: what a log shows, what it points to, and when. Of several rows, the one whose "+
		"conditions are known to hold comes first; a row with an unknown condition stays possible, and what is "+
		"unknown is what to check next.")
	for _, stage := range stages {
		first := true
		for i := range x.Catalog.Symptoms {
			s := &x.Catalog.Symptoms[i]
			rows := x.rowsOf(func(r *patterns.Row) bool { return slices.Contains(r.Symptoms, s.ID) })
			if s.Stage != stage.stage || len(rows) == 0 {
				continue
			}
			if first {
				d.Add(0, document.Heading{Level: 2, Text: stage.title})
				first = false
			}
			d.Add(0, document.Heading{Level: 3, Text: s.ID + ": " + s.Title})
			d.Add(0, x.pointers(rows))
		}
	}
	return d
}

// rowsOf are the rows that want picks, those that say most first.
func (x Explainer) rowsOf(want func(*patterns.Row) bool) []*patterns.Row {
	var rows []*patterns.Row
	for i := range x.Catalog.Rows {
		if want(&x.Catalog.Rows[i]) {
			rows = append(rows, &x.Catalog.Rows[i])
		}
	}
	order := []string{"certain", "likely", "possible"}
	slices.SortStableFunc(rows, func(a, b *patterns.Row) int {
		return cmp.Or(slices.Index(order, a.Confidence)-slices.Index(order, b.Confidence), b.Prior-a.Prior)
	})
	return rows
}

// causesOf are the causes of rows, each once.
func (x Explainer) causesOf(rows []*patterns.Row) []*patterns.Cause {
	var causes []*patterns.Cause
	for _, r := range rows {
		if c, ok := x.Catalog.Cause(r.Cause); ok && !slices.Contains(causes, c) {
			causes = append(causes, c)
		}
	}
	return causes
}

// CauseTitle is a cause's title, or its id where there is none.
func CauseTitle(cat *patterns.Catalog, id string) string {
	if c, ok := cat.Cause(id); ok {
		return c.Title
	}
	return id
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

// examples adds those of all matchers: one of each first, where not all are
// shown.
func (x Explainer) examples(d *document.Document, title string, matchers []patterns.Matcher) {
	var q document.Quote
	for nth, more := 0, true; more; nth++ {
		more = false
		for i := range matchers {
			if nth < len(matchers[i].Examples) {
				q.Lines, more = append(q.Lines, document.Line{Text: matchers[i].Examples[nth]}), true
			}
		}
	}
	if len(q.Lines) == 0 {
		return
	}
	if !x.Verbose {
		q.Lines = q.Lines[:min(len(q.Lines), mostExamples)]
	}
	d.Add(0, document.Heading{Level: 3, Text: title})
	d.Add(0, q)
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
func guide(reason string) string {
	const title = `"npm publish --provenance failed: the 8 most common reasons" (2026-05-14), `
	switch reason {
	case "":
		return ""
	case "faq":
		return title + "FAQ"
	}
	return title + "reason " + reason
}

// factValues says what values a fact can have, and gives one.
func factValues(f *patterns.FactDef) (all, example string) {
	switch {
	case f.Type == patterns.TypeBool:
		return "true or false", "true"
	case len(f.Values) > 0:
		return words.Or(f.Values), f.Values[0]
	case f.Type == patterns.TypeVersion:
		return `a version, or what is known of it: 11.5.1, 12, "< 11.5.0"`, "11.5.1"
	}
	return "any text", "VALUE"
}

// Shown is a catalog's text about no run in particular: what it would quote is
// named instead, ‹npm.version›, unless it says what to say then.
func Shown(text string) string {
	for _, q := range patterns.Placeholders(text) {
		if q.Fallback == "" {
			text = strings.ReplaceAll(text, "${"+q.Name+"}", "‹"+q.Name+"›")
		}
	}
	return patterns.Expand(text, func(string) (string, bool) { return "", false })
}
