package render

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// gfm is GitHub's flavour of Markdown.
var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote))

// What a sheet may consist of.
var (
	ourKinds = []ast.NodeKind{
		ast.KindDocument, ast.KindHeading, ast.KindParagraph, ast.KindTextBlock, ast.KindList, ast.KindListItem,
		ast.KindFencedCodeBlock, ast.KindBlockquote, ast.KindHTMLBlock, ast.KindRawHTML, ast.KindText, ast.KindString, ast.KindCodeSpan, ast.KindEmphasis, ast.KindLink,
		extast.KindTable, extast.KindTableHeader, extast.KindTableRow, extast.KindTableCell,
	}
	ourHTML = regexp.MustCompile(`^(?:<details>\n<summary>(?:What this rests on|Other causes)</summary>|</details>|<!-- pubmortem: [A-Za-z0-9._/-]+ -->|<br>)$`)
	// acting finds what GitHub acts on in ordinary text.
	acting = regexp.MustCompile(`(?i)[@#$<>&\x60\[\]|]|://|www\.|:[a-z0-9_+-]+:|\bgh-\d|(?:^|[^0-9a-z])[0-9a-f]{7,40}(?:$|[^0-9a-z])`)
)

// alertLine begins the box that a report begins with.
var alertLine = regexp.MustCompile(`^> \[!(?:NOTE|TIP|WARNING|CAUTION)\]\n`)

// proof collects what a parser finds in a sheet.
type proof struct {
	t        *testing.T
	src      []byte
	links    []string
	headings int
	details  int
}

// checkMarkdown fails when anything in a sheet acts that is not meant to.
// GitHub's own parser reads it once c is checked.
func checkMarkdown(t *testing.T, c *cmarkSheets, md string, r *report.Report) *proof {
	t.Helper()
	p := &proof{t: t, src: []byte(md + "\n" + sentinel + "\n")}
	doc := gfm.Parser().Parse(gmtext.NewReader(p.src))
	if err := ast.Walk(doc, p.visit); err != nil {
		t.Fatal(err)
	}
	if last := doc.LastChild(); last.Kind() != ast.KindParagraph || p.textOf(last) != sentinel {
		t.Errorf("something is open at the end: a %v of %.200q", last.Kind(), p.textOf(last))
	}
	if p.details != 0 {
		t.Errorf("%d details are open", p.details)
	}
	allowed := references(r)
	for _, link := range p.links {
		if back := strings.Replace(link, "https://redirect.github.com/", "https://github.com/", 1); !slices.Contains(allowed, back) {
			t.Errorf("a link to %q, which is no reference", link)
		}
	}
	checkNoCommand(t, md)
	c.add(t, md, r)
	return p
}

// references are all references of a report that are addresses.
func references(r *report.Report) []string {
	var all []string
	for _, in := range r.Incidents {
		for _, d := range in.Diagnoses {
			for _, s := range d.References {
				if strings.HasPrefix(s, "https://") && !strings.ContainsAny(s, "@ <>\"'()\\") {
					all = append(all, s)
				}
			}
		}
	}
	return all
}

func (p *proof) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	if !slices.Contains(ourKinds, n.Kind()) {
		p.t.Errorf("a %v: %.200q", n.Kind(), p.textOf(n))
	}
	switch n := n.(type) {
	case *ast.Link:
		p.links = append(p.links, string(n.Destination))
		if n.ChildCount() != 1 || n.FirstChild().Kind() != ast.KindCodeSpan {
			p.t.Errorf("the text of the link to %q is not code", n.Destination)
		}
	case *ast.Heading:
		p.headings++
	case *ast.CodeSpan, *ast.FencedCodeBlock:
		return ast.WalkSkipChildren, nil
	case *ast.HTMLBlock:
		p.html(p.textOf(n))
	case *ast.RawHTML:
		p.html(string(n.Segments.Value(p.src)))
	case *ast.Text:
		p.plain(n)
	case *ast.List:
		p.nested(n)
	}
	return ast.WalkContinue, nil
}

// plain checks a piece of ordinary text. Escaped operators are none.
func (p *proof) plain(n *ast.Text) {
	s := string(n.Segment.Value(p.src))
	start := bytes.LastIndexByte(p.src[:n.Segment.Start], '\n') + 1
	if alertLine.Match(p.src[start:]) {
		return
	}
	for _, op := range strings.Split("<>=&+-*", "") {
		s = strings.ReplaceAll(s, `\`+op, "")
	}
	if found := acting.FindString(s); found != "" {
		p.t.Errorf("%q acts in %.200q", found, s)
	}
}

func (p *proof) html(s string) {
	s = strings.TrimSpace(s)
	if !ourHTML.MatchString(s) {
		p.t.Errorf("HTML: %.200q", s)
	}
	switch {
	case strings.HasPrefix(s, "<details>"):
		p.details++
	case s == "</details>":
		p.details--
	}
	if p.details < 0 || p.details > 1 {
		p.t.Errorf("details are nested: %d", p.details)
	}
}

func (p *proof) nested(n ast.Node) {
	if n.Parent().Kind() != ast.KindDocument {
		p.t.Errorf("a list in a %v: %.200q", n.Parent().Kind(), p.textOf(n))
	}
}

// textOf is the source of a block.
func (p *proof) textOf(n ast.Node) string {
	if n.Type() == ast.TypeInline {
		return ""
	}
	s := string(n.Lines().Value(p.src))
	if h, ok := n.(*ast.HTMLBlock); ok && h.HasClosure() {
		s += string(h.ClosureLine.Value(p.src))
	}
	return s
}

// firstReferences are those of the first and, where they are shown, of no other
// causes.
func firstReferences(r *report.Report) []string {
	var all []string
	for _, in := range r.Incidents {
		first := report.Report{Incidents: []report.Incident{{Diagnoses: in.Diagnoses[:min(1, len(in.Diagnoses))]}}}
		all = append(all, references(&first)...)
	}
	return all
}
