package excerpt

import (
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// TestExcerpt picks the quoted line of one of two jobs, with those around it,
// as text to read and as a log.
func TestExcerpt(t *testing.T) {
	r := &report.Report{Incidents: []report.Incident{{Evidence: []report.Evidence{{Job: "publish", Line: 30, Text: "npm error code E404"}}}}}
	secret := "npm_" + strings.Repeat("a1B2", 9)
	x := New(r, false)
	at := Place{Job: "publish", Line: 30}
	for i, job := range []string{"test", "publish"} {
		of := &runlog.Member{Job: job}
		for n := 1; n <= 60; n++ {
			l := Line{Member: i, Number: n, Of: of, Line: runlog.Line{Job: job, Text: "line"}}
			switch n {
			case 29:
				l.Kind, l.Text = runlog.KindGroup, "Run npm publish"
			case 30:
				l.Kind, l.Text = runlog.KindError, "npm error code E404"
			case 31:
				l.Text = "token " + secret
			}
			if got := x.At(at, l); got != (job == "publish" && n == 30) || x.Decisive(l) != got {
				t.Errorf("%s:%d is at the place: %v", job, n, got)
			}
			x.Add(l)
		}
	}
	log, text := x.Log(), x.String()
	if strings.Count(log, "\n") != 2*around+1 || !strings.Contains(log, "\n##[group]Run npm publish\n##[error]npm error code E404\n") {
		t.Errorf("the log is\n%s", log)
	}
	if !strings.Contains(text, "\npublish\n") || !strings.Contains(text, "> 30  npm error code E404") || strings.Contains(text, "\ntest\n") {
		t.Errorf("the excerpt is\n%s", text)
	}
	if strings.Contains(log+text, secret) {
		t.Error("a secret is in it")
	}
}
