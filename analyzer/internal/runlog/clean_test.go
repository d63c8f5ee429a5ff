package runlog

import (
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

const stamp = "2026-06-18T03:19:23.0699390Z"

func TestClean(t *testing.T) {
	stamped := Line{Stamped: true, Stamp: stamp}
	tests := []struct {
		name   string
		format Format
		raw    string
		want   Line
	}{
		{"raw", FormatRaw, stamp + " npm error code E404", with(stamped, KindOutput, 0, "npm error code E404")},
		{"raw CR", FormatRaw, stamp + " npm error\r", with(stamped, KindOutput, 0, "npm error")},
		{"raw BOM", FormatRaw, "\ufeff" + stamp + " Current runner version: '2.337.0'", with(stamped, KindOutput, 0, "Current runner version: '2.337.0'")},
		{"raw empty", FormatRaw, stamp + " ", with(stamped, KindOutput, 0, "")},
		{"raw empty, blank lost", FormatRaw, stamp, with(stamped, KindOutput, 0, "")},
		{"raw continuation", FormatRaw, "  -----BEGIN KEY-----  ", Line{Indent: 2, Text: "-----BEGIN KEY-----"}},
		{"raw continuation keeps numbers", FormatRaw, "12: text", Line{Text: "12: text"}},
		{"raw indent", FormatRaw, stamp + "   NODE_AUTH_TOKEN: ***", with(stamped, KindOutput, 2, "NODE_AUTH_TOKEN: ***")},
		{"nine digits are no stamp", FormatRaw, "2026-06-18T03:19:23.069939012Z x", Line{Text: "2026-06-18T03:19:23.069939012Z x"}},
		{"grep -n", FormatRaw, "2434:" + stamp + " npm error", with(stamped, KindOutput, 0, "npm error")},
		{"grep -n context", FormatRaw, "2434-" + stamp + " npm error", with(stamped, KindOutput, 0, "npm error")},
		{"grep -n with file", FormatRaw, "run.log:12:" + stamp + " npm error", with(stamped, KindOutput, 0, "npm error")},
		{"grep with file", FormatRaw, "run.log:" + stamp + " npm error", with(stamped, KindOutput, 0, "npm error")},
		{"quoted raw", FormatRaw, "> " + stamp + " npm error", with(stamped, KindOutput, 0, "npm error")},
		{"raw Error: is output", FormatRaw, stamp + " Error: boom", with(stamped, KindOutput, 0, "Error: boom")},

		{"group", FormatRaw, stamp + " ##[group]Run npm publish", with(stamped, KindGroup, 0, "Run npm publish")},
		{"group with blank", FormatRaw, stamp + " ##[group] Inputs", with(stamped, KindGroup, 0, "Inputs")},
		{"endgroup", FormatRaw, stamp + " ##[endgroup]", with(stamped, KindEndGroup, 0, "")},
		{"error", FormatRaw, stamp + " ##[error]Process completed with exit code 1.", with(stamped, KindError, 0, "Process completed with exit code 1.")},
		{"warning", FormatRaw, stamp + " ##[warning]x", with(stamped, KindWarning, 0, "x")},
		{"notice", FormatRaw, stamp + " ##[notice]x", with(stamped, KindNotice, 0, "x")},
		{"debug", FormatRaw, stamp + " ##[debug]x", with(stamped, KindDebug, 0, "x")},
		{"command", FormatRaw, stamp + " ##[command]/usr/bin/docker ps", with(stamped, KindCommand, 0, "/usr/bin/docker ps")},
		{"exec command", FormatRaw, stamp + " [command]/usr/bin/git version", with(stamped, KindCommand, 0, "/usr/bin/git version")},
		{"section", FormatRaw, stamp + " ##[section]Starting: build", with(stamped, KindSection, 0, "Starting: build")},
		{"composite", FormatRaw, stamp + " ##[start-action display=Build;id=b]", with(stamped, KindSection, 0, "start-action display=Build;id=b")},
		{"neutralised tag", FormatRaw, stamp + ` ##[\start-action x]`, with(stamped, KindOutput, 0, `##[\start-action x]`)},
		{"unknown tag", FormatRaw, stamp + " ##[add-mask]x", with(stamped, KindOutput, 0, "##[add-mask]x")},

		{"SGR", FormatRaw, stamp + " \x1b[36;1mnpm publish\x1b[0m", with(stamped, KindOutput, 0, "npm publish")},
		{"SGR in a word", FormatRaw, stamp + " npm er\x1b[31mror\x1b[39m code", with(stamped, KindOutput, 0, "npm error code")},
		{"caret SGR", FormatRaw, stamp + " ^[[36;1mnpm publish^[[0m", with(stamped, KindOutput, 0, "npm publish")},
		{"OSC link", FormatRaw, stamp + " \x1b]8;;https://example.com\x1b\\link\x1b]8;;\a!", with(stamped, KindOutput, 0, "link!")},
		{"C1 CSI in UTF-8", FormatRaw, stamp + " a\u009b31mb", with(stamped, KindOutput, 0, "ab")},
		{"C1 CSI as a byte", FormatRaw, stamp + " a\x9b31mb", with(stamped, KindOutput, 0, "ab")},
		{"incomplete CSI", FormatRaw, stamp + " ab\x1b[3", with(stamped, KindOutput, 0, "ab")},
		{"controls", FormatRaw, stamp + " a\x00b\x08\x7fc\td\x85e", with(stamped, KindOutput, 0, "abc d\ufffde")},
		{"a lone CR parts words", FormatRaw, stamp + " 95%\r100%", with(stamped, KindOutput, 0, "95% 100%")},
		{"zero width and bidi", FormatRaw, stamp + " n\u200bp\u202em \u2066error\u2069", with(stamped, KindOutput, 0, "npm error")},
		{"invalid UTF-8", FormatRaw, stamp + " a\xffb\xf0\x9f\xa6", with(stamped, KindOutput, 0, "a\ufffdb\ufffd\ufffd\ufffd")},
		{"emoji", FormatRaw, stamp + " 🦋  error │ x", with(stamped, KindOutput, 0, "🦋  error │ x")},

		{"gh", FormatGH, "Release\tPublish\t" + stamp + " x", Line{Job: "Release", Step: "Publish", Stamped: true, Stamp: stamp, Text: "x"}},
		{"gh unknown step, BOM", FormatGH, "Release / R\tUNKNOWN STEP\t\ufeff" + stamp + " x", Line{Job: "Release / R", Stamped: true, Stamp: stamp, Text: "x"}},
		{"gh continuation", FormatGH, "Release\tPublish\t  a\tb", Line{Job: "Release", Step: "Publish", Indent: 2, Text: "a b"}},
		{"gh tag", FormatGH, "R\tP\t" + stamp + " ##[error]x", Line{Job: "R", Step: "P", Kind: KindError, Stamped: true, Stamp: stamp, Text: "x"}},
		{"gh grep", FormatGH, "2434:JS - R\tP\t" + stamp + " x", Line{Job: "JS - R", Step: "P", Stamped: true, Stamp: stamp, Text: "x"}},
		{"gh grep context", FormatGH, "2434-JS - R\tP\t" + stamp + " x", Line{Job: "JS - R", Step: "P", Stamped: true, Stamp: stamp, Text: "x"}},
		{"gh grep file", FormatGH, "run.log:24:R\tP\t" + stamp + " x", Line{Job: "R", Step: "P", Stamped: true, Stamp: stamp, Text: "x"}},
		{"gh job with number", FormatGH, "20-linux\tP\t" + stamp + " x", Line{Job: "20-linux", Step: "P", Stamped: true, Stamp: stamp, Text: "x"}},
		{"gh job with colon", FormatGH, "build: linux\tP\t" + stamp + " x", Line{Job: "build: linux", Step: "P", Stamped: true, Stamp: stamp, Text: "x"}},
		{"gh quoted", FormatGH, "> R\tP\t" + stamp + " x", Line{Job: "R", Step: "P", Stamped: true, Stamp: stamp, Text: "x"}},
		{"gh without columns", FormatGH, stamp + " x", with(stamped, KindOutput, 0, "x")},

		{"web error", FormatWeb, "Error: Process completed with exit code 1.", Line{Kind: KindError, Text: "Process completed with exit code 1."}},
		{"web warning", FormatWeb, "Warning: x", Line{Kind: KindWarning, Text: "x"}},
		{"web notice", FormatWeb, "Notice: x", Line{Kind: KindNotice, Text: "x"}},
		{"web indented", FormatWeb, "  Error: x", Line{Indent: 2, Text: "Error: x"}},
		{"web other word", FormatWeb, "TypeError: x", Line{Text: "TypeError: x"}},
		{"web env", FormatWeb, "    NODE_AUTH_TOKEN: ***", Line{Indent: 4, Text: "NODE_AUTH_TOKEN: ***"}},
		{"web stamp", FormatWeb, "Sat, 25 Apr 2026 12:18:01 GMT Error: x", Line{Kind: KindError, Stamped: true, Stamp: "Sat, 25 Apr 2026 12:18:01 GMT", Text: "x"}},
		{"web stamp, short day", FormatWeb, "Thu, 2 Apr 2026 12:18:01 GMT   env:", Line{Stamped: true, Stamp: "Thu, 2 Apr 2026 12:18:01 GMT", Indent: 2, Text: "env:"}},
		{"web date is no stamp", FormatWeb, "Sat, 25 Apr 2026 is a date", Line{Text: "Sat, 25 Apr 2026 is a date"}},
		{"web number and tab", FormatWeb, "12\tError: x", Line{Kind: KindError, Text: "x"}},

		{"text keeps Error:", FormatText, "Error: x", Line{Text: "Error: x"}},
		{"text stamp", FormatText, stamp + " ##[error]x", with(stamped, KindError, 0, "x")},
		{"text gh", FormatText, "R\tP\t" + stamp + " x", Line{Job: "R", Step: "P", Stamped: true, Stamp: stamp, Text: "x"}},
		{"text tabs", FormatText, "a\tb\tc", Line{Text: "a b c"}},
		{"text quote", FormatText, "> npm error code E404", Line{Text: "npm error code E404"}},
		{"text deep quote", FormatText, ">> > npm error", Line{Text: "npm error"}},
		{"text quoted indent", FormatText, ">   env:", Line{Indent: 2, Text: "env:"}},
		{"text banner", FormatText, "> @acme/widget@1.2.3 prepublishOnly", Line{Text: "> @acme/widget@1.2.3 prepublishOnly"}},
		{"text arrow", FormatText, ">>>x", Line{Text: ">x"}},
		{"text numbers: tab", FormatText, "  404\tnpm error", Line{Text: "npm error"}},
		{"text numbers: bar", FormatText, "12 | npm error", Line{Text: "npm error"}},
		{"text numbers: colon", FormatText, "12: npm error", Line{Text: "npm error"}},
		{"text numbers: blanks", FormatText, "12  npm error", Line{Text: "npm error"}},
		{"text numbers and stamp", FormatText, "12\t" + stamp + " x", with(stamped, KindOutput, 0, "x")},
		{"text status", FormatText, "404 Not Found - PUT https://registry.npmjs.org/x", Line{Text: "404 Not Found - PUT https://registry.npmjs.org/x"}},
		{"text status colon", FormatText, "404: Not Found", Line{Text: "404: Not Found"}},
		{"text status blanks", FormatText, "404  The requested resource", Line{Text: "404  The requested resource"}},
		{"text count", FormatText, "705 packages are signed", Line{Text: "705 packages are signed"}},
		{"text clock", FormatText, "10:39:09 done", Line{Text: "10:39:09 done"}},
		{"text lost ESC", FormatText, "[31merror[39m code", Line{Text: "error code"}},
		{"text brackets", FormatText, "[1/4] rate(x[5m]) [E404] [m]", Line{Text: "[1/4] rate(x[5m]) [E404] [m]"}},

		{"act output", FormatAct, "[CI/publish]   | npm error code ENEEDAUTH", Line{Job: "CI/publish", Text: "npm error code ENEEDAUTH"}},
		{"act output, indented", FormatAct, "[CI/publish]   |   x", Line{Job: "CI/publish", Indent: 2, Text: "x"}},
		{"act output, coloured", FormatAct, "\x1b[34m|\x1b[0m npm error", Line{Text: "npm error"}},
		{"act coloured prefix", FormatAct, "\x1b[34m[CI/publish] \x1b[0m⭐ Run Main npm publish", Line{Job: "CI/publish", Step: "npm publish", Kind: KindGroup, Text: "Run npm publish"}},
		{"act start", FormatAct, "[CI/publish] ⭐ Run Main npm publish", Line{Job: "CI/publish", Step: "npm publish", Kind: KindGroup, Text: "Run npm publish"}},
		{"act post", FormatAct, "[CI/publish] ⭐ Run Post actions/checkout@v4", Line{Job: "CI/publish", Step: "Post actions/checkout@v4", Kind: KindGroup, Text: "Post actions/checkout@v4"}},
		{"act failure", FormatAct, "[CI/publish]   ❌  Failure - Main npm publish [1.2s]", Line{Job: "CI/publish", Step: "npm publish", Kind: KindError, Indent: 2, Text: "Failure - Main npm publish"}},
		{"act success", FormatAct, "[CI/a/b]   ✅  Success - Main x", Line{Job: "CI/a/b", Step: "x", Indent: 2, Text: "Success - Main x"}},
		{"act error", FormatAct, "[CI/publish]   ❗  ::error::x", Line{Job: "CI/publish", Kind: KindError, Indent: 2, Text: "x"}},
		{"act error with file", FormatAct, "[CI/publish]   ❗  ::error file=a,line=1::x", Line{Job: "CI/publish", Kind: KindError, Indent: 2, Text: "x"}},
		{"act warning", FormatAct, "[CI/publish]   🚧  ::warning::x", Line{Job: "CI/publish", Kind: KindWarning, Indent: 2, Text: "x"}},
		{"act group", FormatAct, "[CI/publish]   ❓  ::group::x", Line{Job: "CI/publish", Kind: KindGroup, Indent: 2, Text: "x"}},
		{"act endgroup", FormatAct, "[CI/publish]   ❓  ::endgroup::", Line{Job: "CI/publish", Kind: KindEndGroup, Indent: 2}},
		{"act output command", FormatAct, "[CI/publish]   ⚙  ::set-output:: a=b", Line{Job: "CI/publish", Indent: 2, Text: "::set-output:: a=b"}},
		{"act debug", FormatAct, "[CI/publish] [DEBUG] x", Line{Job: "CI/publish", Kind: KindDebug, Text: "x"}},
		{"act dry run", FormatAct, "*DRYRUN* [CI/publish] ⭐ Run Main x", Line{Job: "CI/publish", Step: "x", Kind: KindGroup, Text: "Run x"}},
		{"act end of job", FormatAct, "[CI/publish] 🏁  Job failed", Line{Job: "CI/publish", Text: "🏁  Job failed"}},
		{"act json", FormatAct, `{"job":"CI/publish","level":"info","msg":"npm error\u001b[0m\n","raw_output":true,"step":"Publish"}`, Line{Job: "CI/publish", Step: "Publish", Text: "npm error"}},
		{"act json result", FormatAct, `{"job":"CI/publish","level":"info","msg":"  ❌  Failure - Main Publish","stepResult":"failure"}`, Line{Job: "CI/publish", Step: "Publish", Kind: KindError, Indent: 2, Text: "Failure - Main Publish"}},
		{"act json debug", FormatAct, `{"job":"CI/publish","level":"debug","msg":"x"}`, Line{Job: "CI/publish", Kind: KindDebug, Text: "x"}},
		{"act broken json", FormatAct, `{"job":`, Line{Text: `{"job":`}},

		{"npm debug error", FormatNpmDebug, "36 error code E404", Line{Text: "npm error code E404"}},
		{"npm debug info", FormatNpmDebug, "1 info using npm@10.9.4", Line{Text: "npm info using npm@10.9.4"}},
		{"npm debug empty", FormatNpmDebug, "36 error", Line{Text: "npm error"}},
		{"npm debug other", FormatNpmDebug, "36 apples", Line{Text: "36 apples"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Line{Job: "stale", Text: "stale", Kind: KindError}
			test.format.Clean(&got, []byte(test.raw))
			if got != test.want {
				t.Errorf("Clean(%q)\n got %+v\nwant %+v", test.raw, got, test.want)
			}
		})
	}
}

func with(line Line, kind Kind, indent int, text string) Line {
	line.Kind, line.Indent, line.Text = kind, indent, text
	return line
}

var allFormats = []Format{FormatText, FormatRaw, FormatGH, FormatWeb, FormatAct, FormatNpmDebug}

func TestCleanIgnoresLineEnds(t *testing.T) {
	for _, f := range allFormats {
		for _, raw := range []string{stamp + " x", "R\tP\t" + stamp + " x", "[CI/p]   | x", "3 error x", "", "> x"} {
			var lf, crlf Line
			f.Clean(&lf, []byte(raw))
			f.Clean(&crlf, []byte(raw+"\r"))
			if lf != crlf {
				t.Errorf("%v: %q: LF gives %+v, CRLF %+v", f, raw, lf, crlf)
			}
		}
	}
}

func TestCleanAllocatesOneString(t *testing.T) {
	raw := []byte(stamp + " npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget")
	var line Line
	if n := testing.AllocsPerRun(100, func() { FormatRaw.Clean(&line, raw) }); n > 1 {
		t.Errorf("%v allocations for a plain line, want 1", n)
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		stamp + " ##[error]x", "R\tP\t" + stamp + " x", "> > 12: x", "^[[36;1mx^[[0m", "\x1b]0;x", "[CI/p]   ❗  ::error::x",
		`{"job":"a","msg":"\u001b[31m"}`, "7 error x", "Sat, 25 Apr 2026 12:18:01 GMT x", "\xf0\x9f\xa6\x9b31m", "a\u2028b", "[31m[", "[0\t/]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, format := range allFormats {
			var line, again Line
			format.Clean(&line, raw)
			format.Clean(&again, append(raw[:len(raw):len(raw)], '\r'))
			if line != again && !strings.HasPrefix(strings.TrimLeft(string(raw), " \ufeff"), "{") {
				t.Errorf("%v: %q: %+v, with CR %+v", format, raw, line, again)
			}
			for _, s := range []string{line.Job, line.Step, line.Stamp, line.Text} {
				checkInert(t, s)
			}
			if strings.Trim(line.Text, " ") != line.Text {
				t.Errorf("%v: %q: text %q is not trimmed", format, raw, line.Text)
			}
		}
		checkStripped(t, raw)
	})
}

