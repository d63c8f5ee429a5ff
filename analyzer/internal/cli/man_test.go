package cli

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// TestManPage looks at the page's structure, and lets groff look for mistakes
// where it is installed.
func TestManPage(t *testing.T) {
	page := manPage()
	for _, want := range []string{".SH \"NAME\"\n", ".SH \"OPTIONS\"\n", ".SH \"EXIT STATUS\"\n", `\fB\-\-no\-user\-catalog\fR`, `.SS "explain [ID|TEXT]"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, c := range commands() {
		if name := roff(c.name); c.hidden == strings.Contains(page, `.SS "`+name) && c.name != "" {
			t.Errorf("%s: hidden is %v", c.name, c.hidden)
		}
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "'") || strings.ContainsAny(line, "\t\x1b") {
			t.Errorf("not inert: %q", line)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		return
	}
	cmd := exec.Command(groff, "-man", "-ww", "-Tutf8", "-z", "-K", "utf8")
	cmd.Stdin = strings.NewReader(page)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
}

func TestUnexplainedHint(t *testing.T) {
	line := []report.Evidence{{Line: 58}, {Line: 61}}
	tests := []struct {
		source report.Source
		lines  []report.Evidence
		want   string
	}{
		{report.Source{Kind: "file", Name: "run.log", Format: "raw"}, nil, ""},
		{report.Source{Kind: "file", Name: "run.log", Format: "raw"}, line, "--from-log run.log:61 (or show it to somebody: pubmortem excerpt run.log)"},
		{report.Source{Kind: "file", Name: "my run's.log", Format: "text"}, line, `--from-log 'my run'\''s.log:61'`},
		{report.Source{Kind: "file", Name: "run.log", Format: "gh"}, line, "--from-log run.log:LINE"},
		{report.Source{Kind: "run", Name: "acme/widget"}, line, "--from-log FILE:LINE"},
	}
	for _, test := range tests {
		got := unexplainedHint(&report.Report{Source: test.source, Unexplained: test.lines})
		if !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%+v: got %q", test.source, got)
		}
	}
}
