package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
)

// asProgram is the variable that makes this test binary the program.
const asProgram = "PUBMORTEM_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(context.Background(), System(), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// action is what the runner reads of action.yml.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Steps []struct {
			ID, Name, If, Uses, Shell, Run string
			Env                            map[string]string
		}
	}
}

// runner plays GitHub's runner: it runs the shell steps of action.yml with
// bash, and takes the steps that use other actions for done. The program is
// this test unless an input says where it comes from.
type runner struct {
	t       *testing.T
	action  action
	dir     string
	context map[string]string // github.run_id, inputs.log, steps.program.outputs.binary, …
	env     []string
	// failed tells that a step did; the others are what all steps wrote.
	failed             bool
	out, summary, logs string
}

func newRunner(t *testing.T, srv *fakegithub.Server) *runner {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the steps run on Windows in the project's own workflow")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{t: t, dir: t.TempDir(), context: map[string]string{
		"github.token": fakegithub.Token, "github.run_id": "101",
	}}
	if err := yaml.Unmarshal(text, &r.action); err != nil {
		t.Fatal(err)
	}
	r.env = []string{
		asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "CI=true", "GITHUB_ACTIONS=true",
		"GITHUB_ACTION_PATH=" + root, "RUNNER_TEMP=" + r.dir, "RUNNER_OS=Linux", "RUNNER_ARCH=X64",
		"GITHUB_REPOSITORY=acme/widget", "GITHUB_SERVER_URL=https://github.com", "GITHUB_API_URL=" + strings.TrimSuffix(srv.URL, "/"),
		"GITHUB_RUN_ID=101", "GITHUB_RUN_ATTEMPT=1", "GITHUB_SHA=" + strings.Repeat("a1", 20),
		"GITHUB_WORKFLOW_REF=acme/widget/.github/workflows/release.yml@refs/heads/main",
		"HTTPS_PROXY=http://127.0.0.1:9", // nothing but the fake server answers
	}
	return r
}

// run runs the action with inputs and returns its outputs.
func (r *runner) run(inputs map[string]string) map[string]string {
	r.t.Helper()
	for name, in := range r.action.Inputs {
		r.context["inputs."+name] = r.evaluate(in.Default)
	}
	r.context["inputs.binary"] = os.Args[0]
	for name, value := range inputs {
		if _, ok := r.action.Inputs[name]; !ok {
			r.t.Fatalf("there is no input %s", name)
		}
		r.context["inputs."+name] = value
	}
	r.failed, r.out, r.summary, r.logs = false, "", "", ""
	for i, s := range r.action.Runs.Steps {
		if s.Run != "" && !r.failed && r.holds(s.If) {
			r.step(i)
		}
	}
	outputs := map[string]string{}
	for name, out := range r.action.Outputs {
		outputs[name] = r.evaluate(out.Value)
	}
	return outputs
}

func (r *runner) step(i int) {
	r.t.Helper()
	s := r.action.Runs.Steps[i]
	if strings.Contains(s.Run, "${{") || s.Shell != "bash" {
		r.t.Errorf("step %s: an expression in its script, or no bash", s.Name)
	}
	output, summary := filepath.Join(r.dir, fmt.Sprintf("output-%d", i)), filepath.Join(r.dir, fmt.Sprintf("summary-%d", i))
	for _, name := range []string{output, summary} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			r.t.Fatal(err)
		}
	}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", s.Run)
	cmd.Dir = r.dir
	cmd.Env = append(cmd.Env, r.env...)
	cmd.Env = append(cmd.Env, "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+summary)
	for name, value := range s.Env {
		cmd.Env = append(cmd.Env, name+"="+r.evaluate(value))
	}
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	r.failed = cmd.Run() != nil
	r.out += out.String()
	r.logs += out.String() + errs.String()
	r.readOutputs(s.ID, read(r.t, output))
	r.summary += read(r.t, summary)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readOutputs reads NAME=VALUE and NAME<<END as the runner does.
func (r *runner) readOutputs(step, text string) {
	r.t.Helper()
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		name, value, ok := strings.Cut(line, "=")
		if before, end, heredoc := strings.Cut(line, "<<"); heredoc {
			name = before
			value, rest, ok = strings.Cut(rest, "\n"+end+"\n")
		}
		if !ok {
			r.t.Fatalf("step %s: %q is no output", step, line)
		}
		r.context["steps."+step+".outputs."+name] = value
		text = rest
	}
}

