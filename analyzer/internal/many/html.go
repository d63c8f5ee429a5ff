package many

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// mostRows bounds the rows of the page, which is for reading: programs take the
// other formats.
const mostRows = 20_000

// writer writes HTML. Texts become inert in it: no template package does that
// here, since one makes the program a third larger.
type writer struct {
	w   *bufio.Writer
	cat *patterns.Catalog
}

// f is Fprintf whose texts are escaped, for elements and for quoted attributes.
func (p *writer) f(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = html.EscapeString(s)
		}
	}
	fmt.Fprintf(p.w, format, args...)
}

// cause is a link to what is said of a cause, where the catalog has it.
func (p *writer) cause(id string) {
	if _, ok := p.cat.Cause(id); ok {
		p.f(`<a href="#cause-%s">%s</a>`, id, id)
		return
	}
	p.f("%s", id)
}

// soft is a second line, if there is one.
func (p *writer) soft(text string) {
	if text != "" {
		p.f(`<br><span class="soft">%s</span>`, text)
	}
}

// WriteHTML writes one page that needs nothing else: the summary, a chart by
// week and cause, and the rows of all that did not publish as meant.
func WriteHTML(w io.Writer, rows []Row, s *Summary, cat *patterns.Catalog, at time.Time) error {
	p := &writer{bufio.NewWriter(w), cat}
	title, hash := s.title(), sha256.Sum256([]byte(pageJS))
	p.f(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-%s'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>%s</title>
`, base64.StdEncoding.EncodeToString(hash[:]), title.Text)
	p.w.WriteString("<style>\n" + pageCSS + "</style>\n")
	p.f("<header>\n<h1>%s</h1>\n<p class=\"soft\">%s · written %s by pubmortem</p>\n</header>\n<main>\n", title.Text, title.Detail, at.UTC().Format("2006-01-02 15:04 UTC"))
	byCause := Summarize(rows, "cause")
	if c := draw(byCause); c != nil {
		p.chart(c)
	}
	if len(s.Groups) > 0 {
		p.groups(s)
	}
	p.rows(rows)
	p.causes(byCause)
	p.w.WriteString("</main>\n<script>" + pageJS + "</script>\n</html>\n")
	return p.w.Flush()
}

func (p *writer) chart(c *chart) {
	p.f(`<section aria-labelledby="weeks">
<h2 id="weeks">Runs that did not publish as meant, by week and cause</h2>
<figure>
<svg viewBox="0 0 %d %d" role="img" aria-label="A bar for each week, of a part for each cause. The tables below have the numbers.">
`, c.Width, c.Height)
	for _, t := range c.Ticks {
		p.f(`<line x1="40" x2="%d" y1="%.1f" y2="%.1f"/><text x="34" y="%.1f" text-anchor="end">%s</text>`+"\n", c.Width, t.Y, t.Y, t.Y+4, t.Label)
	}
	for _, b := range c.Bars {
		p.f(`<rect class="c%d" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`+"\n", b.Colour, b.X, b.Y, b.W, b.H, b.Label)
	}
	for _, t := range c.Labels {
		p.f(`<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", t.X, t.Y, t.Label)
	}
	p.f("</svg>\n<ul class=\"legend\">")
	for i, name := range c.Legend {
		p.f(`<li><span class="c%d"></span> %s</li>`, i, name)
	}
	p.f("</ul>\n</figure>\n</section>\n")
}

// table begins a section with a table, whose columns that begin with # are
// numbers.
func (p *writer) table(id, title string, columns ...string) {
	p.f(`<div class="wide" tabindex="0" role="region" aria-label="%s"><table class="sortable" id="%s-table"><thead><tr>`, title, id)
	for _, c := range columns {
		if name, number := strings.CutPrefix(c, "#"); number {
			p.f(`<th class="n">%s</th>`, name)
		} else {
			p.f("<th>%s</th>", name)
		}
	}
	p.f("</tr></thead><tbody>\n")
}

func (p *writer) endTable() { p.f("</tbody></table></div>\n</section>\n") }

func (p *writer) groups(s *Summary) {
	date := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateOnly)
	}
	title := "By " + s.By
	p.f("<section aria-labelledby=\"groups\">\n<h2 id=\"groups\">%s</h2>\n", title)
	p.table("groups", title, words.Capital(s.By), "#Runs", "#"+s.others(), "By week", "First", "Last", "Trend", "Fixed")
	for _, g := range s.Groups {
		fixed := date(g.Fixed)
		if fixed == "" && g.Mended > 0 {
			fixed = fmt.Sprintf("%d of %d", g.Mended, g.Places)
		}
		p.f("<tr><td>")
		p.cause(g.Name)
		p.soft(g.Title)
		p.f(`</td><td class="n">%d</td><td class="n">%d</td><td class="spark" data-sort="%d">%s</td><td class="d">%s</td><td class="d">%s</td><td>%s</td><td class="d">%s</td></tr>`+"\n",
			g.Runs, g.Others, g.Runs, Sparkline(g.ByWeek), date(g.First), date(g.Last), string(g.Trend), fixed)
	}
	p.endTable()
}

