package render

import (
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// cmark is GitHub's own parser (Debian: cmark-gfm), or empty where it is not
// installed. It differs from others where a report must not break: it takes no
// code span with more than 80 backticks, for example.
var cmark = sync.OnceValue(func() string {
	path, _ := exec.LookPath("cmark-gfm") // .ci/run installs it
	return path
})

// cmarkKinds are what a report may consist of, as cmark-gfm names it, and
// whether what is inside is looked at.
var cmarkKinds = map[string]bool{
	"document": true, "heading": true, "paragraph": true, "list": true, "item": true, "block_quote": true,
	"text": true, "softbreak": true, "linebreak": true, "emph": true, "strong": true, "link": true,
	"table": true, "table_header": true, "table_row": true, "table_cell": true,
	"code": false, "code_block": false, "html_block": false, "html_inline": false,
}

// cmarkActing finds what GitHub acts on in text that the parser took for plain.
var cmarkActing = regexp.MustCompile(`(?i)[@#$\x60\[\]|]|://|www\.|:[a-z0-9_+-]+:|\bgh-\d|(?:^|[^0-9a-z])[0-9a-f]{7,40}(?:$|[^0-9a-z])`)

// checkCmark fails when GitHub's parser finds anything in a sheet that acts and
// is not meant to.
func checkCmark(t *testing.T, md string, r *report.Report) {
	t.Helper()
	if cmark() == "" {
		return
	}
	const sentinel = "the end of the sheet"
	args := []string{"-t", "xml", "--unsafe"}
	for _, extension := range []string{"table", "strikethrough", "autolink", "tagfilter", "tasklist", "footnotes"} {
		args = append(args, "-e", extension)
	}
	cmd := exec.Command(cmark(), args...)
	cmd.Stdin = strings.NewReader(md + "\n" + sentinel + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	links := references(r)
	last := ""
	dec := xml.NewDecoder(strings.NewReader(string(out)))
	for open := []string{}; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			kind := token.Name.Local
			if _, ours := cmarkKinds[kind]; !ours {
				t.Errorf("cmark-gfm finds a %s", kind)
			}
			for _, a := range token.Attr {
				if back := strings.Replace(a.Value, "https://redirect.github.com/", "https://github.com/", 1); a.Name.Local == "destination" && !slices.Contains(links, back) {
					t.Errorf("cmark-gfm finds a link to %q, which is no reference", a.Value)
				}
			}
			open = append(open, kind)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 {
				continue
			}
			text := string(token)
			switch kind := open[len(open)-1]; {
			case strings.HasPrefix(kind, "html_") && !ourHTML.MatchString(strings.TrimSpace(text)):
				t.Errorf("cmark-gfm finds HTML: %.200q", text)
			case kind == "text" && !(slices.Contains(open, "block_quote") && alertText.MatchString(text)):
				if found := cmarkActing.FindString(text); found != "" {
					t.Errorf("for cmark-gfm %q acts in %.200q", found, text)
				}
			}
			if strings.TrimSpace(text) != "" {
				last = text
				if text == sentinel && !slices.Equal(open, []string{"document", "paragraph", "text"}) {
					t.Errorf("for cmark-gfm the end stands in %q", open)
				}
			}
		}
	}
	if last != sentinel {
		t.Errorf("for cmark-gfm something is open at the end: %.200q", last)
	}
}

// alertText begins the box that a report begins with.
var alertText = regexp.MustCompile(`^(?:\[|\]|!(?:NOTE|TIP|WARNING|CAUTION)|\[!(?:NOTE|TIP|WARNING|CAUTION)\])$`)

// TestCmarkFindsBreakouts holds that the proof can fail.
func TestCmarkFindsBreakouts(t *testing.T) {
	if cmark() == "" {
		t.Skip("cmark-gfm is not installed")
	}
	run := strings.Repeat("`", 81)
	cmd := exec.Command(cmark(), "-t", "xml")
	cmd.Stdin = strings.NewReader(run + " ![p](https://evil.example/p.png) " + run + "\n")
	if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), "<image") {
		t.Errorf("a run of 81 backticks is a code span: %s, %v", out, err)
	}
}