func checkInert(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\t' || inert.Hidden(r) {
			t.Errorf("%q holds %U", s, r)
		}
	}
}

// checkStripped checks that a block keeps its line ends and comes out the same
// whether it is stripped whole or line by line.
func checkStripped(t *testing.T, raw []byte) {
	t.Helper()
	whole := string(strip(nil, raw))
	var lines []byte
	for i, line := range strings.Split(string(raw), "\n") {
		if i > 0 {
			lines = append(lines, '\n')
		}
		lines = strip(lines, []byte(line))
	}
	if whole != string(lines) {
		t.Errorf("StripANSI(%q) = %q, line by line %q", raw, whole, lines)
	}
}

func BenchmarkClean(b *testing.B) {
	lines := map[string]string{
		"plain":    stamp + " npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found",
		"coloured": stamp + " \x1b[36;1mnpm publish --provenance --access public\x1b[0m",
		"emoji":    stamp + " 🦋  error npm error code E422 │ Unprocessable Entity",
	}
	for name, text := range lines {
		b.Run(name, func(b *testing.B) {
			raw := []byte(text)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			var line Line
			for b.Loop() {
				FormatRaw.Clean(&line, raw)
			}
		})
	}
}

func strip(dst, src []byte) []byte {
	dst, _ = inert.StripANSIKept(dst, src, nil, 0)
	return dst
}

func TestStamp(t *testing.T) {
	tests := []struct {
		in   string
		unix int64
		ok   bool
	}{
		{"2026-04-25T12:18:01.5000000Z", 1777119481, true},
		{"Sat, 25 Apr 2026 12:18:01 GMT", 1777119481, true},
		{"2026-13-25T12:18:01.5000000Z", 0, false},
		{"", 0, false},
		{"yesterday", 0, false},
	}
	for _, test := range tests {
		got, ok := Stamp(test.in)
		if ok != test.ok || ok && got.Unix() != test.unix {
			t.Errorf("Stamp(%q) = %v, %v", test.in, got, ok)
		}
	}
}
