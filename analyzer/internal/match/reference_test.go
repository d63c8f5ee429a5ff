package match

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// reference is the obviously correct scan that Engine.Scan must agree with: it
// reads each member whole and searches each line for each literal.
func (e *Engine) reference(t testing.TB, log *runlog.Log) *Scan {
	t.Helper()
	s := &Scan{}
	tr := newTracker(e, s)
	for i := range log.Members {
		r, err := log.Members[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		s.Bytes += int64(len(data))
		tr.open(&log.Members[i])
		for len(data) > 0 {
			line, rest, _ := bytes.Cut(data, newline)
			hits := e.naiveHits(line)
			if tr.walking() || len(hits) > 0 || len(line) > e.sizes.line {
				tr.oneLine(line, hits, false)
			} else {
				tr.skip(1)
			}
			data = rest
		}
		tr.close()
	}
	return s
}

// naiveHits searches a line, and the line without escape sequences, for every
// literal that the filter can find.
func (e *Engine) naiveHits(line []byte) []filter.Hit {
	var hits []filter.Hit
	stripped, runs := inert.StripANSIKept(nil, line, nil, 0)
	find := func(text []byte, place func(int) int) {
		lower := patterns.Lower(string(text))
		for id := range e.byLiteral {
			lit := e.set.Literal(id)
			if len(lit) < filter.MinLen {
				continue
			}
			for from := 0; ; {
				at := strings.Index(lower[from:], lit)
				if at < 0 {
					break
				}
				hits = append(hits, filter.Hit{Pos: place(from + at), ID: id})
				from += at + 1
			}
		}
	}
	find(line, func(p int) int { return p })
	if hasEscapes(line) {
		find(stripped, func(p int) int {
			i := 0
			for i+1 < len(runs) && runs[i+1].At <= p {
				i++
			}
			return runs[i].From + p - runs[i].At
		})
	}
	slices.SortFunc(hits, func(a, b filter.Hit) int {
		if a.Pos != b.Pos {
			return a.Pos - b.Pos
		}
		return a.ID - b.ID
	})
	return slices.Compact(hits)
}

// picture writes down all that a scan holds.
func picture(s *Scan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "lines %d bytes %d dropped %d notes %q\n", s.Lines, s.Bytes, s.Dropped, s.Notes)
	for _, j := range s.Jobs {
		fmt.Fprintf(&b, "job %d %q whole %v\n", j.Index, j.Name, j.Whole)
		for _, st := range j.Steps {
			fmt.Fprintf(&b, "step %d %q %d title %q script %q failed %v published %v errors %+v\n",
				st.Index, st.Name, st.Number, st.Title, st.Script, st.Failed, st.Published, st.Errors)
		}
	}
	for _, ev := range s.Events {
		id := ""
		if ev.Symptom != nil {
			id = "symptom " + ev.Symptom.ID
		} else {
			id = "fact " + ev.Fact.ID
		}
		fmt.Fprintf(&b, "%s=%q %q in %s at %d/%d:%d (%d) %q\n", id, ev.Value, ev.Captures, ev.In, ev.Job.Index, ev.Step.Index, ev.Line, ev.StepLine, ev.Text)
	}
	return b.String()
}

// open opens a text anew for each scan.
func open(t testing.TB, r io.Reader) *runlog.Log {
	t.Helper()
	log, err := runlog.OpenText("stdin", "x", r)
	if err != nil {
		return nil
	}
	return log
}

func scanned(t testing.TB, e *Engine, log *runlog.Log) string {
	t.Helper()
	s, err := e.Scan(context.Background(), log)
	if err != nil {
		t.Fatal(err)
	}
	return picture(s)
}

// withCores runs do as on a machine with n cores.
func withCores(n int, do func() string) string {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	return do()
}

// chunkReader hands out n bytes at a time.
type chunkReader struct {
	r io.Reader
	n int
}

func (c chunkReader) Read(p []byte) (int, error) { return c.r.Read(p[:min(len(p), c.n)]) }

