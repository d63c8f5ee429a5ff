package analyzer_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/patterns"
)

// What check proposes and rehearse prints is as good to actionlint as the file
// that it is for. ACTIONLINT is the package to run; "make actionlint" names it.
func TestProposals(t *testing.T) {
	linter := os.Getenv("ACTIONLINT")
	if linter == "" {
		t.Skip("needs actionlint: make actionlint")
	}
	repositories, err := filepath.Glob("../logs-testdata/check/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	a, dir := analyzer.New(patterns.Builtin()), t.TempDir()
	from := map[string]string{} // the file that a proposal was made of
	write := func(name, of string, text []byte) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		from[name] = of
		return name
	}
	proposals := 0
	for _, repository := range repositories {
		ar, err := txtar.ParseFile(repository)
		if err != nil {
			t.Fatal(err)
		}
		base := strings.TrimSuffix(filepath.Base(repository), ".txtar")
		tree, written := fstest.MapFS{}, map[string]string{}
		for _, f := range ar.Files {
			tree[f.Name] = &fstest.MapFile{Data: f.Data}
			if strings.HasPrefix(f.Name, ".github/workflows/") {
				written[f.Name] = write(base+"-"+filepath.Base(f.Name), "", f.Data)
			}
		}
		r, err := a.Check(t.Context(), analyzer.CheckOptions{Repository: "acme/widget", Sources: analyzer.Sources{Tree: analyzer.Files(tree)}})
		if err != nil {
			t.Fatal(err)
		}
		for i, in := range r.Incidents {
			fix := in.Diagnoses[0].Fix
			if fix.Diff == "" || written[fix.File] == "" {
				continue
			}
			after, err := edit.Apply(tree[fix.File].Data, fix.Diff)
			if err != nil {
				t.Errorf("%s: %v", base, err)
			}
			write(fmt.Sprintf("%s-after-%d.yml", base, i), written[fix.File], after)
			proposals++
		}
		jobs, err := analyzer.Rehearsals(t.Context(), analyzer.Files(tree))
		if err != nil {
			t.Fatal(err)
		}
		for i, job := range jobs {
			write(fmt.Sprintf("%s-rehearse-%d.yml", base, i), "", []byte("on: workflow_dispatch\njobs:\n"+job))
			proposals++
		}
	}
	if proposals < 60 {
		t.Errorf("only %d proposals", proposals)
	}
	var names []string
	for name := range from {
		names = append(names, name)
	}
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"run", linter, "-shellcheck=", "-pyflakes=", "-format", "{{json .}}"}, names...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	out, err := cmd.Output() // status 1 says that it found something
	var found []struct{ Message, Filepath string }
	if json.Unmarshal(out, &found) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	said := map[string]bool{}
	for _, f := range found {
		said[filepath.Join(dir, filepath.Base(f.Filepath))+f.Message] = true
	}
	for _, f := range found {
		name := filepath.Join(dir, filepath.Base(f.Filepath))
		proposal := from[name] != "" || strings.Contains(name, "-rehearse-")
		if proposal && !said[cmp.Or(from[name], "none")+f.Message] {
			t.Errorf("%s: %s", filepath.Base(name), f.Message)
		}
	}
}
