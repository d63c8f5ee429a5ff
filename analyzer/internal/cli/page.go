package cli

import (
	"strings"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/patterns"
)

// page is a text for people, wrapped to a width. Every line is made inert: a
// catalog quotes lines of logs, and people's own come from anywhere.
type page struct {
	b     strings.Builder
	width int
	bold  bool // headings are bold
}

// newPage starts an empty page that fits standard output.
func (e *env) newPage() *page {
	const noTerminal = 80
	width := e.columns()
	if width == 0 {
		width = noTerminal
	}
	return &page{width: width, bold: e.useColor()}
}

// String is the page without blank lines at its end.
func (p *page) String() string {
	return strings.TrimRight(p.b.String(), "\n") + "\n"
}

// heading starts a section, with a blank line before it.
func (p *page) heading(text string) {
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	for _, line := range wrap(inert.Text(text), p.width) {
		if p.bold {
			line = "\x1b[1m" + line + "\x1b[0m"
		}
		p.b.WriteString(line + "\n")
	}
}

// line writes one line as it is.
func (p *page) line(indent int, text string) {
	p.b.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+inert.Text(text), " ") + "\n")
}

// hanging writes text that begins with a lead, its further lines under the
// text.
func (p *page) hanging(indent int, lead, text string) {
	under := utf8.RuneCountInString(lead)
	for i, line := range wrap(inert.Text(text), p.width-indent-under) {
		if i > 0 {
			lead = strings.Repeat(" ", under)
		}
		p.line(indent, lead+line)
	}
}

// prose writes paragraphs, which blank lines part, wrapped. Lines that are
// indented are an example and stay as they are.
func (p *page) prose(indent int, text string) {
	for i, paragraph := range strings.Split(strings.Trim(shown(text), "\n"), "\n\n") {
		if i > 0 {
			p.b.WriteByte('\n')
		}
		if strings.HasPrefix(paragraph, " ") {
			p.verbatim(indent, paragraph)
			continue
		}
		p.paragraph(indent, paragraph)
	}
}

// paragraph wraps lines into one, and those that begin with "- " into one each.
func (p *page) paragraph(indent int, text string) {
	var parts []string
	for line := range strings.SplitSeq(text, "\n") {
		if len(parts) > 0 && !strings.HasPrefix(line, "- ") {
			parts[len(parts)-1] += " " + line
			continue
		}
		parts = append(parts, line)
	}
	for _, part := range parts {
		if item, ok := strings.CutPrefix(part, "- "); ok {
			p.hanging(indent, "- ", item)
		} else {
			p.hanging(indent, "", part)
		}
	}
}

// verbatim writes lines that must not be wrapped.
func (p *page) verbatim(indent int, text string) {
	for line := range strings.SplitSeq(strings.Trim(shown(text), "\n"), "\n") {
		p.line(indent, line)
	}
}

// section writes a heading and prose under it, if there is any.
func (p *page) section(title, text string) {
	if strings.TrimSpace(text) != "" {
		p.heading(title)
		p.prose(2, text)
	}
}

// list writes a heading and one item for each text, if there are any.
func (p *page) list(title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	p.heading(title)
	for _, text := range texts {
		p.hanging(2, "- ", shown(text))
	}
}

// shown is a catalog's text about no run in particular: what it would quote is
// named instead, ‹npm.version›, unless it says what to say then.
func shown(text string) string {
	for _, q := range patterns.Placeholders(text) {
		if q.Fallback == "" {
			text = strings.ReplaceAll(text, "${"+q.Name+"}", "‹"+q.Name+"›")
		}
	}
	return patterns.Expand(text, func(string) (string, bool) { return "", false })
}

// wrap breaks text at blanks into lines of at most width columns; longer words
// get a line of their own.
func wrap(text string, width int) []string {
	var lines []string
	used := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n <= width {
			lines[len(lines)-1] += " " + word
			used += 1 + n
			continue
		}
		lines = append(lines, word)
		used = n
	}
	return lines
}
