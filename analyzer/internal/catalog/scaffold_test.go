package catalog

import (
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/patterns"
)

func TestProposeLiteral(t *testing.T) {
	tests := []struct{ line, want string }{
		{"shipit: the release window is closed until 2026-01-05 (policy P-12)", "shipit: the release window is closed until"},
		{"npm error code E404 the registry at registry.acme.example said no to everything", "said no to everything"},
		{"npm ERR! cannot reach the proxy", "cannot reach the proxy"},
		{"uploading @acme/widget@1.2.3 failed for want of a signature", "failed for want of a signature"},
		{`cannot find the ticket "REL" for this release`, "cannot find the ticket"},
		{"release   window\tis closed", "release window is closed"},
		{"wrote /home/runner/work/x", ""},
		{"1 2 3", ""},
		{"", ""},
	}
	for _, test := range tests {
		got, ok := ProposeLiteral(test.line)
		if ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%q: got %q %v, want %q", test.line, got, ok, test.want)
		}
	}
}

// FuzzScaffold: whatever the line, the scaffold is a catalog whose example
// matches, and what is left to write is pointed at.
func FuzzScaffold(f *testing.F) {
	for _, line := range []string{
		"shipit: the release window is closed until 2026-01-05", `it's "quoted" and \ slashed: {really}`, "# no comment (at all)", "× 失敗しました: the upload was refused",
		"- a list that is none", "a.b*c+ is no pattern [at all]", "key: value and much more", "ÀÉ the words after",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsFunc(line, func(r rune) bool {
			return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfffd || r == 0xfeff || r == 0x2028 || r == 0x2029
		}) {
			t.Skip("such a line is cleaned before")
		}
		text, err := Scaffold{Example: patterns.Collapse(line), Source: "seen in run.log:1"}.SymptomYAML()
		if err != nil {
			return
		}
		own, problems := loadText(text)
		merged, more := Merge(Of(&patterns.Catalog{}), own)
		problems = append(append(problems, more...), merged.LintLenient()...)
		if Errors(problems) {
			t.Errorf("%v\n%s", &ProblemsError{problems}, text)
		}
		if len(problems) < 9 {
			t.Errorf("only %d texts are pointed at:\n%s", len(problems), text)
		}
	})
}

func TestScaffoldTakesFreeIDs(t *testing.T) {
	taken := map[string]bool{"shipit-is-down": true, "shipit-is-down-2-cause": true}
	s := Scaffold{Example: "shipit is down", Taken: func(id string) bool { return taken[id] }}
	text, err := s.SymptomYAML()
	if err != nil || !strings.Contains(text, "- id: shipit-is-down-2\n") || !strings.Contains(text, "- id: shipit-is-down-2-cause-2\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestAppendTo(t *testing.T) {
	const entries = "rows:\n  - id: b\n    why: w\n\ncauses:\n  - id: c\n"
	tests := []struct{ name, file, want string }{
		{"nothing", "", entries},
		{"another key", "symptoms:\n  - id: a\n", "symptoms:\n  - id: a\n\n" + entries},
		{"the same key", "rows: # ours\n  # first\n  - id: a\n\n# next\nsymptoms:\n  - id: a\n",
			"rows: # ours\n  # first\n  - id: a\n\n  - id: b\n    why: w\n\n# next\nsymptoms:\n  - id: a\n\ncauses:\n  - id: c\n"},
		{"without indentation", "rows:\n- id: a\n", "rows:\n- id: a\n\n- id: b\n  why: w\n\ncauses:\n  - id: c\n"},
		{"with more", "rows:\n    - id: a\n", "rows:\n    - id: a\n\n    - id: b\n      why: w\n\ncauses:\n  - id: c\n"},
		{"an empty list", "rows:\ncauses:\n  - id: a\n", "rows:\n  - id: b\n    why: w\ncauses:\n  - id: a\n\n  - id: c\n"},
		{"line ends of Windows", "causes:\r\n  - id: a\r\n", "causes:\n  - id: a\n\n  - id: c\n\nrows:\n  - id: b\n    why: w\n"},
		{"a list in one line", "rows: [{id: a}]\n", ""},
		{"no YAML", "rows:\n  - id: [\n", ""},
		{"two documents", "rows:\n  - id: a\n---\ncauses:\n  - id: x\n", ""},
	}
	for _, test := range tests {
		got, err := AppendTo(test.file, entries)
		if (err != nil) != (test.want == "") || err == nil && got != test.want {
			t.Errorf("%s: %v\n%s", test.name, err, got)
		}
	}
}
