package runlog

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const oneLog = "2026-11-20T10:00:00.1000000Z Current runner version: '2.337.0'\n2026-11-20T10:00:00.2000000Z Complete job name: publish\n"

func runsOf(l *Log) []string {
	var names []string
	for _, part := range l.Runs() {
		names = append(names, part.File)
	}
	return names
}

func TestOpenFiles(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"a.log": oneLog, "b.log": oneLog, "run.zip": string(zipOf(t, file{"0_publish.txt", oneLog}))} {
		if err := os.WriteFile(path(name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	l, err := OpenFiles([]string{path("a.log"), path("run.zip"), path("b.log")}, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got, want := runsOf(l), []string{path("a.log"), path("run.zip"), path("b.log")}; !slices.Equal(got, want) {
		t.Errorf("runs %q", got)
	}
	if _, err := OpenFiles([]string{path("a.log"), path("none.log")}, DefaultLimits()); err == nil {
		t.Error("no error without the file")
	}
	if _, err := OpenFiles(make([]string, mostSeveral+1), DefaultLimits()); err == nil {
		t.Error("no error for too many")
	}
}

// The archives of several runs in one are opened, but none inside of those.
func TestArchivesInside(t *testing.T) {
	run := string(zipOf(t, file{"0_publish.txt", oneLog}))
	deep := string(zipOf(t, file{"deeper.zip", run}))
	all := zipOf(t, file{"logs/1.zip", run}, file{"logs/2.zip", run}, file{"deep.zip", deep}, file{"c.log.gz", "x"})
	l, err := OpenZip("all.zip", bytes.NewReader(all), int64(len(all)), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got, want := runsOf(l), []string{"logs/1.zip", "logs/2.zip"}; !slices.Equal(got, want) {
		t.Errorf("runs %q", got)
	}
	if len(l.Notes) != 1 || !strings.Contains(l.Notes[0], "2 archives inside were not opened (deep.zip, c.log.gz)") {
		t.Errorf("notes %q", l.Notes)
	}
}

// What may hold a log and was not read makes the log a damaged one; the archive
// of a package does not.
func TestUnreadArchivesInside(t *testing.T) {
	run := string(zipOf(t, file{"0_publish.txt", oneLog + strings.Repeat(oneLog, 100)}))
	for _, tt := range []struct {
		name, data string
		damaged    bool
	}{
		{"cut.zip", run[:len(run)/2], true},
		{"cut-in-its-name.zip", run[:20], true},
		{"random.zip", "\x8b\x00\xfe\x9c", true},
		{"none.zip", "", true},
		{"deep.zip", string(zipOf(t, file{"in.zip", run[:len(run)/2]})), true},
		{"publish.log.gz", "x", true},
		{"whole.zip", run, false},
		{"acme-widget-1.0.0.tgz", "x", false},
	} {
		all := zipOf(t, file{"0_build.txt", oneLog}, file{tt.name, tt.data})
		l, err := OpenZip("all.zip", bytes.NewReader(all), int64(len(all)), DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		if l.Damaged != tt.damaged || len(l.Notes) == 0 && tt.name != "whole.zip" {
			t.Errorf("%s: damaged %v, notes %q", tt.name, l.Damaged, l.Notes)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The names of a cut archive are kept, so that longer ones than a system has
// are taken for damage.
func TestSalvagedNames(t *testing.T) {
	all := zipOf(t, file{"0_" + strings.Repeat("n", 60_000) + ".txt", oneLog}, file{"1_publish.txt", oneLog})
	all = all[:bytes.LastIndex(all, localMagic)+200]
	l, err := OpenZip("all.zip", bytes.NewReader(all), int64(len(all)), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if len(l.Members) != 1 || l.Members[0].Name != "1_publish.txt" || !l.Damaged {
		t.Errorf("members %q, damaged %v", describe(l), l.Damaged)
	}
}
