package analyzer_test

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

var runnerStamps = regexp.MustCompile(`(?m)^(\x{feff}?)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z) `)

// eachLine puts every line through edit.
func eachLine(log string, edit func(n int, line string) string) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(log) {
		n++
		b.WriteString(edit(n, strings.TrimRight(line, "\r\n")) + "\n")
	}
	return b.String()
}

func prefixed(prefix string) func(string) string {
	return func(log string) string {
		return eachLine(log, func(_ int, line string) string { return prefix + line })
	}
}

func jsonOf(log string) string {
	b, err := json.Marshal(log)
	if err != nil {
		panic(err) // a string always can
	}
	return string(b)
}

// forms are what other tools make of a log. None of them loses what it says.
var forms = map[string]func(log string) string{
	"CRLF":        func(log string) string { return strings.ReplaceAll(log, "\n", "\r\n") },
	"CR":          func(log string) string { return strings.ReplaceAll(strings.ReplaceAll(log, "\r", ""), "\n", "\r") },
	"HTML":        html.EscapeString,
	"JSON string": jsonOf,
	"JSON field":  func(log string) string { return `{"id":7,"log":` + jsonOf(log) + `,"truncated":false}` },
	"JSON lines": func(log string) string {
		return eachLine(log, func(_ int, line string) string {
			return `{"log":` + jsonOf(line+"\n") + `,"stream":"stdout","time":"2026-11-23T03:24:41.123456789Z"}`
		})
	},
	"docker compose": prefixed("publish-1  | "),
	"GitLab": func(log string) string {
		return "\x1b[0Ksection_start:1700000000:build\r\x1b[0K\n" + prefixed("2026-11-23T03:24:41.123456Z 00O ")(log)
	},
	"Jenkins":  prefixed("[2026-11-23T03:24:41.123Z] "),
	"seconds":  prefixed("2026-11-23T03:24:41Z "),
	"clock":    prefixed("[03:24:41] "),
	"quoted":   prefixed("> "),
	"indented": prefixed("    "),
	"cat -n": func(log string) string {
		return eachLine(log, func(n int, line string) string { return fmt.Sprintf("%6d\t%s", n, line) })
	},
	"numbered": func(log string) string {
		return eachLine(log, func(n int, line string) string { return fmt.Sprintf("%4d | %s", n, line) })
	},
	"mangled mark": func(log string) string { return "ï»¿" + strings.TrimPrefix(log, "\ufeff") },
	"no stamps":    func(log string) string { return runnerStamps.ReplaceAllString(log, "$1") },
	"cut stamps": func(log string) string {
		return runnerStamps.ReplaceAllStringFunc(log, func(s string) string { return s[strings.LastIndexByte(s, ':')-2:] })
	},
	"console": func(log string) string {
		return eachLine(log, func(_ int, line string) string {
			var b strings.Builder
			for i, r := range []rune(line) {
				if i > 0 && i%100 == 0 {
					b.WriteByte('\n')
				}
				b.WriteRune(r)
			}
			return b.String()
		})
	},
	"quoted HTML":               func(log string) string { return prefixed("> ")(html.EscapeString(log)) },
	"Jenkins instead of stamps": func(log string) string { return runnerStamps.ReplaceAllString(log, "[2026-11-23T03:24:41.123Z] ") },
}

var evidenceLines = regexp.MustCompile(`(?m)^(evidence: .*):\d+$`)

// said is what a report says, but for the numbers of lines.
func said(r *report.Report) string {
	var b strings.Builder
	b.WriteString(evidenceLines.ReplaceAllString(seen(r), "$1"))
	for _, f := range r.Facts {
		fmt.Fprintf(&b, "fact: %s=%s\n", f.ID, f.Value)
	}
	return b.String()
}

// TestWrappings holds that a log says the same in whatever form people have it.
func TestWrappings(t *testing.T) {
	t.Parallel()
	a := analyzer.New(patterns.Builtin())
	files, err := filepath.Glob("../logs-testdata/jobs/*.log")
	if err != nil || len(files) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	names := slices.Sorted(maps.Keys(forms))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := said(analyze(t, a, file, string(text), nil))
		for k, name := range names {
			if (i+k)%3 != 0 { // a third of the pairs takes a third of the time
				continue
			}
			if got := said(analyze(t, a, file, forms[name](string(text)), nil)); got != want {
				t.Errorf("%s: %s: got:\n%s\nwant:\n%s", filepath.Base(file), name, got, want)
			}
		}
	}
}
