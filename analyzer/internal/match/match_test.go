package match

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// small is a catalog with one symptom of each kind and facts of each region.
func small() *patterns.Catalog {
	sym := func(id string, kind patterns.Kind, literal, regex string) patterns.Symptom {
		return patterns.Symptom{ID: id, Kind: kind, Match: []patterns.Matcher{{Literal: literal, Regex: regex}}}
	}
	fact := func(id string, in patterns.In, literal, regex string) patterns.FactDef {
		return patterns.FactDef{ID: id, From: []patterns.Matcher{{Literal: literal, Regex: regex, In: in}}}
	}
	return &patterns.Catalog{
		Symptoms: []patterns.Symptom{
			sym("put", patterns.KindFailure, "404 Not Found - PUT ", `404 Not Found - PUT (?P<url>https?://\S+)`),
			sym("rekor", patterns.KindFailure, "an equivalent entry already exists", ""),
			sym("start", patterns.KindStart, "npm notice Publishing to", ""),
			sym("plus", patterns.KindSuccess, "+ ", `^\+ (?P<package>\S+)@(?P<version>\d\S*)$`),
			sym("exit", patterns.KindContext, "Process completed with exit code", ""),
		},
		Facts: []patterns.FactDef{
			fact("token", patterns.InEnv, "NODE_AUTH_TOKEN:", `^NODE_AUTH_TOKEN: (?P<value>\S+)$`),
			fact("npm", patterns.InDetails, "npm: ", `^npm: (?P<value>\d\S*)$`),
			fact("machine", patterns.InSetup, "Machine name:", `^Machine name: '(?P<value>.*)'$`),
			fact("flag", patterns.InScript, "--provenance", `(?P<value>--provenance)`),
		},
	}
}

const job = "\ufeff" + `2026-11-23T03:36:32.7370184Z Current runner version: '2.337.0'
2026-11-23T03:36:32.7370184Z Machine name: 'box'
2026-11-23T03:36:33.5780220Z Complete job name: publish
2026-11-23T03:36:34.3190688Z ##[group]Run actions/setup-node@v4
2026-11-23T03:36:34.3200400Z with:
2026-11-23T03:36:34.3201284Z   node-version: 22
2026-11-23T03:36:34.3212904Z ##[endgroup]
2026-11-23T03:36:34.4922146Z ##[group]Environment details
2026-11-23T03:36:34.9130032Z npm: 10.9.2
2026-11-23T03:36:34.9132716Z ##[endgroup]
2026-11-23T03:36:44.8380360Z ##[group]Run npm publish --provenance
2026-11-23T03:36:44.8381772Z ` + "\x1b[36;1m" + `npm publish --provenance` + "\x1b[0m" + `
2026-11-23T03:36:44.8381772Z ` + "\x1b[36;1m" + `echo "404 Not Found - PUT https://x/y"` + "\x1b[0m" + `
2026-11-23T03:36:44.8383080Z shell: /usr/bin/bash -e {0}
2026-11-23T03:36:44.8383080Z env:
2026-11-23T03:36:44.8383080Z   NODE_AUTH_TOKEN: ***
2026-11-23T03:36:44.8390376Z ##[endgroup]
2026-11-23T03:36:46.5740184Z npm notice Publishing to https://registry.npmjs.org/ with tag latest
2026-11-23T03:36:46.7680526Z + @acme/core@0.5.0
2026-11-23T03:36:47.2350370Z npm ` + "\x1b[31merr\x1b[39mor 404 Not \x1b[1mFound" + ` - PUT https://registry.npmjs.org/@acme%2futils - Not found
2026-11-23T03:36:47.2490728Z ##[error]Process completed with exit code 1.
2026-11-23T03:36:47.3040296Z Post job cleanup.
`