var expression = regexp.MustCompile(`\$\{\{(.*?)\}\}`)

// evaluate replaces expressions made of names, ” == && and ||.
func (r *runner) evaluate(text string) string {
	return expression.ReplaceAllStringFunc(text, func(s string) string {
		for option := range strings.SplitSeq(strings.Trim(s, "${} "), "||") {
			value := ""
			for part := range strings.SplitSeq(option, "&&") {
				left, right, compares := strings.Cut(part, "==")
				if value = r.lookup(left); compares {
					value = map[bool]string{true: "true"}[value == r.lookup(right)]
				}
				if value == "" {
					break
				}
			}
			if value != "" {
				return value
			}
		}
		return ""
	})
}

func (r *runner) lookup(name string) string {
	name = strings.TrimSpace(name)
	if text, ok := strings.CutPrefix(name, "'"); ok {
		return strings.TrimSuffix(text, "'")
	}
	return r.context[name]
}

// holds tells whether a step's condition does.
func (r *runner) holds(condition string) bool {
	return condition == "" || r.evaluate("${{ "+condition+" }}") != ""
}

const idToken = "npm error code EUSAGE\nnpm error Provenance generation in GitHub Actions requires \"write\" access to the \"id-token\" permission"

// failedRun is this very run, in which the job that explains goes on.
func failedRun(id int64, log string) *fakegithub.Run {
	return &fakegithub.Run{ID: id, Status: "in_progress", Jobs: []*fakegithub.Job{
		{Name: "publish", Steps: []fakegithub.Step{fakegithub.SetUp("publish"), fakegithub.Publish(log)}},
		{Name: "explain publish", Status: "in_progress"},
	}}
}

func healthyRun(id int64) *fakegithub.Run {
	log := "##[group]Run npm publish --provenance\nnpm publish --provenance\nshell: /usr/bin/bash -e {0}\n##[endgroup]\nnpm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\nnpm notice publish Signed provenance statement with source and build information from GitHub Actions\nnpm notice publish Provenance statement published to transparency log: https://search.sigstore.dev/?logIndex=1\n+ @acme/widget@1.2.3"
	return &fakegithub.Run{ID: id, Conclusion: "success", Jobs: []*fakegithub.Job{
		{Name: "publish", Steps: []fakegithub.Step{fakegithub.SetUp("publish"), {Name: "Run npm publish", Log: log}}},
	}}
}

func TestActionInItsOwnRun(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken))
	r := newRunner(t, srv)
	out := r.run(nil)
	if r.failed || out["verdict"] != "explained" || out["cause"] != "id-token-permission-missing" || out["confidence"] == "" {
		t.Fatalf("failed %v, outputs %v\n%s", r.failed, out, r.logs)
	}
	var saved struct{ Verdict string }
	if err := json.Unmarshal([]byte(read(t, out["report"])), &saved); err != nil || saved.Verdict != "explained" {
		t.Errorf("the report says %q, %v", saved.Verdict, err)
	}
	if !strings.Contains(r.summary, "## ") || !strings.Contains(r.summary, "id-token") {
		t.Errorf("the summary is:\n%s", r.summary)
	}
	if !strings.Contains(r.out, "\n::error title=") {
		t.Errorf("the step's log is:\n%s", r.out)
	}
	if strings.Contains(r.logs+r.summary, fakegithub.Token) {
		t.Error("the token is in the output")
	}
}

func TestActionFailOn(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken))
	r := newRunner(t, srv)
	for _, test := range []struct {
		failOn, run string
		failed      bool
	}{
		{"never", "101", false},
		{"unexplained", "101", false},
		{"failed", "101", true},
		{"without-provenance", "101", true},
		{"never", "999", false},
		{"failed", "999", true},
		{"nonsense", "101", true},
	} {
		r.run(map[string]string{"fail-on": test.failOn, "run-id": test.run, "attempt": "1"})
		if r.failed != test.failed {
			t.Errorf("fail-on %s, run %s: failed is %v\n%s", test.failOn, test.run, r.failed, r.logs)
		}
		if test.run == "999" && (!strings.Contains("\n"+r.out, "\n::warning title=") || !strings.Contains(r.summary, "Nothing was explained")) {
			t.Errorf("no word on the missing run:\n%s%s", r.out, r.summary)
		}
	}
}

