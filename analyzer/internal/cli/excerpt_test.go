package cli

import (
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

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
