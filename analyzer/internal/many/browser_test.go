package many

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/pubmortem/pubmortem/analyzer/internal/browsertest"
	"github.com/pubmortem/pubmortem/patterns"
)

// TestPageInABrowser opens the page from a file, as people do, and uses it by
// mouse and by keyboard. With PICTURES=DIR it keeps pictures, light and dark.
func TestPageInABrowser(t *testing.T) {
	ctx := browsertest.Open(t, chromedp.WindowSize(1200, 1500))
	var rows []Row
	for i := range 60 {
		row := made(int64(i+1), fmt.Sprintf("acme/repo-%d", i%7), []string{"npm-too-old", "otp-required", "otp-required", ""}[i%4], i/3)
		row.Text = `</small><script>document.title = "taken"</script><img src=x onerror="document.title='taken'">`
		row.URL = "https://github.com/acme/widget/actions/runs/1"
		rows = append(rows, row)
	}
	rows[0].URL = "javascript:document.title='taken'"
	var page bytes.Buffer
	if err := WriteHTML(&page, rows, Summarize(rows, "cause"), patterns.Builtin(), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, page.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page's script failed: %v", ev.ExceptionDetails)
		case *log.EventEntryAdded:
			t.Errorf("the browser complains: %s", ev.Entry.Text)
		}
	}); err != nil {
		t.Fatal(err)
	}
	say := func(script string) string {
		t.Helper()
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+script+")"))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const causes = `[...document.querySelectorAll("#groups-table tbody tr")].map(row => row.cells[0].querySelector("a").textContent).join(" ")`
	const shown = `document.querySelector("#shown").textContent`
	const visible = `[...document.querySelectorAll("#runs-table tbody tr")].filter(row => row.checkVisibility()).length`

	do("open", chromedp.Navigate("file://"+file))
	if title := say("document.title"); !strings.HasPrefix(title, "45 of 60 runs did not publish as meant") {
		t.Errorf("title %q", title)
	}
	if got := say(causes); got != "otp-required npm-too-old" {
		t.Errorf("causes %s", got)
	}
	do("sort by mouse", chromedp.Click("#groups-table th:nth-child(2) button"))
	if got := say(causes); got != "npm-too-old otp-required" {
		t.Errorf("sorted by runs: %s", got)
	}
	do("sort by keyboard", chromedp.Focus("#runs-table th:nth-child(1) button"), chromedp.KeyEvent(kb.Enter))
	if first := say(`document.querySelector("#runs-table tbody td").textContent`); first != "2026-06-03" {
		t.Errorf("the earliest run is of %s", first)
	}
	say("document.activeElement.blur()")
	do("filter by keyboard", chromedp.KeyEvent("/"), chromedp.KeyEvent("repo-3 old"))
	if focus, n := say("document.activeElement.id"), say(visible); focus != "filter" || n != "2" || say(shown) != n+" shown" {
		t.Errorf("focus on %s, %s rows, %s", focus, n, say(shown))
	}
	say(`((filter, cause) => { filter.value = ""; cause.value = "npm-too-old"; cause.dispatchEvent(new Event("change")) })(document.querySelector("#filter"), document.querySelector("#cause"))`)
	if got := say(shown); got != "15 shown" {
		t.Errorf("of one cause: %s", got)
	}
	do("follow a link", chromedp.Click("#groups-table a"), chromedp.WaitVisible("details[open] summary"))
	if got := say(`document.querySelector("details[open] summary").textContent`); !strings.HasPrefix(got, "npm-too-old: ") {
		t.Errorf("opened %q", got)
	}
	media := func(m emulation.SetEmulatedMediaParams) {
		t.Helper()
		if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, m); err != nil {
			t.Fatal(err)
		}
	}
	media(emulation.SetEmulatedMediaParams{Media: "print"})
	if say(`document.querySelector("form").checkVisibility()`) != "false" {
		t.Error("the filter is printed")
	}
	media(emulation.SetEmulatedMediaParams{})
	do("narrow", chromedp.EmulateViewport(320, 800))
	if wide := say("document.documentElement.scrollWidth"); wide != "320" {
		t.Errorf("on 320 px, the page has %s", wide)
	}
	if strings.Contains(say("document.title"), "taken") {
		t.Error("a log's text ran as a script")
	}
	if dir := os.Getenv("PICTURES"); dir != "" {
		for _, scheme := range []string{"light", "dark"} {
			do("size", chromedp.EmulateViewport(1200, 1500))
			media(emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err := errors.Join(err, os.WriteFile(filepath.Join(dir, scheme+".png"), picture, 0o666)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
