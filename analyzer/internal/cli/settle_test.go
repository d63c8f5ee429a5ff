package cli

import (
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
)

// TestNotesAreSettledByTheirOwn holds that the maintainers' issue stays open
// when a stranger's log, or one that the registry denies, shows a publish.
func TestNotesAreSettledByTheirOwn(t *testing.T) {
	t.Parallel()
	document := func(version, at string) map[string]any {
		return map[string]any{"versions": map[string]any{version: map[string]any{"version": version}}, "time": map[string]any{version: at}}
	}
	tests := []struct {
		name     string
		change   func(*fakegithub.Run)
		document map[string]any
		want     string
	}{
		{"a push", func(*fakegithub.Run) {}, nil, "closed"},
		{"a push that the registry confirms", func(*fakegithub.Run) {}, document("1.2.3", "2030-01-01T00:00:00.000Z"), "closed"},
		{"a version that is not there", func(*fakegithub.Run) {}, document("1.2.2", "2030-01-01T00:00:00.000Z"), "open"},
		{"a version that was there before", func(*fakegithub.Run) {}, document("1.2.3", "2020-01-01T00:00:00.000Z"), "open"},
		{"a pull request", func(r *fakegithub.Run) { r.Event = "pull_request" }, nil, "open"},
		{"a stranger's workflow_run", func(r *fakegithub.Run) { r.Event = "workflow_run" }, nil, "open"},
		{"a fork that is gone", func(r *fakegithub.Run) { r.HeadRepo = "-" }, nil, "open"},
		{"a fork", func(r *fakegithub.Run) { r.HeadRepo = "mallory/widget" }, nil, "open"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := fakegithub.New(t)
			failed := failedRun(101, idToken)
			failed.Status, failed.Event, failed.Jobs = "completed", "push", failed.Jobs[:1]
			srv.AddRun(failed)
			well := healthyRun(102)
			well.Status, well.Event = "completed", "push"
			tt.change(well)
			srv.AddRun(well)
			if tt.document != nil {
				srv.AddDocument("/@acme/widget", tt.document)
			}
			for _, run := range []string{"101", "102"} {
				if code, out, errs := call(t, srv, run, "-R", "acme/widget", "--all-jobs", "--no-user-catalog", "--report-to", "issue"); code != 0 {
					t.Fatalf("run %s: code %d\n%s\n%s", run, code, out, errs)
				}
			}
			if all := srv.Issues(); len(all) != 1 || all[0].State != tt.want {
				t.Errorf("%d issues, the first %+v, want it %s", len(all), all[0], tt.want)
			}
		})
	}
}
