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
