package cli

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

func TestVerdictCode(t *testing.T) {
	codes := map[report.Verdict]int{
		report.Explained:                  0,
		report.PublishedWithoutProvenance: 0,
		report.Healthy:                    0,
		report.NoPublish:                  0,
		report.PartlyExplained:            1,
		report.Unexplained:                1,
	}
	for verdict, want := range codes {
		if got := verdictCode(verdict); got != want {
			t.Errorf("%s: got %d", verdict, got)
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
