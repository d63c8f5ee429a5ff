package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/findings"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// stamped writes a log as gh prints it, of a job's publishing step.
func stamped(job, step string, lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%s\t%s\t2026-06-18T10:00:00.0000000Z %s\n", job, step, line)
	}
	return b.String()
}

// refused is the log of a failed publish of @acme/widget 1.2.3.
func refused(job string) string {
	return stamped(job, "Run npm publish", "npm notice 📦  @acme/widget@1.2.3", "npm error code E404",
		"npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found", "##[error]Process completed with exit code 1.")
}

var engine, table = match.New(patterns.Builtin()), decide.New(patterns.Builtin())

func analyze(t *testing.T, log string, given ...report.Fact) *decide.Analysis {
	t.Helper()
	l, err := runlog.OpenText("file", "publish.log", strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	scan, err := engine.Scan(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return decide.Analyze(table, findings.Collect(patterns.Builtin(), scan, findings.Given(scan, given)))
}

// first is the first look at a failed publish of @acme/widget 1.2.3.
func first(t *testing.T, job string, given ...report.Fact) *decide.Analysis {
	t.Helper()
	an := analyze(t, refused(job), given...)
	if len(an.Incidents) != 1 || an.Incidents[0].First().Package != "@acme/widget" {
		t.Fatalf("incidents %+v", an.Incidents)
	}
	return an
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
	for _, f := range r.Readings {
		if f.Fact == id {
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
	r := Run(t.Context(), first(t, "publish"), Sources{Tree: tree(".github/workflows/a.yml", other, ".github/workflows/b.yaml", publishing)})
	has(t, r, "id-token", "missing (.github/workflows/b.yaml:5)")
	r = Run(t.Context(), first(t, "publish"), Sources{Tree: tree(".github/workflows/a.yml", publishing, ".github/workflows/b.yaml", publishing)})
	has(t, r, "id-token", "")
	if len(r.Notes) == 0 || !strings.HasPrefix(r.Notes[0], "several workflow files publish") {
		t.Errorf("notes %q", r.Notes)
	}
}

// What the log shows of a token is not contradicted by a file that means one.
func TestLogIsNotContradicted(t *testing.T) {
	files := tree(".github/workflows/a.yml", publishing)
	has(t, Run(t.Context(), first(t, "publish"), Sources{Tree: files}), "token.kind", "secret (.github/workflows/a.yml:10)")
	shown := stamped("publish", "Run npm publish", "##[group]Run npm publish", "npm publish", "shell: /usr/bin/bash -e {0}", "env:", "  NODE_AUTH_TOKEN: ***", "##[endgroup]") + refused("publish")
	has(t, Run(t.Context(), analyze(t, shown), Sources{Tree: files}), "token.kind", "")
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
		r := Run(t.Context(), first(t, "call / publish", run...), Sources{Tree: files})
		has(t, r, "caller.id-token", test.caller)
		has(t, r, "id-token", test.idToken)
		for _, f := range r.Readings {
			if f.Fact == "run.called-workflow" && f.Value != "acme/widget/.github/workflows/b.yml" {
				t.Errorf("called workflow %s", f.Value)
			}
		}
	}
}

func TestFixInCalledWorkflow(t *testing.T) {
	called := strings.Replace(publishing, "on: push", "on:\n  workflow_call:", 1)
	files := tree(".github/workflows/a.yml", "on: push\njobs:\n  call:\n    uses: ./.github/workflows/b.yml\n", ".github/workflows/b.yml", called)
	run := known("run.repository=acme/widget", "run.workflow=.github/workflows/a.yml", "run.called-workflow=acme/widget/.github/workflows/b.yml")
	an := first(t, "call / publish", run...)
	r := Run(t.Context(), an, Sources{Tree: files})
	file, _, diff, ok := r.Edit(an.Incidents[0], patterns.EditDropToken)
	if !ok || file != ".github/workflows/b.yml" || !strings.Contains(diff, "-          NODE_AUTH_TOKEN") {
		t.Errorf("%s %s", file, diff)
	}
	if place := r.VerbosePlace(an.Incidents[0]); !strings.HasPrefix(place, ".github/workflows/b.yml:") {
		t.Errorf("verbose at %q", place)
	}
	if _, _, _, ok := r.Edit(an.Incidents[0], patterns.EditSetAccessPublic); ok {
		t.Error("edited a package.json that was not read")
	}
}

// The publisher's environment is put into the job that lacks it, where nothing
// else differs, also for a pasted log that names neither job nor workflow.
func TestEnvironmentOfThePublisher(t *testing.T) {
	const pasted = "npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found\n\ntype: github\nid: 1\nfile: release.yml\nrepository: acme/widget\nenvironment: npm\n"
	files := tree(".github/workflows/release.yml", publishing, ".github/workflows/test.yml", "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{run: npm test}]\n")
	for name, want := range map[string]string{"acme/widget": "+    environment: npm", "acme/gadget": ""} {
		an := analyze(t, pasted, known("run.repository="+name)...)
		r := Run(t.Context(), an, Sources{Tree: files})
		has(t, r, "run.workflow", ".github/workflows/release.yml (the only one that publishes in such a job)")
		if _, _, diff, ok := r.Edit(an.Incidents[0], patterns.EditSetEnvironment); ok != (want != "") || !strings.Contains(diff, want) {
			t.Errorf("%s: %s", name, diff)
		}
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
		r := Run(t.Context(), first(t, "publish", run...), Sources{Tree: tree("package.json", fmt.Sprintf(manifest, url))})
		has(t, r, "package.repository-matches", want)
	}
	r := Run(t.Context(), first(t, "publish", run...), Sources{Tree: tree("package.json", `{"name": "@acme/widget"}`)})
	has(t, r, "package.repository-matches", "false (package.json, repository.url is missing or empty)")
	r = Run(t.Context(), first(t, "publish", run...), Sources{Tree: tree("package.json", `{"name": "other"}`)})
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
		r := Run(t.Context(), first(t, "publish", test.facts...), Sources{Tree: tree(".npmrc", test.npmrc)})
		has(t, r, "npmrc.literal-token", test.want)
	}
	has(t, Run(t.Context(), first(t, "publish"), Sources{Tree: tree()}), "npmrc.literal-token", "false (no token in .npmrc)")
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
	r := Run(t.Context(), first(t, "publish", run...), Sources{Tree: c})
	if c.asked != 1 || len(r.Notes) != 2 || r.Notes[0] != "the token may not read it" {
		t.Errorf("asked %d times, notes %q", c.asked, r.Notes)
	}
}

func TestNothingFailedAsksNothing(t *testing.T) {
	c := &closed{Dir: tree()}
	if r := Run(t.Context(), analyze(t, "all is well\n"), Sources{Tree: c}); c.asked != 0 || len(r.Readings)+len(r.Notes) > 0 {
		t.Errorf("asked %d times: %+v", c.asked, r)
	}
}

// A run on pull_request_target uses another workflow file than its commit has.
func TestWorkflowOfAnotherCommit(t *testing.T) {
	files := tree(".github/workflows/a.yml", publishing)
	for event, want := range map[string]string{"push": "missing (.github/workflows/a.yml:5)", "pull_request_target": "", "workflow_run": ""} {
		run := known("run.workflow=.github/workflows/a.yml", "run.event="+event)
		has(t, Run(t.Context(), first(t, "publish", run...), Sources{Tree: files, AtCommit: true}), "id-token", want)
	}
}

// fakeRegistry answers for packages by "address name".
type fakeRegistry map[string]*Package

func (f fakeRegistry) Package(_ context.Context, address, name string) (*Package, error) {
	if p, ok := f[address+" "+name]; ok {
		return p, nil
	}
	return nil, fault.ErrNotFound
}

func (f fakeRegistry) Attestation(_ context.Context, address, name, version string) (*Attestation, error) {
	return &Attestation{Owner: "acme", Repo: "widget", Workflow: ".github/workflows/old.yml"}, nil
}

func TestRegistry(t *testing.T) {
	at := func(text string) time.Time {
		when, _ := time.Parse(time.RFC3339, text) // zero when empty
		return when
	}
	versions := []Version{{Number: "1.2.2", Published: at("2026-02-01T00:00:00Z")}, {Number: "1.2.3", Published: at("2026-06-18T10:00:00Z")}}
	ask := func(reg fakeRegistry, start string) *Result {
		return Run(t.Context(), first(t, "publish", known("run.workflow=.github/workflows/a.yml", "run.repository=acme/widget")...), Sources{Registry: reg, At: at(start)})
	}
	const private = "false (the registry answers 404; a private package does too)"
	r := ask(nil, "")
	has(t, r, "package.exists", private)
	has(t, r, "package.version-exists", private)
	has(t, r, "package.trusted-before", "")

	reg := fakeRegistry{" @acme/widget": {Versions: versions}}
	r = ask(reg, "2026-06-19T00:00:00Z")
	has(t, r, "package.exists", "true (registry)")
	has(t, r, "package.version-exists", "true (the registry has it since 2026-06-18 10:00 UTC)")
	has(t, r, "package.version-before-run", "true (the registry has it since 2026-06-18 10:00 UTC, and the run began 2026-06-19 00:00 UTC)")
	has(t, r, "package.trusted-before", "false (2 versions on the registry, each published with a token)")
	has(t, r, "package.last-workflow", "")
	r = ask(reg, "2026-06-18T09:00:00Z")
	has(t, r, "package.version-before-run", "false (the registry has it since 2026-06-18 10:00 UTC, and the run began 2026-06-18 09:00 UTC)")
	has(t, ask(reg, ""), "package.version-before-run", "")

	versions[0].TrustedPublisher, versions[0].Attested = "github", true
	r = ask(reg, "")
	has(t, r, "package.trusted-before", "true (the registry, version 1.2.2)")
	has(t, r, "package.last-published-by", "token (registry, version 1.2.3)")
	has(t, r, "package.workflow-matches", "false (version 1.2.2 came from acme/widget .github/workflows/old.yml, this run is acme/widget .github/workflows/a.yml)")
}

// Each package is asked for at the registry that its own attempt talked to.
func TestRegistryOfEachAttempt(t *testing.T) {
	log := refused("publish") + stamped("publish", "Run mirror", "npm notice 📦  @acme/widget@1.2.3", "npm notice Publishing to https://npm.pkg.github.com/ with tag latest and default access",
		"npm error code E403", "npm error 403 403 Forbidden - PUT https://npm.pkg.github.com/@acme%2fwidget - Permission denied", "##[error]Process completed with exit code 1.")
	an := analyze(t, log)
	r := Run(t.Context(), an, Sources{Registry: fakeRegistry{"https://npm.pkg.github.com @acme/widget": {Versions: []Version{{Number: "1.2.2"}}}}})
	store := findings.Collect(patterns.Builtin(), an.Scan, r.Readings).Facts
	var got []string
	for _, in := range an.Incidents {
		k, _ := store.Lookup("package.exists", in.Place)
		got = append(got, in.First().Step.Name+" "+k.Value)
	}
	if want := []string{"Run npm publish false", "Run mirror true"}; !slices.Equal(got, want) {
		t.Errorf("package.exists %q, want %q", got, want)
	}
}

// fakeStatus counts what it is asked.
type fakeStatus []patterns.StatusPage

func (f *fakeStatus) Status(_ context.Context, page patterns.StatusPage, _ time.Time) (report.Fact, bool, error) {
	*f = append(*f, page)
	return report.Fact{}, false, errors.New("closed")
}

func TestStatusIsAskedWhereItSettles(t *testing.T) {
	outage := stamped("publish", "Run npm publish", "npm error code E503", "npm error 503 Service Unavailable - PUT https://registry.npmjs.org/@acme%2fwidget", "##[error]Process completed with exit code 1.")
	for log, want := range map[string][]patterns.StatusPage{outage: {patterns.StatusNpm}, refused("publish"): nil} {
		var asked fakeStatus
		r := Run(t.Context(), analyze(t, log), Sources{Status: &asked, At: time.Unix(1, 0)})
		if !slices.Equal(asked, want) || len(r.Notes) != len(want) {
			t.Errorf("asked %q, notes %q, want %q", asked, r.Notes, want)
		}
	}
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
