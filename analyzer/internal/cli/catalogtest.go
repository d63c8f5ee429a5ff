package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/patterns"
)

func runCatalogTest(ctx context.Context, e *env, args []string) (int, error) {
	cat, err := e.listed(args)
	if err != nil {
		return exitUsage, err
	}
	all, problems := e.extended(args, cat)
	t := trial{overlaps: overlapsOf(cat, all)}
	for i := range cat.Symptoms {
		t.entry(cat.Symptoms[i].ID, cat.Symptoms[i].Match, false)
	}
	for i := range cat.Facts {
		t.entry(cat.Facts[i].ID, cat.Facts[i].From, true)
	}
	code := exitOK
	if len(t.failures) > 0 {
		code = exitUsage
	}
	if err := e.print(t.text(e.quiet)); err != nil || e.against == "" {
		return code, err
	}
	if err := patterns.AsError(problems); err != nil {
		return exitUsage, err
	}
	return code, e.runAgainst(ctx, all)
}

// extended is the built-in catalog with those at the paths; without paths, it
// is the one that was listed.
func (e *env) extended(paths []string, listed *patterns.Catalog) (*patterns.Catalog, []patterns.Problem) {
	if len(paths) == 0 {
		return listed, nil
	}
	return merge(slices.Concat(e.catalogs, paths))
}

// overlapsOf are the overlaps in the catalog all that an entry of cat has a
// part in.
func overlapsOf(cat, all *patterns.Catalog) []patterns.Overlap {
	in := func(s *patterns.Symptom) bool {
		_, ok := cat.Symptom(s.ID)
		return ok
	}
	return slices.DeleteFunc(all.Overlaps(), func(o patterns.Overlap) bool { return !in(o.Symptom) && !in(o.Other) })
}

// trial counts what matchers did on their examples and near misses.
type trial struct {
	entries, examples, nearMisses int
	failures                      []string
	overlaps                      []patterns.Overlap
}

// text lists what is wrong, what is doubtful and, unless little is wanted, the
// sum.
func (t *trial) text(quiet bool) string {
	text := ""
	for _, f := range t.failures {
		text += inert.Text(f) + "\n"
	}
	if quiet {
		return text
	}
	for _, o := range t.overlaps {
		text += inert.Text(fmt.Sprintf("%s: warning: %s", o.Pos, o.Msg())) + "\n"
	}
	return text + t.String()
}

// entry tries the matchers of a symptom or, where they also have to yield a
// value, of a fact.
func (t *trial) entry(id string, matchers []patterns.Matcher, value bool) {
	if len(matchers) > 0 {
		t.entries++
	}
	for i := range matchers {
		m := &matchers[i]
		for _, text := range m.Examples {
			t.examples++
			captures, ok := patterns.MatchText(m, text)
			if !ok {
				t.fail(m, id, "does not match its example %q", text)
			} else if _, ok := m.FactValue(captures); value && !ok {
				t.fail(m, id, "reads no value from its example %q", text)
			}
		}
		for _, text := range m.NearMisses {
			t.nearMisses++
			if _, ok := patterns.MatchText(m, text); ok {
				t.fail(m, id, "matches its near miss %q", text)
			}
		}
	}
}

func (t *trial) fail(m *patterns.Matcher, id, format string, args ...any) {
	t.failures = append(t.failures, fmt.Sprintf("%s: %s %s", m.Pos, id, fmt.Sprintf(format, args...)))
}

// String sums up: "12 entries, 40 examples, 31 near misses: all right".
func (t *trial) String() string {
	result := "all right"
	if n := len(t.failures); n > 0 {
		result = fmt.Sprintf("%d wrong", n)
	}
	if n := len(t.overlaps); n > 0 {
		result += ", " + count(n, "overlap", "overlaps")
	}
	return fmt.Sprintf("%s, %s, %s: %s\n", count(t.entries, "entry", "entries"),
		count(t.examples, "example", "examples"), count(t.nearMisses, "near miss", "near misses"), result)
}
