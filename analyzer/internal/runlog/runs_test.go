package runlog

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Logs belong to one run only where the layout says so.
func TestRuns(t *testing.T) {
	const stamp = "2026-06-18T10:00:00.0000000Z npm publish\n"
	for name, tt := range map[string]struct{ files, want []string }{
		"two logs":            {[]string{"a.log", "b.log"}, []string{"a.log", "b.log"}},
		"jobs of a run":       {[]string{"0_build.txt", "1_publish.txt"}, []string{"logs"}},
		"steps of a run":      {[]string{"publish/1_Set up job.txt", "publish/2_Run.txt"}, []string{"logs"}},
		"two runs":            {[]string{"r1/0_publish.txt", "r2/0_publish.txt"}, []string{"r1", "r2"}},
		"a file beside a run": {[]string{"0_publish.txt", "1_build.txt", "notes.log"}, []string{"logs"}},
	} {
		files := fstest.MapFS{}
		for _, f := range tt.files {
			files[f] = &fstest.MapFile{Data: []byte(stamp)}
		}
		l, err := OpenDir("logs", files, DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		members := 0
		for _, p := range l.Runs() {
			got = append(got, p.File)
			members += len(p.Log.Members)
		}
		if !slices.Equal(got, tt.want) || members != len(l.Members) {
			t.Errorf("%s: %s, want %s", name, strings.Join(got, ", "), strings.Join(tt.want, ", "))
		}
	}
}
