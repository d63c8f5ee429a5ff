package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
)

// How many characters of one text are shown in Markdown. Real texts are far
// shorter; a hostile log must not push the answer off the page.
const (
	maxNameLen = 200
	maxProse   = 1500
)

// prose writes a text of the report as Markdown on which nothing acts: words
// that GitHub could read as markup, HTML, a link, a mention, a reference, a
// commit or an emoji become code spans, as does what stands between backticks.
//
// References and autolinks as in https://docs.github.com/get-started/writing-on-github
// ("Autolinked references and URLs") and https://github.github.com/gfm/.
func prose(s string) string {
	return markup{}.render(bounded(inert.Cut(Clean(s), maxProse)))
}

// cell is prose for a cell of a table, where even code spans may not hold a
// bare pipe.
func cell(s string) string {
	return markup{inTable: true}.render(bounded(inert.Cut(Clean(s), maxProse)))
}

// name is a name out of a log as a code span. No name, no span.
func name(s string) string {
	s = bounded(inert.Cut(Clean(s), maxNameLen))
	if s == "" {
		return ""
	}
	return codeSpan(s)
}

// maxRun is how many backticks in a row are shown. GitHub's cmark-gfm takes no
// code span with more than 80 marks (MAXBACKTICKS in its src/inlines.c), and a
// run that is as long must not need more.
const maxRun = 16

func bounded(s string) string {
	for _, c := range []byte{'`', '~'} {
		if longestRun(s, c) <= maxRun {
			continue
		}
		var b strings.Builder
		n := 0
		for i := range len(s) {
			if s[i] != c {
				n = 0
			} else if n++; n > maxRun {
				if n == maxRun+1 {
					b.WriteString("…")
				}
				continue
			}
			b.WriteByte(s[i])
		}
		s = b.String()
	}
	return s
}

// codeSpan puts s between backticks, more of them than s has in a row.
func codeSpan(s string) string {
	marks := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return marks + s + marks
}

// longestRun is the length of the longest run of c in s.
func longestRun(s string, c byte) int {
	longest, n := 0, 0
	for i := range len(s) {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}

type markup struct {
	inTable bool
	out     []byte
}

func (m markup) render(s string) string {
	for s != "" {
		if n := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace)); n > 0 {
			m.out, s = append(m.out, ' '), s[n:]
			continue
		}
		if code, n := spanAt(s); n > 0 {
			m.code(code)
			s = s[n:]
			continue
		}
		n := wordLen(s)
		m.word(s[:n])
		s = s[n:]
	}
	return string(m.out)
}

// spanAt is the content of the code span that s begins with and the length of
// the span, 0 when there is none.
func spanAt(s string) (code string, n int) {
	body := strings.TrimLeft(s, "`")
	open := len(s) - len(body)
	if open == 0 {
		return "", 0
	}
	for at := 0; at < len(body); {
		from := strings.IndexByte(body[at:], '`')
		if from < 0 {
			return "", 0
		}
		from += at
		at = from + runLen(body[from:])
		if code = strings.TrimSpace(body[:from]); at-from == open && code != "" {
			return code, open + at
		}
	}
	return "", 0
}

func runLen(s string) int {
	return len(s) - len(strings.TrimLeft(s, "`"))
}

// wordLen is the length of the word that s begins with: everything up to a
// blank or a backtick, or a run of backticks that opens nothing.
func wordLen(s string) int {
	if n := runLen(s); n > 0 {
		return n
	}
	if n := strings.IndexFunc(s, func(r rune) bool { return r == '`' || unicode.IsSpace(r) }); n >= 0 {
		return n
	}
	return len(s)
}

// word writes a word as it is, or as a code span without the punctuation
// around it.
func (m *markup) word(s string) {
	first := len(m.out) == 0
	switch {
	case isPlainWord(s) && !(first && startsBlock(s)):
		m.out = append(m.out, s...)
		return
	case strings.Trim(s, operators) == "":
		for i := range len(s) {
			m.out = append(m.out, '\\', s[i])
		}
		return
	}
	body := strings.TrimLeft(s, `("'`)
	lead := s[:len(s)-len(body)]
	core := strings.TrimRight(body, `.,;:!?)"'`)
	if core == "" || startsBlock(s) {
		m.code(s)
		return
	}
	m.out = append(m.out, lead...)
	m.code(core)
	m.out = append(m.out, body[len(core):]...)
}

// operators are the characters of words like "<" and ">=".
const operators = "<>=&+-*"

// code writes a code span. A blank keeps it from growing together with the
// one before.
func (m *markup) code(s string) {
	if n := len(m.out); n > 0 && m.out[n-1] == '`' {
		m.out = append(m.out, ' ')
	}
	s = codeSpan(s)
	if m.inTable {
		s = withoutPipes(s)
	}
	m.out = append(m.out, s...)
}

// withoutPipes escapes the pipes in a cell. Behind a backslash, where parsers
// disagree on what an escaped pipe is, a line takes its place.
func withoutPipes(s string) string {
	var b strings.Builder
	last := byte(0)
	for i := range len(s) {
		switch {
		case s[i] != '|':
			b.WriteByte(s[i])
		case last == '\\':
			b.WriteString("│")
		default:
			b.WriteString(`\|`)
		}
		last = s[i]
	}
	return b.String()
}

// startsBlock reports whether a line that begins with the word s is a list, a
// rule or an underline and not a paragraph.
func startsBlock(s string) bool {
	if strings.Trim(s, "-+=") == "" {
		return true
	}
	digits := strings.TrimLeft(s, "0123456789")
	return digits != s && (digits == "." || digits == ")")
}

// isPlainWord reports whether nothing in s can act, in itself or on its
// neighbours. Pairs of colons could be an emoji.
func isPlainWord(s string) bool {
	low := strings.ToLower(s)
	return strings.IndexFunc(s, isMarkup) < 0 &&
		strings.Count(s, ":") < 2 &&
		!strings.Contains(s, "://") && !strings.Contains(low, "www.") &&
		!isReference(low)
}

func isMarkup(r rune) bool {
	if r >= utf8.RuneSelf {
		return false
	}
	return !inert.IsWordByte(byte(r)) && !strings.ContainsRune(`.,;:!?'"()-/%+=`, r)
}

// shortestCommit is the fewest digits of a commit that GitHub links.
const shortestCommit = 7

// isReference reports whether s, in lower case, holds GH-123, GHSA-…, CVE-… or
// what may be a commit: a word of hexadecimal digits.
func isReference(s string) bool {
	for at := 0; at < len(s); at++ {
		if at > 0 && inert.IsWordByte(s[at-1]) {
			continue
		}
		for _, prefix := range []string{"gh-", "ghsa-", "cve-"} {
			if strings.HasPrefix(s[at:], prefix) {
				return true
			}
		}
		n := len(s) - at - len(strings.TrimLeft(s[at:], "0123456789abcdef"))
		if n >= shortestCommit && (at+n == len(s) || !inert.IsWordByte(s[at+n])) {
			return true
		}
	}
	return false
}
