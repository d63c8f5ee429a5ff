package many

import (
	"cmp"
	"slices"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Keys are what runs can be counted by, the default first.
func Keys() []string {
	return []string{"cause", "repository", "package", "workflow", "week", "tool"}
}

// Summary is what many rows come to.
type Summary struct {
	By string
	// Runs were read; Broken of them failed to publish or published without
	// provenance, Unread had no log to read.
	Runs, Broken, Unread int
	// Published tells how many runs show a publish that went well.
	Published int
	Causes    int
	// Weeks are the Mondays of all weeks from the first row to the last.
	Weeks  []time.Time
	Groups []*Group
}

// Group is the broken runs that have one value of the key, most runs first.
type Group struct {
	Name, Title string
	Runs        int
	// Others counts the repositories of a cause, and the causes of anything else.
	Others      int
	First, Last time.Time
	// ByWeek counts runs in each of the summary's weeks.
	ByWeek []int
	Trend  Trend
	// Fixed is when the last of its repositories published again, zero while one
	// of them has not. Mended and Places count the repositories that did, and all.
	Fixed          time.Time
	Mended, Places int
}

// Trend compares the last four weeks with the four before.
type Trend string

// The trends.
const (
	Rising  Trend = "rising"
	Falling Trend = "falling"
	Steady  Trend = "steady"
	New     Trend = "new"
	Quiet   Trend = "quiet" // not seen in the last four weeks
)

// Summarize counts rows by one of the Keys.
func Summarize(rows []Row, by string) *Summary {
	s := &Summary{By: by}
	s.span(rows)
	runs, broken, unread, published, causes := set{}, set{}, set{}, set{}, set{}
	groups := map[string]*gathered{}
	good := map[place][]time.Time{}
	for i := range rows {
		row := &rows[i]
		runs.add(row.key())
		switch {
		case row.Error != "":
			unread.add(row.key())
		case row.broken():
			broken.add(row.key())
			causes.add(row.Cause)
			s.gather(groups, row)
		}
		if row.Verdict == string(report.Healthy) {
			published.add(row.key())
			good[row.place()] = append(good[row.place()], row.Time())
		}
	}
	for _, g := range groups {
		g.Runs, g.Others = len(g.runs), len(g.others)
		g.fixed(good)
		g.Trend = trend(g.ByWeek)
		s.Groups = append(s.Groups, &g.Group)
	}
	slices.SortFunc(s.Groups, func(a, b *Group) int {
		if by == "week" {
			return cmp.Compare(a.Name, b.Name)
		}
		return cmp.Or(cmp.Compare(b.Runs, a.Runs), cmp.Compare(a.Name, b.Name))
	})
	s.Runs, s.Broken, s.Unread, s.Published, s.Causes = len(runs), len(broken), len(unread), len(published), len(causes)
	return s
}

type set map[string]bool

func (s set) add(key string) { s[key] = true }

// place is where a fix shows: a workflow of a repository.
type place struct{ repository, workflow string }

func (row *Row) place() place { return place{row.Repository, row.Workflow} }

type gathered struct {
	Group
	runs, others set
	places       map[place]time.Time // when it was last seen there
}

func (s *Summary) gather(groups map[string]*gathered, row *Row) {
	name := row.value(s.By)
	g := groups[name]
	if g == nil {
		g = &gathered{Group: Group{Name: name, ByWeek: make([]int, len(s.Weeks))}, runs: set{}, others: set{}, places: map[place]time.Time{}}
		groups[name] = g
	}
	other := row.Cause
	if s.By == "cause" {
		g.Title, other = row.Title, row.Repository
	}
	if other != "" {
		g.others.add(other)
	}
	at := row.Time()
	if last, ok := g.places[row.place()]; !ok || at.After(last) {
		g.places[row.place()] = at
	}
	counted := g.runs[row.key()]
	g.runs.add(row.key())
	if at.IsZero() {
		return
	}
	if i := s.week(at); i >= 0 && !counted {
		g.ByWeek[i]++
	}
	if g.First.IsZero() || at.Before(g.First) {
		g.First = at
	}
	if at.After(g.Last) {
		g.Last = at
	}
}

// value is what a row is counted under.
func (row *Row) value(by string) string {
	value := row.Cause
	switch by {
	case "repository":
		value = row.Repository
	case "package":
		value = row.Package
	case "workflow":
		value = row.Workflow
		if row.Repository != "" && value != "" {
			value = row.Repository + " " + value
		}
	case "tool":
		value = row.Tool
	case "week":
		value = ""
		if at := row.Time(); !at.IsZero() {
			value = monday(at).Format(time.DateOnly)
		}
	}
	return cmp.Or(value, "unknown")
}

func monday(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d-(int(t.Weekday())+6)%7, 0, 0, 0, 0, time.UTC)
}

// mostWeeks bounds the weeks that are told apart: a log may name any year.
const mostWeeks = 520

func (s *Summary) span(rows []Row) {
	var first, last time.Time
	for i := range rows {
		at := rows[i].Time()
		if at.IsZero() {
			continue
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	if first.IsZero() {
		return
	}
	week := monday(last)
	for ; len(s.Weeks) < mostWeeks && !week.Before(monday(first)); week = week.AddDate(0, 0, -7) {
		s.Weeks = append(s.Weeks, week)
	}
	slices.Reverse(s.Weeks)
}

// week is the index of a moment's week, -1 for one before all.
func (s *Summary) week(at time.Time) int {
	if len(s.Weeks) == 0 || at.Before(s.Weeks[0]) {
		return -1
	}
	return int(at.Sub(s.Weeks[0]).Hours() / (7 * 24))
}

// fixed looks for publishes that went well after the last failure, in the same
// workflow of the same repository.
func (g *gathered) fixed(good map[place][]time.Time) {
	g.Places = len(g.places)
	var since time.Time
	for p, last := range g.places {
		var again time.Time
		for _, at := range good[p] {
			if !last.IsZero() && at.After(last) && (again.IsZero() || at.Before(again)) {
				again = at
			}
		}
		if again.IsZero() || p.repository == "" {
			continue
		}
		g.Mended++
		if again.After(since) {
			since = again
		}
	}
	if g.Mended == g.Places {
		g.Fixed = since
	}
}

// trend compares the last four weeks with the four before; "" where there are
// too few weeks.
func trend(byWeek []int) Trend {
	const span = 4
	n := len(byWeek)
	if n < span+1 {
		return ""
	}
	now, before, ever := sum(byWeek[n-span:]), sum(byWeek[max(0, n-2*span):n-span]), sum(byWeek[:n-span])
	switch {
	case now == 0:
		return Quiet
	case ever == 0:
		return New
	case 2*now > 3*before:
		return Rising
	case 3*now < 2*before:
		return Falling
	}
	return Steady
}

func sum(counts []int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}
