package runlog_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

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

func TestOpen(t *testing.T) {
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
		l, err := runlog.Open(write(t, test.name, test.data), runlog.Limits{})
		check(t, l, err, test.kind)
	}
	l, err := runlog.Open(filepath.Dir(write(t, "job.log", []byte(line))), runlog.Limits{})
	check(t, l, err, "dir")
}

func TestOpenFolderKeepsInside(t *testing.T) {
	secret := write(t, "secret.log", []byte("secret\n"))
	dir := filepath.Dir(write(t, "job.log", []byte(line)))
	if err := os.Symlink(secret, filepath.Join(dir, "link.log")); err != nil {
		t.Skip(err)
	}
	l, err := runlog.Open(dir, runlog.Limits{})
	check(t, l, err, "dir")
}

func TestOpenErrors(t *testing.T) {
	if _, err := runlog.Open(filepath.Join(t.TempDir(), "none.log"), runlog.Limits{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	for want, path := range map[string]string{
		"e.log is empty": write(t, "e.log", nil), "e.png is a picture (PNG)": write(t, "e.png", []byte("\x89PNG\r\n")),
		"is empty": t.TempDir(), "damaged zip archive": write(t, "b.zip", []byte("PK\x03\x04")),
	} {
		_, err := runlog.Open(path, runlog.Limits{})
		checkContent(t, err, want)
	}
}

func checkContent(t *testing.T, err error, want string) {
	t.Helper()
	if e, ok := errors.AsType[*runlog.ContentError](err); !ok || !strings.Contains(e.Msg, want) || e.Hint == "" {
		t.Errorf("error = %v, want %q", err, want)
	}
}

// tempDir makes the temporary files of a test visible to it.
func tempDir(t *testing.T) func() int {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	return func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
}

func TestOpenStdin(t *testing.T) {
	left := tempDir(t)
	for kind, data := range map[string][]byte{"stdin": []byte(line), "zip": zipped(t)} {
		l, err := runlog.OpenStdin(iotest.OneByteReader(bytes.NewReader(data)), runlog.Limits{})
		check(t, l, err, kind)
	}
	l, err := runlog.OpenStdin(bytes.NewReader(gzipped(t)), runlog.Limits{})
	check(t, l, err, "stdin")
	if n := left(); n > 0 {
		t.Errorf("%d temporary files are left", n)
	}
}

func TestOpenStdinErrors(t *testing.T) {
	left := tempDir(t)
	boom := errors.New("boom")
	_, err := runlog.OpenStdin(strings.NewReader(""), runlog.Limits{})
	checkContent(t, err, "stdin is empty")
	_, err = runlog.OpenStdin(iotest.ErrReader(boom), runlog.Limits{})
	if !errors.Is(err, boom) {
		t.Errorf("%v", err)
	}
	_, err = runlog.OpenStdin(strings.NewReader("PK\x03\x04"), runlog.Limits{})
	checkContent(t, err, "stdin is a damaged zip archive")
	_, err = runlog.OpenStdin(bytes.NewReader(zipped(t)), runlog.Limits{MaxTotal: 20})
	checkContent(t, err, "larger than 20 bytes")
	if n := left(); n > 0 {
		t.Errorf("%d temporary files are left", n)
	}
}
