package render

import (
	"strings"
	"testing"
	"unicode"
)

// runnerCommand is a workflow command as the runner understands a line.
type runnerCommand struct {
	name, data string
	properties map[string]string
}

// registered are the commands that the runner knows (the extensions in
// actions/runner src/Runner.Worker/ActionCommandManager.cs).
var registered = map[string]bool{
	"add-mask": true, "add-matcher": true, "add-path": true, "debug": true, "echo": true,
	"endgroup": true, "error": true, "group": true, "internal-set-repo-path": true,
	"notice": true, "remove-matcher": true, "save-state": true, "set-env": true,
	"set-output": true, "stop-commands": true, "warning": true,
}

func isRegistered(name string) bool { return registered[strings.ToLower(name)] }

// parseLine takes a line as the runner does: the newer form, then the older
// (TryParseV2 and TryParse in actions/runner src/Runner.Common/ActionCommand.cs).
func parseLine(line string, known func(string) bool) (runnerCommand, bool) {
	if c, ok := parseV2(line, known); ok {
		return c, true
	}
	return parseV1(line, known)
}

func parseV2(line string, known func(string) bool) (runnerCommand, bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
	if !ok {
		return runnerCommand{}, false
	}
	info, data, ok := strings.Cut(rest, "::")
	if !ok {
		return runnerCommand{}, false
	}
	unescape := replaceAll("%0D", "\r", "%0A", "\n", "%25", "%")
	name, properties, ok := parseInfo(info, ",", known, replaceAll("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%"))
	return runnerCommand{name, unescape(data), properties}, ok
}

func parseV1(line string, known func(string) bool) (runnerCommand, bool) {
	_, rest, ok := strings.Cut(line, "##[")
	if !ok {
		return runnerCommand{}, false
	}
	info, data, ok := strings.Cut(rest, "]")
	if !ok {
		return runnerCommand{}, false
	}
	unescape := replaceAll("%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]", "%25", "%")
	name, properties, ok := parseInfo(info, ";", known, unescape)
	return runnerCommand{name, unescape(data), properties}, ok
}

func parseInfo(info, separator string, known func(string) bool, unescape func(string) string) (string, map[string]string, bool) {
	name, list, _ := strings.Cut(info, " ")
	if !known(name) {
		return "", nil, false
	}
	properties := map[string]string{}
	for _, p := range strings.Split(strings.TrimSpace(list), separator) {
		if key, value, ok := strings.Cut(p, "="); ok && key != "" && value != "" {
			properties[key] = unescape(value)
		}
	}
	return name, properties, true
}

// replaceAll replaces one pair after the other, as the runner does.
func replaceAll(pairs ...string) func(string) string {
	return func(s string) string {
		for i := 0; i < len(pairs); i += 2 {
			s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
		}
		return s
	}
}

// outputLines splits output where the runner does.
func outputLines(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
}

// checkNoCommand fails when the runner would take a line of s as a command,
// known to it today or not.
func checkNoCommand(t *testing.T, s string) {
	t.Helper()
	for _, line := range outputLines(s) {
		if c, ok := parseLine(line, func(string) bool { return true }); ok {
			t.Errorf("the runner takes %.200q as %.200q", line, c.name)
		}
	}
}

func TestParseLine(t *testing.T) {
	for line, want := range map[string]string{
		"::error::x":                        "error x",
		" \t\u00a0::Warning title=a::b%0Ac": "Warning b\nc",
		"a ##[group]x%5D":                   "group x]",
		"##[set-output name=x;]%250A":       "set-output %0A",
		"x ::error::":                       "",
		"::error":                           "",
		"::unknown::":                       "",
		"#[error]":                          "",
	} {
		got := ""
		if c, ok := parseLine(line, isRegistered); ok {
			got = c.name + " " + c.data
		}
		if got != want {
			t.Errorf("parseLine(%q) = %q, want %q", line, got, want)
		}
	}
}
