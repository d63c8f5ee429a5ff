// Package inert turns text from a log into text that does nothing: it cannot
// move a cursor, colour a terminal, start a workflow command or leak a secret.
//
// Logs are written by whoever can run a program in the job. Everything quoted
// from one (lines, job, step, branch and package names) passes through here
// before it becomes ink, in every format: [Quote] is the usual door.
package inert

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
)

// Quote makes text from a log safe to print and to publish: [Text], then
// [Redact]. The order matters, since an escape sequence in the middle of a
// token would hide it from Redact and be gone afterwards.
func Quote(s string) string {
	return Redact(Text(s))
}

// Text makes one line of ordinary characters out of s:
//
//   - escape sequences (CSI, OSC, DCS and the other strings, in the 7-bit, the
//     8-bit and, for colours, the caret form ^[[31m) are dropped;
//   - control bytes, zero-width and bidirectional controls are dropped, line
//     breaks and tabs become blanks, invalid UTF-8 becomes U+FFFD;
//   - workflow commands are broken: "##[" loses a "#" anywhere, and a leading
//     "::" becomes ": :".
//
// The two command forms are those that the runner parses: "##[" at any place,
// "::" after blanks (actions/runner src/Runner.Common/ActionCommand.cs).
func Text(s string) string {
	if isPlain(s) {
		return breakCommands(s)
	}
	s = dropCarets(printable(s))
	for n := 0; strings.Contains(s, "^["); n++ { // what stood around a caret sequence may be one now
		again := dropCarets(printable(s))
		if again == s {
			break
		}
		if s = again; n == mostNested {
			s = strings.ReplaceAll(s, "^", "")
		}
	}
	return breakCommands(s)
}

// mostNested is how often sequences in the caret form may stand in one another
// before all carets go: only whoever wants to hide something nests them.
const mostNested = 3

// isPlain reports whether s is printable ASCII without a caret sequence, which
// nearly every line is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return !strings.Contains(s, "^[")
}

// maxMarks is how many combining marks may sit on one character; more of them
// paint over the lines above and below.
const maxMarks = 3

// printable drops what is not meant to be seen. It writes whole runes only, so
// that bytes which a dropped sequence kept apart never join to a new one.
func printable(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	marks, broke := 0, false
	raw := []byte(s)
	for i := 0; i < len(s); {
		if Introduces[s[i]] && !strings.HasPrefix(s[i:], "\u0085") { // which is a line break
			if n := EscapeLen(raw, i); n > 0 {
				i += n
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case isBreak(r):
			if !broke {
				b.WriteByte(' ')
			}
			marks, broke = 0, true
		case r == '\t':
			b.WriteByte(' ')
			marks, broke = 0, false
		case Hidden(r):
		case isMark(r) && marks == maxMarks:
		case isMark(r):
			b.WriteRune(r)
			marks, broke = marks+1, false
		default:
			b.WriteRune(r)
			marks, broke = 0, false
		}
	}
	return b.String()
}

func isBreak(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

func isMark(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me)
}

// Hidden reports whether r shows nothing or changes how its neighbours show:
// controls, format characters (zero-width, bidirectional, tags), variation
// selectors, enclosing marks, which a comparison may skip, and the letters that
// are drawn as nothing.
func Hidden(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u3164', '\uffa0':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Me, unicode.Variation_Selector)
}

// carets finds escape sequences whose ESC was spelled "^[" by a copying tool.
// Without the digits "^[[A" may well be a regular expression.
var carets = lazy.Regexp(`\^\[\[[0-9;]*[mK]|\^\[\[[0-9;]+[A-HJSTfhln]|\^\[\][^^]*(?:\^G|\^\[\\)`)

func dropCarets(s string) string {
	if !strings.Contains(s, "^[") {
		return s
	}
	return carets().ReplaceAllString(s, "")
}

// hashes finds the older command form. All of its hashes but one go: taking
// one away from "###[" would leave a command.
var hashes = lazy.Regexp(`##+\[`)

func breakCommands(s string) string {
	if strings.Contains(s, "##[") {
		s = hashes().ReplaceAllString(s, "#[")
	}
	rest := strings.TrimLeftFunc(s, unicode.IsSpace)
	if strings.HasPrefix(rest, "::") {
		s = s[:len(s)-len(rest)] + ": " + rest[1:]
	}
	return s
}

// ellipsis stands where Cut took something out.
const ellipsis = "…"

// Cut shortens s to at most max runes by replacing its middle with "…": error
// lines say what happened at their start and where at their end. It never
// splits a rune. A max below 1 yields the empty string.
func Cut(s string, max int) string {
	if max < 1 {
		return ""
	}
	// Bytes are never fewer than runes.
	if len(s) <= max || utf8.RuneCountInString(s) <= max {
		return s
	}
	head := max / 2
	tail := max - 1 - head
	return s[:runesLen(s, head)] + ellipsis + s[len(s)-lastRunesLen(s, tail):]
}

// runesLen is the number of bytes of the first n runes of s.
func runesLen(s string, n int) int {
	size := 0
	for range n {
		_, w := utf8.DecodeRuneInString(s[size:])
		size += w
	}
	return size
}

// lastRunesLen is the number of bytes of the last n runes of s.
func lastRunesLen(s string, n int) int {
	size := 0
	for range n {
		_, w := utf8.DecodeLastRuneInString(s[:len(s)-size])
		size += w
	}
	return size
}
