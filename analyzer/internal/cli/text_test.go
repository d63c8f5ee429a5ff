package cli

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

func TestReportCode(t *testing.T) {
	codes := map[report.Verdict]struct{ whole, damaged int }{
		report.Explained:                  {0, 0},
		report.PublishedWithoutProvenance: {0, 0},
		report.Healthy:                    {0, 3},
		report.NoPublish:                  {0, 3},
		report.PartlyExplained:            {1, 1},
		report.Unexplained:                {1, 3},
	}
	for verdict, want := range codes {
		r := &report.Report{Verdict: verdict}
		if got := reportCode(r); got != want.whole {
			t.Errorf("%s: got %d", verdict, got)
		}
		r.Source.Damaged = true
		if got := reportCode(r); got != want.damaged {
			t.Errorf("%s of a damaged log: got %d", verdict, got)
		}
	}
}

func TestBuild(t *testing.T) {
	b := buildOf(&debug.BuildInfo{
		GoVersion: "go1.26.0",
		Main:      debug.Module{Version: "v1.2.3"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef0123"},
			{Key: "vcs.time", Value: "2026-11-02T10:11:12Z"},
			{Key: "vcs.modified", Value: "true"},
		},
	})
	if got, want := b.String(), "v1.2.3 (0123456789ab with changes, 2026-11-02) go1.26.0 "; !strings.HasPrefix(got, want) {
		t.Errorf("got %q", got)
	}
	if got := buildOf(&debug.BuildInfo{}).version; got != "devel" {
		t.Errorf("got %q", got)
	}
}
