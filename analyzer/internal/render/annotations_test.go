package render

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// checkAnnotations fails unless the runner reads exactly the commands of the
// report and nothing else.
func checkAnnotations(t *testing.T, out string, r *report.Report) []runnerCommand {
	t.Helper()
	var want []command
	for _, kind := range []report.Outcome{report.Failed, report.WithoutProvenance, report.Recovered} {
		want = append(want, commandsOf(r, kind)...)
	}
	got := outputLines(out)
	if strings.Contains(out, "\r") || len(got) != len(want) || strings.Count(out, "\n") != len(want) {
		t.Fatalf("%d lines for %d commands:\n%.2000q", len(got), len(want), out)
	}
	var commands []runnerCommand
	for i, line := range got {
		c, ok := parseV2(line, isRegistered)
		if !ok {
			t.Fatalf("no command: %q", line)
		}
		commands = append(commands, c)
		checkCommand(t, line, c, want[i])
	}
	return commands
}

func checkCommand(t *testing.T, line string, got runnerCommand, want command) {
	t.Helper()
	if strings.Contains(line, "##[") {
		t.Errorf("an older command in %q", line)
	}
	if got.name != want.name || got.properties["file"] != want.file || !strings.HasPrefix(got.properties["title"], outcomeText(outcomeOf(got.name))) {
		t.Errorf("%q is read as %q", line, got)
	}
	for key := range got.properties {
		if key != "title" && key != "file" && key != "line" {
			t.Errorf("%q has a property %q", line, key)
		}
	}
	if file := got.properties["file"]; strings.HasPrefix(file, "/") || strings.Contains("/"+file+"/", "/../") || strings.ContainsAny(file, ":\\\n") {
		t.Errorf("%q leaves the repository", file)
	}
	if whole := strings.TrimSuffix(got.data, " …"); !strings.HasPrefix(want.message, whole) {
		t.Errorf("%q is read as %q", want.message, got.data)
	}
	_, data, _ := strings.Cut(line[2:], "::")
	if n := len(utf16.Encode([]rune(data))); n > maxMessage {
		t.Errorf("a message of %d characters", n)
	}
}

func outcomeOf(command string) report.Outcome {
	return map[string]report.Outcome{"error": report.Failed, "warning": report.WithoutProvenance, "notice": report.Recovered}[command]
}

func TestAnnotations(t *testing.T) {
	fix := report.Fix{Text: "100% sure:\nedit, save.", File: "a,b.yml", Line: 3}
	d := report.Diagnosis{Title: "It is so", Confidence: report.Likely, FirstCheck: "Look.", Checked: "seen", Fix: fix}
	in := report.Incident{Job: "publish", Jobs: []string{"publish", "publish-next", "publish-canary"}, Package: &report.Package{Name: "@acme/a:b", Version: "1"}, Outcome: report.Failed, Diagnoses: []report.Diagnosis{d}}
	got := rendered(t, Annotations, &report.Report{Verdict: report.Explained, Incidents: []report.Incident{in}}, Options{})
	want := "::error title=publish failed · @acme/a%3Ab 1,file=a%2Cb.yml,line=3::" +
		"Cause: It is so (likely)%0ACheck first: Look.%0AFound: seen%0AFix: 100%25 sure: edit, save.%0AWhere: publish and 2 more jobs\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAnnotationsOfNothing(t *testing.T) {
	for verdict, want := range map[report.Verdict]int{report.Healthy: 0, report.NoPublish: 0, report.Unexplained: 1} {
		if got := rendered(t, Annotations, &report.Report{Verdict: verdict}, Options{}); strings.Count(got, "\n") != want {
			t.Errorf("%s: %q, want %d lines", verdict, got, want)
		}
	}
}

func TestAnnotationsAreFew(t *testing.T) {
	for n, want := range map[int]int{9: 9, 10: 10, 11: 10, 500: 10} {
		var r report.Report
		for i := range 3 * n {
			outcome := []report.Outcome{report.Failed, report.WithoutProvenance, report.Recovered}[i%3]
			r.Incidents = append(r.Incidents, report.Incident{Job: "job", Outcome: outcome, Diagnoses: []report.Diagnosis{{Title: "why", Confidence: report.Certain}}})
		}
		counts := map[string]int{}
		for _, c := range checkAnnotations(t, rendered(t, Annotations, &r, Options{}), &r) {
			counts[c.name]++
		}
		for _, name := range []string{"error", "warning", "notice"} {
			if counts[name] != want {
				t.Errorf("%d incidents: %d of %s, want %d", n, counts[name], name, want)
			}
		}
	}
}

func TestIsRepositoryPath(t *testing.T) {
	for path, want := range map[string]bool{
		".github/workflows/release.yml": true, "package.json": true, "a b/ü.yml": true,
		"": false, ".": false, "/etc/passwd": false, "../x": false, "a/../b": false, "a//b": false, `a\b`: false, "C:/x": false,
		"a\nb": false, "a\u202eb": false, "::x": false, " a": false, "a##[b": false,
	} {
		if got := isRepositoryPath(path); got != want {
			t.Errorf("isRepositoryPath(%q) = %v", path, got)
		}
	}
}

func TestEscapeMessage(t *testing.T) {
	for _, s := range []string{"", "a", "%0A\r\n%", strings.Repeat("x", maxMessage), strings.Repeat("x", maxMessage+1), strings.Repeat("%", 2000), strings.Repeat("𝕏", 3000)} {
		got := escapeMessage(s)
		if n := len(utf16.Encode([]rune(got))); n > maxMessage {
			t.Errorf("%.20q: %d characters", s, n)
		}
		back := replaceAll("%0D", "\r", "%0A", "\n", "%25", "%")(got)
		if whole, cut := strings.CutSuffix(back, " …"); !cut && back != s || cut && (!strings.HasPrefix(s, whole) || len(whole) == 0) {
			t.Errorf("escapeMessage(%.20q) = %.20q", s, got)
		}
	}
}

func TestAnnotationsAreInert(t *testing.T) {
	check := func(t *testing.T, r *report.Report) {
		checkAnnotations(t, rendered(t, Annotations, r, Options{}), r)
	}
	hostileReports(t, check)
	check(t, manyBackticks())
}

func FuzzAnnotations(f *testing.F) {
	addSeeds(f, func(data []byte) { f.Add(data) })
	for _, s := range hostileTexts {
		f.Add([]byte(strings.Repeat(s+"\x00", 40)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := reportFrom(data)
		checkAnnotations(t, rendered(t, Annotations, r, Options{}), r)
	})
}
