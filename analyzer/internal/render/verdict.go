package render

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// verdict writes the first line: what happened and, in a few words, why.
func (p *page) verdict(r *report.Report) {
	mark, text := verdictText(r)
	style := p.markStyle(mark)
	p.hanging(mark+" ", text, style, style)
}

// verdictText is a report in one line, and the sign that stands before it.
func verdictText(r *report.Report) (mark, text string) {
	switch r.Verdict {
	case report.Healthy:
		return "✓", healthyText(r.Published)
	case report.NoPublish:
		return "–", "no publish in this log"
	case report.Unexplained:
		return "?", headline(r.Incidents, "publish failed") + " — not in the catalog, so no cause is named"
	case report.PublishedWithoutProvenance:
		return outcomeMark(report.WithoutProvenance), sentence(headline(r.Incidents, "published without provenance"), causes(r.Incidents))
	}
	mark = outcomeMark(report.Failed)
	if len(r.Incidents) > 0 {
		mark = outcomeMark(r.Incidents[0].Outcome)
	}
	text = sentence(headline(r.Incidents, "publish failed"), causes(r.Incidents))
	if r.Verdict == report.PartlyExplained {
		text += "; some lines are not explained"
	}
	return mark, text
}

// outcomeMark is the sign of an outcome. The words beside it say the same.
func outcomeMark(o report.Outcome) string {
	switch o {
	case report.WithoutProvenance:
		return "!"
	case report.Recovered:
		return "✓"
	}
	return "✗"
}

// markStyle is the colour of a sign.
func (p *page) markStyle(mark string) lipgloss.Style {
	switch mark {
	case "✓":
		return p.good
	case "!":
		return p.warn
	case "–":
		return p.bold
	}
	return p.bad
}

// headline says what the first incidents have in common; without any it is
// otherwise.
func headline(incidents []report.Incident, otherwise string) string {
	if len(incidents) == 0 {
		return otherwise
	}
	outcome := incidents[0].Outcome
	same := 0
	for _, in := range incidents {
		if in.Outcome == outcome {
			same++
		}
	}
	packages := max(1, len(incidents[0].Packages))
	switch {
	case outcome == report.Recovered:
		return "published in the end; an earlier attempt failed"
	case outcome == report.WithoutProvenance && same == 1 && packages == 1:
		return "published without provenance"
	case outcome == report.WithoutProvenance && same == 1:
		return fmt.Sprintf("%d packages published without provenance", packages)
	case outcome == report.WithoutProvenance:
		return fmt.Sprintf("%d publishes without provenance", same)
	case same > 1:
		return fmt.Sprintf("%d publishes failed", same)
	case packages > 1:
		return fmt.Sprintf("publish of %d packages failed", packages)
	}
	return "publish failed"
}

// causes names the first diagnosis of the first outcome's incidents, and says
// how many other causes there are.
func causes(incidents []report.Incident) string {
	first, others := "", map[string]bool{}
	for _, in := range incidents {
		if in.Outcome != incidents[0].Outcome || len(in.Diagnoses) == 0 {
			continue
		}
		if first == "" {
			first = withConfidence(in.Diagnoses[0])
		}
		others[in.Diagnoses[0].Cause] = true
	}
	if len(others) > 1 {
		first += fmt.Sprintf(", and %s", count(len(others)-1, "other cause"))
	}
	return first
}

// withConfidence is a cause and how sure it is, in words.
func withConfidence(d report.Diagnosis) string {
	return fmt.Sprintf("%s (%s)", causeName(d), clean(string(d.Confidence)))
}

// causeName is a cause's title, else its id.
func causeName(d report.Diagnosis) string {
	if title := clean(d.Title); title != "" {
		return title
	}
	return clean(d.Cause)
}

// healthyText tells what went out.
func healthyText(out []report.Published) string {
	what := count(len(out), "package")
	switch {
	case len(out) == 0:
		return "nothing failed in this log"
	case len(out) == 1:
		what = packageText(out[0].Package)
	}
	for _, one := range out {
		if one.Provenance != "yes" {
			return "published " + what
		}
	}
	return "published " + what + " with provenance"
}

// source writes what was read: the run where one is known, else the file.
func (p *page) source(r *report.Report) {
	p.hanging("  ", join(" · ", sourceParts(r)...), p.plain, p.faint)
}

// sourceParts name what was read and say how much it was.
func sourceParts(r *report.Report) []string {
	if r.Run != nil {
		if parts := runParts(r.Run); join("", parts...) != "" {
			return parts
		}
	}
	return []string{sourceName(r.Source), lines(r.Source.Lines)}
}

func lines(n int64) string {
	if n == 1 {
		return "1 line"
	}
	return thousands(n) + " lines"
}

func runParts(run *report.Run) []string {
	parts := []string{clean(run.Repository)}
	if run.ID != 0 {
		parts = append(parts, fmt.Sprintf("run %d", run.ID))
	}
	if run.Attempt > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", run.Attempt))
	}
	if run.Workflow != "" {
		parts = append(parts, clean(path.Base(run.Workflow)))
	}
	if run.Event != "" {
		parts = append(parts, "on "+clean(run.Event))
	}
	return parts
}

func sourceName(s report.Source) string {
	if s.Kind == "stdin" {
		return "standard input"
	}
	return clean(s.Name)
}

// place is where something happened, "job › step", as far as it is known.
func place(job, step string) string {
	return join(" › ", clean(job), clean(step))
}

func packageText(p report.Package) string {
	return join(" ", clean(p.Name), clean(p.Version))
}

// sentence joins two parts by a dash.
func sentence(a, b string) string {
	return join(" — ", a, b)
}

// join is strings.Join without the empty parts.
func join(sep string, parts ...string) string {
	var kept []string
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, sep)
}

// count is a number and a noun, with an s where there are several.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(int64(n)) + " " + noun + "s"
}

// thousands writes n with a comma between groups of three digits.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
