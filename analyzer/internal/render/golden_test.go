package render

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sebdah/goldie/v2"
)

// goldenCase is a report, how to render it, and the golden file of that.
type goldenCase struct {
	dir, name, report string
	render            Func
	opts              Options
}

// cases are all the goldens: each report at three widths, and a few of the
// options. GOLDIE_UPDATE=1 go test ./analyzer/internal/render writes them.
func cases(tb testing.TB) []goldenCase {
	var all []goldenCase
	add := func(dir, suffix, report string, f Func, o Options) {
		all = append(all, goldenCase{dir, report + suffix, report, f, o})
	}
	for _, name := range fixtures(tb) {
		for _, width := range []int{60, 80, 120} {
			add("terminal", fmt.Sprintf("-%d", width), name, Terminal, Options{Width: width})
		}
	}
	add("terminal", "-40", "folded", Terminal, Options{Width: 40})
	add("terminal", "-pipe", "open", Terminal, Options{})
	add("terminal", "-quiet", "mixed", Terminal, Options{Width: 80, Quiet: true})
	add("terminal", "-verbose", "folded", Terminal, Options{Width: 80, Verbose: true})
	add("terminal", "-all", "open", Terminal, Options{Width: 80, All: true})
	add("terminal", "-all", "certain", Terminal, Options{Width: 80, All: true})
	add("ansi", "", "certain", Terminal, Options{Width: 80, Color: true})
	add("ansi", "", "without-provenance", Terminal, Options{Width: 80, Color: true})
	add("json", "", "hostile", JSON, Options{})
	for _, name := range fixtures(tb) {
		add("markdown", "", name, Markdown, Options{Marker: "acme/widget"})
		add("annotations", "", name, Annotations, Options{})
		add("sarif", "", name, SARIF, Options{})
	}
	add("markdown", "-quiet", "mixed", Markdown, Options{Quiet: true})
	add("markdown", "-verbose", "open", Markdown, Options{Verbose: true})
	return all
}

func TestGoldens(t *testing.T) {
	for _, c := range cases(t) {
		t.Run(c.dir+"/"+c.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := c.render(&out, fixture(t, c.report), c.opts); err != nil {
				t.Fatal(err)
			}
			g := goldie.New(t, goldie.WithFixtureDir(golden+c.dir), goldie.WithDiffEngine(goldie.ColoredDiff))
			g.Assert(t, c.name, []byte(spellEscapes(out.String())))
		})
	}
}

// spellEscapes writes ESC so that a golden file can be read, printed and
// compared without doing anything.
func spellEscapes(s string) string {
	return strings.ReplaceAll(s, "\x1b", `\e`)
}

// TestColorAddsNothing checks that colour carries no words: without its
// escapes a coloured report is the plain one.
func TestColorAddsNothing(t *testing.T) {
	for _, name := range fixtures(t) {
		r := fixture(t, name)
		plain, colored := text(t, r, Options{Width: 80}), text(t, r, Options{Width: 80, Color: true})
		if plain == colored {
			t.Errorf("%s: no colour", name)
		}
		if got := sgr.ReplaceAllString(colored, ""); got != plain {
			t.Errorf("%s: without escapes:\n%s\nwant:\n%s", name, got, plain)
		}
	}
}
