package page_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/pubmortem/pubmortem/analyzer/internal/browsertest"
	"github.com/pubmortem/pubmortem/analyzer/internal/page"
)

// built is the folder of the page, put together once unless PAGE names one; ""
// where there is no make.
var built = sync.OnceValues(func() (string, error) {
	if folder := os.Getenv("PAGE"); folder != "" {
		return folder, nil
	}
	if _, err := exec.LookPath("make"); err != nil {
		return "", nil
	}
	var err error
	if made, err = os.MkdirTemp("", "pubmortem-page-"); err != nil {
		return "", err
	}
	cmd := exec.Command("make", "page", "PAGE="+made)
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make page: %w\n%s", err, out)
	}
	return made, nil
})

var made string

func TestMain(m *testing.M) {
	code := m.Run()
	if made != "" {
		os.RemoveAll(made)
	}
	os.Exit(code)
}

// browser is a browser that has the page open.
type browser struct {
	*testing.T
	ctx context.Context
}

// openPage opens the page's file.
func openPage(t *testing.T) *browser {
	t.Helper()
	file := filepath.Join(folder(t), "pubmortem.html")
	b := newBrowser(t)
	b.open("file://" + file)
	return b
}

func folder(t *testing.T) string {
	t.Helper()
	if os.Getenv("PAGE_TESTS") == "" {
		t.Skip("make page-tests runs it: it takes minutes")
	}
	name, err := built()
	if err != nil {
		t.Fatal(err)
	}
	if name == "" {
		t.Skip("make is not installed")
	}
	return name
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	return &browser{t, browsertest.Open(t)}
}

