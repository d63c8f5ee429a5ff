package analyzer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// everyReport calls do with the report of each job log and of each row's log.
func everyReport(t *testing.T, do func(name, text string, given []string, r *report.Report)) {
	t.Helper()
	a := analyzer.New(patterns.Builtin())
	for _, path := range jobLogs(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		given := givenFacts(t, path)
		do(filepath.Base(path), string(text), given, analyze(t, a, "x", string(text), given))
	}
	for id, fx := range rowFixtures(t) {
		do("row "+id, fx.log, fx.facts, analyze(t, a, "x", fx.log, fx.facts))
	}
}

// valuesOf lists a report's values of a fact.
func valuesOf(r *report.Report, id string) []string {
	var values []string
	for _, f := range r.Facts {
		if f.ID == id {
			values = append(values, f.Value)
		}
	}
	return values
}

// TestAnswersKeepTheirPromise gives each answer that a question offers as a
// fact, and expects the cause that the question names for it.
func TestAnswersKeepTheirPromise(t *testing.T) {
	t.Parallel()
	a := analyzer.New(patterns.Builtin())
	everyReport(t, func(name, text string, given []string, r *report.Report) {
		if len(r.Incidents) != 1 || r.Incidents[0].Question == nil {
			return
		}
		q := r.Incidents[0].Question
		for _, answer := range q.Answers {
			after := analyze(t, a, "x", text, append(slices.Clone(given), q.Fact+"="+answer.Value))
			if len(after.Incidents) == 0 {
				t.Errorf("%s: %s=%s: nothing failed", name, q.Fact, answer.Value)
			} else if got := after.Incidents[0].Diagnoses[0].Cause; got != answer.Cause {
				t.Errorf("%s: %s=%s leads to %s, promised %s", name, q.Fact, answer.Value, got, answer.Cause)
			}
		}
	})
}

// placeholder stands for a value in advice. What was published before a limit was
// reached is another package than the one that failed.
var placeholder = regexp.MustCompile(`<(?:package|version)>`)

// TestNothingAgainstTheFacts holds what a report says against its own facts.
func TestNothingAgainstTheFacts(t *testing.T) {
	t.Parallel()
	everyReport(t, func(name, _ string, _ []string, r *report.Report) {
		if len(r.Incidents) != 1 {
			return
		}
		only := func(id, value string) bool {
			got := valuesOf(r, id)
			return len(got) > 0 && !slices.ContainsFunc(got, func(v string) bool { return v != value })
		}
		for i, d := range r.Incidents[0].Diagnoses {
			said := d.FirstCheck + "\n" + d.Fix.Text + "\n" + d.Fix.Snippet
			wrong := func(format string, args ...any) {
				t.Errorf("%s: diagnosis %d (%s by %s): %s", name, i+1, d.Cause, d.Row, fmt.Sprintf(format, args...))
			}
			if only("registry.public", "false") && !slices.Contains(valuesOf(r, "registry.host"), "registry.npmjs.org") && regexp.MustCompile(`npmjs\.(com|org)`).MatchString(said) && i == 0 && d.Cause != "registry-url-missing-or-wrong" {
				wrong("speaks of the public registry: %s", said)
			}
			if only("id-token", "granted") && d.Cause == "id-token-permission-missing" && i == 0 {
				wrong("id-token is granted")
			}
			if m := placeholder.FindString(said); m != "" && r.Incidents[0].Package != nil && d.Cause != "rate-limited" && len(valuesOf(r, map[string]string{"<package>": "package.name", "<version>": "package.version"}[m])) == 1 {
				wrong("%s stands for what is known: %s", m, said)
			}
			if tool := valuesOf(r, "publish.tool"); len(tool) == 1 && tool[0] == "npm" && i == 0 {
				for _, other := range []string{"PNPM_CONFIG_PROVENANCE", "npmPublishProvenance", "lerna ", "yarn npm"} {
					if strings.Contains(d.Fix.Snippet, other) {
						wrong("speaks of another tool: %s", other)
					}
				}
			}
		}
	})
}

// TestVerboseIsNotAskedTwice expects no advice for a verbose run in one.
func TestVerboseIsNotAskedTwice(t *testing.T) {
	t.Parallel()
	everyReport(t, func(name, text string, _ []string, r *report.Report) {
		if !regexp.MustCompile(`npm verb(?:ose)? (?:cli|title|argv) `).MatchString(text) {
			return
		}
		for _, note := range r.Notes {
			if strings.Contains(note, "NPM_CONFIG_LOGLEVEL: verbose") {
				t.Errorf("%s: %s", name, note)
			}
		}
		for _, in := range r.Incidents {
			if q := in.Question; q != nil && strings.Contains(q.How, "LOGLEVEL") {
				t.Errorf("%s: %s", name, q.How)
			}
		}
	})
}

// TestOtherStepsDecideNothing puts harmless steps before and after what each job
// log holds, shifts its time, and joins it with a job that published well.
func TestOtherStepsDecideNothing(t *testing.T) {
	t.Parallel()
	a := analyzer.New(patterns.Builtin())
	const stamp = "2026-09-01T10:00:00.0000000Z "
	step := func(script string, output ...string) string {
		lines := []string{"##[group]Run " + script, "\x1b[36;1m" + script + "\x1b[0m", "shell: /usr/bin/bash -e {0}", "##[endgroup]"}
		return stamp + strings.Join(append(lines, output...), "\n"+stamp) + "\n"
	}
	const first = "##[group]Run "
	for _, path := range jobLogs(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		want := decided(analyze(t, a, "x", text, givenFacts(t, path)))
		at := strings.Index(text, first)
		if at = strings.LastIndexByte(text[:max(at, 0)], '\n') + 1; at == 0 {
			continue
		}
		forms := map[string]string{
			"a step before": text[:at] + step("make build", "cc -o widget widget.c", "warning: 3 errors were fixed") + text[at:],
			"a step after":  text + step("echo done", "done"),
			"another year":  regexp.MustCompile(`(?m)^20\d\d-\d\d`).ReplaceAllString(text, "2027-03"),
		}
		for form, changed := range forms {
			if got := decided(analyze(t, a, "x", changed, givenFacts(t, path))); got != want {
				t.Errorf("%s with %s:\n%swant\n%s", filepath.Base(path), form, got, want)
			}
		}
	}
}

// decided is what a report decides, without places.
func decided(r *report.Report) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Verdict)
	for _, in := range r.Incidents {
		fmt.Fprintln(&b, in.Outcome, in.Symptoms, in.Diagnoses[0].Cause, in.Diagnoses[0].Confidence, in.Diagnoses[0].Row)
	}
	return b.String()
}
