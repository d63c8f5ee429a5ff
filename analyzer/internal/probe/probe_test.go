package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github"
	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/internal/npm"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// first is the first look at a failed publish of @acme/widget 1.2.3.
func first(job string, facts ...report.Fact) *report.Report {
	p := &report.Package{Name: "@acme/widget", Version: "1.2.3"}
	return &report.Report{Incidents: []report.Incident{{Job: job, Package: p}}, Facts: facts}
}

// known are facts "id=value" about the run.
func known(facts ...string) []report.Fact {
	var list []report.Fact
	for _, f := range facts {
		id, value, _ := strings.Cut(f, "=")
		list = append(list, report.Fact{ID: id, Value: value, Origin: report.FromRun})
	}
	return list
}

func tree(files ...string) Dir {
	fs := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fs[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return Dir{FS: fs}
}

// has checks that a fact was found, as "value (where)"; an empty want says that
// it was not.
func has(t *testing.T, r *Result, id, want string) {
	t.Helper()
	var found []string
	for _, f := range r.Facts {
		if f.ID == id {
			found = append(found, fmt.Sprintf("%s (%s)", f.Value, f.Where))
		}
	}
	if want == "" && len(found) > 0 || want != "" && !slices.Contains(found, want) {
		t.Errorf("%s: got %q, want %q; notes %q", id, found, want, r.Notes)
	}
}

const publishing = `on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - run: npm publish
        env:
          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}
`

func TestWorkflowIsFound(t *testing.T) {
	other := strings.ReplaceAll(publishing, "npm publish", "npm test")
	r := Run(t.Context(), first("publish"), Sources{Tree: tree(".github/workflows/a.yml", other, ".github/workflows/b.yaml", publishing)})
	has(t, r, "id-token", "missing (.github/workflows/b.yaml:5)")
	r = Run(t.Context(), first("publish"), Sources{Tree: tree(".github/workflows/a.yml", publishing, ".github/workflows/b.yaml", publishing)})
	has(t, r, "id-token", "")
	if len(r.Notes) == 0 || !strings.HasPrefix(r.Notes[0], "several workflow files publish") {
		t.Errorf("notes %q", r.Notes)
	}
}

// What the log shows of a token is not contradicted by a file that means one.
func TestLogIsNotContradicted(t *testing.T) {
	files := tree(".github/workflows/a.yml", publishing)
	has(t, Run(t.Context(), first("publish"), Sources{Tree: files}), "token.kind", "secret (.github/workflows/a.yml:10)")
	shown := report.Fact{ID: "token.kind", Value: "empty", Origin: report.FromLog, Job: "publish"}
	has(t, Run(t.Context(), first("publish", shown), Sources{Tree: files}), "token.kind", "")
}

func TestCaller(t *testing.T) {
	const caller = "on: push\njobs:\n  call:\n    permissions:\n      id-token: %s\n    uses: ./.github/workflows/b.yml\n"
	called := strings.Replace(publishing, "on: push", "on:\n  workflow_call:", 1)
	open := strings.Replace(called, "    permissions:\n      contents: read\n", "", 1)
	run := known("run.repository=acme/widget", "run.workflow=.github/workflows/a.yml", "run.called-workflow=acme/widget/.github/workflows/b.yml")
	tests := []struct{ grant, called, caller, idToken string }{
		{"none", open, "missing (.github/workflows/a.yml:5)", "missing (.github/workflows/a.yml:5)"},
		{"write", called, "granted (.github/workflows/a.yml)", "missing (.github/workflows/b.yml:6)"},
		{"write", open, "granted (.github/workflows/a.yml)", "granted (.github/workflows/a.yml:5)"},
		{"${{ vars.X }}", open, "", ""},
	}
	for _, test := range tests {
		files := tree(".github/workflows/a.yml", fmt.Sprintf(caller, test.grant), ".github/workflows/b.yml", test.called)
		r := Run(t.Context(), first("call / publish", run...), Sources{Tree: files})
		has(t, r, "caller.id-token", test.caller)
		has(t, r, "id-token", test.idToken)
		for _, f := range r.Facts {
			if f.ID == "run.called-workflow" && f.Value != "acme/widget/.github/workflows/b.yml" {
				t.Errorf("called workflow %s", f.Value)
			}
		}
	}
}

func TestFixInCalledWorkflow(t *testing.T) {
	called := strings.Replace(publishing, "on: push", "on:\n  workflow_call:", 1)
	files := tree(".github/workflows/a.yml", "on: push\njobs:\n  call:\n    uses: ./.github/workflows/b.yml\n", ".github/workflows/b.yml", called)
	run := known("run.repository=acme/widget", "run.workflow=.github/workflows/a.yml", "run.called-workflow=acme/widget/.github/workflows/b.yml")
	rep := first("call / publish", run...)
	rep.Incidents[0].Diagnoses = []report.Diagnosis{{Cause: "long-lived-token-in-env"}, {Cause: "trusted-publisher-mismatch"}}
	Run(t.Context(), rep, Sources{Tree: files}).Fix(rep)
	if fix := rep.Incidents[0].Diagnoses[0].Fix; fix.File != ".github/workflows/b.yml" || !strings.Contains(fix.Diff, "-          NODE_AUTH_TOKEN") {
		t.Errorf("%+v", fix)
	}
	if fix := rep.Incidents[0].Diagnoses[1].Fix; fix.Diff != "" {
		t.Errorf("%+v", fix)
	}
}

func TestRepository(t *testing.T) {
	const manifest = "{\n\"name\": \"@acme/widget\",\n\"repository\": \"%s\"\n}"
	run := known("run.repository=acme/widget")
	tests := map[string]string{
		"acme/widget":                    "true (package.json:3)",
		"git@github.com:acme/widget.git": "true (package.json:3)",
		"acme/Widget":                    "false (package.json:3, the repository differs in letter case: Widget, not widget)",
		"acme-old/widget":                "false (package.json:3, the owner is acme-old, not acme)",
	}
	for url, want := range tests {
		r := Run(t.Context(), first("publish", run...), Sources{Tree: tree("package.json", fmt.Sprintf(manifest, url))})
		has(t, r, "package.repository-matches", want)
	}
	r := Run(t.Context(), first("publish", run...), Sources{Tree: tree("package.json", `{"name": "@acme/widget"}`)})
	has(t, r, "package.repository-matches", "false (package.json, repository.url is missing or empty)")
	r = Run(t.Context(), first("publish", run...), Sources{Tree: tree("package.json", `{"name": "other"}`)})
	has(t, r, "package.repository-matches", "")
}

func TestNpmrc(t *testing.T) {
	const line = "//registry.npmjs.org/:_authToken="
	secret := known("token.kind=secret")
	tests := []struct {
		npmrc string
		facts []report.Fact
		want  string
	}{
		{line + "npm_1", nil, "true (.npmrc:1)"},
		{"a=b\n" + line + "${T}\n" + line + "npm_1", secret, "true (.npmrc:3)"},
		{line + "${NODE_AUTH_TOKEN}", nil, "false (no token in .npmrc)"},
		{line + "${NODE_AUTH_TOKEN}", secret, ""},
	}
	for _, test := range tests {
		r := Run(t.Context(), first("publish", test.facts...), Sources{Tree: tree(".npmrc", test.npmrc)})
		has(t, r, "npmrc.literal-token", test.want)
	}
	has(t, Run(t.Context(), first("publish"), Sources{Tree: tree()}), "npmrc.literal-token", "false (no token in .npmrc)")
}

// closed is a repository that may not be read.
type closed struct {
	Dir
	asked int
}

func (c *closed) File(context.Context, string) ([]byte, error) {
	c.asked++
	return nil, &fault.Error{Kind: fault.NoAccess, Msg: "the token may not read it"}
}

func TestClosedRepositoryIsNotedOnce(t *testing.T) {
	c := &closed{Dir: tree()}
	run := known("run.workflow=.github/workflows/a.yml", "run.repository=acme/widget")
	r := Run(t.Context(), first("publish", run...), Sources{Tree: c})
	if c.asked != 1 || len(r.Notes) != 2 || r.Notes[0] != "the token may not read it" {
		t.Errorf("asked %d times, notes %q", c.asked, r.Notes)
	}
}

func TestNothingFailedAsksNothing(t *testing.T) {
	c := &closed{Dir: tree()}
	if r := Run(t.Context(), &report.Report{}, Sources{Tree: c}); c.asked != 0 || len(r.Facts)+len(r.Notes) > 0 {
		t.Errorf("asked %d times: %+v", c.asked, r)
	}
}

// A run on pull_request_target uses another workflow file than its commit has.
func TestWorkflowOfAnotherCommit(t *testing.T) {
	srv := fakegithub.New(t)
	srv.AddFile("acme", "widget", "c0", ".github/workflows/a.yml", publishing)
	c, err := github.NewClient("github.com", github.Options{BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	files := Remote{Client: c, Owner: "acme", Repo: "widget", Ref: "c0"}
	for event, want := range map[string]string{"push": "missing (.github/workflows/a.yml:5)", "pull_request_target": "", "workflow_run": ""} {
		run := known("run.workflow=.github/workflows/a.yml", "run.event="+event)
		has(t, Run(t.Context(), first("publish", run...), Sources{Tree: files}), "id-token", want)
	}
}

const document = `{"name": "@acme/widget",
  "versions": {"1.2.2": {"_npmUser": {"name": "octo"%s}}, "1.2.3": {"_npmUser": {"name": "octo"}}},
  "time": {"1.2.2": "2026-02-01T00:00:00Z", "1.2.3": "2026-06-18T10:00:00Z"}}`

func TestRegistry(t *testing.T) {
	srv := fakegithub.New(t)
	reg := &npm.Registry{BaseURL: srv.RegistryURL, StatusURL: func(npm.StatusPage) string { return srv.StatusURL }}
	ask := func(at string) *Result {
		start, _ := time.Parse(time.RFC3339, at) // zero when empty
		return Run(t.Context(), first("publish"), Sources{Registry: reg, At: start})
	}
	const private = "false (the registry answers 404; a private package does too)"
	has(t, ask(""), "package.exists", private)
	has(t, ask(""), "package.version-exists", private)
	has(t, ask(""), "package.trusted-before", "")

	srv.AddDocument("/@acme/widget", fmt.Sprintf(document, ""))
	r := ask("2026-06-19T00:00:00Z")
	has(t, r, "package.exists", "true (registry)")
	has(t, r, "package.version-exists", "true (the registry has it since 2026-06-18 10:00 UTC)")
	has(t, r, "package.version-before-run", "true (the registry has it since 2026-06-18 10:00 UTC, and the run began 2026-06-19 00:00 UTC)")
	has(t, r, "package.trusted-before", "false (2 versions on the registry, each published with a token)")
	r = ask("2026-06-18T09:00:00Z")
	has(t, r, "package.version-before-run", "false (the registry has it since 2026-06-18 10:00 UTC, and the run began 2026-06-18 09:00 UTC)")
	has(t, ask(""), "package.version-before-run", "")

	srv.AddDocument("/@acme/widget", fmt.Sprintf(document, `, "trustedPublisher": {"id": "github"}`))
	r = ask("")
	has(t, r, "package.trusted-before", "true (the registry, version 1.2.2)")
	has(t, r, "package.last-published-by", "token (registry, version 1.2.3)")
}

func TestDir(t *testing.T) {
	d := tree("package.json", "{}", "packages/a/package.json", "{}", "node_modules/x/package.json", "{}", ".git/package.json", "{}")
	if got := d.Manifests("x"); !slices.Equal(got, []string{"package.json", "packages/a/package.json"}) {
		t.Errorf("manifests %q", got)
	}
	if _, err := d.File(t.Context(), "missing"); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("error %v", err)
	}
}
