package analyzer_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

const wantMember = "want"

// containerFixture is a job log in one of the forms in which people have it.
// The lines "form:" and "of:" of its comment say which form, and which log of
// logs-testdata/jobs it was made from; the member want says what a person must
// see, and the other members are what the container holds.
type containerFixture struct {
	path    string
	archive *txtar.Archive
	form    string
	of      string
}

func containerFixtures(t *testing.T) []*containerFixture {
	t.Helper()
	files, err := filepath.Glob("../logs-testdata/containers/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no containers: %v", err)
	}
	var all []*containerFixture
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &containerFixture{
			path: file, archive: ar,
			form: commentField(ar.Comment, "form"), of: commentField(ar.Comment, "of"),
		})
	}
	return all
}

// commentField returns the value of the line "name: value" of a comment.
func commentField(comment []byte, name string) string {
	for line := range strings.Lines(string(comment)) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// members are the files that make up the container.
func (fx *containerFixture) members() []txtar.File {
	return slices.DeleteFunc(slices.Clone(fx.archive.Files), func(f txtar.File) bool { return f.Name == wantMember })
}

func (fx *containerFixture) want() *txtar.File {
	i := slices.IndexFunc(fx.archive.Files, func(f txtar.File) bool { return f.Name == wantMember })
	if i < 0 {
		fx.archive.Files = slices.Insert(fx.archive.Files, 0, txtar.File{Name: wantMember})
		i = 0
	}
	return &fx.archive.Files[i]
}

// open builds the container in memory and opens it as the program would.
func (fx *containerFixture) open() (*runlog.Log, error) {
	name, members := strings.TrimSuffix(filepath.Base(fx.path), ".txtar"), fx.members()
	switch fx.form {
	case "zip":
		data, err := zipOf(members)
		if err != nil {
			return nil, err
		}
		return runlog.OpenZip(name, bytes.NewReader(data), int64(len(data)), runlog.DefaultLimits())
	case "dir":
		return runlog.OpenDir(name, dirOf(members), runlog.DefaultLimits())
	}
	if len(members) != 1 {
		return nil, fmt.Errorf("%d members in a stream, want 1", len(members))
	}
	switch fx.form {
	case "gzip":
		data, err := gzipOf(members[0].Data)
		if err != nil {
			return nil, err
		}
		return runlog.OpenText("file", name, bytes.NewReader(data))
	case "text":
		return runlog.OpenText("file", name, bytes.NewReader(members[0].Data))
	}
	return nil, fmt.Errorf("unknown form %q", fx.form)
}

// zipOf packs members in their order, names as they are: GitHub's archives
// have no times and no entries for folders.
func zipOf(members []txtar.File) ([]byte, error) {
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, m := range members {
		w, err := zw.Create(m.Name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(m.Data); err != nil {
			return nil, err
		}
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func dirOf(members []txtar.File) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, m := range members {
		fsys[m.Name] = &fstest.MapFile{Data: m.Data, Mode: 0o644}
	}
	return fsys
}

func gzipOf(data []byte) ([]byte, error) {
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	if _, err := zw.Write(data); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// report diagnoses the container.
func (fx *containerFixture) report(t *testing.T, a *analyzer.Analyzer) *report.Report {
	t.Helper()
	log, err := fx.open()
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer log.Close()
	r, err := a.Analyze(context.Background(), log, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rawCause is the first diagnosis of the job log that the container was made from.
func (fx *containerFixture) rawCause(t *testing.T, a *analyzer.Analyzer) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../logs-testdata/jobs", fx.of+".log"))
	if err != nil {
		t.Fatal(err)
	}
	return firstCause(analyze(t, a, fx.of, string(text), nil))
}

// firstCause is empty for a healthy log.
func firstCause(r *report.Report) string {
	if len(r.Incidents) == 0 {
		return ""
	}
	return r.Incidents[0].Diagnoses[0].Cause
}

// update writes what was seen into the fixture.
func (fx *containerFixture) update(t *testing.T, got string) {
	t.Helper()
	fx.want().Data = []byte(got)
	if err := os.WriteFile(fx.path, txtar.Format(fx.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestContainers diagnoses the same job logs in all the forms in which people
// have them: whatever the container, the cause is the raw log's. UPDATE_WANT=1
// writes the want members anew; read the difference before you believe it.
func TestContainers(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	for _, fx := range containerFixtures(t) {
		t.Run(strings.TrimSuffix(filepath.Base(fx.path), ".txtar"), func(t *testing.T) {
			r := fx.report(t, a)
			got := seen(r)
			if os.Getenv("UPDATE_WANT") != "" {
				fx.update(t, got)
			}
			if want := string(fx.want().Data); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if got, want := firstCause(r), fx.rawCause(t, a); got != want {
				t.Errorf("cause %q; the raw log's is %q", got, want)
			}
		})
	}
}
