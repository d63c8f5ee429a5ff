package runlog

import (
	"strings"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
)

// scrub returns raw as a string without escape sequences, control bytes (tabs
// stay), zero-width and bidirectional controls, byte order marks among them;
// bytes that are not UTF-8 become U+FFFD. What could move a terminal's cursor
// to a new line becomes a blank, so that words do not grow together.
func scrub(raw []byte) string {
	for len(raw) > 0 && raw[len(raw)-1] == '\r' {
		raw = raw[:len(raw)-1]
	}
	i := plainLen(raw)
	if i == len(raw) {
		return string(raw)
	}
	var stack [512]byte
	buf := append(stack[:0], raw[:i]...)
	for i < len(raw) {
		if n := plainLen(raw[i:]); n > 0 {
			buf = append(buf, raw[i:i+n]...)
			i += n
			continue
		}
		var n int
		buf, n = scrubOne(buf, raw, i)
		i += n
	}
	return string(buf)
}

// scrubOne appends what is left of the special byte, rune or sequence at
// raw[i] to buf, and returns how many bytes it took.
func scrubOne(buf, raw []byte, i int) ([]byte, int) {
	if inert.Introduces[raw[i]] {
		if n := inert.EscapeLen(raw, i); n > 0 {
			return buf, n
		}
	}
	c := raw[i]
	switch {
	case c == '^':
		return append(buf, c), 1
	case c >= '\n' && c <= '\r':
		return append(buf, ' '), 1
	case c < utf8.RuneSelf:
		return buf, 1
	}
	r, size := utf8.DecodeRune(raw[i:])
	switch {
	case r == '\u2028' || r == '\u2029':
		return append(buf, ' '), size
	case inert.Hidden(r):
		return buf, size
	}
	return utf8.AppendRune(buf, r), size
}

// special marks the bytes that scrub has to look at.
var special = func() (t [256]bool) {
	for c := range t {
		t[c] = c < 0x20 && c != '\t' || c == '^' || c >= 0x7f
	}
	return t
}()

// plainLen returns how many bytes of s need no scrubbing.
func plainLen(s []byte) int {
	for i, c := range s {
		if special[c] {
			return i
		}
	}
	return len(s)
}

// dropBareSGR removes colour codes that lost their ESC on a clipboard:
// "[36;1m" and the like. "[5m]" is a duration in a query and stays.
func dropBareSGR(s string) string {
	from := 0
	var b strings.Builder
	for i := strings.IndexByte(s, '['); i >= 0 && i < len(s); {
		n := bareSGRLen(s[i:])
		if n > 0 {
			b.WriteString(s[from:i])
			from = i + n
		}
		next := strings.IndexByte(s[i+1:], '[')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

func bareSGRLen(s string) int {
	i := 1
	for i < len(s) && (isDigit(s[i]) || s[i] == ';') {
		i++
	}
	if i == 1 || !isDigit(s[1]) || i >= len(s) || s[i] != 'm' {
		return 0
	}
	if i+1 < len(s) && s[i+1] == ']' {
		return 0
	}
	return i + 1
}

// Collapse trims s and makes each run of blanks one blank. It returns s itself
// when there is nothing to do.
func Collapse(s string) string {
	s = strings.Trim(s, " \t")
	if !strings.Contains(s, "  ") && strings.IndexByte(s, '\t') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		if c == '\t' {
			c = ' '
		}
		if c == ' ' && len(b) > 0 && b[len(b)-1] == ' ' {
			continue
		}
		b = append(b, c)
	}
	return string(b)
}

func isDigit(c byte) bool {
	return c >= '0' && c <= '9'
}

func isLetter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z'
}
