package analyzer_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// TestCheckUnreadable leaves open what a file says that cannot be read.
func TestCheckUnreadable(t *testing.T) {
	tree := fstest.MapFS{"package.json": {Mode: fs.ModeNamedPipe}}
	r, err := analyzer.New(patterns.Builtin()).Check(t.Context(), analyzer.CheckOptions{Sources: analyzer.Sources{Tree: analyzer.Files(tree)}})
	if err != nil || !r.Source.Damaged || len(r.Notes) != 1 {
		t.Errorf("%v: damaged: %t, notes %q", err, r.Source.Damaged, r.Notes)
	}
}

// TestCheckBounds leaves out what no repository has so much of, and says so. Jobs
// that call one another are a million together; without a bound this never ends.
func TestCheckBounds(t *testing.T) {
	jobs := func(format string, n int) []byte {
		text := "on: {push: {}, workflow_call: {}}\njobs:\n"
		for i := range n {
			text += fmt.Sprintf("  j%d: "+format+"\n", i)
		}
		return []byte(text)
	}
	tests := map[string]struct {
		tree fstest.MapFS
		want string
	}{
		"calls": {fstest.MapFS{
			"package.json":                  {Data: []byte(`{"name": "acme-widget", "version": "1.0.0"}`)},
			".github/workflows/publish.yml": {Data: jobs("{uses: ./.github/workflows/called.yml}", 1000)},
			".github/workflows/called.yml":  {Data: jobs("{runs-on: ubuntu-latest, steps: [{run: npm publish}]}", 1000)},
		}, "too many publishes"},
		"workflows": {fstest.MapFS{
			".github/workflows/a.yml": {Data: append(jobs("{}", 1), strings.Repeat("#\n", 300_000)...)},
			".github/workflows/b.yml": {Data: append(jobs("{}", 1), strings.Repeat("#\n", 300_000)...)},
		}, "the workflow files have more than"},
		"manifests": {func() fstest.MapFS {
			tree := fstest.MapFS{}
			for i := range 6 {
				tree[fmt.Sprintf("p%d/package.json", i)] = &fstest.MapFile{Data: []byte(`{"name": "a", "description": "` + strings.Repeat("x", 900_000) + `"}`)}
			}
			return tree
		}(), "the package.json files have more than"},
	}
	a := analyzer.New(patterns.Builtin())
	for name, tt := range tests {
		r, err := a.Check(t.Context(), analyzer.CheckOptions{Sources: analyzer.Sources{Tree: analyzer.Files(tt.tree)}})
		if err != nil || !r.Source.Damaged || !strings.Contains(strings.Join(r.Notes, "\n"), tt.want) {
			t.Errorf("%s: %v, damaged: %t, notes %q", name, err, r.Source.Damaged, r.Notes)
		}
	}
}

// Each repository of logs-testdata/check has exactly the faults that it names.
func TestCheck(t *testing.T) {
	files, err := filepath.Glob("../logs-testdata/check/*.txtar")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d repositories: %v", len(files), err)
	}
	a := analyzer.New(patterns.Builtin())
	reached := map[string]bool{}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree, want := fstest.MapFS{}, []string{}
		for _, f := range ar.Files {
			if f.Name == "want" {
				want = strings.Fields(string(f.Data))
				continue
			}
			tree[f.Name] = &fstest.MapFile{Data: f.Data}
		}
		r, err := a.Check(t.Context(), analyzer.CheckOptions{Repository: "acme/widget", Sources: analyzer.Sources{Tree: analyzer.Files(tree)}})
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, in := range r.Incidents {
			got = append(got, in.Diagnoses[0].Cause)
			reached[in.Diagnoses[0].Row] = true
			if in.Diagnoses[0].Fix.File == "" {
				t.Errorf("%s: %s has no place in a file", filepath.Base(file), in.Diagnoses[0].Cause)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", filepath.Base(file), got, want)
		}
		if verdict := r.Verdict == report.WouldPublish || r.Verdict == report.NoPublish; verdict != (len(want) == 0) {
			t.Errorf("%s: verdict %s", filepath.Base(file), r.Verdict)
		}
	}
	for _, row := range patterns.Builtin().Rows {
		if strings.HasPrefix(row.Symptoms[0], "publish-ahead") && !reached[row.ID] {
			t.Errorf("row %s: no repository in logs-testdata/check reaches it", row.ID)
		}
	}
}