func (b *browser) open(url string) {
	b.Helper()
	b.do(chromedp.Navigate(url))
	b.wait("Ready.")
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// run evaluates a script and awaits what it promises.
func run[T any](b *browser, script string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// wait waits until the status begins with a text.
func (b *browser) wait(status string) {
	b.Helper()
	b.do(chromedp.Poll[chromedp.Void](fmt.Sprintf("document.getElementById('status')?.textContent.startsWith(%q)", status)))
}

func (b *browser) text(selector string) string {
	b.Helper()
	return run[string](b, fmt.Sprintf("document.querySelector(%q)?.textContent ?? ''", selector))
}

// give opens files as if they had been chosen, and returns the milliseconds
// until the page has the answer. Their contents are expressions of JavaScript.
func (b *browser) give(files map[string]string) float64 {
	b.Helper()
	var all strings.Builder
	for name, content := range files {
		fmt.Fprintf(&all, "transfer.items.add(new File(%s, %q))\n", content, name)
	}
	return run[float64](b, `(async () => {
		const bytes = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0))
		const unpacked = (s) => new Response(new Blob([bytes(s)]).stream().pipeThrough(new DecompressionStream("gzip"))).blob()
		const transfer = new DataTransfer()
		`+all.String()+`
		const status = document.getElementById("status"), input = document.getElementById("files")
		status.textContent = ""
		input.files = transfer.files
		const start = performance.now()
		input.dispatchEvent(new Event("change"))
		while (!status.textContent || status.textContent.startsWith("Reading")) await new Promise((ok) => setTimeout(ok, 2))
		return performance.now() - start
	})()`)
}

func bytesOf(content []byte) string {
	return fmt.Sprintf("bytes(%q)", base64.StdEncoding.EncodeToString(content))
}

func (b *browser) giveOne(name string, content []byte) float64 {
	b.Helper()
	return b.give(map[string]string{name: "[" + bytesOf(content) + "]"})
}

// report is the JSON that the page would download.
func (b *browser) report() string {
	b.Helper()
	return run[string](b, `(() => {
		let blob
		const create = URL.createObjectURL
		HTMLAnchorElement.prototype.click = () => {} // which would save the file
		URL.createObjectURL = (b) => { blob = b; return create.call(URL, b) }
		document.querySelector("[data-do=json]").click()
		URL.createObjectURL = create
		return blob.text()
	})()`)
}

// native is the same report without a browser.
func native(t *testing.T, name string, content []byte) string {
	t.Helper()
	s := page.New("v0.0.0-snapshot")
	if err := s.Open([]page.File{{Name: name, Size: int64(len(content)), At: bytes.NewReader(content)}}); err != nil {
		t.Fatal(err)
	}
	d, err := s.Ask("diagnose", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return d.(*page.Diagnosis).JSON
}

func logs(t *testing.T) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("../../../logs-testdata/jobs/*.log")
	if err != nil || len(names) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	all := map[string][]byte{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = content
	}
	return all
}

func gzipOf(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSameAnswers gives the page every log, and one as an archive: its report is
// that of the program.
func TestSameAnswers(t *testing.T) {
	b := openPage(t)
	all := logs(t)
	all["logs.zip"] = zipOf(t, "0_publish.txt", all["repository-url-mismatch.log"])
	for name, content := range all {
		b.giveOne(name, content)
		if got, want := b.report(), native(t, name, content); got != want {
			t.Errorf("%s: the page says\n%.500s\nwant\n%.500s", name, got, want)
		}
	}
}

// TestSeveralFiles gives the page two logs.
func TestSeveralFiles(t *testing.T) {
	b := openPage(t)
	b.give(map[string]string{"a.log": "['nothing here']", "b.log": "[" + bytesOf(logs(t)["repository-url-mismatch.log"]) + "]"})
	if got := b.text("#diagnosis h2"); !strings.Contains(got, "was not published") {
		t.Errorf("the page says %q", got)
	}
	b.do(chromedp.WaitReady(chromedp.CSS("#lines .deciding")))
}

// TestLargeLogs gives the page 50 MB. It says how long that took, which depends
// on the machine, and when the page was ready and gave its first answer: that is
// counted from the begin of the navigation until the program has started and
// taken in the catalog. Until then a log can be pasted, and waits.
func TestLargeLogs(t *testing.T) {
	b := openPage(t)
	small := logs(t)["repository-url-mismatch.log"]
	t.Logf("ready after %.0f ms", run[float64](b, "Number(document.documentElement.dataset.ready)"))
	b.do(chromedp.WaitReady(chromedp.CSS("[data-warm]")))
	t.Logf("first answer on %d bytes after %.0f ms, next %.0f ms", len(small), b.giveOne("a.log", small), b.giveOne("a.log", small))
	var large bytes.Buffer
	for i := uint32(1); large.Len() < 50_000_000; i++ {
		fmt.Fprintf(&large, "2026-05-04T09:12:01.1234567Z ok %08x - src/widget.test.js (%d ms) what tests print, line after line\n", i*2654435761, i%97)
	}
	large.Write(small)
	for name, content := range map[string]string{
		"large.log": fmt.Sprintf("[await unpacked(%q)]", base64.StdEncoding.EncodeToString(gzipOf(t, large.Bytes()))),
		"large.zip": "[" + bytesOf(zipOf(t, "0_publish.txt", large.Bytes())) + "]",
	} {
		took := b.give(map[string]string{name: content})
		t.Logf("50 MB %s: %.0f ms", name, took)
		if got := b.text("#diagnosis h2"); !strings.Contains(got, "was not published") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestNothingLeaves checks the policy: neither the page nor its worker can ask
// a server for anything.
func TestNothingLeaves(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(folder(t), "pubmortem.html"))
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Write(text)
		case "/worker": // a page whose worker asks, and says what came of it
			asks := `const real = self.postMessage.bind(self), tried = fetch("http://` + r.Host + `/x").then(() => "sent", () => "refused");` +
				`self.postMessage = async (m) => real({ ...m, error: "the worker was " + await tried })` + "\n"
			w.Write(bytes.Replace(text, []byte("const ready = (async"), []byte(asks+"const ready = (async"), 1))
		case "/x", "/x.png":
			asked.Add(1)
		}
	}))
	defer server.Close()
	b := newBrowser(t)
	b.open(server.URL)
	could := run[string](b, `(async () => {
		const tries = {
			fetch: () => fetch("/x"),
			beacon: () => navigator.sendBeacon("/x") ? new Promise((ok, no) => setTimeout(no, 200)) : Promise.reject(),
			request: () => new Promise((ok, no) => { const r = new XMLHttpRequest(); r.onload = ok; r.onerror = no; r.open("GET", "/x"); r.send() }),
			socket: () => new Promise((ok, no) => { const s = new WebSocket("ws://" + location.host + "/x"); s.onopen = ok; s.onerror = no }),
			image: () => new Promise((ok, no) => { const i = new Image(); i.onload = ok; i.onerror = no; i.src = "/x.png" }),
		}
		const done = []
		for (const [name, run] of Object.entries(tries)) {
			try { await run(); done.push(name) } catch {}
		}
		try { document.body.innerHTML = "<b>x</b>"; done.push("innerHTML") } catch {}
		return done.join(" ")
	})()`)
	if could != "" {
		t.Errorf("the page could use %s", could)
	}
	b.do(chromedp.Navigate(server.URL + "/worker"))
	b.wait("The worker was refused.")
	if n := asked.Load(); n > 0 {
		t.Errorf("%d requests reached the server", n)
	}
}

