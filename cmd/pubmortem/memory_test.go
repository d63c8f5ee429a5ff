//go:build linux && !race

package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/joblog"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// maxRSS bounds the memory of the program, in KiB, whatever it reads.
const maxRSS = 64 << 10

// TestMemoryStaysFlat gives the program logs of 2 GB and looks at how large it
// grew. The race detector multiplies memory, so this runs without it.
func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 10 GB")
	}
	const size = 2 << 30
	program := filepath.Join(t.TempDir(), "pubmortem")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, kind := range []joblog.Kind{joblog.Ordinary, joblog.Coloured, joblog.OneLine} {
		t.Run(string(kind), func(t *testing.T) {
			measure(t, program, size, "-", joblog.Reader(kind, size))
		})
	}
	t.Run("zip of 5000", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "logs.zip")
		writeArchive(t, path, 5000, size/5000)
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

// writeArchive packs n jobs of size bytes each. They are all the same, so that
// one is packed once.
func writeArchive(t *testing.T, path string, n int, size int64) {
	t.Helper()
	log := joblog.Bytes(joblog.Ordinary, size)
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(log); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	zw := zip.NewWriter(f)
	for i := range n {
		m, err := zw.CreateRaw(&zip.FileHeader{
			Name: fmt.Sprintf("%d_job %d.txt", i, i), Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(log),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(log)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write(packed.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
