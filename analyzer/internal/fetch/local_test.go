package fetch

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

const line = "2026-06-18T03:19:23.0699390Z npm error code E404\n"

func zipped(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	fw, err := w.Create("0_publish.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(fw, line); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, line); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// check reads the log's only member and closes the log.
func check(t *testing.T, l *runlog.Log, err error, kind string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if l.Kind != kind || len(l.Members) != 1 || l.Members[0].Format != runlog.FormatRaw {
		t.Fatalf("kind %s, members %+v", l.Kind, l.Members)
	}
	rc, err := l.Members[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(rc); string(got) != line || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if err := errors.Join(rc.Close(), l.Close(), l.Close()); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestLocal(t *testing.T) {
	// The names lie: content decides.
	tests := []struct {
		name string
		data []byte
		kind string
	}{
		{"run.zip", []byte(line), "file"},
		{"run.log", zipped(t), "zip"},
		{"run.txt", gzipped(t), "file"},
	}
	for _, test := range tests {
		l, err := Local(write(t, test.name, test.data), runlog.Limits{})
		check(t, l, err, test.kind)
	}
	l, err := Local(filepath.Dir(write(t, "job.log", []byte(line))), runlog.Limits{})
	check(t, l, err, "dir")
}

func TestLocalFolderKeepsInside(t *testing.T) {
	secret := write(t, "secret.log", []byte("secret\n"))
	dir := filepath.Dir(write(t, "job.log", []byte(line)))
	if err := os.Symlink(secret, filepath.Join(dir, "link.log")); err != nil {
		t.Skip(err)
	}
	l, err := Local(dir, runlog.Limits{})
	check(t, l, err, "dir")
}

func TestLocalErrors(t *testing.T) {
	tests := []struct {
		name, path string
		kind       Kind
		want       string
	}{
		{"missing", filepath.Join(t.TempDir(), "none.log"), NotFound, "none.log does not exist; give "},
		{"empty", write(t, "e.log", nil), BadContent, "e.log is empty; "},
		{"binary", write(t, "e.png", []byte("\x89PNG\r\n")), BadContent, "e.png is a picture (PNG)"},
		{"empty folder", t.TempDir(), BadContent, "is empty; "},
		{"broken archive", write(t, "b.zip", []byte("PK\x03\x04")), BadContent, "damaged zip archive"},
		{"control characters", "no\x1b[31m\nfile", NotFound, `"no\x1b[31m\nfile" does not exist`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Local(test.path, runlog.Limits{})
			checkError(t, err, test.kind, test.want)
		})
	}
}

func TestLocalWithoutPermission(t *testing.T) {
	path := write(t, "run.log", []byte(line))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err == nil {
		f.Close()
		t.Skip("this user may read everything")
	}
	_, err := Local(path, runlog.Limits{})
	checkError(t, err, NoAccess, "run.log cannot be read: permission denied; ")
}

func checkError(t *testing.T, err error, kind Kind, want string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error %v is a %T", err, err)
	}
	if e.Kind != kind || !strings.Contains(err.Error(), want) || e.Hint == "" {
		t.Errorf("error = %v (%v, hint %q), want %q (%v)", err, e.Kind, e.Hint, want, kind)
	}
}
