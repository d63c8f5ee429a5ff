package runlog

import "strings"

// npmDebug turns a line of npm's debug log, "36 error code E404", into what
// npm prints on a console, "npm error code E404" (npm lib/utils/log-file.js,
// lib/utils/format.js). The prefix is the one of npm 10 and newer, whatever
// version wrote the log: it says nothing about the version.
func npmDebug(s string) string {
	if rest, ok := npmDebugEvent(s); ok {
		return "npm " + rest
	}
	return s
}

// npmDebugEvent cuts the counter off an event of the debug log.
func npmDebugEvent(s string) (event string, ok bool) {
	n := digits(s)
	if n == 0 || n > 6 || n == len(s) || s[n] != ' ' {
		return "", false
	}
	event = s[n+1:]
	level, _, _ := strings.Cut(event, " ")
	switch level {
	case "silly", "verbose", "info", "timing", "http", "notice", "warn", "error", "silent":
		return event, true
	}
	return "", false
}