// What stands in inputs and logs is no command: not for bash, not for the runner.
func TestActionHostileText(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken+"\nnpm error code E404 ::error::boo\n::set-output name=cause::boo\n##[error]boo"))
	r := newRunner(t, srv)
	canary := filepath.Join(r.dir, "canary")
	inject := "\"; touch " + canary + "; $(touch " + canary + ") `touch " + canary + "` --help"
	r.run(map[string]string{"job": inject, "catalog": inject + "\n" + inject})
	r.run(map[string]string{"log": inject, "attempt": inject})
	if _, err := os.Stat(canary); err == nil {
		t.Fatal("an input was executed")
	}
	r.run(nil)
	stopped := ""
	for line := range strings.Lines(r.out) {
		line = strings.TrimSpace(line)
		token, stops := strings.CutPrefix(line, "::stop-commands::")
		switch {
		case stopped != "" && line == "::"+stopped+"::":
			stopped = ""
		case stopped != "":
		case stops:
			stopped = token
		case strings.HasPrefix(line, "::") && !strings.HasPrefix(line, "::error title=publish failed"):
			t.Errorf("a command: %s", line)
		}
	}
	if stopped != "" {
		t.Error("commands were not allowed again")
	}
}

func TestActionNotes(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken)).PullRequests = []int{1}
	pull := srv.AddIssue(&fakegithub.Issue{Title: "A change", Head: strings.Repeat("a1", 20), Author: "octo"})
	pull.Comments = []*fakegithub.Comment{{ID: 1, Author: "mallory", Body: "<!-- pubmortem: .github/workflows/release.yml -->\nmine"}}
	r := newRunner(t, srv)
	places := map[string]string{"report-to": "issue, pull-request,check"}
	r.run(places)
	if r.summary != "" || len(srv.Issues()) != 2 || len(pull.Comments) != 2 || len(srv.Checks()) != 1 {
		t.Fatalf("%d issues, %d comments, %d checks, summary %q\n%s", len(srv.Issues()), len(pull.Comments), len(srv.Checks()), r.summary, r.logs)
	}
	issue, comment := srv.Issues()[1], pull.Comments[1]
	for _, text := range []string{issue.Body, comment.Body, srv.Checks()[0].Output.Summary} {
		if !strings.HasPrefix(text, "<!-- pubmortem: .github/workflows/release.yml -->\n<!-- pubmortem-run: 101.1 -->\n") || !strings.Contains(text, "id-token") {
			t.Errorf("a note is:\n%s", text)
		}
	}
	if c := srv.Checks()[0]; c.Conclusion != "neutral" || len(c.Annotations) != 1 {
		t.Errorf("the check run is %s with %d annotations", c.Conclusion, len(c.Annotations))
	}

	r.run(places) // the same again
	srv.AddRun(failedRun(102, idToken)).PullRequests = []int{1}
	r.run(map[string]string{"report-to": places["report-to"], "run-id": "102"})
	if len(srv.Issues()) != 2 || len(pull.Comments) != 2 || !strings.Contains(issue.Body, "pubmortem-run: 102.1") {
		t.Errorf("%d issues, %d comments, and the issue is:\n%s", len(srv.Issues()), len(pull.Comments), issue.Body)
	}
	r.run(places) // an old run does not come back
	if !strings.Contains(issue.Body, "pubmortem-run: 102.1") {
		t.Errorf("the issue is:\n%s", issue.Body)
	}

	srv.AddRun(healthyRun(103)).PullRequests = []int{1}
	out := r.run(map[string]string{"report-to": places["report-to"], "run-id": "103"})
	if out["verdict"] != "healthy" || issue.State != "closed" {
		t.Fatalf("verdict %s, issue %s\n%s", out["verdict"], issue.State, r.logs)
	}
	for _, text := range []string{issue.Body, comment.Body} {
		if !strings.Contains(text, "~~A publish of this workflow failed.~~ Published well in [run 103](https://github.com/acme/widget/actions/runs/103).") {
			t.Errorf("a note is:\n%s", text)
		}
	}
	if pull.Comments[0].Body != "<!-- pubmortem: .github/workflows/release.yml -->\nmine" {
		t.Error("somebody else's comment was changed")
	}
}