// TestHostileLogs gives the page logs that are made to act.
func TestHostileLogs(t *testing.T) {
	b := openPage(t)
	hostile := "npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2f<img src=x onerror=document.title=1> - Not found\n" +
		"##[error]</script><script>document.title='owned'</script>\n[x](javascript:alert(1)) \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \u202egnp.exe\n" +
		"npm error 404  '@acme/<b>widget</b>@1.0.0' is not in this registry.\n"
	b.giveOne("</title><svg onload=alert(1)>.log", []byte(hostile))
	b.do(chromedp.WaitReady(chromedp.CSS("#lines .deciding")))
	found := run[string](b, `[...document.querySelectorAll("#answer img, #answer script, #answer svg, #answer b, #answer [onerror], a[href^='javascript'], a[href*='evil']")].map((e) => e.outerHTML).join()`)
	if found != "" {
		t.Errorf("a log made %s", found)
	}
	if strings.ContainsAny(b.text("#answer"), "\x1b\u202e") {
		t.Error("a log's controls are on the page")
	}
}

// TestKeyboard diagnoses and answers the question without a mouse.
func TestKeyboard(t *testing.T) {
	b := openPage(t)
	b.do(chromedp.Focus(chromedp.CSS("#log")), chromedp.SendKeys(chromedp.CSS("#log"), "npm error code ENEEDAUTH"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	b.wait("Diagnosis")
	if focus := run[string](b, "document.activeElement.id"); focus != "report-title" {
		t.Errorf("the focus is on %q", focus)
	}
	for range 40 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if run[string](b, "document.activeElement.dataset.fact ?? ''") != "" {
			break
		}
	}
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("#known button")))
	if got := b.text("#known"); !strings.HasPrefix(got, "You said ") {
		t.Errorf("the answer is not there: %q", got)
	}
}

// TestShareLink follows a link to the same answer.
func TestShareLink(t *testing.T) {
	b := openPage(t)
	b.giveOne("a.log", logs(t)["repository-url-mismatch.log"])
	want := b.text("#diagnosis .title p")
	b.do(chromedp.Click(chromedp.CSS("[data-do=share]")), chromedp.WaitVisible(chromedp.CSS("#share-log")))
	if says := b.text("#share-says"); !strings.Contains(says, "to the same answer") {
		t.Error(says)
	}
	link := run[string](b, `new Promise((ok) => {
		navigator.clipboard.writeText = async (s) => ok(s)
		document.querySelector("[data-do=link]").click()
	})`)
	if !strings.Contains(link, "#log=") {
		t.Fatalf("no link: %q", link)
	}
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(link))
	b.wait("Diagnosis")
	if got := b.text("#diagnosis .title p"); got == "" || got != want {
		t.Errorf("the link says %q, want %q", got, want)
	}
}

