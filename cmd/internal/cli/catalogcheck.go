package cli

import (
	"context"
	"fmt"

	"github.com/pubmortem/pubmortem/analyzer/inert"
	"github.com/pubmortem/pubmortem/patterns"
)

func runCatalogLint(_ context.Context, e *env, args []string) (int, error) {
	var problems []patterns.Problem
	if len(args) == 0 {
		problems = patterns.Builtin().Lint()
	} else {
		_, problems = merge(args)
	}
	e.listProblems(e.Out, problems)
	code := exitOK
	if patterns.Errors(problems) {
		code = exitUsage
	}
	if e.quiet {
		return code, nil
	}
	return code, e.print(tally(problems) + "\n")
}

// trial counts what matchers did on their examples and near misses.
type trial struct {
	entries, examples, nearMisses int
	failures                      []string
}

func runCatalogTest(_ context.Context, e *env, args []string) (int, error) {
	cat, err := listed(args)
	if err != nil {
		return exitUsage, err
	}
	var t trial
	for i := range cat.Symptoms {
		t.entry(cat.Symptoms[i].ID, cat.Symptoms[i].Match, false)
	}
	for i := range cat.Facts {
		t.entry(cat.Facts[i].ID, cat.Facts[i].From, true)
	}
	for _, f := range t.failures {
		if err := e.print(inert.Text(f) + "\n"); err != nil {
			return exitUsage, err
		}
	}
	code := exitOK
	if len(t.failures) > 0 {
		code = exitUsage
	}
	if e.quiet {
		return code, nil
	}
	return code, e.print(t.String())
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
	return fmt.Sprintf("%s, %s, %s: %s\n", count(t.entries, "entry", "entries"),
		count(t.examples, "example", "examples"), count(t.nearMisses, "near miss", "near misses"), result)
}
