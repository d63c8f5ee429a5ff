//go:build linux && !race

package command_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/joblog"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// maxRSS bounds the memory of the program, in KiB, whatever it reads.
const maxRSS = 64 << 10

// TestMemoryStaysFlat gives the program logs of 2 GB and looks at how large it
// grew. The race detector multiplies memory, so this runs without it.
func TestMemoryStaysFlat(t *testing.T) {
	if os.Getenv("MEMORY_TESTS") == "" {
		t.Skip("reads 10 GB; make memory runs it")
	}
	const size = 2 << 30
	program := filepath.Join(t.TempDir(), "pubmortem")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/pubmortem").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, kind := range []joblog.Kind{joblog.Ordinary, joblog.Coloured, joblog.OneLine} {
		t.Run(string(kind), func(t *testing.T) {
			measure(t, program, size, "-", joblog.Reader(kind, size))
		})
	}
	t.Run("zip of 5000", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "logs.zip")
		writeArchive(t, path, 5000, size/4900) // those that only build are a little shorter
		measure(t, program, size, path, nil)
	})
}

// measure diagnoses a log and checks what was read, said and needed.
func measure(t *testing.T, program string, size int64, arg string, in io.Reader) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(program, "--offline", "-f", "json", arg)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	var r report.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Source.Bytes < size || r.Verdict != report.Explained {
		t.Errorf("read %d bytes: %s", r.Source.Bytes, r.Verdict)
	}
	rss := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	t.Logf("%d MB, peak memory %d MiB", r.Source.Bytes/1_000_000, rss>>10)
	if rss > maxRSS {
		t.Errorf("the program grew to %d MiB", rss>>10)
	}
}

// writeArchive packs n jobs of size bytes each, of which the last one fails.
// The others are all the same, so that one is packed once.
func writeArchive(t *testing.T, path string, n int, size int64) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	f, err := os.Create(path)
	check(err)
	zw := zip.NewWriter(f)
	failed := joblog.Bytes(joblog.Ordinary, size)
	built, _, _ := bytes.Cut(failed, []byte("2026-11-23T03:37:44.8380360Z ##[group]Run npm publish"))
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	check(err)
	_, err = w.Write(built)
	check(errors.Join(err, w.Close()))
	for i := range n - 1 {
		m, err := zw.CreateRaw(&zip.FileHeader{
			Name: fmt.Sprintf("%d_build %d.txt", i, i), Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(built),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(built)),
		})
		check(err)
		_, err = m.Write(packed.Bytes())
		check(err)
	}
	last, err := zw.Create(fmt.Sprintf("%d_publish.txt", n))
	check(err)
	_, err = last.Write(failed)
	check(errors.Join(err, zw.Close(), f.Close()))
}
