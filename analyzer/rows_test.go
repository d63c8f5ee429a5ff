package analyzer_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// analyze diagnoses a text with facts given as "id=value".
func analyze(t testing.TB, a *analyzer.Analyzer, name, text string, given []string) *report.Report {
	t.Helper()
	log, err := runlog.OpenText("file", name, strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var facts []report.Fact
	for _, g := range given {
		id, value, _ := strings.Cut(g, "=")
		facts = append(facts, report.Fact{ID: strings.TrimSpace(id), Value: strings.TrimSpace(value), Origin: report.FromUser})
	}
	r, err := a.Analyze(context.Background(), log, analyzer.Options{Facts: facts})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// rowFixture is a short log that must lead to a row. Lines "fact: id=value" at
// its head are what is known beside it.
type rowFixture struct {
	log   string
	facts []string
}

func rowFixtures(t *testing.T) map[string]rowFixture {
	t.Helper()
	files, err := filepath.Glob("../logs-testdata/rows/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no row fixtures: %v", err)
	}
	all := map[string]rowFixture{}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if _, ok := all[f.Name]; ok {
				t.Errorf("%s: two fixtures for row %s", file, f.Name)
			}
			all[f.Name] = parseRowFixture(string(f.Data))
		}
	}
	return all
}

func parseRowFixture(data string) rowFixture {
	var fx rowFixture
	for {
		line, rest, _ := strings.Cut(data, "\n")
		fact, ok := strings.CutPrefix(line, "fact: ")
		if !ok {
			fx.log = data
			return fx
		}
		fx.facts = append(fx.facts, fact)
		data = rest
	}
}

// TestEveryRowIsReached runs the fixture of each row of the decision table:
// the row must come out, with all of its conditions holding.
func TestEveryRowIsReached(t *testing.T) {
	cat := patterns.Builtin()
	a := analyzer.New(cat)
	fixtures := rowFixtures(t)
	for i := range cat.Rows {
		row := &cat.Rows[i]
		if strings.HasPrefix(row.Symptoms[0], "publish-ahead") {
			continue // of no log: see TestCheck
		}
		fx, ok := fixtures[row.ID]
		if !ok {
			t.Errorf("row %s (%s): no fixture in logs-testdata/rows reaches it", row.ID, row.Pos)
			continue
		}
		delete(fixtures, row.ID)
		checkRow(t, a, row, fx)
	}
	for id := range fixtures {
		t.Errorf("logs-testdata/rows: %s is no row of the table", id)
	}
}

func checkRow(t *testing.T, a *analyzer.Analyzer, row *patterns.Row, fx rowFixture) {
	t.Helper()
	r := analyze(t, a, row.ID, fx.log, fx.facts)
	var got []string
	for _, in := range r.Incidents {
		for _, d := range in.Diagnoses {
			if d.Row != row.ID {
				got = append(got, d.Row)
				continue
			}
			if string(d.Confidence) != row.Confidence || len(d.Missing) > 0 {
				t.Errorf("row %s: %s, missing %v; want %s", row.ID, d.Confidence, d.Missing, row.Confidence)
			}
			return
		}
	}
	t.Errorf("row %s is not reached by its fixture; got %v, verdict %s", row.ID, got, r.Verdict)
}
