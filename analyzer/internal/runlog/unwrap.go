package runlog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
)

// maxWrappings is how many forms may be around one another: a log with HTML's
// entities inside JSON behind the prefixes of docker compose, say.
const maxWrappings = 4

// unwrap takes off what other services and tools put around the lines of a
// log, as far as the head of the stream shows that they did, and tells the
// lines' format. Every wrapping is one that most lines have; what only some
// lines have is text.
func unwrap(br *bufio.Reader) (*bufio.Reader, Format, error) {
	for range maxWrappings {
		head, err := peek(br)
		if err != nil {
			return nil, 0, err
		}
		r, format := wrapping(br, head)
		if r == nil {
			return br, format, nil
		}
		br = bufio.NewReaderSize(r, headSize)
	}
	head, err := peek(br)
	return br, detect(string(head)), err
}

// wrapping is a reader of br without its outermost wrapping. Where there is
// none, it is nil, and the format is that of the lines.
func wrapping(br *bufio.Reader, head []byte) (io.Reader, Format) {
	if inJSON(head) {
		return &jsonText{r: br}, 0
	}
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(bytes.TrimRight(head, "\r"), '\r') >= 0 {
		return returns{br}, 0
	}
	if has, replace := entities(head); has {
		return &lineReader{r: br, edit: replace}, 0
	}
	if bytes.HasPrefix(head, mangledBOM) {
		return &lineReader{r: br, edit: func(line []byte) []byte { return bytes.TrimPrefix(line, mangledBOM) }}, 0
	}
	text := string(head)
	format := detect(text)
	if format == FormatNpmDebug || format == FormatAct || format == FormatGH {
		return nil, format
	}
	lines := headLines(text)
	if format == FormatText || format == FormatWeb {
		if cut := commonPrefix(lines); cut != nil {
			return &lineReader{r: br, edit: func(line []byte) []byte { return line[cut(string(line)):] }}, 0
		}
	}
	if bytes.Contains(head, gitLabSection) {
		return &lineReader{r: br, edit: cutSections}, 0
	}
	if width, stamped := consoleWidth(lines); width > 0 {
		return &joiner{r: br, width: width, stamped: stamped}, 0
	}
	return nil, format
}

// returns reads a text whose lines end in carriage returns alone.
type returns struct{ r io.Reader }

func (r returns) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// headLines are the lines of a head that are not blank, the last one only where
// it is whole.
func headLines(head string) []string {
	if i := strings.LastIndexByte(head, '\n'); i >= 0 && len(head) == headSize {
		head = head[:i]
	}
	lines := make([]string, 0, strings.Count(head, "\n")+1)
	for line := range strings.Lines(head) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// mangledBOM is a byte order mark in UTF-8 that was read as Latin-1.
var mangledBOM = []byte("ï»¿")

// lineReader edits the lines of r. Of a line that is longer than a head the
// parts are edited.
type lineReader struct {
	r    *bufio.Reader
	edit func(line []byte) []byte
	filled
}

func (l *lineReader) Read(p []byte) (int, error) {
	return l.read(p, func() {
		line, err := l.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			l.err = err
		}
		n := len(line) - len(bytes.TrimRight(line, "\r\n"))
		l.out = append(l.out[:0], l.edit(line[:len(line)-n])...)
		l.out = append(l.out, line[len(line)-n:]...)
	})
}

// filled is what a reader made and did not hand out yet, and why it makes no
// more.
type filled struct {
	out []byte
	err error
}

// read hands out what fill makes.
func (f *filled) read(p []byte, fill func()) (int, error) {
	for len(f.out) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		fill()
	}
	n := copy(p, f.out)
	f.out = f.out[n:]
	return n, nil
}

// prefixes measure what stands before the text of a line: docker compose's
// service, GitLab's and Jenkins' time stamps, those of other programs, or what
// is left of the runner's own, numbers of lines, quote marks.
var prefixes = []func(line string) int{composeLen, gitLabLen, bracketStampLen, otherStampLen, cutStampLen, numberLen, quoteLen}

// commonPrefix is the prefix that four of five lines have, or nil.
func commonPrefix(lines []string) func(line string) int {
	const fewest = 3
	if len(lines) < fewest {
		return nil
	}
	for _, length := range prefixes {
		n := 0
		for i, line := range lines {
			if length(line) > 0 {
				n++
			}
			if n+len(lines)-i-1 < len(lines)*4/5 {
				break
			}
		}
		if n > 0 && n >= len(lines)*4/5 && n >= fewest {
			return length
		}
	}
	return commonIndent(lines)
}

