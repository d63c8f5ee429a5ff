package fetch

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

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

func TestStdin(t *testing.T) {
	left := tempDir(t)
	for kind, data := range map[string][]byte{"stdin": []byte(line), "zip": zipped(t)} {
		l, err := Stdin(iotest.OneByteReader(bytes.NewReader(data)), runlog.Limits{})
		check(t, l, err, kind)
	}
	l, err := Stdin(bytes.NewReader(gzipped(t)), runlog.Limits{})
	check(t, l, err, "stdin")
	if n := left(); n > 0 {
		t.Errorf("%d temporary files are left", n)
	}
}

func TestStdinErrors(t *testing.T) {
	left := tempDir(t)
	boom := errors.New("boom")
	_, err := Stdin(strings.NewReader(""), runlog.Limits{})
	checkError(t, err, BadContent, "stdin is empty")
	_, err = Stdin(iotest.ErrReader(boom), runlog.Limits{})
	checkError(t, err, Unreadable, "stdin cannot be read: boom; save the log")
	_, err = Stdin(strings.NewReader("PK\x03\x04"), runlog.Limits{})
	checkError(t, err, BadContent, "stdin is a damaged zip archive")
	_, err = Stdin(bytes.NewReader(zipped(t)), runlog.Limits{MaxTotal: 20})
	checkError(t, err, BadContent, "larger than 20 bytes")
	if n := left(); n > 0 {
		t.Errorf("%d temporary files are left", n)
	}
}
