package analyzer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmhtml "github.com/yuin/goldmark/renderer/html"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/browsertest"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/patterns"
)

// style is what of GitHub's style sheet decides about room, and its colours.
const style = `<style>
body { margin: 0; font: 16px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif }
article { overflow-wrap: break-word; padding: 16px; box-sizing: border-box }
article.wide { width: 980px } article.phone { width: 343px }
.light { color: #1f2328; background: #fff } .dark { color: #f0f6fc; background: #0d1117 }
pre { overflow: auto; padding: 16px; font: 13.6px/1.45 monospace } .light pre { background: #f6f8fa } .dark pre { background: #151b23 }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-collapse: collapse }
td, th { padding: 6px 13px; border: 1px solid #8b949e55 } code { font: 13.6px monospace; white-space: break-spaces }
blockquote { margin: 0 0 16px; padding: 0 16px; border-left: 4px solid #cf222e }
</style>`

// measure opens what is folded, and names each article that is wider than its
// room, with what sticks out; code and tables scroll by themselves.
const measure = `<script>
const found = []
for (const d of document.querySelectorAll("details")) d.open = true
for (const a of document.querySelectorAll("article")) {
  const right = a.getBoundingClientRect().right
  for (const e of a.querySelectorAll("p, li, summary, h1, h2, h3, h4, blockquote, pre, table"))
    if (e.getBoundingClientRect().right > right && !e.parentElement.closest("pre, table"))
      found.push(a.title + ": " + e.tagName + " " + e.textContent.slice(0, 80))
  if (a.scrollWidth > a.clientWidth) found.push(a.title + ": " + a.scrollWidth + " px")
}
document.title = JSON.stringify({ articles: document.querySelectorAll("article").length, found })
</script>`

// TestMarkdownInABrowser renders the Markdown of all job logs as a browser
// does, light and dark, on a wide page and on a phone: nothing sticks out. With
// PICTURES=DIR it keeps the page and a picture of it there.
func TestMarkdownInABrowser(t *testing.T) {
	t.Parallel()
	browser := browsertest.Chromium(t)
	gfm := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(gmhtml.WithUnsafe()))
	a := analyzer.New(patterns.Builtin())
	var page bytes.Buffer
	page.WriteString("<!doctype html><meta charset=utf-8>" + style)
	articles := 0
	for _, path := range jobLogs(t) {
		var md, body bytes.Buffer
		if err := render.Markdown(&md, jobReport(t, a, path), render.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := gfm.Convert(md.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		for _, look := range []string{"wide light", "wide dark", "phone light", "phone dark"} {
			fmt.Fprintf(&page, "<article class=%q title=%q>%s</article>\n", look, html.EscapeString(filepath.Base(path)+" "+look), body.String())
			articles++
		}
	}
	page.WriteString(measure)

	dir := t.TempDir()
	if keep := os.Getenv("PICTURES"); keep != "" {
		dir = keep
	}
	file := filepath.Join(dir, "reports.html")
	if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := func(args ...string) string {
		args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + t.TempDir(), "--window-size=1000,8000"}, args...)
		out, err := exec.CommandContext(ctx, browser, append(args, "file://"+file)...).Output()
		if err != nil {
			t.Fatalf("%s: %v", browser, err)
		}
		return string(out)
	}
	if os.Getenv("PICTURES") != "" {
		run("--screenshot=" + filepath.Join(dir, "reports.png"))
	}
	_, rest, _ := strings.Cut(run("--dump-dom"), "<title>")
	title, _, _ := strings.Cut(rest, "</title>")
	var result struct {
		Articles int
		Found    []string
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(title)), &result); err != nil {
		t.Fatalf("the page says %.100q: %v", title, err)
	}
	if result.Articles != articles || articles == 0 {
		t.Errorf("%d articles, want %d", result.Articles, articles)
	}
	for i, s := range result.Found {
		if i < 20 {
			t.Error(s)
		}
	}
}
