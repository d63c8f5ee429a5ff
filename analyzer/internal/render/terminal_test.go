package render

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// sgr is a colour or another rendition, the only escapes that a report may have.
var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// text is a report as Terminal writes it.
func text(tb testing.TB, r *report.Report, o Options) string {
	tb.Helper()
	var out bytes.Buffer
	if err := Terminal(&out, r, o); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func TestVerdicts(t *testing.T) {
	pkg := func(name, provenance string) report.Published {
		return report.Published{Package: report.Package{Name: name, Version: "1.0.0"}, Provenance: provenance}
	}
	old := []report.Diagnosis{{Cause: "npm-too-old", Title: "npm is too old", Confidence: report.Likely}}
	one := &report.Package{Name: "@acme/widget", Version: "1.2.3"}
	two := []report.Package{{Name: "a"}, {Name: "b"}}
	of := func(verdict report.Verdict, list ...report.Incident) report.Report {
		return report.Report{Verdict: verdict, Incidents: list}
	}
	failed := report.Incident{Outcome: report.Failed, Package: one, Diagnoses: old}
	gone := of(report.Explained, failed)
	gone.Published = []report.Published{{Package: *one}}
	tests := []struct {
		name string
		in   report.Report
		want string
	}{
		{"one failure", of(report.Explained, failed), "✗ @acme/widget 1.2.3 was not published"},
		{"no package", of(report.Explained, report.Incident{Outcome: report.Failed, Diagnoses: old}), "✗ The publish failed"},
		{"a step before", of(report.Explained, report.Incident{Outcome: report.Failed, Needed: true, Step: "Run npm install -g npm@11", Diagnoses: old}), "✗ The step “Run npm install -g npm@11” failed"},
		{"staged", report.Report{Verdict: report.Healthy, Published: []report.Published{{Package: *one, Staged: true}}}, "✓ @acme/widget 1.2.3 was staged for a maintainer's approval"},
		{"after the upload", gone, "✗ @acme/widget 1.2.3 was published, but a step after it failed"},
		{"two failures", of(report.Explained, failed, failed), "✗ 2 publish failures, 1 cause"},
		{"folded", of(report.Explained, report.Incident{Outcome: report.Failed, Packages: two, Diagnoses: old}), "✗ 2 packages were not published"},
		{"jobs that failed alike", of(report.Explained, report.Incident{Outcome: report.Failed, Job: "a", Jobs: []string{"a", "b", "c"}, Diagnoses: old}), "✗ The publish failed in 3 jobs"},
		{"recovered", of(report.Explained, report.Incident{Outcome: report.Recovered, Package: one, Diagnoses: old}), "✓ @acme/widget 1.2.3 was published in the end, after a failure"},
		{"no provenance", of(report.PublishedWithoutProvenance, report.Incident{Outcome: report.WithoutProvenance, Package: one, Diagnoses: old}), "! @acme/widget 1.2.3 was published without provenance"},
		{"no provenance, folded", of(report.PublishedWithoutProvenance, report.Incident{Outcome: report.WithoutProvenance, Packages: two}), "! 2 packages were published without provenance"},
		{"unexplained", report.Report{Verdict: report.Unexplained}, "✗ The publish failed"},
		{"nothing", report.Report{Verdict: report.NoPublish}, "– No publish in this log"},
		{"healthy", report.Report{Verdict: report.Healthy}, "✓ Nothing failed in this log"},
		{"healthy, one", report.Report{Verdict: report.Healthy, Published: []report.Published{pkg("a", "yes")}}, "✓ a 1.0.0 was published with provenance"},
		{"healthy, unknown", report.Report{Verdict: report.Healthy, Published: []report.Published{pkg("a", "unknown")}}, "✓ a 1.0.0 was published"},
		{"healthy, several", report.Report{Verdict: report.Healthy, Published: []report.Published{pkg("a", "yes"), pkg("b", "yes")}}, "✓ 2 packages were published with provenance"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, _ := strings.Cut(text(t, &tt.in, Options{Width: 100}), "\n")
			if got != tt.want {
				t.Errorf("verdict is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFoundInCheck(t *testing.T) {
	in := report.Incident{Diagnoses: []report.Diagnosis{{FirstCheck: "Look.", Checked: "looked"}}}
	r := report.Report{Incidents: []report.Incident{in}}
	if got := text(t, &r, Options{}); !strings.Contains(got, "Found: looked (this does not fit)") {
		t.Errorf("a check that does not confirm the cause:\n%s", got)
	}
	r.Incidents[0].Diagnoses[0].CheckedOK = true
	if got := text(t, &r, Options{}); !strings.Contains(got, "Found: looked (this fits)") {
		t.Errorf("a check that confirms the cause:\n%s", got)
	}
}

// TestUnexplainedJobs: jobs that fail alike for no known reason are told once,
// and of those that fail in many ways a few are shown.
func TestUnexplainedJobs(t *testing.T) {
	jobs := func(line string, differing func(i int) any) *report.Report {
		r := &report.Report{Verdict: report.Unexplained}
		for i := range 300 {
			job := fmt.Sprintf("publish (%03d)", i)
			r.Unexplained = append(r.Unexplained,
				report.Evidence{Job: job, Step: "Run npm publish", Line: 8, Text: "npm error code EWHAT"},
				report.Evidence{Job: job, Step: "Run npm publish", Line: 9, Text: fmt.Sprintf(line, differing(i))})
		}
		return r
	}
	number := func(i int) any { return i }
	const alike = "  publish (000) › Run npm publish, and 299 more jobs alike\n  8 │ npm error code EWHAT\n"
	for _, tt := range []struct {
		name, has string
		lines     int
		in        *report.Report
		o         Options
	}{
		{"the same", alike, 15, jobs("npm error unheard of%s", func(int) any { return "" }), Options{}},
		{"of other packages", alike, 15, jobs("npm error %s is unheard of", func(i int) any { return fmt.Sprintf("@acme/widget-%d@1.2.%d", i, i) }), Options{}},
		{"of two codes", "publish (001) › Run npm publish, and 149 more jobs alike\n", 20, jobs("npm error code E40%d", func(i int) any { return 3 + i%2 }), Options{}},
		{"in many ways", "and others: --all\n", 25, jobs("npm error code E%d", number), Options{}},
		{"in many ways, all", "publish (299) › Run npm publish\n", 1000, jobs("npm error code E%d", number), Options{All: true}},
	} {
		got := text(t, tt.in, tt.o)
		if !strings.Contains(got, tt.has) || strings.Count(got, "\n") > tt.lines {
			t.Errorf("%s: %d lines\n%.3000s", tt.name, strings.Count(got, "\n"), got)
		}
	}
	message := rendered(t, Annotations, jobs("npm error code E40%d", func(i int) any { return 3 + i%2 }), Options{})
	if strings.Count(message, "E403") != 1 || strings.Count(message, "E404") != 1 {
		t.Errorf("the annotation: %s", message)
	}
}

// TestPipeCutsNothing checks that quoted lines are whole without a terminal.
func TestPipeCutsNothing(t *testing.T) {
	long := strings.Repeat("npm error ", 50) + "end"
	r := report.Report{Incidents: []report.Incident{{Evidence: []report.Evidence{{Line: 1, Text: long}}}}}
	if got := text(t, &r, Options{}); !strings.Contains(got, long) {
		t.Errorf("the line is cut:\n%s", got)
	}
}

// checkText fails when a text report could do anything but be read.
func checkText(t *testing.T, s string) {
	t.Helper()
	for _, line := range strings.Split(s, "\n") {
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("control bytes in %q", line)
		}
		if strings.Contains(line, "##[") || strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("a workflow command: %q", line)
		}
		if line != strings.TrimRight(line, " ") {
			t.Errorf("trailing blanks: %q", line)
		}
	}
}

// checkWidth fails when a line is wider than the terminal.
func checkWidth(t *testing.T, s string, width int) {
	t.Helper()
	for _, line := range strings.Split(s, "\n") {
		if n := ansi.StringWidth(line); n > width {
			t.Errorf("%d columns wide, not %d: %q", n, width, line)
		}
	}
}

// What another run published, or is known of it, is nothing of an incident's.
func TestTerminalKeepsRunsApart(t *testing.T) {
	widget := report.Package{Name: "@acme/widget", Version: "1.0.0"}
	incident := report.Incident{File: "a.log", Job: "publish", Package: &widget, Outcome: report.Failed, Diagnoses: []report.Diagnosis{{
		Cause: "x", Title: "X", Confidence: report.Certain, FirstCheck: "Open github.com/<owner>/<repo>.",
	}}}
	r := &report.Report{
		Incidents: []report.Incident{incident},
		Published: []report.Published{{Package: widget, File: "b.log"}},
		Facts:     []report.Fact{{ID: facts.RunRepository, File: "b.log", Job: "publish", Value: "acme/other"}},
	}
	var out strings.Builder
	if err := Terminal(&out, r, Options{}); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "was published") || !strings.Contains(text, "github.com/<owner>/<repo>") {
		t.Errorf("what stands in another file counts:\n%s", text)
	}
	r.Facts[0].File, r.Published[0].File = "a.log", "a.log"
	out.Reset()
	if err := Terminal(&out, r, Options{}); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "was published") || !strings.Contains(text, "github.com/acme/other") {
		t.Errorf("what stands in its own file does not count:\n%s", text)
	}
}
