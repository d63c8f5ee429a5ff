package analyzer_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// whole job logs: NAME.log and NAME.want, which says what a person must see.
func jobLogs(t *testing.T) []string {
	t.Helper()
	logs, err := filepath.Glob("../logs-testdata/jobs/*.log")
	if err != nil || len(logs) == 0 {
		t.Fatalf("no job logs: %v", err)
	}
	return logs
}

// seen writes what a person sees first of a report, in the form of the want files.
func seen(r *report.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "verdict: %s\n", r.Verdict)
	for _, in := range r.Incidents {
		d := in.Diagnoses[0]
		fmt.Fprintf(&b, "incident: %s %s\n", in.Outcome, in.Symptoms[0])
		fmt.Fprintf(&b, "cause: %s (%s) by %s\n", d.Cause, d.Confidence, d.Row)
		if in.Package != nil {
			fmt.Fprintf(&b, "package: %s %s\n", in.Package.Name, in.Package.Version)
		}
		if len(in.Packages) > 1 {
			fmt.Fprintf(&b, "packages: %d\n", len(in.Packages))
		}
		e := in.Evidence[0]
		fmt.Fprintf(&b, "evidence: %s › %s:%d\n", e.Job, e.Step, e.Line)
	}
	return b.String()
}

// givenFacts reads NAME.facts, if there is one: what a person knows and the
// log does not say, "id=value" a line.
func givenFacts(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(path, ".log") + ".facts")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// TestJobs diagnoses every whole job log. UPDATE_WANT=1 writes the want files
// anew; read the difference before you believe it.
func TestJobs(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	for _, path := range jobLogs(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := seen(analyze(t, a, filepath.Base(path), string(text), givenFacts(t, path)))
		wantFile := strings.TrimSuffix(path, ".log") + ".want"
		if os.Getenv("UPDATE_WANT") != "" {
			if err := os.WriteFile(wantFile, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(wantFile)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if got != string(want) {
			t.Errorf("%s:\n%s\nwant:\n%s", path, got, want)
		}
	}
}

// TestEveryCauseHasAJob: each cause is the first diagnosis of some whole job log.
func TestEveryCauseHasAJob(t *testing.T) {
	var found []string
	wants, _ := filepath.Glob("../logs-testdata/jobs/*.want")
	for _, path := range wants {
		if _, err := os.Stat(strings.TrimSuffix(path, ".want") + ".log"); err != nil {
			t.Errorf("%s belongs to no log", path)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if cause, ok := strings.CutPrefix(line, "cause: "); ok {
				cause, _, _ = strings.Cut(cause, " ")
				found = append(found, cause)
			}
		}
	}
	cat := patterns.Builtin()
	for i := range cat.Causes {
		if !slices.Contains(found, cat.Causes[i].ID) {
			t.Errorf("no job log in logs-testdata/jobs leads to %s", cat.Causes[i].ID)
		}
	}
}

// TestJobsThatFailAlike: a matrix is one incident that lists its jobs, however
// many.
func TestJobsThatFailAlike(t *testing.T) {
	const stamp = "2026-09-01T10:00:00.0000000Z "
	job := func(name, pkg string) string {
		return column(name, stamp+strings.Join([]string{
			"##[group]Run npm publish --provenance", "npm publish --provenance", "##[endgroup]",
			"npm notice name: " + pkg, "npm notice version: 1.2.3",
			"npm verbose argv \"publish\" \"--provenance\"", "npm info using npm@11.6.0",
			"npm error code EUSAGE",
			`npm error Provenance generation in GitHub Actions requires "write" access to the "id-token" permission`,
			"##[error]Process completed with exit code 1.",
		}, "\n"+stamp)+"\n")
	}
	var log strings.Builder
	for i := range 30 {
		log.WriteString(job(fmt.Sprintf("publish (%d)", i), fmt.Sprintf("@acme/part-%d", i)))
	}
	r := analyze(t, analyzer.New(patterns.Builtin()), "run.log", log.String(), nil)
	if len(r.Incidents) != 1 {
		t.Fatalf("%d incidents", len(r.Incidents))
	}
	in := r.Incidents[0]
	if len(in.Jobs) != 30 || in.Job != in.Jobs[0] || in.Jobs[29] != "publish (29)" || len(in.Packages) != 30 {
		t.Errorf("job %s, %d jobs, %d packages", in.Job, len(in.Jobs), len(in.Packages))
	}
	if e := in.Evidence; e[0].Job != "publish (0)" || !e[0].Deciding || e[len(e)-1].Deciding || e[len(e)-1].Job == "publish (0)" {
		t.Errorf("evidence: %+v", e)
	}
}
