package cli

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
)

// released is what stands for the program of a release: this test, by way of a
// script.
var released = "#!/bin/sh\nexec '" + os.Args[0] + "' \"$@\"\n"

// releases serves the files of a release and counts the requests.
func releases(t *testing.T, program string) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/v1.2.3/gh-pubmortem_1.2.3_linux-amd64" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(program))
	}))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

// pins makes the runner's copy of the action one that pins the release.
func (r *runner) pins(program string) {
	r.t.Helper()
	text := fmt.Sprintf("%x  gh-pubmortem_1.2.3_linux-amd64\n", sha256.Sum256([]byte(program)))
	dir := r.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "action.sha256"), []byte(text), 0o666); err != nil {
		r.t.Fatal(err)
	}
	r.env = append(r.env, "GITHUB_ACTION_PATH="+dir)
}

func TestActionDownloadsTheProgram(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken))
	url, asked := releases(t, released)
	r := newRunner(t, srv)
	r.pins(released)
	r.env = append(r.env, "RUNNER_TOOL_CACHE="+t.TempDir())
	for i := range 2 {
		out := r.run(map[string]string{"binary": "", "releases": url})
		if r.failed || out["verdict"] != "explained" || !strings.Contains(r.out, "Got pubmortem in ") {
			t.Fatalf("run %d: failed %v, outputs %v\n%s", i, r.failed, out, r.logs)
		}
		if err := os.RemoveAll(filepath.Join(r.dir, "pubmortem")); err != nil { // as after each job
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("downloaded %d times, although the runner keeps it", n)
	}
}

// TestActionWithoutAProgram: nothing runs but the program that is pinned, and
// the step says why it could not be had.
func TestActionWithoutAProgram(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken))
	for _, test := range []struct {
		name, served, pinned, system, says string
		inputs                             map[string]string
	}{
		{name: "other bytes", served: "#!/bin/sh\ntouch canary\n", pinned: released, says: "does not have the checksum"},
		{name: "cut", served: released[:20], pinned: released, says: "does not have the checksum"},
		{name: "no release for the system", served: released, pinned: released, system: "FreeBSD", says: "there is no release for FreeBSD X64"},
		{name: "nothing pinned", served: released, says: "pins no release"},
		{name: "no such file", served: released, pinned: released, inputs: map[string]string{"binary": "not/there"}, says: "names no file"},
		{name: "no Go", served: released, pinned: released, inputs: map[string]string{"build": "true"}, says: "could not be built"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, _ := releases(t, test.served)
			r := newRunner(t, srv)
			r.pins(test.pinned)
			if test.pinned == "" {
				r.env = append(r.env, "GITHUB_ACTION_PATH="+t.TempDir())
			}
			if test.system != "" {
				r.env = append(r.env, "RUNNER_OS="+test.system)
			}
			if test.inputs["build"] != "" {
				r.env = append(r.env, "PATH=/usr/bin:/bin")
			}
			for failOn, failed := range map[string]bool{"never": false, "unexplained": true} {
				inputs := map[string]string{"binary": "", "releases": url, "fail-on": failOn}
				for name, value := range test.inputs {
					inputs[name] = value
				}
				r.run(inputs)
				if r.failed != failed || !strings.Contains("\n"+r.out, "\n::warning title=nothing was explained::pubmortem could not be had: ") || !strings.Contains(r.out, test.says) {
					t.Errorf("fail-on %s: failed %v\n%s", failOn, r.failed, r.logs)
				}
			}
			if _, err := os.Stat(filepath.Join(r.dir, "canary")); err == nil {
				t.Error("what has another checksum was run")
			}
		})
	}
}

// TestActionAttestation: where gh is, it is asked for the attestation, and what
// it cannot verify is said.
func TestActionAttestation(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken))
	url, _ := releases(t, released)
	for verdict, says := range map[string]string{"0": "The attestation of gh-pubmortem_1.2.3_linux-amd64 is verified.", "1": "::notice title=pubmortem::the checksum of the program is right; its attestation could not be verified"} {
		bin := t.TempDir()
		gh := "#!/bin/sh\nif [ \"$2\" = --help ]; then exit 0; fi\ntest \"$1 $2 $4 $5\" = 'attestation verify --repo pubmortem/pubmortem' && test -f \"$3\" && exit " + verdict + "\n"
		if err := os.WriteFile(filepath.Join(bin, "gh"), []byte(gh), 0o777); err != nil {
			t.Fatal(err)
		}
		r := newRunner(t, srv)
		r.pins(released)
		r.env = append(r.env, "PATH="+bin+":"+os.Getenv("PATH"))
		out := r.run(map[string]string{"binary": "", "releases": url})
		if r.failed || out["verdict"] != "explained" || !strings.Contains(r.out, says) {
			t.Errorf("gh ends with %s: failed %v, outputs %v\n%s", verdict, r.failed, out, r.logs)
		}
	}
}

func TestActionBuildsWhenAsked(t *testing.T) {
	if os.Getenv("INSTALL_TESTS") == "" {
		t.Skip("builds whole programs: make install-tests")
	}
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken))
	r := newRunner(t, srv)
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		dir, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		r.env = append(r.env, name+"="+strings.TrimSpace(string(dir)))
	}
	out := r.run(map[string]string{"binary": "", "build": "true", "releases": "http://127.0.0.1:9"})
	if r.failed || out["verdict"] != "explained" {
		t.Fatalf("failed %v, outputs %v\n%s", r.failed, out, r.logs)
	}
}

// TestActionInputs: a wrong input is the workflow's own mistake, and red.
func TestActionInputs(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	srv.AddRun(failedRun(101, idToken))
	r := newRunner(t, srv)
	for input, says := range map[string]string{"report-to": "did you mean issue?", "fail-on": "--fail-on is never,", "facts": "there is no fact", "attempt": "--attempt", "catalog": "isue"} {
		r.run(map[string]string{input: "isue"})
		if !r.failed || !strings.Contains("\n"+r.out, "\n::error title=pubmortem could not do this::") || !strings.Contains(r.logs, says) {
			t.Errorf("%s: failed %v\n%s", input, r.failed, r.logs)
		}
	}
}

// TestActionLogBesideACheckout: what a saved log means is looked up in the
// files that are there, with what the workflow knows.
func TestActionLogBesideACheckout(t *testing.T) {
	t.Parallel()
	srv := fakegithub.New(t)
	r := newRunner(t, srv)
	log := fakegithub.SetUp("publish").Log + "\n##[group]Run npm publish --provenance\nnpm publish --provenance\nshell: /usr/bin/bash -e {0}\n##[endgroup]\n" + idToken + "\n"
	log = regexp.MustCompile("(?m)^").ReplaceAllString(strings.TrimSpace(log), "2026-04-27T18:12:05.7572150Z ")
	workflow := "name: Release\non: push\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n      - run: npm publish --provenance\n"
	for name, text := range map[string]string{"publish.log": log, ".github/workflows/release.yml": workflow} {
		name = filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	out := r.run(map[string]string{"log": "publish.log", "facts": "npm.version=11.6.2\n"})
	if r.failed || out["verdict"] != "explained" {
		t.Fatalf("failed %v, outputs %v\n%s", r.failed, out, r.logs)
	}
	saved := read(t, out["report"])
	for _, want := range []string{".github/workflows/release.yml", "11.6.2"} {
		if !strings.Contains(saved, want) {
			t.Errorf("the report knows nothing of %s:\n%s", want, saved)
		}
	}
}