// rows are the runs that did not publish as meant, the newest first.
func (p *writer) rows(rows []Row) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return !r.broken() && r.Error == "" })
	if len(rows) == 0 {
		return
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(b.Date, a.Date) })
	rows = rows[:min(len(rows), mostRows)]
	var names []string
	for i := range rows {
		names = append(names, rows[i].Cause)
	}
	slices.Sort(names)
	p.f(`<section aria-labelledby="runs">
<h2 id="runs">Runs</h2>
<form role="search"><label>Filter <input type="search" id="filter" placeholder="repository, package, words of the log" autocomplete="off"></label>
<label>Cause <select id="cause"><option value="">all</option>`)
	for _, name := range slices.Compact(names) {
		if name != "" {
			p.f("<option>%s</option>", name)
		}
	}
	p.f("</select></label>\n<output id=\"shown\" class=\"soft\" aria-live=\"polite\">%d shown</output></form>\n", len(rows))
	p.table("runs", "Runs", "Date", "Repository", "Package", "Cause", "Confidence", "Tool", "Log")
	for i := range rows {
		r := &rows[i]
		p.f(`<tr data-cause="%s"><td class="d">%s</td><td class="d">%s`, r.Cause, r.Date[:min(len(r.Date), len(time.DateOnly))], r.Repository)
		p.soft(r.Workflow)
		p.f("</td><td>%s %s</td><td>", r.Package, r.Version)
		p.cause(cmp.Or(r.Cause, "no log"))
		p.f("<small>%s</small></td><td>%s</td><td>%s</td><td>", cmp.Or(r.Text, r.Error), r.Confidence, r.Tool)
		switch {
		case strings.HasPrefix(r.URL, "https://"):
			p.f(`<a href="%s">%s</a>`, r.URL, map[bool]string{true: "line", false: "run"}[r.Line > 0])
		case r.Line > 0:
			p.f(`<small>%s:%d</small>`, r.File, r.Line)
		default:
			p.f(`<small>%s</small>`, r.File)
		}
		p.f("</td></tr>\n")
	}
	p.endTable()
}

// prose is a paragraph of the catalog, whose code stands between backquotes.
func (p *writer) prose(text string) {
	p.f("<p>")
	for i, part := range strings.Split(text, "`") {
		p.f([]string{"%s", "<code>%s</code>"}[i%2], part)
	}
	p.f("</p>\n")
}

// causes are what the catalog says of each cause that was found.
func (p *writer) causes(s *Summary) {
	p.f("<section aria-labelledby=\"causes\">\n<h2 id=\"causes\">What to do about each cause</h2>\n")
	for _, g := range s.Groups {
		c, ok := p.cat.Cause(g.Name)
		if !ok {
			continue
		}
		p.f(`<details id="cause-%s"><summary>%s: %s</summary><div>`, c.ID, c.ID, c.Title)
		for _, part := range [][2]string{{"What went wrong", c.Summary}, {"Check first", c.FirstCheck}, {"Fix", c.Fix.Text}} {
			p.f("<h3>%s</h3>", part[0])
			for text := range strings.SplitSeq(strings.TrimSpace(explain.Shown(part[1])), "\n\n") {
				p.prose(text)
			}
		}
		if c.Fix.Snippet != "" {
			p.f(`<pre tabindex="0">%s</pre>`, explain.Shown(c.Fix.Snippet))
		}
		p.f("</div></details>\n")
	}
	p.f("</section>\n")
}

// chart is bars of runs by week, each cut into causes, as a picture in SVG.
type chart struct {
	Width, Height int
	Bars          []box
	Ticks         []tick
	Labels        []tick
	Legend        []string
}

type box struct {
	X, Y, W, H float64
	Colour     int
	Label      string
}

type tick struct {
	X, Y  float64
	Label string
}

// colours is how many the page has: the last is for all other causes.
const colours = 7

// draw makes the chart, nil where no row has a date.
func draw(s *Summary) *chart {
	most := 0
	totals := make([]int, len(s.Weeks))
	for _, g := range s.Groups {
		for i, n := range g.ByWeek {
			totals[i] += n
			most = max(most, totals[i])
		}
	}
	if most == 0 {
		return nil
	}
	const width, height, left, bottom, top = 960, 260, 40, 24, 8
	const room = height - bottom - top
	c := &chart{Width: width, Height: height}
	step := roundStep(most)
	high := (most + step - 1) / step * step
	y := func(n int) float64 { return top + room*(1-float64(n)/float64(high)) }
	for n := 0; n <= high; n += step {
		c.Ticks = append(c.Ticks, tick{Y: y(n), Label: fmt.Sprint(n)})
	}
	per := float64(width-left) / float64(len(s.Weeks))
	wide := min(per*0.8, 48)
	middle := func(i int) float64 { return left + per*(float64(i)+0.5) }
	every := (len(s.Weeks) + 11) / 12
	stacked := make([]int, len(s.Weeks))
	for n, g := range s.Groups {
		colour := min(n, colours-1)
		if n < colours-1 {
			c.Legend = append(c.Legend, g.Name)
		} else if n == colours-1 {
			c.Legend = append(c.Legend, "other causes")
		}
		for i, runs := range g.ByWeek {
			if runs == 0 {
				continue
			}
			base := stacked[i]
			stacked[i] += runs
			c.Bars = append(c.Bars, box{
				X: middle(i) - wide/2, W: wide, Y: y(stacked[i]), H: y(base) - y(stacked[i]), Colour: colour,
				Label: fmt.Sprintf("%s, week of %s: %s", g.Name, s.Weeks[i].Format(time.DateOnly), words.Count(runs, "run")),
			})
		}
	}
	for i, week := range s.Weeks {
		if i%every == 0 {
			c.Labels = append(c.Labels, tick{X: middle(i), Y: height - 6, Label: week.Format("Jan 2")})
		}
	}
	return c
}

// roundStep is 1, 2 or 5 times a power of ten, so that a few steps reach most.
func roundStep(most int) int {
	for unit := 1; ; unit *= 10 {
		for _, n := range []int{1, 2, 5} {
			if n*unit*5 >= most {
				return n * unit
			}
		}
	}
}
