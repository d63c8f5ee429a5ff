package runlog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

func TestDetect(t *testing.T) {
	raw := stamp + " npm error code E404\n"
	tests := []struct {
		name, head string
		want       Format
	}{
		{"raw", raw, FormatRaw},
		{"raw with BOM", "\ufeff" + raw, FormatRaw},
		{"raw with CRLF", strings.ReplaceAll(raw, "\n", "\r\n") + "\r\n", FormatRaw},
		{"raw with continuations", raw + "a\nb\n" + raw, FormatRaw},
		{"raw, grep -n", "12:" + raw + "13:" + raw, FormatRaw},
		{"raw, quoted", "> " + raw + "> " + raw, FormatRaw},
		{"text with one stamped line", "npm error\n" + raw + "npm error\nnpm error\n", FormatText},
		{"gh", strings.Repeat("R\tP\t"+raw, 3), FormatGH},
		{"gh, one line", "R\tP\t" + raw, FormatGH},
		{"gh with continuations", strings.Repeat("R\tP\t"+raw+"R\tP\tx\n", 3), FormatGH},
		{"gh, BOM and grep -n", strings.Repeat("12:R\tUNKNOWN STEP\t\ufeff"+raw, 3), FormatGH},
		{"gh, quoted", strings.Repeat("> R\tP\t"+raw, 3), FormatGH},
		{"gh without stamps", strings.Repeat("R\tP\tnpm error\n", 3), FormatGH},
		{"a table is text", "a\tb\tc\nd\te\tf\ng\th\ti\n", FormatText},
		{"act", "[CI/publish] 🚀  Start image=node\n[CI/publish]   🐳  docker pull\n", FormatAct},
		{"act output", strings.Repeat("[CI/publish]   | npm error\n", 3), FormatAct},
		{"act, coloured", "\x1b[34m[CI/publish] \x1b[0m⭐ Run Main npm publish\n\x1b[34m|\x1b[0m npm error\n", FormatAct},
		{"act, json", `{"dryrun":false,"job":"CI/publish","level":"info","msg":"x"}` + "\n", FormatAct},
		{"npm debug", "0 verbose cli node npm\n1 info using npm@10.9.4\n36 error code E404\n", FormatNpmDebug},
		{"npm debug, a part", "35 error code E404\n36 error 404 Not Found\n", FormatNpmDebug},
		{"web", "npm error code E404\nError: Process completed with exit code 1.\n", FormatWeb},
		{"web group", "Run npm publish\n  npm publish\n  shell: /usr/bin/bash -e {0}\n  \nnpm error\n", FormatWeb},
		{"web action", "Run actions/setup-node@v4\n  with:\n    node-version: 22\n", FormatWeb},
		{"web with times", "Sat, 25 Apr 2026 12:18:01 GMT npm error\n", FormatWeb},
		{"web with numbers", "1\tRun npm publish\n2\t  shell: /usr/bin/bash -e {0}\n", FormatWeb},
		{"a paste", "npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/x\n", FormatText},
		{"Run alone", "Run npm publish again\n", FormatText},
		{"pnpm scopes", "[@acme/widget]: ➤ YN0000: x\n[1/4] Bumping\n", FormatText},
		{"nothing", "", FormatText},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := detect(test.head); got != test.want {
				t.Errorf("detect = %v, want %v", got, test.want)
			}
		})
	}
}

func TestOpenText(t *testing.T) {
	want := stamp + " npm error code E404\n" + strings.Repeat(stamp+" line\n", 10_000)
	packed := gzipped([]byte(want))
	tests := []struct {
		name string
		in   []byte
		want string
	}{
		{"plain", []byte(want), want},
		{"gzip", packed, want},
		{"gzip twice", gzipped(packed), want},
		{"gzip in two parts", append(gzipped([]byte(want)), gzipped([]byte("x\n"))...), want + "x\n"},
		{"UTF-16 LE", utf16Bytes("\ufeff"+want+"🦋", 0), "\ufeff" + want + "🦋"},
		{"UTF-16 BE", utf16Bytes("\ufeff"+want, 1), "\ufeff" + want},
		{"UTF-16 LE without mark", utf16Bytes(want, 0), want},
		{"UTF-16 in gzip", gzipped(utf16Bytes("\ufeff"+want, 0)), "\ufeff" + want},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, err := OpenText("file", "run.log", iotest.OneByteReader(bytes.NewReader(test.in)))
			if err != nil {
				t.Fatal(err)
			}
			if len(l.Members) != 1 || l.Members[0].Format != FormatRaw || l.Members[0].Size != -1 || l.Kind != "file" {
				t.Errorf("members = %+v", l.Members)
			}
			if got := readMember(t, l.Members[0]); got != test.want {
				t.Errorf("read %d bytes, want %d", len(got), len(test.want))
			}
			if _, err := l.Members[0].Open(); err == nil {
				t.Error("a second Open succeeds")
			}
			if len(l.Notes) > 0 {
				t.Errorf("notes = %q", l.Notes)
			}
		})
	}
}

