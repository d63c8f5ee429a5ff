package render

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/lipgloss"

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
	otp := []report.Diagnosis{{Cause: "otp-required", Confidence: report.Certain}}
	two := []report.Package{{Name: "a"}, {Name: "b"}}
	tests := []struct {
		name string
		in   report.Report
		want string
	}{
		{"one failure", report.Report{Verdict: report.Explained, Incidents: []report.Incident{{Outcome: report.Failed, Diagnoses: old}}},
			"✗ publish failed — npm is too old (likely)"},
		{"one cause, two failures", report.Report{Verdict: report.Explained, Incidents: []report.Incident{{Outcome: report.Failed, Diagnoses: old}, {Outcome: report.Failed, Diagnoses: old}}},
			"✗ 2 publishes failed — npm is too old (likely)"},
		{"two causes", report.Report{Verdict: report.Explained, Incidents: []report.Incident{{Outcome: report.Failed, Diagnoses: old}, {Outcome: report.Failed, Diagnoses: otp}}},
			"✗ 2 publishes failed — npm is too old (likely), and 1 other cause"},
		{"folded", report.Report{Verdict: report.Explained, Incidents: []report.Incident{{Outcome: report.Failed, Packages: two, Diagnoses: otp}}},
			"✗ publish of 2 packages failed — otp-required (certain)"},
		{"partly", report.Report{Verdict: report.PartlyExplained, Incidents: []report.Incident{{Outcome: report.Failed, Diagnoses: old}}},
			"✗ publish failed — npm is too old (likely); some lines are not explained"},
		{"recovered", report.Report{Verdict: report.Explained, Incidents: []report.Incident{{Outcome: report.Recovered, Diagnoses: old}}},
			"✓ published in the end; an earlier attempt failed — npm is too old (likely)"},
		{"no provenance", report.Report{Verdict: report.PublishedWithoutProvenance, Incidents: []report.Incident{{Outcome: report.WithoutProvenance, Diagnoses: old}}},
			"! published without provenance — npm is too old (likely)"},
		{"no provenance, folded", report.Report{Verdict: report.PublishedWithoutProvenance, Incidents: []report.Incident{{Outcome: report.WithoutProvenance, Packages: two}}},
			"! 2 packages published without provenance"},
		{"no provenance, several", report.Report{Verdict: report.PublishedWithoutProvenance, Incidents: []report.Incident{{Outcome: report.WithoutProvenance}, {Outcome: report.WithoutProvenance}}},
			"! 2 publishes without provenance"},
		{"unexplained", report.Report{Verdict: report.Unexplained}, "? publish failed — not in the catalog, so no cause is named"},
		{"nothing", report.Report{Verdict: report.NoPublish}, "– no publish in this log"},
		{"healthy", report.Report{Verdict: report.Healthy}, "✓ nothing failed in this log"},
		{"healthy, one", report.Report{Verdict: report.Healthy, Published: []report.Published{pkg("a", "yes")}}, "✓ published a 1.0.0 with provenance"},
		{"healthy, unknown", report.Report{Verdict: report.Healthy, Published: []report.Published{pkg("a", "unknown")}}, "✓ published a 1.0.0"},
		{"healthy, several", report.Report{Verdict: report.Healthy, Published: []report.Published{pkg("a", "yes"), pkg("b", "yes")}}, "✓ published 2 packages with provenance"},
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
	if got := text(t, &r, Options{}); !strings.Contains(got, "✗ looked") {
		t.Errorf("a check that does not confirm the cause:\n%s", got)
	}
	r.Incidents[0].Diagnoses[0].CheckedOK = true
	if got := text(t, &r, Options{}); !strings.Contains(got, "✓ looked") {
		t.Errorf("a check that confirms the cause:\n%s", got)
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

func TestShellWord(t *testing.T) {
	for in, want := range map[string]string{
		"true":         "true",
		"< 11":         "'< 11'",
		"":             "''",
		"$(reboot)":    "'$(reboot)'",
		"it's; reboot": `'it'\''s; reboot'`,
	} {
		if got := shellWord(in); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestDecisive(t *testing.T) {
	var list []report.Evidence
	for i, s := range []string{"a", "b", "a", "c", "b", "b"} {
		list = append(list, report.Evidence{Symptom: s, Line: int64(i)})
	}
	got := ""
	for _, e := range decisive(list, "b", 4) {
		got += e.Symptom
	}
	if got != "abbb" {
		t.Errorf("decisive evidence is %q, want abbb", got)
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
		if n := lipgloss.Width(line); n > width {
			t.Errorf("%d columns wide, not %d: %q", n, width, line)
		}
	}
}
