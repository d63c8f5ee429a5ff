//go:build linux && !race

package command_test

import (
	"archive/zip"
	"bufio"
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
	"strconv"
	"strings"
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
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			r, rss := diagnose(t, program, "-", written(func(w *bufio.Writer) {
				for i := range tt.n {
					w.WriteString(strings.ReplaceAll(tt.each, "%", strconv.Itoa(i))) // errors stay with w
				}
			}))
			if r.Verdict != tt.verdict || rss > maxRSS {
				t.Errorf("%s, with %d MiB", r.Verdict, rss>>10)
			}
		})
	}
	t.Run("zip of zips", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "logs.zip")
		writeZipOfZips(t, path, 10, 100)
		r, rss := diagnose(t, program, path, nil)
		if r.Verdict != report.Explained || !r.Source.Damaged || rss > maxRSS {
			t.Errorf("%s, damaged: %t, with %d MiB", r.Verdict, r.Source.Damaged, rss>>10)
		}
	})
	t.Run("9000 publishes", func(t *testing.T) {
		r, rss := diagnose(t, program, "-", release(9000))
		if len(r.Published) != 9000 || len(r.Notes) > 0 || rss > 2*maxRSS {
			t.Errorf("%d packages, notes %q, with %d MiB", len(r.Published), r.Notes, rss>>10)
		}
	})
}

const stamp = "2026-11-23T03:24:41.1000000Z "

// hostile are logs that are all jobs, all steps or all attempts; % is a number.
var hostile = []struct {
	name    string
	n       int
	each    string
	verdict report.Verdict
}{
	{"jobs of gh", 50_000, "job %\tstep\t" + stamp + "hello\n", report.NoPublish},
	{"jobs of act", 50_000, "[ci/job %]   | hello\n", report.NoPublish},
	{"steps that fail", 20_000, stamp + "##[group]Run npm publish %\n" + stamp + "##[endgroup]\n" + stamp + "npm error code E404\n" +
		stamp + "##[error]Process completed with exit code 1.\n", report.Explained},
	{"jobs of gh that publish", 50_000, "job %\tRun npm publish\t" + stamp + "##[group]Run npm publish\njob %\tRun npm publish\t" + stamp + "##[endgroup]\n" +
		"job %\tRun npm publish\t" + stamp + "npm error code E404\njob %\tRun npm publish\t" + stamp + "##[error]Process completed with exit code 1.\n", report.Explained},
	{"150,000 steps that fail", 150_000, stamp + "##[group]Run npm publish %\n" + stamp + "##[endgroup]\n" + stamp + "npm error code E404\n" +
		stamp + "##[error]Process completed with exit code 1.\n", report.Explained},
	{"steps of different packages that fail", 50_000, stamp + "##[group]Run npm publish %\n" + stamp + "##[endgroup]\n" +
		stamp + "npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\n" + stamp + "npm error code E404\n" +
		stamp + "npm error 404 Not Found - PUT https://registry.npmjs.org/@acme/w% - Not found\n" +
		stamp + "##[error]Process completed with exit code 1.\n", report.Explained},
	{"actions that fail to publish", 70_000, stamp + "##[group]Run JS-DevTools/npm-publish@v%\n" + stamp + "with:\n" + stamp + "  token: ***\n" + stamp + "##[endgroup]\n" +
		stamp + "npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\n" + stamp + "npm error code E404\n" +
		stamp + "npm error 404 Not Found - PUT https://registry.npmjs.org/@acme/widget - Not found\n" +
		stamp + "##[error]Process completed with exit code 1.\n", report.Explained},
	{"lines of other tools around a message", 300_000, "a%|b%|c% npm error code E404\n", report.Explained},
	{"one line a million times", 1_000_000, stamp + "added 1 package, and audited 2 packages in 3s\n", report.NoPublish},
	{"one step of many publishes", 20_000, stamp + "##[group]Run npm publish\n" + stamp + "##[endgroup]\n" +
		stamp + "npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\n" + stamp + "+ @acme/w%@1.0.0\n", report.PublishedWithoutProvenance},
}

// written is what write writes. It is made as it is read: a process counts the
// memory of the one that started it.
func written(write func(w *bufio.Writer)) io.Reader {
	r, w := io.Pipe()
	go func() {
		b := bufio.NewWriter(w)
		write(b)
		w.CloseWithError(b.Flush())
	}()
	return r
}

// writeZipOfZips packs the same archive of failed publishes n times. It keeps
// next to nothing of it, as a process counts the memory of the one that started it.
func writeZipOfZips(t *testing.T, path string, n, jobs int) {
	pack := func(to io.Writer, n int, name string, text []byte, method uint16) error {
		zw := zip.NewWriter(to)
		for i := range n {
			w, err := zw.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf(name, i), Method: method})
			if err == nil {
				_, err = w.Write(text)
			}
			if err != nil {
				return err
			}
		}
		return zw.Close()
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	step := strings.ReplaceAll(hostile[5].each, "%", "1")
	var inner bytes.Buffer
	err = pack(&inner, jobs, "0_job %d.txt", []byte(strings.Repeat(step, 3000)), zip.Deflate)
	if err = errors.Join(err, pack(f, n, "logs%d.zip", inner.Bytes(), zip.Store), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// release is the log of a step that publishes n packages.
func release(n int) io.Reader {
	return written(func(b *bufio.Writer) { writeRelease(b, n) })
}

func writeRelease(b *bufio.Writer, n int) {
	line := func(format string, args ...any) { fmt.Fprintf(b, stamp+format+"\n", args...) }
	line("Current runner version: '2.337.0'")
	line("##[group]Run pnpm -r publish")
	line("##[endgroup]")
	for i := range n {
		line("npm notice 📦  @acme/w%d@1.0.0", i)
		for file := range 170 {
			line("npm notice %d.1kB dist/chunk-%d.js", file%90, file*7919)
		}
		line("npm notice name: @acme/w%d", i)
		line("npm notice version: 1.0.0")
		line("npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access")
		line("npm notice publish Signed provenance statement with source and build information from GitHub Actions")
		line("npm notice publish Provenance statement published to transparency log: https://search.sigstore.dev/?logIndex=%d", i)
		line("+ @acme/w%d@1.0.0", i)
	}
}

// measure diagnoses a log and checks what was read, said and needed.
func measure(t *testing.T, program string, size int64, arg string, in io.Reader) {
	t.Helper()
	r, rss := diagnose(t, program, arg, in)
	if r.Source.Bytes < size || r.Verdict != report.Explained || rss > maxRSS {
		t.Errorf("read %d bytes: %s, with %d MiB", r.Source.Bytes, r.Verdict, rss>>10)
	}
}

// diagnose runs the program and returns its report and peak memory in KiB.
func diagnose(t *testing.T, program string, arg string, in io.Reader) (r report.Report, rss int64) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(program, "--offline", "-f", "json", arg)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	rss = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	t.Logf("%d MB, peak memory %d MiB", r.Source.Bytes/1_000_000, rss>>10)
	return r, rss
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
