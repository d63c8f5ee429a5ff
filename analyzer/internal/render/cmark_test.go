package render

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
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

// sentinel ends each sheet: what is open before it swallows it.
const sentinel = "the end of the sheet"

// cmarkSheet is a sheet for GitHub's parser, and the links that it may have.
type cmarkSheet struct {
	md    string
	links []string
}

// cmarkSheets are sheets that one call of the parser reads one after the other:
// to start it takes longer than what it does.
type cmarkSheets struct {
	list []cmarkSheet
	size int
}

// add takes in a sheet.
func (c *cmarkSheets) add(tb testing.TB, md string, r *report.Report) {
	tb.Helper()
	if cmark() == "" {
		return
	}
	c.list = append(c.list, cmarkSheet{md, references(r)})
	if c.size += len(md); c.size > 1<<20 {
		c.check(tb)
	}
}

// check fails when GitHub's parser finds anything in the sheets that acts and is
// not meant to.
func (c *cmarkSheets) check(tb testing.TB) {
	tb.Helper()
	list := c.list
	c.list, c.size = nil, 0
	if len(list) == 0 || len(cmarkFaults(tb, list)) == 0 {
		return
	}
	// By itself, each shows which it is; what only acts behind another is told of them all.
	before := tb.Failed()
	for _, sheet := range list {
		for _, fault := range cmarkFaults(tb, []cmarkSheet{sheet}) {
			tb.Errorf("for cmark-gfm %s in the sheet\n%.2000s", fault, sheet.md)
		}
	}
	if !before && !tb.Failed() {
		tb.Errorf("for cmark-gfm %q in %d sheets together", cmarkFaults(tb, list), len(list))
	}
}

// cmarkFaults are what GitHub's parser finds in sheets that acts and is not
// meant to.
func cmarkFaults(tb testing.TB, sheets []cmarkSheet) (faults []string) {
	tb.Helper()
	args := []string{"-t", "xml", "--unsafe"}
	for _, extension := range []string{"table", "strikethrough", "autolink", "tagfilter", "tasklist", "footnotes"} {
		args = append(args, "-e", extension)
	}
	var all strings.Builder
	for _, sheet := range sheets {
		all.WriteString(sheet.md + "\n" + sentinel + "\n\n")
	}
	cmd := exec.Command(cmark(), args...)
	cmd.Stdin = strings.NewReader(all.String())
	out, err := cmd.Output()
	if err != nil {
		tb.Fatal(err)
	}
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	last, ended := "", 0
	dec := xml.NewDecoder(bytes.NewReader(out))
	for open := []string{}; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			kind := token.Name.Local
			if _, ours := cmarkKinds[kind]; !ours {
				fault("there is a %s", kind)
			}
			for _, a := range token.Attr {
				if back := strings.Replace(a.Value, "https://redirect.github.com/", "https://github.com/", 1); a.Name.Local == "destination" && !slices.Contains(sheets[min(ended, len(sheets)-1)].links, back) {
					fault("there is a link to %q, which is no reference,", a.Value)
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
				fault("there is HTML: %.200q", text)
			case kind == "text" && !(slices.Contains(open, "block_quote") && alertText.MatchString(text)):
				if found := cmarkActing.FindString(text); found != "" {
					fault("%q acts in %.200q", found, text)
				}
			}
			if strings.TrimSpace(text) != "" {
				last = text
				if text == sentinel {
					ended++
					if !slices.Equal(open, []string{"document", "paragraph", "text"}) {
						fault("the end stands in %q", open)
					}
				}
			}
		}
	}
	if last != sentinel || ended != len(sheets) {
		fault("something is open at the end: %.200q", last)
	}
	return faults
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
	fine := cmarkSheet{md: "# Fine\n\nnothing here\n"}
	for _, md := range []string{"# x\n\n```\nopen\n", "<!-- open\n", "[a](https://evil.example)\n", "@octocat\n", "![p](https://evil.example/p.png)\n"} {
		if faults := cmarkFaults(t, []cmarkSheet{fine, {md: md}, fine}); len(faults) == 0 {
			t.Errorf("nothing is found in %q between others", md)
		}
	}
	if faults := cmarkFaults(t, []cmarkSheet{fine, fine}); len(faults) != 0 {
		t.Errorf("found %q in sheets that are fine", faults)
	}
}
