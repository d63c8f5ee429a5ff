package render

import (
	"fmt"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// home is where people send what the catalog does not know.
const home = "https://github.com/pubmortem/pubmortem"

// unexplained shows the decisive lines that no symptom claimed, and says what
// to do about a failure that the catalog does not know.
func (p *page) unexplained(r *report.Report) {
	p.section("not known", p.bold, p.excerpt(r.Unexplained))
	var lines []string
	for _, advice := range whatNow(r) {
		lines = append(lines, p.text(advice, p.plain)...)
	}
	p.section("what now", p.bold, lines)
}

// whatNow is what to do about lines or a failure that the catalog does not
// know.
func whatNow(r *report.Report) []string {
	var advice []string
	if r.Verdict == report.Unexplained {
		advice = append(advice, "Publish once more with --loglevel verbose: npm keeps most of its reasons to itself.")
	}
	switch {
	case len(r.Unexplained) > 0:
		advice = append(advice, "Please send these lines to "+home+", so that the next reader gets an answer. "+
			"Look through them first: known kinds of secrets are already taken out.")
	case r.Verdict == report.Unexplained:
		advice = append(advice, "No line here says why. Please send the log of the step to "+home+", without its secrets.")
	}
	return advice
}

// nothingHere says what it means that a log shows no publish.
const nothingHere = "Nothing here starts a publish, a signature or a check of who is logged in. " +
	"If a publish failed, its log belongs to another job or run."

// aftermath closes the report: what went out, what contradicts itself, what
// could not be read.
func (p *page) aftermath(r *report.Report) {
	if r.Verdict == report.NoPublish {
		p.section("meaning", p.faint, p.text(nothingHere, p.plain))
	}
	p.published(r)
	p.conflicts(r.Facts)
	if p.opts.Verbose {
		p.facts(r.Facts)
	}
	p.section("note", p.faint, p.notes(r.Notes))
}

// published lists what the log shows as uploaded. A single package that the
// verdict has named needs no list.
func (p *page) published(r *report.Report) {
	if saidAlready(r) {
		return
	}
	var lines []string
	for i, out := range r.Published {
		if i == maxPackages && !p.opts.Verbose {
			lines = append(lines, p.text(fmt.Sprintf("and %d more (-v)", len(r.Published)-i), p.faint)...)
			break
		}
		text := sentence(packageText(out.Package), provenanceText(out.Provenance))
		lines = append(lines, p.item("• ", text, p.plain)...)
	}
	p.section("published", p.faint, lines)
}

// saidAlready reports whether the verdict tells all about what went out.
func saidAlready(r *report.Report) bool {
	return len(r.Published) == 1 && r.Verdict == report.Healthy && r.Published[0].Provenance == "yes"
}

func provenanceText(provenance string) string {
	switch provenance {
	case "yes":
		return "with provenance"
	case "no":
		return "without provenance"
	}
	return "this log does not show whether with provenance"
}

// conflicts shows the facts on which sources disagree: one of them misleads.
func (p *page) conflicts(facts []report.Fact) {
	var lines []string
	for _, f := range facts {
		if f.Contradicts != "" {
			lines = append(lines, p.item("• ", conflictText(f), p.plain)...)
		}
	}
	p.section("conflict", p.bold, lines)
}

func conflictText(f report.Fact) string {
	return fmt.Sprintf("%s, but %s", factText(f), clean(f.Contradicts))
}

func (p *page) facts(facts []report.Fact) {
	var lines []string
	for _, f := range facts {
		lines = append(lines, p.item("• ", factText(f), p.plain)...)
	}
	p.section("facts", p.faint, lines)
}

// factText is a fact and where it comes from: "npm.version = 10.8.2 (log, publish › Setup Node:43)".
func factText(f report.Fact) string {
	from := join(", ", clean(string(f.Origin)), clean(f.Where))
	return fmt.Sprintf("%s = %s (%s)", clean(f.ID), clean(f.Value), from)
}

func (p *page) notes(notes []string) []string {
	var lines []string
	for _, s := range notes {
		mark := "• "
		if len(notes) == 1 {
			mark = ""
		}
		lines = append(lines, p.item(mark, clean(s), p.plain)...)
	}
	return lines
}
