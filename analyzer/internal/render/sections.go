package render

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// shortest cuts a text to the length of a heading.
func shortest(s string) string {
	return inert.Cut(clean(s), 300)
}

// incidentBlocks is one incident: where it happened, what was seen, the cause,
// what to check and the fix.
func incidentBlocks(in report.Incident, o Options) []string {
	blocks := []string{line("### " + outcomeMark(in.Outcome) + " " + incidentTitle(in)), packageList(in), overview(in)}
	if len(in.Diagnoses) > 0 {
		blocks = append(blocks, fixBlocks(in.Diagnoses[0])...)
		blocks = append(blocks, readLine(in.Diagnoses[0]))
		blocks = append(blocks, questionBlocks(in)...)
	}
	return append(blocks, titled("Evidence", quotation(shownEvidence(in, o), place(in.Job, in.Step))))
}

func incidentTitle(in report.Incident) string {
	packages := packagesText(in)
	if len(in.Packages) < 2 {
		packages = name(packages)
	}
	if title := join(" · ", placeName(in.Job, in.Step), packages, ending(in)); title != "" {
		return title
	}
	return "pasted log"
}

// placeName is a place with its names in code spans.
func placeName(job, step string) string {
	return join(" › ", name(job), name(step))
}

// packageList names what an incident folds.
func packageList(in report.Incident) string {
	if len(in.Packages) < 2 {
		return ""
	}
	var names []string
	for _, p := range in.Packages[:min(len(in.Packages), maxFolded)] {
		names = append(names, name(packageText(p)))
	}
	if left := len(in.Packages) - len(names); left > 0 {
		names = append(names, "and "+thousands(int64(left))+" more")
	}
	return line(join(", ", names...))
}

// overview is the table of an incident. Its first row stands as the head,
// which a table must have.
func overview(in report.Incident) string {
	var rows []string
	row := func(label, text string) {
		if text != "" {
			rows = append(rows, "| "+label+" | "+text+" |\n")
		}
	}
	row("Seen", seenCell(titlesOf(in)))
	if len(in.Diagnoses) > 0 {
		d := in.Diagnoses[0]
		row(causeLabel(d.Confidence), causeCell(d))
		row("Confidence", cell(string(d.Confidence)))
		row("Check first", cell(d.FirstCheck))
		row("Found", foundCell(d))
	}
	if len(rows) == 0 {
		return ""
	}
	return rows[0] + "|:--|:--|\n" + strings.Join(rows[1:], "")
}

func seenCell(titles []string) string {
	var cells []string
	for _, title := range titles[:min(len(titles), maxSymptoms)] {
		cells = append(cells, cell(title))
	}
	return join("<br>", cells...)
}

// causeLabel does not wrap, which keeps the first column narrow.
func causeLabel(c report.Confidence) string {
	switch c {
	case report.Certain:
		return "Cause"
	case report.Likely:
		return "Likely\u00a0cause"
	}
	return "Possible\u00a0cause"
}

func causeCell(d report.Diagnosis) string {
	return join("<br>", bold(cell(causeName(d))), cell(d.Summary))
}

func foundCell(d report.Diagnosis) string {
	found := cell(d.Checked)
	switch {
	case found == "":
		return ""
	case d.CheckedOK:
		return "✓ " + found
	}
	return "✗ " + found
}

// bold emphasizes Markdown.
func bold(s string) string {
	if s == "" {
		return ""
	}
	return "**" + s + "**"
}

func fixBlocks(d report.Diagnosis) []string {
	block := editBlock(d.Fix)
	if block != "" && clean(d.Fix.Text) == "" {
		return []string{"**Fix:**\n", block}
	}
	return []string{labelled("Fix", d.Fix.Text), block}
}

// readLine links what there is to read about the cause.
func readLine(d report.Diagnosis) string {
	if len(d.References) == 0 {
		return ""
	}
	return line("**Read:** " + join(", ", links(d.References)...))
}

// questionBlocks ask for the fact that settles an open differential.
func questionBlocks(in report.Incident) []string {
	q := in.Question
	if q == nil || in.Diagnoses[0].Confidence == report.Certain {
		return nil
	}
	var items []string
	for _, a := range q.Answers {
		items = append(items, join(" → ", name(a.Value), prose(causeTitle(in, a.Cause))))
	}
	return []string{
		labelled("Settle it", join(" ", clean(q.Text), clean(q.How))),
		bullets(items, maxFolded),
		line("Then run again with " + name(factOption(*q)) + "."),
	}
}

// shownEvidence is the quoted lines that are not folded.
func shownEvidence(in report.Incident, o Options) []report.Evidence {
	if o.Verbose {
		return in.Evidence
	}
	deciding := ""
	if len(in.Symptoms) > 0 {
		deciding = in.Symptoms[0]
	}
	return decisive(in.Evidence, deciding, maxEvidence)
}

// detailsOf folds what is there for those who doubt or want to know more.
func detailsOf(in report.Incident, o Options) string {
	if len(in.Diagnoses) == 0 {
		return ""
	}
	d := in.Diagnoses[0]
	more := ""
	if len(shownEvidence(in, o)) < len(in.Evidence) {
		more = titled("All lines", quotation(in.Evidence, place(in.Job, in.Step)))
	}
	return fold("Reasons and other causes",
		titled("Because", proseList(d.Because, maxFolded)),
		titled("Or else", othersList(in.Diagnoses[1:])),
		labelled("Unknown", strings.Join(d.Missing, ", ")),
		labelled("Guide", d.Guide),
		more)
}

// othersList is the rest of the differential, each cause with what settles it.
func othersList(rest []report.Diagnosis) string {
	var items []string
	for _, d := range rest {
		title := join(" ", bold(prose(causeName(d))), "("+prose(string(d.Confidence))+").", prose(settles(d)))
		items = append(items, join(" ", title, join(", ", links(d.References)...)))
	}
	return bullets(items, maxFolded)
}
