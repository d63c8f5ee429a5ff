package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
)

// actBench is a repository whose workflows are run by nektos/act without
// containers; ACT says where it is. GitHub is the fake, actions that would be
// downloaded have stand-ins, and so has npm, whose publish fails.
type actBench struct {
	t          *testing.T
	srv        *fakegithub.Server
	dir, tools string
	args       []string
	// log is act's output, summary the job summary.
	log, summary string
}

func newActBench(t *testing.T) *actBench {
	t.Helper()
	if os.Getenv("ACT") == "" {
		t.Skip("needs act; see make act")
	}
	b := &actBench{t: t, srv: fakegithub.New(t), dir: t.TempDir(), tools: t.TempDir()}
	b.run("git", "init", "-q", "-b", "main", ".")
	b.run("git", "remote", "add", "origin", "https://github.com/acme/widget")
	b.run("git", "-c", "user.name=octo", "-c", "user.email=octo@example.com", "commit", "-q", "--allow-empty", "-m", "start")

	program := filepath.Join(b.tools, "program")
	script(t, program, fmt.Sprintf(`%s=1 GITHUB_API_URL='%s' HTTPS_PROXY=http://127.0.0.1:9 '%s' "$@"
code=$?
cat "$GITHUB_STEP_SUMMARY" >> '%s/summary'
exit $code`, asProgram, strings.TrimSuffix(b.srv.URL, "/"), os.Args[0], b.tools))
	script(t, filepath.Join(b.tools, "npm"), `[ "$1" != publish ]`)
	script(t, filepath.Join(b.tools, "curl"), fmt.Sprintf(`while [ "$1" != -o ]; do shift; done; cp '%s' "$2"`, program))

	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	own := t.TempDir()
	write(t, filepath.Join(own, "action.yml"), read(t, filepath.Join(root, "action.yml")))
	const called = ".github/workflows/explain.yml"
	write(t, filepath.Join(own, called), read(t, filepath.Join(root, called)))
	write(t, filepath.Join(own, "action.sha256"), fmt.Sprintf("%x  gh-pubmortem_1.2.3_linux-amd64\n", sha256.Sum256([]byte(read(t, program)))))
	b.args = []string{"--local-repository", "pubmortem/pubmortem@v1=" + own}
	checkout, node := t.TempDir(), t.TempDir()
	const form = "name: stand-in\ninputs:\n  path: {default: unused}\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      run: %s\n"
	write(t, filepath.Join(checkout, "action.yml"), fmt.Sprintf(form, "cp -R "+own+" '${{ inputs.path }}'"))
	write(t, filepath.Join(node, "action.yml"), fmt.Sprintf(form, "'true'"))
	uses := regexp.MustCompile(`uses: (actions/(checkout|setup-node|setup-go)@\w+)`)
	for _, file := range []string{"action.yml", called, ".github/examples/call.yml", ".github/examples/same-workflow.yml", ".github/examples/without-provenance.yml"} {
		for _, m := range uses.FindAllStringSubmatch(read(t, filepath.Join(root, file)), -1) {
			stand := map[string]string{"checkout": checkout}[m[2]]
			if stand == "" {
				stand = node
			}
			b.args = append(b.args, "--local-repository", m[1]+"="+stand)
		}
	}
	return b
}

func script(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+text+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
}

