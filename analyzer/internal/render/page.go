package render

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
)

// The layout of the page, in columns.
const (
	// pipeWidth is the width where there is no terminal.
	pipeWidth = 80
	// narrowest is the least width that is laid out; below it, lines overflow.
	narrowest = 40
	// measure is the widest that prose runs: longer lines are hard to read.
	measure = 100
	// indent is what stands before a label, gutter what stands before the text
	// beside it.
	indent = 2
	gutter = 15
	// stackBelow is the width under which labels stand above their text.
	stackBelow = 56
)

// ink is the styles of a page. Colour never says anything that the words do
// not say.
type ink struct {
	plain, bold, faint lipgloss.Style
	bad, warn, good    lipgloss.Style
	name               lipgloss.Style
}

// newInk makes styles that never ask the terminal for its colours.
func newInk(w io.Writer, color bool) ink {
	r := lipgloss.NewRenderer(w)
	r.SetHasDarkBackground(true)
	r.SetColorProfile(termenv.Ascii)
	if color {
		r.SetColorProfile(termenv.ANSI)
	}
	fg := func(c string) lipgloss.Style { return r.NewStyle().Inline(true).Foreground(lipgloss.Color(c)) }
	return ink{
		plain: r.NewStyle().Inline(true),
		bold:  r.NewStyle().Inline(true).Bold(true),
		faint: r.NewStyle().Inline(true).Faint(true),
		bad:   fg("1").Bold(true),
		warn:  fg("3").Bold(true),
		good:  fg("2").Bold(true),
		name:  fg("6"),
	}
}

// page collects the lines of a text report.
type page struct {
	ink
	opts Options
	// width is where lines end; prose ends at measure at the latest.
	width int
	// gap asks for an empty line before the next one.
	gap bool
	b   strings.Builder
}

func newPage(w io.Writer, o Options) *page {
	width := o.Width
	if width <= 0 {
		width = pipeWidth
	}
	return &page{ink: newInk(w, o.Color), opts: o, width: max(width, narrowest)}
}

// line writes one line, already styled.
func (p *page) line(s string) {
	if p.gap && p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	p.gap = false
	p.b.WriteString(strings.TrimRight(s, " "))
	p.b.WriteByte('\n')
}

// blank puts an empty line before the next line, if there is one.
func (p *page) blank() {
	p.gap = true
}

// hanging writes text behind a mark, further lines below the text.
func (p *page) hanging(mark, text string, markStyle, style lipgloss.Style) {
	before := markStyle.Render(mark)
	for _, s := range wrap(text, min(p.width, measure)-columns(mark)) {
		p.line(before + style.Render(s))
		before = pad("", columns(mark))
	}
}

// stacked reports whether labels stand above their text.
func (p *page) stacked() bool {
	return p.width < stackBelow
}

// left is the number of columns before the text of a section.
func (p *page) left() int {
	if p.stacked() {
		return 2 * indent
	}
	return gutter
}

// prose is the number of columns for text in a section, quoted the one for
// lines of a log, which may use the whole width.
func (p *page) prose() int  { return min(p.width, measure) - p.left() }
func (p *page) quoted() int { return p.width - p.left() }

// section writes lines, already wrapped and styled, beside a label.
func (p *page) section(label string, style lipgloss.Style, lines []string) {
	if len(lines) == 0 {
		return
	}
	before := pad("", p.left())
	mark := pad("", indent) + style.Render(label) + pad("", gutter-indent-columns(label))
	if p.stacked() {
		p.line(mark)
		mark = before
	}
	for _, s := range lines {
		p.line(mark + s)
		mark = before
	}
}

// text wraps s for a section and styles its lines.
func (p *page) text(s string, style lipgloss.Style) []string {
	return paint(wrap(s, p.prose()), style)
}

// item is text behind a mark such as a bullet.
func (p *page) item(mark, s string, style lipgloss.Style) []string {
	return paint(hang(mark, wrap(s, p.prose()-columns(mark))), style)
}

// paint styles each line by itself. Blanks at its start stay unstyled.
func paint(lines []string, style lipgloss.Style) []string {
	for i, s := range lines {
		body := strings.TrimLeft(s, " ")
		lines[i] = s[:len(s)-len(body)] + style.Render(body)
	}
	return lines
}

// clean makes a text of the report inert and trims it.
func clean(s string) string {
	return strings.TrimSpace(inert.Quote(s))
}