// TestOffline opens the page a second time without its server.
func TestOffline(t *testing.T) {
	server := httptest.NewServer(http.FileServer(http.Dir(folder(t))))
	b := newBrowser(t)
	b.open(server.URL + "/")
	run[bool](b, "navigator.serviceWorker.ready.then(() => true)") // which is when it has kept the page
	server.Close()
	b.do(chromedp.Navigate("about:blank"))
	b.open(server.URL + "/")
}

// pages are what there is to see; that of a report is opened from a log.
var pages = map[string]string{"start": "#", "causes": "#causes", "table": "#table", "cause": "#cause/npm-too-old", "report": "#"}

// scheme chooses light or dark.
func (b *browser) scheme(name string) {
	b.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		b.Fatal(err)
	}
}

// each shows every page, light and dark and at three widths.
func (b *browser) each(visit func(name string, width int64)) {
	b.Helper()
	log := logs(b.T)["repository-url-mismatch.log"]
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{320, 768, 1280} {
			b.do(chromedp.EmulateViewport(width, 900))
			for name, hash := range pages {
				b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("location.hash = %q", hash)),
					chromedp.Poll[chromedp.Void](fmt.Sprintf("document.documentElement.dataset.at === %q || !%q", strings.TrimSuffix(hash, "#"), hash)))
				if name == "report" {
					b.giveOne("a.log", log)
				}
				visit(name+" "+scheme, width)
				if name == "report" {
					run[chromedp.Void](b, `document.querySelector("[data-do=again]").click()`)
				}
			}
		}
	}
}

// TestPictures looks for what sticks out of the page. With PICTURES=DIR it keeps
// pictures of it.
func TestPictures(t *testing.T) {
	b := openPage(t)
	b.each(func(name string, width int64) {
		if wide := run[int64](b, "document.documentElement.scrollWidth"); wide > width {
			t.Errorf("%s at %d: %v wide", name, width, wide)
		}
		dir := os.Getenv("PICTURES")
		if dir == "" {
			return
		}
		b.picture(filepath.Join(dir, fmt.Sprintf("%s %d.png", name, width)))
	})
}

// picture keeps what is to be seen, and returns its size.
func (b *browser) picture(file string) int {
	b.Helper()
	format := cdpage.CaptureScreenshotFormat(strings.TrimPrefix(filepath.Ext(file), "."))
	picture, err := chromedp.Call(b.ctx, cdpage.CaptureScreenshot, cdpage.CaptureScreenshotParams{Format: format})
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, picture.Data, 0o644); err != nil {
		b.Fatal(err)
	}
	return len(picture.Data)
}

// TestREADMEPicture takes the README's pictures of the page. They depend on the
// fonts that are installed, so they are not compared.
func TestREADMEPicture(t *testing.T) {
	if os.Getenv("UPDATE_README") == "" {
		t.Skip("make page-picture runs it")
	}
	b := openPage(t)
	b.do(chromedp.EmulateViewport(1100, 880))
	run[chromedp.Void](b, `document.getElementById("examples").selectedIndex = 1
		document.getElementById("examples").dispatchEvent(new Event("change"))`)
	b.do(chromedp.WaitReady(chromedp.CSS("#lines .deciding")))
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		run[chromedp.Void](b, "scrollTo(0, 0)")
		if size := b.picture("../../../.github/page-" + scheme + ".webp"); size > 150_000 {
			t.Errorf("the %s picture has %d bytes", scheme, size)
		}
	}
}

// TestAccessibility runs axe-core over the pages. npm brings it, which needs a
// network; AXE names a copy of axe.min.js instead.
func TestAccessibility(t *testing.T) {
	b := openPage(t)
	file := os.Getenv("AXE")
	if file == "" {
		dir := t.TempDir()
		if out, err := exec.Command("npm", "install", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund", "axe-core@4.11.0").CombinedOutput(); err != nil {
			t.Skipf("axe-core cannot be had: %v\n%.300s", err, out)
		}
		file = filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
	}
	axe, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	run[chromedp.Void](b, string(axe)+"\n;0")
	b.each(func(name string, width int64) {
		found := run[[]string](b, `axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 150)).join(" | ")))`)
		for _, v := range found {
			t.Errorf("%s at %d: %s", name, width, v)
		}
	})
}
