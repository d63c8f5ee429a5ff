package runlog

import (
	"strings"
	"time"
)

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