// checkEqualScans compares the scan of a text, on one core and on several, in
// large and in small chunks, with the reference.
func checkEqualScans(t *testing.T, e *Engine, text []byte, chunk int) {
	t.Helper()
	log := open(t, bytes.NewReader(text))
	if log == nil {
		return
	}
	want := picture(e.reference(t, log))
	for name, got := range map[string]string{
		"one core":    withCores(1, func() string { return scanned(t, e, open(t, bytes.NewReader(text))) }),
		"three cores": withCores(3, func() string { return scanned(t, e, open(t, bytes.NewReader(text))) }),
		"in chunks":   scanned(t, e, open(t, chunkReader{bytes.NewReader(text), chunk})),
	} {
		if got != want {
			t.Fatalf("%s:\n%s\nwant:\n%s", name, firstDifference(got, want), "(the reference's lines come second)")
		}
	}
}

// firstDifference shows the first line that differs, of both.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n" + y[i]
		}
	}
	return fmt.Sprintf("%d lines, %d lines", len(x), len(y))
}

// tiny is an engine that cuts logs so small that short texts cross all seams.
func tiny() *Engine {
	e := New(small())
	e.sizes = sizes{block: 256, line: 90, before: 16, after: 64, walked: 150}
	return e
}

// around puts filler of about n bytes around a text: lines of other output, or
// what makes one long line of it.
func around(text []byte, n int, oneLine bool) []byte {
	filler := []byte("2026-11-23T03:36:44.0000000Z building modules\n")
	if oneLine {
		flat := bytes.ReplaceAll(text, newline, []byte(" "))
		return slices.Concat(filler, bytes.Repeat([]byte{'x'}, n), flat, bytes.Repeat([]byte{'y'}, n/2), flat, newline, filler)
	}
	noise := bytes.Repeat(filler, n/len(filler)+1)[:n]
	return slices.Concat([]byte(job), noise, newline, text, newline, noise, text)
}

var referenceSeeds = []string{
	job,
	"npm error 404 Not Found - PUT https://a/b an equivalent entry already exists",
	"\x1b[31mnpm err\x1b[0mor 404 Not \x1b[1mFound - PUT https://a/b\x1b[0m\nan equiva\x1b[1mlent entry already exists",
	"+ a@1.0.0\n##[error]Process completed with exit code 1.\n",
	"a\tb\t2026-11-23T03:36:44.0000000Z npm  error 404 Not\u200b Found - PUT https://a/b\n",
	"^[[31man equivalent^[[0m entry already exists",
	"Run x\n  y\n+ a@1.0.0\n##[group]Run z\n##[endgroup]\n",
}

// TestScanMatchesReference moves texts over all seams, a few bytes at a time.
func TestScanMatchesReference(t *testing.T) {
	e := tiny()
	for _, seed := range referenceSeeds {
		for n := 0; n < 2*e.sizes.block; n += 3 {
			checkEqualScans(t, e, around([]byte(seed), n, n%2 == 0), 1+n)
		}
	}
	for _, seed := range referenceSeeds {
		checkEqualScans(t, New(small()), around([]byte(seed), 700_000, true), 4099)
		checkEqualScans(t, New(small()), around([]byte(seed), 1_200_000, false), 4099)
	}
}

// FuzzScanMatchesReference looks for texts whose scan differs from the
// reference, or with the cores or the chunks.
func FuzzScanMatchesReference(f *testing.F) {
	for i, seed := range referenceSeeds {
		f.Add([]byte(seed), 40*i, i)
	}
	e := tiny()
	f.Fuzz(func(t *testing.T, data []byte, n, chunk int) {
		checkEqualScans(t, e, data, 1+chunk&1023)
		checkEqualScans(t, e, around(data, n&1023, n < 0), 1+chunk&1023)
	})
}

// TestScanLineEnds compares LF with CRLF.
func TestScanLineEnds(t *testing.T) {
	e := tiny()
	for n := range 300 {
		lf := around([]byte(job), n, n%2 == 0)
		crlf := bytes.ReplaceAll(lf, newline, []byte("\r\n"))
		want := scanned(t, e, open(t, bytes.NewReader(lf)))
		got := scanned(t, e, open(t, bytes.NewReader(crlf)))
		_, want, _ = strings.Cut(want, "\n") // the bytes differ
		if _, got, _ = strings.Cut(got, "\n"); got != want {
			t.Errorf("%d bytes around:\n%s", n, firstDifference(got, want))
		}
	}
}
