//go:build !js

// What lays text out for terminals makes the browser's program a tenth larger.

package document

import (
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// The layout, in columns.
const (
	pipeWidth = 80  // where there is no terminal
	narrowest = 40  // the least width that is laid out; below it, lines overflow
	measure   = 100 // the widest that prose runs: longer lines are hard to read
	indent    = 2   // before everything but titles and code
	gutter    = 10  // before the text beside a label
	minWrap   = 8   // the fewest columns that text is wrapped to
)

// Terminal is the document as text. It reads the same with and without colour,
// and only code is wider than the terminal.
func (d Document) Terminal(o TerminalOptions) string {
	width := o.Width
	if width <= 0 {
		width = pipeWidth
	}
	p := &page{opts: o, styles: newStyles(o.Color), width: max(width, narrowest)}
	fits := func(keep ranks) bool {
		p.keep, p.lines, p.gap = keep, nil, false
		p.blocks(d, 0)
		return o.Height <= 0 || len(p.lines) <= o.Height
	}
	most := d.maxRank()
	keep := allRanks
	left := most
	for !fits(keep) && left > 0 {
		keep, left = keep.without(left), left-1
	}
	// One rank that did not fit may have been the only large one.
	for rank := left + 2; rank <= most; rank++ {
		if more := keep.with(rank); fits(more) {
			keep = more
		}
	}
	if p.keep != keep {
		fits(keep)
	}
	return strings.Join(p.lines, "\n") + "\n"
}

// ranks is a set of ranks, by bits.
type ranks uint64

const allRanks = ^ranks(0)

func (r ranks) has(rank int) bool      { return r>>rank&1 == 1 }
func (r ranks) with(rank int) ranks    { return r | 1<<rank }
func (r ranks) without(rank int) ranks { return r &^ (1 << rank) }

// look is how a text looks on a terminal.
type look = lipgloss.Style

type styles struct {
	plain, bold, faint, bad, warn, good, name look
}

// newStyles makes styles that never ask the terminal for its colours.
func newStyles(color bool) styles {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetHasDarkBackground(true)
	r.SetColorProfile(termenv.Ascii)
	if color {
		r.SetColorProfile(termenv.ANSI)
	}
	style := r.NewStyle().Inline(true)
	fg := func(c string) look { return style.Foreground(lipgloss.Color(c)) }
	return styles{style, style.Bold(true), style.Faint(true), fg("1").Bold(true), fg("3").Bold(true), fg("2").Bold(true), fg("6")}
}

func (k styles) tone(t Tone) look {
	return [...]look{k.bold, k.bad, k.warn, k.good}[t]
}

type page struct {
	styles
	opts  TerminalOptions
	width int
	// keep are the ranks that are written.
	keep  ranks
	lines []string
	// gap asks for an empty line before the next one.
	gap bool
}

// put writes one line, already styled.
func (p *page) put(s string) {
	if p.gap && len(p.lines) > 0 {
		p.lines = append(p.lines, "")
	}
	p.gap = false
	p.lines = append(p.lines, strings.TrimRight(s, " "))
}

// hang writes wrapped lines, the first one behind a mark, the others below its
// text.
func (p *page) hang(mark string, markStyle look, text string, style look) {
	before := paint(mark, markStyle)
	for _, s := range wrap(Clean(text), min(p.width, measure)-columns(mark)) {
		p.put(before + style.Render(s))
		before = blanks(columns(mark))
	}
}

func paint(s string, style look) string {
	body := strings.Trim(s, " ")
	lead, tail, _ := strings.Cut(s, body)
	if body == "" {
		return s
	}
	return lead + style.Render(body) + tail
}

func (p *page) blocks(d Document, left int) {
	for _, b := range d {
		if p.keep.has(b.Rank) && (b.Until == 0 || !p.keep.has(b.Until)) {
			p.block(b.Body, left)
		}
	}
}

func (p *page) block(body Body, left int) {
	switch b := body.(type) {
	case Gap:
		p.gap = true
	case Title:
		style := p.tone(b.Tone)
		p.hang(b.Tone.Mark()+" ", style, b.Text, style)
		if b.Detail != "" {
			p.split(b.Detail, b.Aside, p.plain)
		}
	case Heading:
		p.gap = p.gap || b.Level < 4
		p.hang(blanks(left), p.plain, b.Text, p.bold)
	case paragraph:
		p.hang(blanks(max(left, indent)), p.plain, string(b), p.plain)
	case Text:
		p.blocks(b.blocks(), left)
	case Labelled:
		p.labelled(b, left)
	case List:
		for _, item := range b.Items {
			p.hang(blanks(max(left, indent))+"- ", p.plain, item, p.plain)
		}
	case Inline:
		p.inline(b, left)
	case Quote:
		p.quote(b)
	case Code:
		p.code(b, left)
	case Table:
		p.table(b, max(left, indent))
	case Choices:
		p.table(b.table(), max(left, indent))
	case Refs:
		for _, r := range b.Items {
			p.hang(blanks(max(left, indent))+Join(" ", r.Lead)+blanks(9-columns(r.Lead)), p.plain, Join(": ", r.ID, r.Text), p.plain)
		}
	case Links:
		for _, s := range b.Addresses {
			p.put(blanks(max(left, indent)) + guard(Clean(s)))
		}
	case Details:
		p.gap = true
		p.hang("", p.plain, b.Summary, p.bold)
		p.blocks(b.Body, left)
	}
}

// split writes two texts on one line, the second at its right end, or after
// the first where both do not fit.
func (p *page) split(left, right string, style look) {
	left, right = Clean(left), Clean(right)
	if left == "" {
		left, right = right, ""
	}
	room := min(p.width, pipeWidth) - indent
	if gap := room - columns(left) - columns(right); right != "" && gap > 1 {
		p.put(blanks(indent) + style.Render(left) + blanks(gap) + p.faint.Render(right))
		return
	}
	if right != "" {
		left += " (" + right + ")"
	}
	p.hang(blanks(indent), p.plain, left, style)
}

// labelled writes blocks beside a label. The label takes the place of the
// blanks before the first line, unless that is code.
func (p *page) labelled(b Labelled, left int) {
	inner := page{styles: p.styles, opts: p.opts, width: p.width, keep: p.keep}
	under := left + gutter
	if p.width < 50 || columns(b.Label)+1 > gutter-indent+left {
		under = left + 2*indent
	}
	inner.blocks(b.Body, under)
	if len(inner.lines) == 0 {
		return
	}
	label := blanks(max(left, indent)) + p.bold.Render(b.Label)
	used := max(left, indent) + columns(b.Label)
	if first := inner.lines[0]; strings.HasPrefix(first, blanks(under)) && used < under {
		inner.lines[0] = label + blanks(under-used) + first[under:]
	} else {
		p.put(label)
	}
	for _, s := range inner.lines {
		p.put(s)
	}
}

// inline writes items in a row with a dot between them. None is cut.
func (p *page) inline(b Inline, left int) {
	room := min(p.width, measure) - left
	all := make([]string, len(b.Items))
	needed := 0 // columns of the first n items, without what stands between them
	for i, s := range b.Items {
		all[i] = Clean(s)
		needed += min(columns(all[i]), room)
	}
	for n := len(all); n >= 0; n-- {
		if n < len(all) {
			needed -= min(columns(all[n]), room)
		}
		if needed > b.Lines*room && n > 0 {
			continue // surely too many
		}
		items := slices.Clone(all[:n])
		if rest := b.Rest(len(b.Items) - n); rest != "" {
			items = append(items, rest)
		}
		for i, s := range items {
			if columns(s)+2 <= room {
				items[i] = strings.ReplaceAll(s, " ", "\u00a0")
			}
		}
		text := strings.Join(items, "\u00a0· ")
		lines := wrap(text, room)
		if len(lines) > b.Lines && n > 0 {
			continue
		}
		for _, s := range lines {
			p.put(blanks(left) + strings.ReplaceAll(s, "\u00a0", " "))
		}
		return
	}
}

// maxDeciding is how many lines of the screen the deciding line may take.
const maxDeciding = 4

// quote writes lines of a log with their numbers, the deciding one marked and
// in a few lines of the screen. The others are cut to the terminal's width;
// without a terminal, lines stay whole, so that they can be searched for.
func (p *page) quote(q Quote) {
	if q.Place != "" || q.Source != "" {
		p.split(q.Place, q.Source, p.faint)
	}
	numbers := 0
	for _, l := range q.Lines {
		numbers = max(numbers, len(l.number()))
	}
	for _, l := range q.Lines {
		if !p.keep.has(l.Rank) {
			continue
		}
		if numbers == 0 {
			p.hang(blanks(indent)+"- ", p.plain, l.Text, p.plain)
			continue
		}
		mark := "  "
		if l.Deciding {
			mark = "> "
		}
		mark += blanks(numbers-len(l.number())) + l.number() + " │ "
		under := blanks(columns(mark)-2) + "│ "
		text, room := []string{l.text()}, max(p.width-columns(mark), minWrap)
		if p.opts.Width > 0 {
			if l.Deciding { // words at the ends of lines leave room for fewer
				text = wrap(middle(text[0], maxDeciding*room*19/20), room)
			} else {
				text[0] = middle(text[0], room)
			}
		}
		for i, s := range text {
			if l.Deciding {
				s = p.bold.Render(s)
			}
			p.put(p.faint.Render(strings.TrimRight(mark, " ")) + join(" ", s))
			if i == 0 {
				mark = under
			}
		}
		if note := Clean(l.Note); note != "" && p.keep.has(l.NoteRank) {
			for _, s := range wrap(note, min(p.width, measure)-columns(under)-2) {
				p.put(p.faint.Render(under) + "  " + p.name.Render(s))
			}
		}
	}
}

// join puts s behind a blank, if there is any.
func join(sep, s string) string {
	if s == "" {
		return ""
	}
	return sep + s
}

// code stands at the left margin of a report, and indented in lists; it is
// never wrapped.
func (p *page) code(c Code, left int) {
	lines := c.lines()
	if title := Clean(c.Title); title != "" {
		p.hang(blanks(max(left, indent)), p.plain, title, p.name)
	}
	if len(lines) == 0 {
		return
	}
	p.gap = true
	for _, s := range lines {
		p.put(p.codeLine(c, guard(s)))
	}
	p.gap = true
}

func (p *page) codeLine(c Code, s string) string {
	switch {
	case c.Language != "diff":
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

// minFirst is what a table of numbers leaves of its first column.
const minFirst = 20

// table writes columns. The last one is wrapped.
func (p *page) table(t Table, left int) {
	rows := t.Rows
	if len(t.Head) > 0 {
		rows = append([][]string{t.Head}, rows...)
	}
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i >= len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], min(columns(Clean(cell)), (p.width-left)/2))
		}
	}
	if len(t.Numbers) > 0 { // a line each: the first column gives way
		over := left - p.width
		for _, w := range widths {
			over += w + 2
		}
		widths[0] = max(min(widths[0], minFirst), widths[0]-max(0, over-2))
	}
	for i, row := range rows {
		mark := blanks(left)
		for j, cell := range row[:len(row)-1] {
			cell = middle(Clean(cell), widths[j])
			pad := blanks(widths[j] - columns(cell))
			if slices.Contains(t.Numbers, j) {
				cell, pad = pad+cell, ""
			}
			mark += cell + pad + "  "
		}
		style := p.plain
		if i == 0 && len(t.Head) > 0 {
			style = p.bold
		}
		last := row[len(row)-1]
		if last == "" {
			p.put(style.Render(strings.TrimRight(mark, " ")))
			continue
		}
		p.hang(mark, style, last, style)
	}
}