func TestOpenTextRefuses(t *testing.T) {
	tests := []struct {
		name, in, want string
	}{
		{"empty", "", "run.log is empty"},
		{"empty gzip", string(gzipped(nil)), "run.log is empty"},
		{"blanks", " \r\n\n", "empty but for blanks"},
		{"ELF", "\x7fELF\x02\x01\x01", "a program (ELF)"},
		{"PNG", "\x89PNG\r\n\x1a\n", "a picture (PNG)"},
		{"zip", "PK\x03\x04....", "a zip archive"},
		{"tar", string(append(make([]byte, 257), "ustar\x00"...)), "a tar archive"},
		{"NULs", strings.Repeat("a\x00\x00\x00", 100), "binary data"},
		{"gzip thrice", string(gzipped(gzipped(gzipped([]byte("x"))))), "packed more than twice"},
		{"broken gzip", "\x1f\x8b\x08", "damaged gzip file"},
		{"HTML", "\n<!DOCTYPE html><html>", "a web page"},
		{"blob", "\ufeff<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code>", "BlobNotFound"},
		{"signature", "<Error><Code>AuthenticationFailed</Code></Error>", "AuthenticationFailed"},
		{"XML", "<?xml version=\"1.0\"?><a/>", "an XML document"},
		{"API", `{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}`, "(Not Found)"},
		{"API, spaced", "{\n  \"message\": \"Must have admin rights to Repository.\",\n  \"documentation_url\": \"x\"\n}", "(Must have admin rights to Repository.)"},
		{"API list", `{"total_count":3,"jobs":[]}`, "a JSON answer"},
		{"report", `{"schema":1,"verdict":"explained"}`, "pubmortem render"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := OpenText("file", "run.log", strings.NewReader(test.in))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "run.log ") {
				t.Errorf("error = %v, want %q", err, test.want)
			}
			content, ok := errors.AsType[*ContentError](err)
			if !ok || !errors.Is(err, ErrNoLogs) || content.Hint == "" {
				t.Errorf("error %#v lacks ErrNoLogs or a hint", err)
			}
		})
	}
}

