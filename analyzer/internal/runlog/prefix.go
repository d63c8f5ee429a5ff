package runlog

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
)

// digits returns how many digits s starts with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// unquote drops the marks of a quoted reply: "> text", "> > text". The banner
// that npm prints before a script, "> name@1.2.3 script", is no quote.
func unquote(s string) string {
	if !strings.HasPrefix(s, ">") || isBanner(s) {
		return s
	}
	for strings.HasPrefix(s, ">") && (len(s) == 1 || s[1] == ' ' || s[1] == '>') {
		s = strings.TrimPrefix(s[1:], " ")
	}
	return s
}

func isBanner(s string) bool {
	token, ok := strings.CutPrefix(s, "> ")
	if !ok {
		return false
	}
	token, _, _ = strings.Cut(token, " ")
	at := strings.LastIndexByte(token, '@')
	return at > 0 && at+1 < len(token) && isDigit(token[at+1])
}

// grepNumberLen measures the "2434:" of grep -n at the start of s, or the
// "2434-" that it puts before a line of context.
func grepNumberLen(s string) int {
	n := digits(s)
	if n == 0 || n > 8 || n == len(s) || s[n] != ':' && s[n] != '-' {
		return 0
	}
	return n + 1
}

// grepFileLen measures the "run.log:" that grep puts before a number.
func grepFileLen(s string) int {
	const longest = 256
	return strings.IndexByte(s[:min(len(s), longest)], ':') + 1
}

// ghGrepLen measures what grep put before a job's name. Since a job may be
// called "20-linux", a number with a dash needs three digits, and a file name
// must be followed by a number.
func ghGrepLen(job string) int {
	if n := grepNumberLen(job); n > 0 && (job[n-1] == ':' || n > 3) {
		return n
	}
	file := grepFileLen(job)
	if file == 0 {
		return 0
	}
	if n := grepNumberLen(job[file:]); n > 0 && job[file+n-1] == ':' {
		return file + n
	}
	return 0
}

// stampAfterGrep takes a stamp at the start of s or behind a file name, a line
// number or both; without a stamp behind them they are text.
func (line *Line) stampAfterGrep(s string) (rest string, ok bool) {
	file := grepFileLen(s)
	for _, n := range [...]int{0, grepNumberLen(s), file, file + grepNumberLen(s[file:])} {
		if rest, ok = line.takeStamp(s[n:]); ok {
			return rest, true
		}
	}
	return s, false
}

// lineNumberLen measures a column of line numbers that was copied along:
// "12<TAB>", "12 | ", "12: ", "12  ". A status code with its reason ("404 Not
// Found", "404: Not Found") is text, as is any number before a single blank.
func lineNumberLen(s string) int {
	start := len(s) - len(strings.TrimLeft(s, " "))
	n := digits(s[start:])
	if n == 0 || n > 6 {
		return 0
	}
	number, after := s[start:start+n], s[start+n:]
	gap := separatorLen(after)
	if gap == 0 || isStatus(number) && !strings.ContainsAny(after[:gap], "\t|") {
		return 0
	}
	return start + n + gap
}

// separatorLen measures what stands between a line number and its line.
func separatorLen(s string) int {
	switch {
	case strings.HasPrefix(s, "\t"), s == "|":
		return 1
	case strings.HasPrefix(s, "| "), strings.HasPrefix(s, ": "), s == " |":
		return 2
	case strings.HasPrefix(s, " | "):
		return 3
	case strings.HasPrefix(s, "  ") && strings.TrimLeft(s, " ") != "":
		return 2
	}
	return 0
}

// isStatus tells whether number may be an HTTP status of an error.
func isStatus(number string) bool {
	return len(number) == 3 && (number[0] == '4' || number[0] == '5')
}

// The two forms of time stamps. The runner writes UTC with seven digits
// (actions/runner src/Runner.Common/Logging.cs, PagingLogger.Write); the web
// page with "Show timestamps" writes a date as in HTTP.
const (
	runnerStamp = "2006-01-02T15:04:05.0000000Z"
	webStamp    = "Mon, 2 Jan 2006 15:04:05 GMT"
)

// Stamp parses the Stamp of a Line, in either form; ok is false when s is no
// time stamp.
func Stamp(s string) (t time.Time, ok bool) {
	layout := webStamp
	if runnerStampLen(s) == len(s) {
		layout = runnerStamp
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}

// runnerStampLen returns the length of the runner's stamp at the start of s, or
// 0. Other services write other numbers of digits: seven are a recogniser.
func runnerStampLen(s string) int {
	if !hasShape(s, "0000-00-00T00:00:00.0000000Z") {
		return 0
	}
	return endOfStamp(s, len(runnerStamp))
}

// webStampLen returns the length of the web page's stamp at the start of s, or 0.
func webStampLen(s string) int {
	if len(s) < 4 || !strings.Contains("Mon,Tue,Wed,Thu,Fri,Sat,Sun,", s[:4]) {
		return 0
	}
	for _, shape := range []string{", 00 Aaa 0000 00:00:00 GMT", ", 0 Aaa 0000 00:00:00 GMT"} {
		if hasShape(s[3:], shape) {
			return endOfStamp(s, 3+len(shape))
		}
	}
	return 0
}

// endOfStamp returns n if s ends there or goes on with a blank, else 0.
func endOfStamp(s string, n int) int {
	if len(s) == n || s[n] == ' ' {
		return n
	}
	return 0
}

// hasShape tells whether s starts as shape does, where 0 stands for a digit
// and the letters of "Aaa" for an upper or lower case letter.
func hasShape(s, shape string) bool {
	if len(s) < len(shape) {
		return false
	}
	for i := range len(shape) {
		c := s[i]
		var ok bool
		switch shape[i] {
		case '0':
			ok = isDigit(c)
		case 'A':
			ok = c >= 'A' && c <= 'Z'
		case 'a':
			ok = c >= 'a' && c <= 'z'
		default:
			ok = c == shape[i]
		}
		if !ok {
			return false
		}
	}
	return true
}

// takeStamp moves the stamp at the start of s, in either form, into the line
// and returns the rest.
func (line *Line) takeStamp(s string) (rest string, ok bool) {
	n := runnerStampLen(s)
	if n == 0 {
		n = webStampLen(s)
	}
	if n == 0 {
		return s, false
	}
	line.Stamped, line.Stamp = true, s[:n]
	return strings.TrimPrefix(s[n:], " "), true
}

// scrub returns raw as a string without escape sequences, control bytes (tabs
// stay), zero-width and bidirectional controls, byte order marks among them;
// bytes that are not UTF-8 become U+FFFD. What could move a terminal's cursor
// to a new line becomes a blank, so that words do not grow together.
func scrub[T []byte | string](text T) string {
	for len(text) > 0 && text[len(text)-1] == '\r' {
		text = text[:len(text)-1]
	}
	i := plainLen(text)
	if i == len(text) {
		return string(text)
	}
	raw := []byte(text)
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
func plainLen[T []byte | string](s T) int {
	for i := range len(s) {
		if special[s[i]] {
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

func isDigit(c byte) bool {
	return c >= '0' && c <= '9'
}
