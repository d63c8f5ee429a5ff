package runlog

import "strings"

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