func scan(t testing.TB, kind, text string) *Scan {
	t.Helper()
	log, err := runlog.OpenText(kind, "x.log", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(small()).Scan(context.Background(), log)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// summary writes events as "id=value@step:line".
func summary(s *Scan) []string {
	var list []string
	for _, ev := range s.Events {
		id, value := "", ev.Value
		if ev.Symptom != nil {
			id, value = ev.Symptom.ID, ev.Captures.Get("package")+ev.Captures.Get("url")
		} else {
			id = ev.Fact.ID
		}
		list = append(list, fmt.Sprintf("%s=%s@%s:%d", id, value, ev.Step.Name, ev.Line))
	}
	return list
}

var wantJob = []string{
	"machine=box@:2",
	"npm=10.9.2@Run actions/setup-node@v4:9",
	"flag=--provenance@Run npm publish --provenance:11",
	"token=***@Run npm publish --provenance:16",
	"start=@Run npm publish --provenance:18",
	"plus=@acme/core@Run npm publish --provenance:19",
	"put=https://registry.npmjs.org/@acme%2futils@Run npm publish --provenance:20",
	"exit=@Run npm publish --provenance:21",
}

func TestScanJob(t *testing.T) {
	s := scan(t, "file", job)
	if got := summary(s); !slices.Equal(got, wantJob) {
		t.Errorf("events:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(wantJob, "\n"))
	}
	if s.Jobs[0].Name != "publish" || !s.Jobs[0].Whole {
		t.Errorf("job = %+v", s.Jobs[0])
	}
	last := s.Jobs[0].Steps[len(s.Jobs[0].Steps)-1]
	if last.Name != "Post job cleanup" || last.Failed || !s.Jobs[0].Steps[2].Failed {
		t.Errorf("steps: last %+v, publish failed %v", last, s.Jobs[0].Steps[2].Failed)
	}
	if s.Lines != 22 {
		t.Errorf("lines = %d, want 22", s.Lines)
	}
}

// However the same lines are packed, the same is found.
func TestScanForms(t *testing.T) {
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	w.Write([]byte(job))
	w.Close()
	forms := map[string]string{
		"crlf": strings.ReplaceAll(job, "\n", "\r\n"),
		"gzip": gz.String(),
	}
	for name, text := range forms {
		if got := summary(scan(t, "file", text)); !slices.Equal(got, wantJob) {
			t.Errorf("%s:\n%s", name, strings.Join(got, "\n"))
		}
	}
}

// Reading byte by byte, or behind hundreds of kilobytes of other output,
// changes nothing but the line numbers.
func TestScanChunks(t *testing.T) {
	log, err := runlog.OpenText("file", "x", iotest.OneByteReader(strings.NewReader(job)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(small()).Scan(context.Background(), log)
	if err != nil || !slices.Equal(summary(s), wantJob) {
		t.Errorf("one byte at a time: %v %v", summary(s), err)
	}
	at := strings.Index(job, "2026-11-23T03:36:44.8380360Z")
	noise := strings.Repeat("2026-11-23T03:36:44.0000000Z building module after module, nothing to see\n", 9000)
	got := summary(scan(t, "file", job[:at]+noise+job[at:]))
	if len(got) != len(wantJob) || got[len(got)-1] != "exit=@Run npm publish --provenance:9021" {
		t.Errorf("behind noise:\n%s", strings.Join(got, "\n"))
	}
}

// The set-up of a second job counts as such, far behind the first one's output.
func TestScanSecondJob(t *testing.T) {
	const stamp = "2026-11-23T03:36:44.0000000Z "
	text := "build\tSet up job\t" + stamp + "Current runner version: '2.337.0'\n" +
		strings.Repeat("build\tRun make\t"+stamp+"building module after module\n", 2000) +
		"publish\tSet up job\t" + stamp + "Current runner version: '2.337.0'\n" +
		"publish\tSet up job\t" + stamp + "Runner name: 'box'\n" +
		"publish\tSet up job\t" + stamp + "Machine name: 'box'\n"
	if got := summary(scan(t, "file", text)); !slices.Equal(got, []string{"machine=box@Set up job:2004"}) {
		t.Errorf("events: %q", got)
	}
}

func TestScanLongLine(t *testing.T) {
	long := "2026-11-23T03:36:44.0000000Z " + strings.Repeat("x", 3<<20) + " an equivalent entry already exists " + strings.Repeat("y", 1<<20)
	s := scan(t, "file", job+long+"\n2026-11-23T03:36:47.2350370Z npm error 404 Not Found - PUT https://a/b\n")
	got := summary(s)
	want := append(slices.Clone(wantJob), "rekor=@Post job cleanup:23", "put=https://a/b@Post job cleanup:24")
	if !slices.Equal(got, want) {
		t.Errorf("events:\n%s", strings.Join(got, "\n"))
	}
}

func TestScanPastes(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"wrapped", "lerna ERR! TLOG error (409) an equivalent\nentry already exists in the log", []string{"rekor=@:1"}},
		{"wrapped and prefixed", "npm error 404 Not\nnpm error 404 Found - PUT https://a/b", []string{"put=https://a/b@:1"}},
		{"quoted", "> npm error 404 Not Found - PUT https://a/b", []string{"put=https://a/b@:1"}},
		{"web copy", "Run npm publish\n  npm publish\n  shell: /usr/bin/bash -e {0}\n  env:\n    NODE_AUTH_TOKEN: ***\nnpm error 404 Not Found - PUT https://a/b\n", []string{"token=***@Run npm publish:5", "put=https://a/b@Run npm publish:6"}},
		{"script source", "Run npm publish\n  echo 404 Not Found - PUT https://a/b\n  shell: /usr/bin/bash -e {0}\nok\n", nil},
		{"compared in a test", "Expected: \"npm error 404 Not Found - PUT https://a/b\"\n", nil},
		{"advice, no head", "Run npm audit fix to fix them\n404 Not Found - PUT https://a/b\n", []string{"put=https://a/b@:2"}},
	}
	for _, tt := range tests {
		if got := summary(scan(t, "stdin", tt.text)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestScanCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	log, err := runlog.OpenText("file", "x", strings.NewReader(job))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(small()).Scan(ctx, log); err != context.Canceled {
		t.Errorf("err = %v, want %v", err, context.Canceled)
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte(job))
	f.Add([]byte("Run x\n  y\n+ a@1.0.0\n##[group]Run z\n##[endgroup]\n"))
	e := New(small())
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := runlog.OpenText("stdin", "x", bytes.NewReader(data))
		if err != nil {
			return
		}
		s, err := e.Scan(context.Background(), log)
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range s.Events {
			if ev.Line < 1 || ev.Line > s.Lines {
				t.Fatalf("line %d of %d", ev.Line, s.Lines)
			}
		}
	})
}