// commonIndent is the indentation that all lines have, as a code block has.
func commonIndent(lines []string) func(line string) int {
	least := len(lines[0])
	for _, line := range lines {
		least = min(least, len(line)-len(strings.TrimLeft(line, " \t")))
	}
	if least == 0 {
		return nil
	}
	return func(line string) int { return min(least, len(line)-len(strings.TrimLeft(line, " \t"))) }
}

// composeLen measures "web-1  | " (docker compose logs).
func composeLen(s string) int {
	n := 0
	for n < len(s) && (inert.IsWordByte(s[n]) || n > 0 && strings.IndexByte("_.-", s[n]) >= 0) {
		n++
	}
	bar := n + len(s[n:]) - len(strings.TrimLeft(s[n:], " "))
	if n == 0 || bar == n || bar == len(s) || s[bar] != '|' {
		return 0
	}
	return bar + 1 + blankLen(s[bar+1:])
}

// gitLabLen measures "2026-11-23T03:24:41.100000Z 00O " (GitLab's runner,
// FF_TIMESTAMPS): the stream's number, its kind, and a plus where the line
// goes on with the one above.
func gitLabLen(s string) int {
	n := stampLen(s)
	if n == 0 || !hasShape(s[n:], " 00A") || len(s) > n+4 && s[n+4] != ' ' && s[n+4] != '+' {
		return 0
	}
	return min(n+5, len(s))
}

// bracketStampLen measures "[2026-11-23T03:24:41.100Z] " (Jenkins' timestamper)
// and "[03:24:41] ".
func bracketStampLen(s string) int {
	if !strings.HasPrefix(s, "[") {
		return 0
	}
	n := 1 + max(stampLen(s[1:]), clockLen(s[1:]))
	if n == 1 || n >= len(s) || s[n] != ']' {
		return 0
	}
	return n + 1 + blankLen(s[n+1:])
}

// otherStampLen measures the stamps of other programs than the runner.
func otherStampLen(s string) int {
	n := max(stampLen(s), clockLen(s))
	if n == 0 || runnerStampLen(s) > 0 || n < len(s) && s[n] != ' ' && s[n] != '\t' {
		return 0
	}
	return n + blankLen(s[n:])
}

// cutStampLen measures what is left of a stamp of which a copy lost the
// beginning: "24:41.1000000Z ".
func cutStampLen(s string) int {
	n := strings.IndexByte(s[:min(len(s), len(runnerStamp))], 'Z')
	if n < 2 || strings.Trim(s[:n], "0123456789T:.-") != "" || n+1 < len(s) && s[n+1] != ' ' {
		return 0
	}
	return n + 1 + blankLen(s[n+1:])
}

// numberLen measures a line's number in the forms that lineNumberLen takes, or
// behind blanks and before a tab or one blank.
func numberLen(s string) int {
	if n := lineNumberLen(s); n > 0 {
		return n
	}
	start := len(s) - len(strings.TrimLeft(s, " \t"))
	n := start + digits(s[start:])
	if n == start || n-start > 6 || n < len(s) && s[n] != ' ' && s[n] != '\t' && s[n] != ':' {
		return 0
	}
	if n < len(s) && s[n] == ':' {
		n++
	}
	return n + blankLen(s[n:])
}

// quoteLen measures quote marks, also indented ones.
func quoteLen(s string) int {
	indent := len(s) - len(strings.TrimLeft(s, " \t"))
	rest := unquote(s[indent:])
	if len(rest) == len(s)-indent {
		return 0
	}
	return len(s) - len(rest)
}

func blankLen(s string) int {
	if s != "" && (s[0] == ' ' || s[0] == '\t') {
		return 1
	}
	return 0
}

// stampLen measures a date with a time in the forms of RFC 3339 and ISO 8601,
// whatever the number of digits.
func stampLen(s string) int {
	const date = "0000-00-00"
	if !hasShape(s, date) || len(s) == len(date) || s[len(date)] != 'T' && s[len(date)] != ' ' {
		return 0
	}
	n := clockLen(s[len(date)+1:])
	if n == 0 {
		return 0
	}
	return len(date) + 1 + n
}

// clockLen measures a time of day, with its fraction and zone.
func clockLen(s string) int {
	if !hasShape(s, "00:00:00") {
		return 0
	}
	n := len("00:00:00")
	if n < len(s) && (s[n] == '.' || s[n] == ',') && digits(s[n+1:]) > 0 {
		n += 1 + digits(s[n+1:])
	}
	for _, zone := range []string{"Z", "+00:00", "-00:00", "+0000", "-0000"} {
		if hasShape(s[n:], zone) {
			return n + len(zone)
		}
	}
	return n
}

var gitLabSection = []byte("section_start:")

