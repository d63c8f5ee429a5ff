package analyzer_test

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/patterns"
)

// theme is what the 16 colours of a terminal look like in a picture.
type theme struct {
	background, text, faint string
	colours                 map[string]string // by the number of the SGR sequence
}

// The themes have GitHub's own colours, all with a contrast of 4.5:1 or more.
var themes = map[string]theme{
	"light": {"#f6f8fa", "#1f2328", "#59636e", map[string]string{"31": "#cf222e", "32": "#116329", "33": "#7d4e00", "36": "#1b7c83"}},
	"dark":  {"#151b23", "#f0f6fc", "#9198a1", map[string]string{"31": "#ff7b72", "32": "#3fb950", "33": "#d29922", "36": "#39c5cf"}},
}

// TestREADMEPicture checks that the README's pictures of a report are what the
// program prints. UPDATE_README=1 writes them anew.
func TestREADMEPicture(t *testing.T) {
	const log = "../logs-testdata/jobs/trusted-publisher-mismatch-placeholder.log"
	r := jobReport(t, analyzer.New(patterns.Builtin()), log)
	text := screen(t, r, render.Options{Width: 80, Color: true})
	command := "$ pubmortem " + filepath.Base(log) + "\n\n"
	for name, colours := range themes {
		path := "../.github/report-" + name + ".svg"
		want := svg(command+text, colours)
		if os.Getenv("UPDATE_README") != "" {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is stale (%v); run make picture", path, err)
		}
	}
}

// TestREADMELinks checks that the README's links to files lead to files.
func TestREADMELinks(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n")); n > 250 {
		t.Errorf("README.md has %d lines; nobody reads more than 250", n)
	}
	links := regexp.MustCompile(`\]\(([^)]+)\)|(?:src|srcset)="([^"]+)"|go run \./cmd/pubmortem (\S+)`).FindAllStringSubmatch(string(text), -1)
	if len(links) < 10 {
		t.Fatalf("only %d links found", len(links))
	}
	for _, m := range links {
		path := m[1] + m[2] + m[3]
		if strings.HasPrefix(path, "https://") {
			continue
		}
		if _, err := os.Stat("../" + path); err != nil {
			t.Error(err)
		}
	}
}

// The measures of a picture, in pixels: those of a cell of text at 14 px.
const (
	cellWidth, cellHeight = 8.4, 20
	margin                = 16
)

var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// svg draws lines of styled text. Each run of one style is stretched to its
// cells, so that it does not matter which font a reader has.
func svg(text string, look theme) []byte {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	width := 0
	for _, line := range lines {
		width = max(width, ansi.StringWidth(line))
	}
	w, h := 2*margin+float64(width)*cellWidth, 2*margin+len(lines)*cellHeight
	var b bytes.Buffer
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %d\" width=\"%g\" height=\"%d\" "+
		"font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace\" font-size=\"14\" xml:space=\"preserve\">\n", w, h, w, h)
	fmt.Fprintf(&b, "<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"%s\"/>\n", look.background)
	for i, line := range lines {
		y := margin + i*cellHeight + 15
		column, style := 0, ""
		for line != "" {
			run, next := line, ""
			at := sgr.FindStringSubmatchIndex(line)
			if at != nil {
				run, next = line[:at[0]], line[at[2]:at[3]]
				line = line[at[1]:]
			} else {
				line = ""
			}
			cells := ansi.StringWidth(run)
			if body := strings.TrimLeft(run, " "); strings.TrimSpace(body) != "" {
				body = strings.TrimRight(body, " ")
				lead, n := cells-ansi.StringWidth(strings.TrimLeft(run, " ")), ansi.StringWidth(body)
				fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%d\" textLength=\"%.1f\"%s>%s</text>\n", margin+float64(column+lead)*cellWidth, y,
					float64(n)*cellWidth, attributes(style, look), html.EscapeString(body))
			}
			column += cells
			if at != nil {
				style = next
			}
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// attributes are those of a run of text whose SGR sequence is style.
func attributes(style string, look theme) string {
	fill, weight := look.text, ""
	for code := range strings.SplitSeq(style, ";") {
		switch {
		case code == "1":
			weight = ` font-weight="bold"`
		case code == "2":
			fill = look.faint
		case look.colours[code] != "":
			fill = look.colours[code]
		}
	}
	return fmt.Sprintf(" fill=%q%s", fill, weight)
}