// TestActionWithoutPermission: the report goes to the summary, with the reason.
func TestActionWithoutPermission(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken))
	srv.Fail("api", "/issues", 9, fakegithub.Status(403, "Resource not accessible by integration", nil))
	srv.Fail("api", "/check-runs", 9, fakegithub.SecondaryLimit(403, 60))
	r := newRunner(t, srv)
	out := r.run(map[string]string{"report-to": "issue,check"})
	if r.failed || out["verdict"] != "explained" {
		t.Fatalf("failed %v, outputs %v\n%s", r.failed, out, r.logs)
	}
	for _, want := range []string{"not reported to the issue", "issues: write", "not reported to the check run", "no more requests until"} {
		if !strings.Contains(strings.ReplaceAll(r.summary, "\\", ""), want) || !strings.Contains(r.logs, want) {
			t.Errorf("missing %q in the summary or the log:\n%s\n%s", want, r.summary, r.logs)
		}
	}
}

// TestActionWithoutAPullRequest: a tag's run has none, which is said.
func TestActionWithoutAPullRequest(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken))
	r := newRunner(t, srv)
	r.run(map[string]string{"report-to": "pull-request"})
	const want = "not reported to the pull request: the run belongs to no open pull request"
	if r.failed || !strings.Contains(r.summary, want) || !strings.Contains(r.logs, want) || strings.Contains(r.logs, "created") {
		t.Errorf("failed %v\n%s\n%s", r.failed, r.summary, r.logs)
	}
}

// TestActionAfterAnotherWorkflow: by workflow_run, the run is the one that
// triggered this one.
func TestActionAfterAnotherWorkflow(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(healthyRun(101))
	run := failedRun(88, idToken)
	run.Status, run.Attempt, run.Event, run.Jobs = "completed", 2, "pull_request", run.Jobs[:1]
	srv.AddRun(run)
	r := newRunner(t, srv)
	r.context["github.event.workflow_run.id"], r.context["github.event.workflow_run.run_attempt"] = "88", "2"
	out := r.run(map[string]string{"report-to": "pull-request"})
	if out["verdict"] != "explained" || srv.Count("api", "/actions/runs/88/attempts/2") == 0 {
		t.Errorf("outputs %v\n%s", out, r.logs)
	}
}

func TestActionOnASavedLog(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	r := newRunner(t, srv)
	if err := os.WriteFile(filepath.Join(r.dir, "a log.txt"), []byte(idToken+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	out := r.run(map[string]string{"log": "a log.txt", "report-to": "issue"})
	if out["verdict"] != "explained" || len(srv.Issues()) != 1 {
		t.Errorf("outputs %v, %d issues\n%s", out, len(srv.Issues()), r.logs)
	}
}

func TestStepFlags(t *testing.T) {
	for _, test := range []struct {
		args, message string
		actions       string
	}{
		{args: "x.log --actions", message: "is for a step of GitHub Actions"},
		{args: "x.log --fail-on failed", message: "goes with --actions"},
		{args: "x.log --report-to summary", message: "goes with --actions"},
		{args: "x.log --report-to isue", message: "did you mean issue?"},
		{args: "1 --attempt -2", message: "--attempt is counted from 1, not -2"},
		{args: "x.log --actions --fail-on fail", message: "--fail-on is never,", actions: "true"},
	} {
		w := newWorld("", map[string]string{"GITHUB_ACTIONS": test.actions})
		if code := w.run(strings.Fields(test.args)...); code != exitUsage || !strings.Contains(w.err.String(), test.message) {
			t.Errorf("%s: exit code %d, %s", test.args, code, cmp.Or(w.err.String(), "no message"))
		}
	}
}