func TestOpenTextTakesOtherAnswers(t *testing.T) {
	for _, in := range []string{
		`{"message":"OIDC token exchange error - package not found"}`,
		`{ "error": { "code": "E404" } }`,
		"<--- Last few GCs --->",
		"\x00npm error",
	} {
		if _, err := OpenText("file", "run.log", strings.NewReader(in)); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestOpenTextCutGzip(t *testing.T) {
	text := strings.Repeat(stamp+" some line of a log\n", 5000)
	packed := gzipped([]byte(text))
	l, err := OpenText("file", "run.log.gz", bytes.NewReader(packed[:len(packed)*2/3]))
	if err != nil {
		t.Fatal(err)
	}
	got := readMember(t, l.Members[0])
	if got == "" || !strings.HasPrefix(text, got) {
		t.Errorf("read %d bytes", len(got))
	}
	if len(l.Notes) != 1 || !strings.Contains(l.Notes[0], "run.log.gz is damaged") {
		t.Errorf("notes = %q", l.Notes)
	}
}

func TestOpenTextStopsGzipBomb(t *testing.T) {
	bomb := gzipped(make([]byte, 0))
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	blanks := bytes.Repeat([]byte("a\n"), 1<<19)
	for range 64 {
		if _, err := w.Write(blanks); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := OpenText("stdin", "stdin", io.MultiReader(&b, bytes.NewReader(bomb)))
	if err != nil {
		t.Fatal(err)
	}
	rc, err := l.Members[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, rc)
	if err != nil || n >= 64<<20 {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if len(l.Notes) != 1 || !strings.Contains(l.Notes[0], "times its packed size") {
		t.Errorf("notes = %q", l.Notes)
	}
}

func TestOpenTextPassesReadErrors(t *testing.T) {
	boom := errors.New("boom")
	if _, err := OpenText("file", "run.log", iotest.ErrReader(boom)); !errors.Is(err, boom) {
		t.Errorf("error = %v", err)
	}
	in := io.MultiReader(strings.NewReader(strings.Repeat("npm error\n", 20_000)), iotest.ErrReader(boom))
	l, err := OpenText("file", "run.log", in)
	if err != nil {
		t.Fatal(err)
	}
	rc, _ := l.Members[0].Open()
	if _, err := io.ReadAll(rc); !errors.Is(err, boom) {
		t.Errorf("error = %v", err)
	}
}

func FuzzOpenText(f *testing.F) {
	f.Add([]byte(stamp + " x\n"))
	f.Add(gzipped([]byte(stamp + " x\n")))
	f.Add(utf16Bytes("\ufeffnpm error\n", 0))
	f.Add([]byte(`{"message":"x","documentation_url":"y"}`))
	f.Add([]byte("\xff\xfe\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		l, err := OpenText("file", "x", bytes.NewReader(in))
		if err != nil {
			return
		}
		if got := len(readMember(t, l.Members[0])); got > len(in)*1100+1 {
			t.Errorf("%d bytes became %d", len(in), got)
		}
	})
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// utf16Bytes encodes s; the low byte of a unit stands at index low of the two.
func utf16Bytes(s string, low int) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		var pair [2]byte
		pair[low], pair[1-low] = byte(unit), byte(unit>>8)
		out = append(out, pair[:]...)
	}
	return out
}

func readMember(t testing.TB, m Member) string {
	t.Helper()
	rc, err := m.Open()
	if err != nil {
		t.Fatalf("open %s: %v", m.Name, err)
	}
	defer rc.Close()
	data, err := io.ReadAll(rc)
	if err != nil {
		t.Fatalf("read %s: %v", m.Name, err)
	}
	return string(data)
}

// memberLines returns the texts of a member's lines.
func memberLines(t testing.TB, m Member) []string {
	t.Helper()
	var texts []string
	sc := bufio.NewScanner(strings.NewReader(readMember(t, m)))
	for sc.Scan() {
		var line Line
		m.Format.Clean(&line, sc.Bytes())
		texts = append(texts, line.Text)
	}
	return texts
}

// TestDamaged holds that what cannot be read to its end says so.
func TestDamaged(t *testing.T) {
	packed := gzipped([]byte(strings.Repeat("npm notice one line and another\n", 2000) + "npm error code E404\n"))
	for _, tt := range []struct {
		name string
		data []byte
		want bool
	}{
		{"whole", packed, false},
		{"cut", packed[:len(packed)-40], true},
		{"without its check sum", packed[:len(packed)-8], true},
	} {
		l, err := OpenText("file", "run.log.gz", bytes.NewReader(tt.data))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		r, err := l.Members[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Fatal(err)
		}
		if l.Damaged != tt.want {
			t.Errorf("%s: damaged %v, notes %q", tt.name, l.Damaged, l.Notes)
		}
	}
	random := make([]byte, 64<<10)
	for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(random); i++ {
		random[i] = byte(r.Uint32())
	}
	if _, err := OpenText("file", "run.log", bytes.NewReader(random)); !errors.Is(err, ErrNoLogs) {
		t.Errorf("random bytes: %v", err)
	}
}

// The tags of a page's source have quotes of their own; they say nothing of the
// log's.
func TestEntities(t *testing.T) {
	tests := []struct {
		head string
		want bool
	}{
		{`<span class="line">&quot;repository.url&quot; is &quot;&quot;</span>`, true},
		{`"repository.url" is "", not &quot;x&quot;`, false},
		{`npm error 404 Not Found`, false},
	}
	for _, tt := range tests {
		if got, _ := entities([]byte(tt.head)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.head, got, tt.want)
		}
	}
	_, replace := entities([]byte("&quot;"))
	escaped := "&quot;&#34;&#034;&#x22; &lt;&#60;&#x3C;&#x3c;&gt; &apos;&#39;&#039; a&nbsp;b&#160;c https:&#x2F;&#47;&amp;lt;&copy;"
	if got, want := string(replace([]byte(escaped))), `"""" <<<<> ''' a b c https://&lt;&copy;`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
