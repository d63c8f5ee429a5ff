package analyzer_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/sebdah/goldie/v2"
	"go.yaml.in/yaml/v4"
	"mvdan.cc/sh/v3/syntax"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// TestReportsFitTheScreen holds the reports of whole job logs to what a person
// sees without scrolling: one incident takes 24 lines of 80 columns, and
// nothing but code is wider.
func TestReportsFitTheScreen(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	single, fit := 0, 0
	for _, path := range jobLogs(t) {
		r := jobReport(t, a, path)
		text := screen(t, r, render.Options{Width: 80})
		code := codeOf(r)
		for line := range strings.SplitSeq(text, "\n") {
			if n := ansi.StringWidth(line); n > 80 && strings.ContainsAny(line[:1], " >✗") && !strings.Contains(code, line) { // code begins at the margin

				t.Errorf("%s: %d columns: %s", filepath.Base(path), n, line)
			}
		}
		if len(r.Incidents) != 1 {
			continue
		}
		single++
		if n := strings.Count(text, "\n"); n <= 24 {
			fit++
		} else {
			t.Logf("%s: %d lines", filepath.Base(path), n)
		}
	}
	if fit*100 < single*95 {
		t.Errorf("%d of %d reports of one incident fit on a screen", fit, single)
	}
}

// TestScreens keeps a picture of the report of the first job log of each cause,
// and of each container, as terminals of three widths show it.
func TestScreens(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	names, reports := []string{}, map[string]*report.Report{}
	for _, path := range jobLogs(t) {
		r := jobReport(t, a, path)
		name := string(r.Verdict)
		if len(r.Incidents) > 0 {
			name = r.Incidents[0].Diagnoses[0].Cause
		}
		if reports[name] == nil {
			names, reports[name] = append(names, name), r
		}
	}
	for _, fx := range containerFixtures(t) {
		name := strings.TrimSuffix(filepath.Base(fx.path), ".txtar")
		names, reports[name] = append(names, name), fx.report(t, a)
	}
	slices.Sort(names)
	for _, width := range []int{60, 80, 120} {
		var all strings.Builder
		for _, name := range names {
			all.WriteString("## " + name + "\n" + screen(t, reports[name], render.Options{Width: width}) + "\n")
		}
		goldie.New(t, goldie.WithFixtureDir("../logs-testdata/golden/screens"), goldie.WithNameSuffix(".txt")).Assert(t, strconv.Itoa(width), []byte(all.String()))
	}
}

// TestSymptomsAreQuoted checks that each symptom that a report names has its
// line among the evidence, the deciding one first and marked.
func TestSymptomsAreQuoted(t *testing.T) {
	everyReport(t, func(name, _ string, _ []string, r *report.Report) {
		for _, in := range r.Incidents {
			meanings := ""
			shown := map[string]bool{}
			for i, e := range in.Evidence {
				meanings += e.Meaning + "\n"
				shown[e.Symptom] = true
				if e.Deciding != (i == 0) {
					t.Errorf("%s: line %d: deciding is %v", name, e.Line, e.Deciding)
				}
			}
			for i, title := range in.Titles {
				if !shown[in.Symptoms[i]] && !strings.Contains(meanings, title) && len(in.Evidence) < 12 {
					t.Errorf("%s: no line shows that %s", name, title)
				}
			}
		}
	})
}

// TestFixesParse checks that what people paste is YAML, JSON or shell, with the
// values of the run filled in.
func TestFixesParse(t *testing.T) {
	placeholder := regexp.MustCompile(`<[a-z][a-z -]*>`) // what a person has to fill in
	checked := map[string]int{}
	a := analyzer.New(patterns.Builtin())
	for _, path := range jobLogs(t) {
		for _, in := range jobReport(t, a, path).Incidents {
			for _, d := range in.Diagnoses {
				var err error
				var into any
				switch d.Fix.Language {
				case "yaml":
					err = yaml.Unmarshal([]byte(d.Fix.Snippet), &into)
				case "json":
					text := d.Fix.Snippet
					if !strings.HasPrefix(text, "{") { // a member to add
						text = "{" + text + "}"
					}
					err = json.Unmarshal([]byte(text), &into)
				case "sh":
					_, err = syntax.NewParser().Parse(strings.NewReader(placeholder.ReplaceAllString(d.Fix.Snippet, "word")), "")
				}
				checked[d.Fix.Language]++
				if err != nil {
					t.Errorf("%s: %s: %v in\n%s", filepath.Base(path), d.Cause, err, d.Fix.Snippet)
				}
			}
		}
	}
	for _, language := range []string{"yaml", "json", "sh"} {
		if checked[language] == 0 {
			t.Errorf("no fix in %s was looked at", language)
		}
	}
}

func jobReport(t *testing.T, a *analyzer.Analyzer, path string) *report.Report {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return analyze(t, a, filepath.Base(path), string(text), givenFacts(t, path))
}

func screen(t *testing.T, r *report.Report, o render.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := render.Terminal(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// codeOf is all that a report offers for copying.
func codeOf(r *report.Report) string {
	var b strings.Builder
	for _, in := range r.Incidents {
		for _, d := range in.Diagnoses {
			b.WriteString(d.Fix.Snippet + d.Fix.Diff)
		}
	}
	return b.String()
}
