package match

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// TestJobsAreBounded holds that thousands of jobs are not kept, that those in
// which a publish failed are, and that the scan says what was left out.
func TestJobsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		text := "hello"
		if i == 2000 {
			text = "npm error code E404"
		}
		fmt.Fprintf(&b, "job %d\tstep\t2026-11-23T03:24:41.1000000Z %s\n", i, text)
	}
	log, err := runlog.OpenText("file", "run.log", strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	scan, err := New(patterns.Builtin()).Scan(context.Background(), log)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(scan.Jobs); n > quietJobs+1 || n+scan.LeftOut != 3000 || len(scan.Notes) == 0 {
		t.Errorf("%d jobs kept, %d left out, notes %q", n, scan.LeftOut, scan.Notes)
	}
	if last := scan.Jobs[len(scan.Jobs)-1]; last.Name != "job 2000" {
		t.Errorf("the last job kept is %s", last.Name)
	}
}