// cutSections drops the marks of GitLab's sections, which a terminal does not
// show: "section_start:1700000000:name\r\x1b[0K".
func cutSections(line []byte) []byte {
	for _, mark := range [][]byte{gitLabSection, []byte("section_end:")} {
		for {
			i := bytes.Index(line, mark)
			if i < 0 {
				break
			}
			end := bytes.Index(line[i:], []byte("\r\x1b[0K"))
			if end < 0 {
				break
			}
			line = append(line[:i:i], line[i+end+len("\r\x1b[0K"):]...)
		}
	}
	return line
}

var markup = lazy.Regexp(`</?[a-zA-Z][^<>]*>`)

// entities tells whether head is text of a web page's source, where some
// characters are written as entities, and replaces them in a line. Where the
// same characters stand bare as well, programs printed the entities.
func entities(head []byte) (bool, func(line []byte) []byte) {
	if bytes.IndexByte(head, '&') < 0 {
		return false, nil
	}
	pairs := []struct {
		bare     byte
		entities []string
	}{{'"', []string{"&quot;", "&#34;", "&#x22;"}}, {'<', []string{"&lt;", "&#60;"}}, {'\'', []string{"&#39;", "&#x27;", "&apos;"}}, {'>', []string{"&gt;"}}}
	for _, p := range pairs {
		for _, e := range p.entities {
			if bytes.Contains(head, []byte(e)) && bytes.IndexByte(markup().ReplaceAll(head, nil), p.bare) < 0 { // attributes have quotes of their own
				escapes := escaped()
				return true, func(line []byte) []byte { return []byte(escapes.Replace(string(line))) }
			}
		}
	}
	return false, nil
}

// escaped undoes what browsers and template libraries escape, by name or number.
// The standard library's table of all 2,231 names would be a hundredth of the
// page's program.
func escaped() *strings.Replacer {
	names := []string{"&quot;", `"`, "&lt;", "<", "&gt;", ">", "&amp;", "&", "&apos;", "'", "&nbsp;", " ", "&#160;", " ", "&#xa0;", " ", "&#xA0;", " "}
	for _, c := range "\"'<>&`=/+" {
		for _, form := range []string{"&#%d;", "&#%03d;", "&#x%x;", "&#x%X;"} {
			names = append(names, fmt.Sprintf(form, c), string(c))
		}
	}
	return strings.NewReplacer(names...)
}

// consoleWidth is the width at which a console broke the lines, or 0. Broken
// lines are all of that width, and no line is longer; stamped says that only
// whole lines begin with the runner's stamp.
func consoleWidth(lines []string) (width int, stamped bool) {
	const narrowest, widest, fewest = 60, 400, 2
	full := 0 // lines of that width
	for _, line := range lines {
		if len(line) < width {
			continue
		}
		switch l := utf8.RuneCountInString(line); {
		case l > widest:
			return 0, false
		case l > width:
			width, full = l, 1
		case l == width:
			full++
		}
	}
	if width < narrowest || full < fewest {
		return 0, false
	}
	goesOn, alone, address := 0, 0, false
	for i, line := range lines[1:] {
		before := lines[i]
		isFull := len(before) >= width && utf8.RuneCountInString(before) == width
		switch {
		case runnerStampLen(strings.TrimPrefix(line, "\ufeff")) > 0:
		case isFull:
			goesOn++
		default:
			alone++
		}
		lastWord := before[strings.LastIndexByte(before, ' ')+1:]
		address = address || isFull && strings.Contains(lastWord, "://") && isBroken(before, line)
	}
	switch {
	case goesOn >= fewest && alone == 0 && runnerStampLen(strings.TrimPrefix(lines[0], "\ufeff")) > 0:
		return width, true
	case address && full*20 >= len(lines): // an address that goes on in the next line
		return width, false
	}
	return 0, false
}

// isBroken tells whether next may go on with line in the middle of a word.
func isBroken(line, next string) bool {
	return isGraphic(line[len(line)-1]) && next != "" && isGraphic(next[0]) && runnerStampLen(next) == 0
}

func isGraphic(c byte) bool {
	return c > ' ' && c < 0x7f && c != '|' && c != '=' && c != '-' && c != '*' && c != '#'
}

// joiner joins the lines that a console broke.
type joiner struct {
	r     *bufio.Reader
	width int
	// stamped tells that any line without a stamp goes on with the one above.
	stamped bool

	last string // the line before, where it was full
	end  []byte // its line end
	filled
}

func (j *joiner) Read(p []byte) (int, error) { return j.read(p, j.fill) }

