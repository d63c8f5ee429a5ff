package render

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// feed deals out texts and numbers from the bytes of a fuzz input.
type feed struct {
	data []byte
	at   int
	// again starts over at the end; else the rest is empty.
	again bool
}

// text is the bytes up to the next NUL.
func (f *feed) text() string {
	if f.at >= len(f.data) && f.again {
		f.at = 0
	}
	rest := f.data[min(f.at, len(f.data)):]
	s, _, _ := bytes.Cut(rest, []byte{0})
	f.at += len(s) + 1
	return string(s)
}

// number is the next byte, or 1 at the end.
func (f *feed) number() int64 {
	if f.again || f.at >= len(f.data) {
		return 1
	}
	f.at++
	return int64(int8(f.data[f.at-1]))
}

// fill sets everything in v, however deep. Lists get one to three entries.
func fill(v reflect.Value, f *feed) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text())
	case reflect.Int, reflect.Int64:
		v.SetInt(f.number())
	case reflect.Bool:
		v.SetBool(f.number()%2 != 0)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), f)
	case reflect.Slice:
		n := int(uint8(f.number())%3) + 1
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), f)
		}
	}
}

// reportFrom makes a report of arbitrary bytes. Its known words are known, so
// that every branch of a renderer is reached.
func reportFrom(data []byte) *report.Report {
	f := &feed{data: data}
	pick := f.number()
	r := new(report.Report)
	fill(reflect.ValueOf(r).Elem(), f)
	verdicts := []report.Verdict{report.Explained, report.PartlyExplained, report.Unexplained, report.PublishedWithoutProvenance, report.Healthy, report.NoPublish, r.Verdict}
	r.Verdict = verdicts[uint64(pick)%uint64(len(verdicts))]
	outcomes := []report.Outcome{report.Failed, report.WithoutProvenance, report.Recovered}
	for i := range r.Incidents {
		r.Incidents[i].Outcome = outcomes[(uint64(pick)+uint64(i))%3]
		if pick%5 == 0 {
			r.Incidents[i].Diagnoses = nil
		}
	}
	return r
}

func addSeeds(f *testing.F, add func(data []byte)) {
	words := "##[error]\x00::error::x\x00\x1b[31mred\x1b[0m\x00日本語日本語日本語\x00#\x00#[x\x00\u202ebidi\u2028\x00" +
		strings.Repeat("long", 60) + "\x00npm_AbCdEfGh1234567890\x00a b c " + strings.Repeat("::word:: ", 20) + "\x00\xff\xfe\x00🇩🇪🇫🇷👨‍👩‍👧1\ufe0f\u20e3\x00\t\r\n\x00"
	add([]byte(words))
	for i := range 7 {
		add(append([]byte{byte(i)}, strings.Repeat(words, 8)...))
	}
	for _, name := range fixtures(f) {
		add(bytes.ReplaceAll(fixtureBytes(f, name), []byte(`"`), []byte{0}))
	}
}

func FuzzTerminal(f *testing.F) {
	addSeeds(f, func(data []byte) {
		f.Add(data, uint8(80), uint8(0))
		f.Add(data, uint8(60), uint8(7))
		f.Add(data, uint8(30), uint8(2))
	})
	f.Fuzz(func(t *testing.T, data []byte, width, flags uint8) {
		r := reportFrom(data)
		o := Options{Width: int(width), Quiet: flags&1 != 0, All: flags&2 != 0, Verbose: flags&4 != 0}
		checkText(t, text(t, r, o))
		o.Color = true
		checkText(t, sgr.ReplaceAllString(text(t, r, o), ""))
		if o.Color = false; width >= 40 {
			withoutSnippets(r)
			checkWidth(t, text(t, r, o), o.Width)
		}
	})
}

// withoutSnippets takes away the only text that may be wider than the terminal.
func withoutSnippets(r *report.Report) {
	for i := range r.Incidents {
		for j := range r.Incidents[i].Diagnoses {
			fix := &r.Incidents[i].Diagnoses[j].Fix
			fix.Snippet, fix.Diff = "", ""
		}
	}
}

func FuzzJSON(f *testing.F) {
	addSeeds(f, func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) {
		r := reportFrom(data)
		got := inJSON(t, r)
		if bytes.ContainsFunc(got, func(c rune) bool { return c != '\n' && (unicode.IsControl(c) || acts(c)) }) {
			t.Errorf("control bytes in\n%q", got)
		}
		if bytes.Contains(got, []byte("##[")) {
			t.Errorf("a workflow command in\n%s", got)
		}
		var back report.Report
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("%v in\n%s", err, got)
		}
		if again := inJSON(t, &back); !bytes.Equal(again, got) {
			t.Errorf("not stable:\n%s", cmp.Diff(string(got), string(again)))
		}
	})
}
