package analyzer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/joblog"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// judged is the report of a log as JSON, without what names its container and
// counts its bytes.
func judged(t testing.TB, a *analyzer.Analyzer, log *runlog.Log, err error) string {
	t.Helper()
	if err != nil {
		return "refused"
	}
	r, err := a.Analyze(context.Background(), log, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Source = report.Source{Lines: r.Source.Lines}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func judgedText(t testing.TB, a *analyzer.Analyzer, r io.Reader) string {
	log, err := runlog.OpenText("file", "x.log", r)
	return judged(t, a, log, err)
}

// few hands out few bytes at a time.
type few struct {
	r io.Reader
	n int
}

func (f few) Read(p []byte) (int, error) { return f.r.Read(p[:min(len(p), f.n)]) }

// checkForms compares the report on a text with those on the same text in
// other forms: packed, in chunks, with Windows' line ends, on more cores.
func checkForms(t *testing.T, a *analyzer.Analyzer, text []byte, chunk int) {
	t.Helper()
	want := judgedText(t, a, bytes.NewReader(text))
	same := func(form, got string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s\nwant %s", form, got, want)
		}
	}
	same("in chunks", judgedText(t, a, few{bytes.NewReader(text), chunk}))
	packed, err := gzipOf(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) { // what is packed itself is unpacked twice at most
		same("gzip", judgedText(t, a, bytes.NewReader(packed)))
	}
	before := runtime.GOMAXPROCS(3)
	same("three cores", judgedText(t, a, bytes.NewReader(text)))
	runtime.GOMAXPROCS(before)
}

// checkLineEnds compares a text with LF and with CRLF.
func checkLineEnds(t *testing.T, a *analyzer.Analyzer, text []byte) {
	t.Helper()
	lf := bytes.ReplaceAll(text, []byte("\r"), nil)
	crlf := bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n"))
	if got, want := judgedText(t, a, bytes.NewReader(crlf)), judgedText(t, a, bytes.NewReader(lf)); got != want {
		t.Errorf("CRLF: %s\nwant %s", got, want)
	}
}

// checkZip compares an archive of files with the folder that it unpacks to.
func checkZip(t *testing.T, a *analyzer.Analyzer, members []txtar.File) {
	t.Helper()
	data, err := zipOf(members)
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := runlog.OpenZip("logs", bytes.NewReader(data), int64(len(data)), runlog.Limits{})
	got := judged(t, a, zipped, err)
	dir, err := runlog.OpenDir("logs", dirOf(members), runlog.Limits{})
	if want := judged(t, a, dir, err); got != want {
		t.Errorf("zip: %s\nits files: %s", got, want)
	}
}

// archive puts a text into the files that GitHub's archive has for it.
func archive(text []byte, cut int) []txtar.File {
	cut = min(cut, len(text))
	return []txtar.File{
		{Name: "0_publish.txt", Data: text},
		{Name: "publish/1_Set up job.txt", Data: text[:cut]},
		{Name: "publish/2_Run npm publish.txt", Data: text[cut:]},
		{Name: "1_build.txt", Data: text[cut:]},
	}
}

// TestForms takes the recorded jobs through all of their forms.
func TestForms(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	for _, path := range jobLogs(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".log"), func(t *testing.T) {
			checkForms(t, a, text, 4093)
			checkLineEnds(t, a, text)
			checkZip(t, a, archive(text, len(text)/3))
		})
	}
}

// TestAlwaysTheSame judges logs hundreds of times, on one core and on several.
func TestAlwaysTheSame(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	small, err := os.ReadFile(jobLogs(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, tt := range []struct {
		text  []byte
		times int
	}{{small, 240}, {joblog.Bytes(joblog.Ordinary, 2<<20), 16}} {
		want := judgedText(t, a, bytes.NewReader(tt.text))
		for i := range tt.times {
			runtime.GOMAXPROCS(1 + i%4)
			if got := judgedText(t, a, bytes.NewReader(tt.text)); got != want {
				t.Fatalf("time %d, %d cores: %s\nwant %s", i, 1+i%4, got, want)
			}
		}
	}
}

// FuzzForms looks for texts that are judged differently in another form.
func FuzzForms(f *testing.F) {
	f.Add([]byte("npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found\n"), 7)
	f.Add([]byte("2026-11-23T03:36:44.8380360Z ##[group]Run npm publish\n2026-11-23T03:36:44.8390376Z ##[endgroup]\n2026-11-23T03:36:47.2350370Z npm error code ENEEDAUTH\n2026-11-23T03:36:47.2490728Z ##[error]Process completed with exit code 1.\n"), 100)
	f.Add([]byte("publish\tRun npm publish\t2026-11-23T03:36:47.2350370Z npm notice Publishing to https://registry.npmjs.org/ with tag latest\npublish\tRun npm publish\t2026-11-23T03:36:47.2350370Z + a@1.0.0"), 3)
	f.Add([]byte("\xff\xfen\x00p\x00m\x00 \x00e\x00r\x00r\x00o\x00r\x00 \x00c\x00o\x00d\x00e\x00"), 1)
	a := analyzer.New(patterns.Builtin())
	f.Fuzz(func(t *testing.T, text []byte, n int) {
		n = int(uint(n) % 5000)
		checkForms(t, a, text, 1+n)
		checkZip(t, a, archive(text, n))
		if !bytes.ContainsAny(text, "\x00\xff\xfe\x1f") { // a line end of UTF-16 is no single byte
			checkLineEnds(t, a, text)
		}
	})
}
