package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/internal/npm"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// call runs the program against a fake GitHub and registry.
func call(t *testing.T, srv *fakegithub.Server, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return callCached(srv, t.TempDir(), args...)
}

func callCached(srv *fakegithub.Server, cache string, args ...string) (code int, stdout, stderr string) {
	std, out, errs := worldOf(srv, cache)
	code = Main(context.Background(), std, args)
	return code, out.String(), errs.String()
}

// worldOf is a world whose GitHub and registry are the fake ones.
func worldOf(srv *fakegithub.Server, cache string) (std IO, out, errs *bytes.Buffer) {
	env := map[string]string{"GITHUB_SERVER_URL": "https://github.com", "GITHUB_API_URL": srv.URL, "GH_TOKEN": fakegithub.Token}
	out, errs = new(bytes.Buffer), new(bytes.Buffer)
	return IO{
		In: strings.NewReader(""), Out: out, Err: errs, CacheDir: cache,
		Env:      func(name string) string { return env[name] },
		Now:      func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) },
		Registry: &npm.Registry{BaseURL: srv.RegistryURL, StatusURL: srv.StatusURL},
	}, out, errs
}

// scenarioOf reads a scenario of logs-testdata/runs.
func scenarioOf(t *testing.T, name string) *scenario {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join(scenarioDir, name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return readScenario(t, ar)
}

// diagnosed is the JSON report of a call that has to end well.
func diagnosed(t *testing.T, srv *fakegithub.Server, args ...string) *report.Report {
	t.Helper()
	code, out, errs := call(t, srv, append(args, "-f", "json")...)
	if code != 0 || errs != "" {
		t.Fatalf("%v: code %d, stderr %s", args, code, errs)
	}
	r := &report.Report{}
	if err := json.Unmarshal([]byte(out), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// leads checks what the first diagnosis of the only incident is.
func leads(t *testing.T, r *report.Report, cause string, confidence report.Confidence) report.Diagnosis {
	t.Helper()
	if len(r.Incidents) != 1 || len(r.Incidents[0].Diagnoses) == 0 {
		t.Fatalf("%d incidents, verdict %s", len(r.Incidents), r.Verdict)
	}
	d := r.Incidents[0].Diagnoses[0]
	if d.Cause != cause || d.Confidence != confidence {
		t.Errorf("got %s (%s, row %s), want %s (%s)", d.Cause, d.Confidence, d.Row, cause, confidence)
	}
	return d
}

// tree writes the files of a scenario's repository, and its log.
func (sc *scenario) tree(t *testing.T) (dir, log string) {
	t.Helper()
	dir = t.TempDir()
	for path, text := range sc.files {
		write(t, filepath.Join(dir, path), text)
	}
	var lines strings.Builder
	for _, step := range sc.run.Jobs[0].Steps {
		for line := range strings.Lines(step.Log + "\n") {
			lines.WriteString(sc.run.Jobs[0].Name + "\t" + step.Name + "\t2026-06-18T03:19:23.0699390Z " + line)
		}
	}
	log = filepath.Join(t.TempDir(), "run.log")
	write(t, log, lines.String())
	return dir, log
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
}

// A saved log and a working tree: the facts come from the files, and nothing
// is asked for.
func TestRunOffline(t *testing.T) {
	sc := scenarioOf(t, "id-token-missing-job")
	srv := sc.serve(t)
	dir, log := sc.tree(t)
	r := diagnosed(t, srv, log, "--source", dir, "--offline")
	d := leads(t, r, "id-token-permission-missing", report.Certain)
	if !d.CheckedOK || !strings.Contains(d.Checked, "id-token = missing (.github/workflows/release.yml:") || !strings.Contains(d.Fix.Diff, "+      id-token: write") {
		t.Errorf("checked %q, diff %q", d.Checked, d.Fix.Diff)
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests: %+v", n, srv.Requests())
	}
	if code, _, errs := call(t, srv, "-R", "acme/widget", "101", "--offline"); code != 2 || !strings.Contains(errs, "--offline") || len(srv.Requests()) != 0 {
		t.Errorf("a run while offline: code %d, %s", code, errs)
	}
}

// With --source and a network, the registry settles what the tree cannot.
func TestRunSource(t *testing.T) {
	sc := scenarioOf(t, "package-not-created")
	srv := sc.serve(t)
	dir, log := sc.tree(t)
	leads(t, diagnosed(t, srv, log, "--source", dir, "--offline"), "trusted-publisher-mismatch", report.Likely)
	leads(t, diagnosed(t, srv, log, "--source", dir), "package-not-created-yet", report.Likely)
	if srv.Count("api", "") != 0 || srv.Count("registry", "/@acme%2fwidget") != 1 {
		t.Errorf("requests: %+v", srv.Requests())
	}
}

// A saved log alone says nothing of where it is from, so nothing is asked.
func TestRunSavedLogAsksNothing(t *testing.T) {
	sc := scenarioOf(t, "package-not-created")
	srv := sc.serve(t)
	_, log := sc.tree(t)
	diagnosed(t, srv, log)
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests: %+v", n, srv.Requests())
	}
}

// Every way to name the run leads to the same diagnosis, and the evidence to
// its lines.
func TestRunNames(t *testing.T) {
	sc := scenarioOf(t, "id-token-missing-job")
	srv := sc.serve(t)
	srv.AddRun(&fakegithub.Run{ID: 102, Path: ".github/workflows/test.yml", Name: "Test", Jobs: []*fakegithub.Job{{Name: "test", Conclusion: "failure"}}})
	const page = "https://github.com/acme/widget/actions/runs/101"
	for _, args := range [][]string{
		{"-R", "acme/widget", "101"},
		{"-R", "acme/widget", "last", "--workflow", "release.yml"},
		{"-R", "acme/widget", "last", "--branch", "v1.2.3"},
		{"-R", "acme/widget", "101", "--attempt", "1"},
		{"-R", "acme/widget", "101", "--job", "publish"},
		{page},
		{page + "/attempts/1"},
		{page + "/job/101001"},
		{page + "/job/101001#step:3:14"},
	} {
		r := diagnosed(t, srv, args...)
		leads(t, r, "id-token-permission-missing", report.Certain)
		if r.Run == nil || r.Run.ID != 101 || r.Run.Attempt != 1 {
			t.Errorf("%v: run %+v", args, r.Run)
		}
		want := page + "/job/101001#step:3:12"
		if got := r.Incidents[0].Evidence[0].URL; got != want {
			t.Errorf("%v: evidence leads to %s, not %s", args, got, want)
		}
	}
}

// The first attempt of a run that was re-run is looked at as it was.
func TestRunAttempt(t *testing.T) {
	sc := scenarioOf(t, "id-token-missing-job")
	srv := sc.serve(t)
	srv.AddRun(&fakegithub.Run{Event: "release", Attempt: 2, Conclusion: "success", Jobs: []*fakegithub.Job{{ID: 7, Name: "publish", Steps: []fakegithub.Step{
		fakegithub.SetUp("publish"), {Name: "Run npm publish", Log: "##[group]Run npm publish\nnpm publish\n##[endgroup]\n+ @acme/widget@1.2.3"},
	}}}})
	r := diagnosed(t, srv, "https://github.com/acme/widget/actions/runs/101/attempts/1")
	leads(t, r, "id-token-permission-missing", report.Certain)
	if r = diagnosed(t, srv, "-R", "acme/widget", "101"); r.Run.Attempt != 2 || slices.ContainsFunc(r.Incidents, func(in report.Incident) bool { return in.Outcome == report.Failed }) {
		t.Errorf("the second attempt: %+v", r.Incidents)
	}
}

// The check is shown as made for the other candidates too: here what is public
// speaks against them.
func TestRunChecksAlternatives(t *testing.T) {
	r := diagnosed(t, scenarioOf(t, "nothing-to-object").serve(t), "-R", "acme/widget", "101")
	want := map[string]string{
		"trusted-publisher-mismatch":       "package.workflow-matches = true",
		"trusted-publisher-not-configured": "package.trusted-before = true",
	}
	for _, d := range r.Incidents[0].Diagnoses {
		if d.Cause == "id-token-permission-missing" {
			t.Error("id-token is granted, and its absence is still offered as a cause")
		}
		if found, ok := want[d.Cause]; ok {
			if d.CheckedOK || !strings.HasPrefix(d.Checked, found) {
				t.Errorf("%s: checked %v, %q", d.Cause, d.CheckedOK, d.Checked)
			}
			delete(want, d.Cause)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// The token goes to GitHub's API and nowhere else: neither to what it redirects
// to, nor to the registry and the status pages, nor into the output, messages
// or the cache.
func TestRunKeepsToken(t *testing.T) {
	for name, fail := range map[string]func(*fakegithub.Server){
		"well":       func(*fakegithub.Server) {},
		"no archive": func(s *fakegithub.Server) { s.Fail("storage", ".zip", 9, fakegithub.StorageError(404, "BlobNotFound")) },
		"no access":  func(s *fakegithub.Server) { s.Fail("api", "/runs/101", 9, fakegithub.SSO()) },
		"elsewhere":  func(s *fakegithub.Server) { s.Fail("api", "/contents/", 9, fakegithub.RedirectTo(s.StorageURL+"x")) },
		"limited": func(s *fakegithub.Server) {
			s.Fail("api", "/runs/101", 9, fakegithub.PrimaryLimit(403, time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := scenarioOf(t, "sigstore-incident").serve(t)
			fail(srv)
			cache := t.TempDir()
			_, out, errs := callCached(srv, cache, "-R", "acme/widget", "101", "-v")
			_, jsonOut, _ := callCached(srv, cache, "-R", "acme/widget", "101", "-f", "json")
			noSecret(t, "the output", out+jsonOut)
			noSecret(t, "a message", errs)
			noSecretIn(t, cache)
			for _, r := range srv.Requests() {
				if (r.Authorization != "") != (r.Server == "api") {
					t.Errorf("%s %s: authorization %q", r.Server, r.Path, r.Authorization)
				}
			}
		})
	}
}

func noSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range []string{fakegithub.Token, fakegithub.Signature} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in %s", secret, where)
		}
	}
}

func noSecretIn(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		noSecret(t, name, name+string(text))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// hugeLog is a job's log of about n bytes that fails at its end.
func hugeLog(n int, steps []fakegithub.Step) func(io.Writer) {
	const stamp = "2026-06-18T03:19:23.0699390Z "
	filler := bytes.Repeat([]byte(stamp+"compiled 214 modules of the sources to dist in 3s\n"), 1000)
	return func(w io.Writer) {
		for i, step := range steps {
			if i == len(steps)-1 {
				for written := 0; written < n; written += len(filler) {
					if _, err := w.Write(filler); err != nil {
						return // the client has gone
					}
				}
			}
			for line := range strings.Lines(step.Log + "\n") {
				if _, err := io.WriteString(w, stamp+line); err != nil {
					return
				}
			}
		}
	}
}
