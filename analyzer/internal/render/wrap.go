package render

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
)

// minWrap is the fewest columns that text is wrapped to. A terminal that
// leaves less than this overflows instead.
const minWrap = 8

// columns is the number of terminal columns that s needs. Runes are added up
// one by one, so clusters that some terminals draw as one glyph count as
// several: too wide a guess leaves a gap, too narrow a one breaks the layout.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	return lipgloss.Width(string(r))
}

// wrap breaks s at blanks into lines of at most width columns, and words that
// are longer than a line wherever they reach its end. Runs of blanks count as
// one. Empty text has no lines.
func wrap(s string, width int) []string {
	width = max(width, minWrap)
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(s) {
		n := columns(word)
		if used > 0 && used+1+n <= width {
			line, used = line+" "+word, used+1+n
			continue
		}
		if used > 0 {
			lines = append(lines, line)
		}
		var full []string
		full, line = breakWord(word, width)
		lines, used = append(lines, full...), columns(line)
	}
	if used > 0 {
		lines = append(lines, line)
	}
	return lines
}

// breakWord splits the first word of a line into lines that it fills and the
// rest. No line begins with "::", which would be a command to the runner when
// the report is printed in a job.
func breakWord(word string, width int) (full []string, rest string) {
	for {
		if strings.HasPrefix(word, "::") {
			word = ": " + word[1:]
		}
		at := fit(word, width)
		if at == len(word) {
			return full, word
		}
		full = append(full, word[:at])
		word = word[at:]
	}
}

// fit is the number of bytes of s that fit into width columns, preferably up
// to a slash or a comma near the end: URLs and paths break there.
func fit(s string, width int) int {
	used, good := 0, 0
	for i, r := range s {
		if used += runeColumns(r); used > width {
			if good > i*2/3 {
				return good
			}
			return i
		}
		if r == '/' || r == ',' || r == '-' {
			good = i + 1
		}
	}
	return len(s)
}

// clip cuts the middle out of s so that it fits into width columns.
func clip(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	cut := inert.Cut(s, width)
	for n := width - 1; columns(cut) > width && n > 0; n-- {
		cut = inert.Cut(s, n)
	}
	return cut
}

// shorten cuts the end off s, at a blank where one is near, so that it fits
// into width columns.
func shorten(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	cut := s[:fit(s, max(width-2, 1))]
	if at := strings.LastIndexByte(cut, ' '); at > len(cut)*2/3 {
		cut = cut[:at]
	}
	return strings.TrimRight(cut, " ,.;:—-") + " …"
}

// firstLines wraps s to width columns and keeps at most n lines; what is left
// out shows as an ellipsis.
func firstLines(s string, n, width int) []string {
	lines := wrap(s, width)
	if len(lines) <= n {
		return lines
	}
	return append(lines[:n-1:n-1], shorten(strings.Join(lines[n-1:], " "), width))
}

// pad fills s with blanks up to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}

// hang puts mark before the first line and as many blanks before the others.
func hang(mark string, lines []string) []string {
	blanks := pad("", columns(mark))
	out := make([]string, len(lines))
	for i, line := range lines {
		if i == 0 {
			out[i] = mark + line
		} else {
			out[i] = blanks + line
		}
	}
	return out
}
