package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// evidence quotes lines of the log under the place that they come from.
func (p *page) evidence(in report.Incident) {
	shown := in.Evidence
	if !p.opts.Verbose {
		deciding := ""
		if len(in.Symptoms) > 0 {
			deciding = in.Symptoms[0]
		}
		shown = decisive(in.Evidence, deciding, maxEvidence)
	}
	lines := p.excerpt(shown)
	if left := len(in.Evidence) - len(shown); left > 0 {
		lines = append(lines, p.text(fmt.Sprintf("and %d more (-v)", left), p.faint)...)
	}
	p.section("evidence", p.faint, lines)
}

// decisive picks n pieces of evidence, in their order: those of the deciding
// symptom before others.
func decisive(list []report.Evidence, symptom string, n int) []report.Evidence {
	if len(list) <= n {
		return list
	}
	deciding := 0
	for _, e := range list {
		if e.Symptom == symptom {
			deciding++
		}
	}
	others := n - min(n, deciding)
	var kept []report.Evidence
	for _, e := range list {
		switch {
		case len(kept) == n:
		case e.Symptom == symptom:
			kept = append(kept, e)
		case others > 0:
			kept = append(kept, e)
			others--
		}
	}
	return kept
}

// excerpt is quoted lines with their numbers, cut to the width of the
// terminal. Without one, lines stay whole, so that they can be searched for.
func (p *page) excerpt(list []report.Evidence) []string {
	numbers := 0
	for _, e := range list {
		numbers = max(numbers, len(lineNumber(e)))
	}
	var lines []string
	last := ""
	for _, e := range list {
		if at := place(e.Job, e.Step); at != last {
			lines = append(lines, p.text(at, p.faint)...)
			last = at
		}
		mark := fmt.Sprintf("%*s │", numbers, lineNumber(e))
		text := strings.Join(strings.Fields(clean(e.Text)), " ")
		if p.opts.Width > 0 {
			text = clip(text, max(p.quoted()-columns(mark)-1, minWrap))
		}
		lines = append(lines, p.faint.Render(mark)+" "+text)
	}
	return lines
}

func lineNumber(e report.Evidence) string {
	if e.Line <= 0 {
		return ""
	}
	return strconv.FormatInt(e.Line, 10)
}

// frame shows the edit of a fix, or its snippet. These lines are to be copied
// or compared and are never wrapped.
func (p *page) frame(f report.Fix) []string {
	body, isDiff := edit(f)
	if len(body) == 0 {
		return p.text(fileText(f), p.faint)
	}
	lines := []string{p.faint.Render(strings.TrimRight("╭─ "+clip(frameTitle(f), p.quoted()-3), " "))}
	for _, s := range body {
		lines = append(lines, strings.TrimRight(p.faint.Render("│")+" "+p.snippetLine(s, isDiff), " "))
	}
	return append(lines, p.faint.Render("╰─"))
}

// edit is the lines of a fix's diff, else of its snippet, made inert one by
// one.
func edit(f report.Fix) (lines []string, isDiff bool) {
	body, isDiff := f.Snippet, f.Language == "diff"
	if f.Diff != "" {
		body, isDiff = f.Diff, true
	}
	body = strings.TrimRight(strings.TrimLeft(body, "\r\n"), " \t\r\n")
	if body == "" {
		return nil, isDiff
	}
	for _, s := range strings.Split(strings.ReplaceAll(body, "\r\n", "\n"), "\n") {
		lines = append(lines, strings.TrimRight(inert.Quote(strings.ReplaceAll(s, "\t", "  ")), " "))
	}
	return lines, isDiff
}

func (p *page) snippetLine(s string, isDiff bool) string {
	switch {
	case !isDiff:
		return s
	case strings.HasPrefix(s, "+++"), strings.HasPrefix(s, "---"), strings.HasPrefix(s, "@@"):
		return p.faint.Render(s)
	case strings.HasPrefix(s, "+"):
		return p.good.Render(s)
	case strings.HasPrefix(s, "-"):
		return p.bad.Render(s)
	}
	return s
}

// frameTitle says where a snippet belongs, or what language it is in.
func frameTitle(f report.Fix) string {
	if at := fileText(f); at != "" {
		return at
	}
	return clean(f.Language)
}

func fileText(f report.Fix) string {
	if f.File == "" || f.Line <= 0 {
		return clean(f.File)
	}
	return fmt.Sprintf("%s:%d", clean(f.File), f.Line)
}