func (j *joiner) fill() {
	line, err := j.r.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		j.err = err
	}
	text := bytes.TrimRight(line, "\r\n")
	j.out = j.out[:0]
	if j.last != "" && !j.joins(string(text)) {
		j.out = append(j.out, j.end...)
	}
	j.out = append(j.out, text...)
	j.last, j.end = "", append(j.end[:0], line[len(text):]...)
	if utf8.RuneCount(text) == j.width {
		j.last = string(text)
		return
	}
	j.out = append(j.out, j.end...)
}

func (j *joiner) joins(next string) bool {
	if j.stamped {
		return runnerStampLen(next) == 0
	}
	return isBroken(j.last, next)
}

// inJSON tells whether a log stands in the strings of a JSON text: as one
// string, as a field of an object, or as one object for each line (docker's
// json-file driver). What npm prints with --json holds few line ends in strings.
func inJSON(head []byte) bool {
	start := bytes.TrimLeft(head, "\ufeff \t\r\n")
	if len(start) == 0 || strings.IndexByte(`{["`, start[0]) < 0 {
		return false
	}
	if bytes.Contains(start, []byte(`"msg":`)) && bytes.Contains(start, []byte(`"job":`)) {
		return false // act --json, whose fields say more
	}
	if start[0] == '[' && (len(start) == 1 || strings.IndexByte("{\" \n\r", start[1]) < 0) {
		return false
	}
	const fewest = 3
	escaped := bytes.Count(start, []byte(`\n`))
	return escaped >= fewest && escaped+1 >= bytes.Count(bytes.TrimSpace(start), []byte("\n"))
}

// jsonText reads the strings of a JSON text as lines: values, without the keys
// before them and without what a log driver says of a line.
type jsonText struct {
	r     *bufio.Reader
	key   string
	text  []byte // of the string that was last read, if it may be a key
	state jsonState
	high  rune // the first half of a surrogate pair
	filled
}

type jsonState int

const (
	jsonOutside jsonState = iota
	jsonPending           // behind a string that may be a key
	jsonString            // in a string
	jsonLong              // in one that is too long for a key
)

func (j *jsonText) Read(p []byte) (int, error) { return j.read(p, j.fill) }

// fill handles some bytes.
func (j *jsonText) fill() {
	for len(j.out) < 4096 && j.err == nil {
		c, err := j.r.ReadByte()
		if err != nil {
			j.err = err
			j.flush()
			return
		}
		j.take(c)
	}
}

func (j *jsonText) take(c byte) {
	const longestKey = 200
	switch j.state {
	case jsonOutside, jsonPending:
		switch {
		case c == '"':
			j.flush()
			j.state = jsonString
		case c == ':' && j.state == jsonPending:
			j.key, j.text, j.state = string(j.text), j.text[:0], jsonOutside
		case c == ',' || c == '}' || c == ']':
			j.flush()
		}
		return
	}
	switch {
	case c == '"' && j.state == jsonString:
		j.state = jsonPending
		return
	case c == '"':
		j.flush()
		return
	case c == '\\':
		j.escape()
	default:
		j.text = append(j.text, c)
	}
	if j.state == jsonLong || len(j.text) > longestKey {
		j.state = jsonLong
		j.out = append(j.out, j.text...)
		j.text = j.text[:0]
	}
}

// flush ends the value that was read, if any.
func (j *jsonText) flush() {
	switch {
	case j.state == jsonOutside:
		return
	case j.state != jsonLong && (j.key == "stream" || j.key == "time" || j.key == "timestamp" || j.key == "level"):
	default:
		j.out = append(j.out, j.text...)
		if n := len(j.out); n == 0 || j.out[n-1] != '\n' {
			j.out = append(j.out, '\n')
		}
	}
	j.text, j.key, j.state = j.text[:0], "", jsonOutside
}

// escape reads what stands behind a back slash.
func (j *jsonText) escape() {
	c, err := j.r.ReadByte()
	if err != nil {
		j.err = err
		return
	}
	switch c {
	case 'n':
		c = '\n'
	case 't':
		c = '\t'
	case 'r':
		c = '\r'
	case 'b', 'f':
		c = ' '
	case 'u':
		j.unicode()
		return
	}
	j.text = append(j.text, c)
}

func (j *jsonText) unicode() {
	hex, err := j.r.Peek(4)
	if err != nil {
		return
	}
	var r rune
	for _, c := range hex {
		d := strings.IndexByte("0123456789abcdef", c|0x20)
		if d < 0 {
			return
		}
		r = r<<4 | rune(d)
	}
	j.r.Discard(len(hex)) // they were peeked at
	if utf16.IsSurrogate(r) && j.high == 0 {
		j.high = r
		return
	}
	if j.high != 0 {
		r, j.high = utf16.DecodeRune(j.high, r), 0
	}
	j.text = utf8.AppendRune(j.text, r)
}
