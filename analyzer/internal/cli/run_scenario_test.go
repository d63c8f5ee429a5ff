package cli

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// committedToken stands in the .npmrc of a scenario.
const committedToken = "npm_000000000000000000000000000000000000"

const scenarioDir = "../../../logs-testdata/runs"

// TestRunScenarios downloads each run of logs-testdata/runs, whose log alone
// leaves several causes open, and compares the report with want.txt.
// GOLDIE_UPDATE=1 writes the expected reports anew.
func TestRunScenarios(t *testing.T) {
	files, err := filepath.Glob(scenarioDir + "/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			playFile(t, file)
		})
	}
}

func playFile(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sc := readScenario(t, ar)
	srv := sc.serve(t)
	cause, confidence, _ := strings.Cut(sc.leads, " ")
	leads(t, diagnosed(t, srv, strings.Fields(sc.args)...), cause, report.Confidence(confidence))
	args := append(strings.Fields(sc.args), "--width", "100", "--color", "never")
	code, out, errs := call(t, srv, args...)
	if code != 0 || errs != "" {
		t.Errorf("code %d, stderr %s", code, errs)
	}
	for _, secret := range []string{fakegithub.Token, fakegithub.Signature, committedToken} {
		if strings.Contains(out, secret) {
			t.Errorf("%s is in the output", secret)
		}
	}
	if os.Getenv("GOLDIE_UPDATE") != "" {
		updateScenario(t, file, ar, out)
		return
	}
	if out != sc.want {
		t.Errorf("got:\n%s\nwant:\n%s", out, sc.want)
	}
}

func updateScenario(t *testing.T, file string, ar *txtar.Archive, out string) {
	last := &ar.Files[len(ar.Files)-1]
	if last.Name != "want.txt" {
		t.Fatalf("%s: want.txt is not its last member", file)
	}
	last.Data = []byte(out)
	if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
		t.Fatal(err)
	}
}

// scenario is a run, the repository at its commit, and what the registry and
// the status page say.
type scenario struct {
	args      string
	leads     string // "CAUSE CONFIDENCE" of the first diagnosis
	run       fakegithub.Run
	files     map[string]string // by path in the repository
	documents map[string]string // by path on the registry and the status page
	failures  []string          // "SERVER PATH STATUS"
	want      string
}

// stepFile is JOB/N_STEP.txt; both names may hold slashes.
var stepFile = regexp.MustCompile(`^(.+?)/(\d+)_(.+)\.txt$`)

// readScenario takes an archive apart. Its members are
//
//	run                              lines "key: value", see set
//	JOB/N_STEP.txt                   a step's log; it failed where it says so
//	registry/NAME.json               a package's document
//	attestation/NAME@VERSION.json    a provenance statement
//	status.json                      the status page's incidents
//	want.txt                         the report
//
// and files of the repository under their own paths.
func readScenario(t *testing.T, ar *txtar.Archive) *scenario {
	t.Helper()
	sc := &scenario{args: "-R acme/widget 101", files: map[string]string{}, documents: map[string]string{}}
	for _, f := range ar.Files {
		text := string(f.Data)
		switch {
		case f.Name == "run":
			for line := range strings.Lines(text) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				if !sc.set(key, value) {
					t.Fatalf("run: what is %q?", key)
				}
			}
		case f.Name == "want.txt":
			sc.want = text
		case f.Name == "status.json":
			sc.documents["/api/v2/incidents.json"] = text
		case strings.HasPrefix(f.Name, "registry/"):
			sc.documents["/"+strings.TrimSuffix(strings.TrimPrefix(f.Name, "registry/"), ".json")] = text
		case strings.HasPrefix(f.Name, "attestation/"):
			name := strings.TrimSuffix(strings.TrimPrefix(f.Name, "attestation/"), ".json")
			sc.documents["/-/npm/v1/attestations/"+name] = attestation(text)
		default:
			if m := stepFile.FindStringSubmatch(f.Name); m != nil {
				sc.addStep(t, m[1], m[2], m[3], text)
			} else {
				sc.files[f.Name] = text
			}
		}
	}
	return sc
}

// set takes one line about the run; ok is false for an unknown key.
func (sc *scenario) set(key, value string) (ok bool) {
	run := &sc.run
	switch key {
	case "args":
		sc.args = value
	case "leads":
		sc.leads = value
	case "event":
		run.Event = value
	case "branch":
		run.Branch = value
	case "path":
		run.Path = value
	case "repository":
		run.Owner, run.Repo, _ = strings.Cut(value, "/")
	case "head-repository":
		run.HeadRepo = value
	case "called":
		run.Referenced = append(run.Referenced, value)
	case "self-hosted":
		job := sc.job(value)
		job.Labels, job.Group, job.GroupName, job.RunnerName = []string{"self-hosted", "linux"}, 1, "Default", "builder-1"
	case "fail":
		sc.failures = append(sc.failures, value)
	default:
		return false
	}
	return true
}

func (sc *scenario) job(name string) *fakegithub.Job {
	for _, j := range sc.run.Jobs {
		if j.Name == name {
			return j
		}
	}
	j := &fakegithub.Job{Name: name}
	sc.run.Jobs = append(sc.run.Jobs, j)
	return j
}

func (sc *scenario) addStep(t *testing.T, job, number, name, log string) {
	t.Helper()
	j := sc.job(job)
	step := fakegithub.Step{Name: name, Log: strings.TrimSuffix(log, "\n")}
	if strings.Contains(log, "##[error]Process completed") {
		step.Conclusion = "failure"
	}
	j.Steps = append(j.Steps, step)
	if strconv.Itoa(len(j.Steps)) != number {
		t.Fatalf("%s/%s_%s.txt is step %d", job, number, name, len(j.Steps))
	}
}

// attestation wraps a statement as the registry does.
func attestation(statement string) string {
	const form = `{"attestations": [{"predicateType": "https://slsa.dev/provenance/v1", "bundle": {"dsseEnvelope": {"payload": "%s"}}}]}`
	return fmt.Sprintf(form, base64.StdEncoding.EncodeToString([]byte(statement)))
}

// serve starts a server that knows the run.
func (sc *scenario) serve(t *testing.T) *fakegithub.Server {
	t.Helper()
	srv := fakegithub.New(t)
	run := srv.AddRun(&sc.run)
	owner, repo, _ := strings.Cut(run.HeadRepo, "/")
	for path, text := range sc.files {
		srv.AddFile(owner, repo, run.SHA, path, text)
	}
	for path, text := range sc.documents {
		srv.AddDocument(path, text)
	}
	for _, f := range sc.failures {
		part := strings.Fields(f)
		status, err := strconv.Atoi(part[len(part)-1])
		if err != nil || len(part) != 3 {
			t.Fatalf("fail: %q is not SERVER PATH STATUS", f)
		}
		srv.Fail(part[0], part[1], 1000, fakegithub.Status(status, http.StatusText(status), nil))
	}
	return srv
}
