package analyzer_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/sebdah/goldie/v2"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// recorded reads the logs that real clients printed against a registry of our
// own: by name, then by file.
func recorded(t *testing.T, folder string) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob("../logs-testdata/" + folder + "/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no logs in %s: %v", folder, err)
	}
	all := map[string]map[string]string{}
	for _, name := range files {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		parts := map[string]string{}
		for _, f := range ar.Files {
			parts[f.Name] = string(f.Data)
		}
		all[strings.TrimSuffix(filepath.Base(name), ".txtar")] = parts
	}
	return all
}

func golden(t *testing.T, folder, name string, r *report.Report) {
	t.Helper()
	var text bytes.Buffer
	if err := render.Terminal(&text, r, render.Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	goldie.New(t, goldie.WithFixtureDir("../logs-testdata/golden/"+folder), goldie.WithNameSuffix(".txt")).Assert(t, name, text.Bytes())
}

// For each field in which a publisher may differ the report names it, whether
// the list came by an option or behind the log.
func TestPublishers(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	want := map[string]string{
		"empty": "trusted-publisher-not-configured certain", "called": "trusted-publisher-mismatch likely",
		"equal": "oidc-immutable-subject-claim possible", "unknown-run": "trusted-publisher-mismatch possible",
	}
	for name, parts := range recorded(t, "publisher") {
		list, ok := analyzer.ReadPublishers(parts["list"])
		if !ok {
			t.Fatalf("%s: no list", name)
		}
		var known []report.Fact
		for line := range strings.Lines(parts["facts"]) {
			id, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			known = append(known, report.Fact{ID: id, Value: value, Origin: report.FromRun})
		}
		ask := func(text string, o analyzer.Options) *report.Report {
			log, err := runlog.OpenText("file", "run.log", strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			o.Facts = known
			r, err := a.Analyze(t.Context(), log, o)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		beside, behind := ask(parts["log"], analyzer.Options{Publishers: list}), ask(parts["log"]+"\n"+parts["list"], analyzer.Options{})
		without := ask(parts["log"], analyzer.Options{})
		if c := without.Incidents[0].Diagnoses[0].Confidence; c == report.Certain {
			t.Errorf("%s: certain without the publisher's own word", name)
		}
		for _, r := range []*report.Report{beside, behind} {
			d := r.Incidents[0].Diagnoses[0]
			expected := want[name]
			if expected == "" {
				expected = "trusted-publisher-mismatch certain"
			}
			if got := d.Cause + " " + string(d.Confidence); got != expected {
				t.Errorf("%s: %s by %s, want %s", name, got, d.Row, expected)
			}
		}
		golden(t, "publisher", name, beside)
	}
}

// What npm trust answers to somebody who looks the publisher up is not why the
// publish failed.
func TestPublisherNotListed(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	const failed = "npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found\nnpm error 404 The requested resource could not be found or you do not have permission to access it.\n"
	for _, answer := range []string{
		"npm error code E404\nnpm error 404 Not Found - GET https://registry.npmjs.org/-/package/@acme%2fwidget/trust - Not found\nnpm error 404  The requested resource '@acme/widget@*' could not be found or you do not have permission to access it.\n",
		"npm error code E401\nnpm error 401 Unauthorized - GET https://registry.npmjs.org/-/package/@acme%2fwidget/trust - You must be logged in.\n",
		"npm error code E403\nnpm error 403 403 Forbidden - GET https://registry.npmjs.org/-/package/@acme%2fwidget/trust - Forbidden\n",
		"Unknown command: \"trust\"\n\nTo see a list of supported npm commands, run:\n  npm help\n",
	} {
		for _, text := range []string{failed + answer, answer + failed} {
			r := analyze(t, a, "paste", text, nil)
			if len(r.Incidents) != 1 || r.Incidents[0].Diagnoses[0].Cause != "trusted-publisher-mismatch" {
				t.Errorf("%q: %+v", text, r.Incidents)
			}
		}
		if r := analyze(t, a, "paste", answer, nil); len(r.Incidents) != 1 {
			t.Errorf("%q alone: %d incidents", answer, len(r.Incidents))
		}
	}
}

func TestRehearsals(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	for name, parts := range recorded(t, "rehearsal") {
		r := analyze(t, a, name+".log", parts["log"], nil)
		want := report.WouldPublish
		switch {
		case strings.HasSuffix(name, "-bad"):
			want = report.WouldFail
		case strings.HasSuffix(name, "-private") && name != "npm-11.5.1-private": // which says nothing of provenance
			want = report.WouldPublishWithoutProvenance
		}
		if r.Verdict != want {
			t.Errorf("%s: %s, want %s", name, r.Verdict, want)
		}
		golden(t, "rehearsal", name, r)
	}
}