func columns(s string) int { return ansi.StringWidth(s) }

func blanks(n int) string { return strings.Repeat(" ", max(0, n)) }

// wrap breaks s at blanks into lines of at most width columns, and longer
// words wherever they reach the end. Empty text has no lines.
func wrap(s string, width int) []string {
	// A hyphen is no place to break: options and versions stay whole.
	const hyphen = "\u2011"
	s = strings.ReplaceAll(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " "), "-", hyphen)
	if s == "" {
		return nil
	}
	width = max(width, minWrap)
	// Wrap alone lets some words stand out where breaks at hyphens were possible.
	split := func() []string { return strings.Split(ansi.Hardwrap(ansi.Wrap(s, width, ""), width, true), "\n") }
	lines := split()
	for _, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			for strings.Contains(s, "::") {
				s = strings.ReplaceAll(s, "::", ": :")
			}
			lines = split()
			break
		}
	}
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.Trim(strings.ReplaceAll(line, hyphen, "-"), " "); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// guard keeps a line from being a command to the runner, which takes lines
// that begin with "::" when the report is printed in a job.
func guard(s string) string {
	if body := strings.TrimSpace(s); strings.HasPrefix(body, "::") {
		return strings.Replace(s, "::", ": :", 1)
	}
	return s
}

// middle cuts the middle out of s so that it fits into width columns: error
// lines say what happened at their start and where at their end.
func middle(s string, width int) string {
	n := columns(s)
	if n <= width {
		return s
	}
	end := max(width-1, 1) / 3
	head := ansi.Truncate(s, max(width-1-end, 1), "")
	return head + "…" + ansi.TruncateLeft(s, n-end, "")
}
