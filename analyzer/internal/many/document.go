package many

import (
	"fmt"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
)

// Document is the summary for people: a sentence, and a table that fits into
// 80 columns.
func (s *Summary) Document() document.Document {
	var d document.Document
	d.Add(0, s.title())
	if len(s.Groups) > 0 {
		d.Add(0, document.Gap{})
		d.Add(0, s.table())
	}
	return d
}

func (s *Summary) title() document.Title {
	t := document.Title{Tone: document.Good, Text: fmt.Sprintf("No publish failed in %s", words.Count(s.Runs, "run"))}
	switch {
	case s.Runs == 0:
		return document.Title{Text: "There are no runs to look at"}
	case s.Broken > 0:
		t.Tone = document.Bad
		t.Text = fmt.Sprintf("%s of %s did not publish as meant, for %s", words.Thousands(int64(s.Broken)), words.Count(s.Runs, "run"), words.Count(s.Causes, "cause"))
	case s.Unread == s.Runs:
		t = document.Title{Tone: document.Warn, Text: fmt.Sprintf("None of %s could be read", words.Count(s.Runs, "run"))}
	}
	detail := []string{words.Count(s.Published, "run") + " published"}
	if len(s.Weeks) > 0 {
		detail = append(detail, words.Count(len(s.Weeks), "week")+" from "+s.Weeks[0].Format(time.DateOnly))
	}
	if s.Unread > 0 && t.Tone != document.Warn {
		detail = append(detail, words.Count(s.Unread, "run")+" without a log to read")
	}
	t.Detail = strings.Join(detail, " · ")
	return t
}

func (s *Summary) table() document.Table {
	t := document.Table{Head: []string{words.Capital(s.By), "Runs", s.others(), "By week", "First", "Last", "Now"}, Numbers: []int{1, 2}}
	if s.By == "week" {
		t.Head = []string{"Week", "Runs", "Causes", ""}
	}
	most := 0
	for _, g := range s.Groups {
		most = max(most, g.Runs)
	}
	for _, g := range s.Groups {
		row := []string{g.Name, words.Thousands(int64(g.Runs)), words.Thousands(int64(g.Others))}
		if g.Others == 0 {
			row[2] = "–"
		}
		if s.By == "week" {
			t.Rows = append(t.Rows, append(row, bar(g.Runs, most)))
			continue
		}
		t.Rows = append(t.Rows, append(row, Sparkline(g.ByWeek), s.day(g.First), s.day(g.Last), s.now(g)))
	}
	return t
}

// others names what a group's Others count.
func (s *Summary) others() string {
	if s.By == "cause" {
		return "Repos"
	}
	return "Causes"
}

// now says in a word or two how a group stands.
func (s *Summary) now(g *Group) string {
	switch {
	case !g.Fixed.IsZero():
		return "fixed " + s.day(g.Fixed)
	case g.Mended > 0 && (g.Trend == "" || g.Trend == Quiet):
		return fmt.Sprintf("%d/%d fixed", g.Mended, g.Places)
	}
	return string(g.Trend)
}

// day is a date, with its year only where the rows are of several.
func (s *Summary) day(t time.Time) string {
	switch {
	case t.IsZero():
		return "–"
	case len(s.Weeks) > 52:
		return t.Format("2006-01")
	}
	return t.Format("01-02")
}

// sparkWidth is how many columns the weeks get: with eight, a table of the
// longest causes' names fits into 80 columns.
const sparkWidth = 8

// Sparkline draws counts in order as bars of eight heights, neighbours summed
// where there are more than columns. A dot stands for none.
func Sparkline(counts []int) string {
	per := max(1, (len(counts)+sparkWidth-1)/sparkWidth)
	var sums []int
	for end := len(counts); end > 0; end -= per {
		sums = append([]int{sum(counts[max(0, end-per):end])}, sums...)
	}
	most := 0
	for _, n := range sums {
		most = max(most, n)
	}
	var b strings.Builder
	for _, n := range sums {
		const bars = "▁▂▃▄▅▆▇█"
		if n == 0 {
			b.WriteString("·")
			continue
		}
		b.WriteRune([]rune(bars)[(n*8-1)/most])
	}
	return b.String()
}

func bar(n, most int) string {
	const widest = 40
	return strings.Repeat("█", max(1, n*widest/max(1, most)))
}