func (b *actBench) run(name string, args ...string) {
	b.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = b.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// example runs one of the project's examples for an event. The run failed as a
// whole when ok is false, as it does when its publish did.
func (b *actBench) example(name, event string) (ok bool) {
	b.t.Helper()
	write(b.t, filepath.Join(b.dir, ".github/workflows/release.yml"), read(b.t, "../../../.github/examples/"+name))
	payload := filepath.Join(b.tools, "event.json")
	write(b.t, payload, map[string]string{"workflow_run": `{"workflow_run": {"id": 88, "run_attempt": 1, "conclusion": "failure"}}`, "push": "{}"}[event])
	args := append([]string{event, "-e", payload, "-P", "ubuntu-latest=-self-hosted", "-s", "GITHUB_TOKEN=" + fakegithub.Token,
		"--no-cache-server", "--action-offline-mode", "-W", ".github/workflows/release.yml"}, b.args...)
	cmd := exec.Command(os.Getenv("ACT"), args...)
	cmd.Dir = b.dir
	cmd.Env = []string{"HOME=" + b.t.TempDir(), "PATH=" + b.tools + ":/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	b.log = string(out)
	if _, err := os.Stat(filepath.Join(b.tools, "summary")); err == nil {
		b.summary = read(b.t, filepath.Join(b.tools, "summary"))
	}
	if strings.Contains(b.summary, fakegithub.Token) {
		b.t.Error("the token is in the summary")
	}
	return err == nil
}

// has checks the summary, and what act showed.
func (b *actBench) has(summary, logged []string) {
	b.t.Helper()
	for _, want := range summary {
		if !strings.Contains(b.summary, want) {
			b.t.Errorf("%q is not in the summary:\n%s", want, b.summary)
		}
	}
	for _, want := range logged {
		if !strings.Contains(b.log, want) {
			b.t.Errorf("%q is not in the log", want)
		}
	}
	if b.t.Failed() {
		b.t.Log(b.log)
	}
}

// What the summary shows of the failure, and what act of the outputs and annotations.
var (
	actSummary = []string{"## ", "id-token"}
	actLogged  = []string{":: verdict=explained", ":: cause=id-token-permission-missing"}
)

func TestActLastJob(t *testing.T) {
	b := newActBench(t)
	b.srv.AddRun(failedRun(1, idToken))
	if b.example("same-workflow.yml", "push") {
		t.Error("the run went well, although its publish failed")
	}
	b.has(actSummary, append([]string{"::error title=publish failed", "Got pubmortem in "}, actLogged...))
	t.Logf("the action took %s", regexp.MustCompile(`Main pubmortem/pubmortem@v1 \[(.+)\]`).FindString(b.log))
	if n := len(b.srv.Issues()); n != 1 {
		t.Errorf("%d issues", n)
	}
}

func TestActMissingPermission(t *testing.T) {
	b := newActBench(t)
	b.srv.AddRun(failedRun(1, idToken))
	b.srv.Fail("api", "/issues", 9, fakegithub.Status(403, "Resource not accessible by integration", nil))
	b.example("same-workflow.yml", "push")
	b.has(append([]string{"not reported to the issue"}, actSummary...), append([]string{"issues: write"}, actLogged...))
}

func TestActMissingTools(t *testing.T) {
	b := newActBench(t)
	b.srv.AddRun(failedRun(1, idToken))
	script(t, filepath.Join(b.tools, "curl"), "exit 22")
	b.example("same-workflow.yml", "push")
	b.has(nil, []string{"pubmortem could not be had: version 1.2.3 could not be downloaded"})
	if b.summary != "" || !strings.Contains(b.log, "Success - Main pubmortem/pubmortem@v1") {
		t.Errorf("the step failed, or wrote %q\n%s", b.summary, b.log)
	}
}

func TestActWithoutProvenance(t *testing.T) {
	b := newActBench(t)
	run := healthyRun(1)
	run.Jobs[0].Steps[1].Log = "##[group]Run npm publish\nnpm publish\nshell: /usr/bin/bash -e {0}\n##[endgroup]\nnpm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\n+ @acme/widget@1.2.3"
	b.srv.AddRun(run)
	script(t, filepath.Join(b.tools, "npm"), "true")
	if b.example("without-provenance.yml", "push") {
		t.Errorf("the run went well:\n%s", b.log)
	}
	b.has([]string{"without provenance"}, []string{":: verdict=published-without-provenance", "::warning title=published without provenance"})
}

func TestActReusableWorkflow(t *testing.T) {
	b := newActBench(t)
	b.srv.AddRun(failedRun(1, idToken))
	b.example("call.yml", "push")
	b.has(actSummary, append([]string{"::error title=publish failed"}, actLogged...))
}

func TestActAfterAnotherWorkflow(t *testing.T) {
	b := newActBench(t)
	run := failedRun(88, idToken)
	run.Status, run.Jobs, run.PullRequests = "completed", run.Jobs[:1], []int{1}
	b.srv.AddRun(run)
	pull := b.srv.AddIssue(&fakegithub.Issue{Title: "A change", Head: strings.Repeat("a1", 20), Author: "octo"})
	if !b.example("workflow-run.yml", "workflow_run") {
		t.Error("the run failed")
	}
	b.has(actSummary, actLogged)
	if len(pull.Comments) != 1 {
		t.Errorf("%d comments\n%s", len(pull.Comments), b.log)
	}
}
