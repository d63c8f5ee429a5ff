package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const version = "1.2.3"

// project is the folder of this project, from this package's.
const project = "../../.."

// programs writes a folder with the program for this system, which is built,
// and files in place of the others.
func programs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, s := range systems {
		name := "gh-pubmortem_" + version + "_" + s.goos + "-" + s.goarch
		if s.goos == "windows" {
			name += ".exe"
		}
		name = filepath.Join(dir, name)
		if s.goos != runtime.GOOS || s.goarch != runtime.GOARCH {
			if err := os.WriteFile(name, []byte(s.os+" "+s.cpu), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		build := exec.Command("go", "build", "-buildvcs=false",
			"-ldflags=-s -w -X github.com/pubmortem/pubmortem/analyzer/internal/cli.release="+version,
			"-o", name, "./cmd/pubmortem")
		build.Dir = project
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return dir
}

// registry serves the packages below dir as the npm registry does.
func registry(t *testing.T, dir string) string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(dir, "*", "package.json"))
	if err != nil || len(folders) == 0 {
		t.Fatal("no package: ", err)
	}
	args := []string{"pack", "--json", "--ignore-scripts", "--pack-destination", dir}
	for _, name := range folders {
		args = append(args, filepath.Dir(name))
	}
	out, err := exec.Command("npm", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var packed []struct{ Filename, Integrity string }
	if err := json.Unmarshal(out, &packed); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	answers := map[string][]byte{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path] // npm writes @pubmortem%2flinux-x64
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(answer)
	}))
	t.Cleanup(srv.Close)
	for i, file := range folders {
		var m map[string]any
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		path := "/tarballs/" + packed[i].Filename
		if answers[path], err = os.ReadFile(filepath.Join(dir, packed[i].Filename)); err != nil {
			t.Fatal(err)
		}
		m["dist"] = map[string]string{"tarball": srv.URL + path, "integrity": packed[i].Integrity}
		answers["/"+m["name"].(string)], err = json.Marshal(map[string]any{
			"name": m["name"], "dist-tags": map[string]string{"latest": version}, "versions": map[string]any{version: m},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return srv.URL
}

// node is a machine with Node.js and nothing else: no Go.
type node struct {
	t   *testing.T
	dir string
	env []string
}

func newNode(t *testing.T, registry string) *node {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "path")
	if err := os.Mkdir(path, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"node", "npm", "npx", "sh", "env"} {
		found, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(found, filepath.Join(path, name)); err != nil {
			t.Fatal(err)
		}
	}
	return &node{t, dir, []string{
		"PATH=" + path, "HOME=" + dir, "npm_config_cache=" + filepath.Join(dir, "cache"), "npm_config_registry=" + registry,
		"npm_config_update_notifier=false", "npm_config_audit=false", "npm_config_fund=false",
	}}
}

// run runs a command in an empty project and returns its output and exit code.
func (n *node) run(stdin string, command ...string) (string, int) {
	n.t.Helper()
	if filepath.Base(command[0]) == command[0] {
		command[0] = filepath.Join(n.dir, "path", command[0])
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = n.dir, n.env, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		n.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func needNode(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("npm is a script there, which needs more of its system")
	}
	for _, name := range []string{"node", "npm", "npx"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("no ", name)
		}
	}
}

const log = "npm error code EUSAGE\nnpm error Provenance generation in GitHub Actions requires \"write\" access to the \"id-token\" permission\n"

// TestNpx asks for the program as people do: the registry has the packages, and
// there is no Go.
func TestNpx(t *testing.T) {
	if os.Getenv("INSTALL_TESTS") == "" {
		t.Skip("builds whole programs: make install-tests")
	}
	t.Parallel()
	needNode(t)
	packages := t.TempDir()
	if err := layOut(project, programs(t), version, packages); err != nil {
		t.Fatal(err)
	}
	url := registry(t, packages)
	n := newNode(t, url)
	for _, when := range []string{"with an empty cache", "after the download"} {
		start := time.Now()
		if out, code := n.run(log, "npx", "--yes", "pubmortem"); code != 0 || !strings.Contains(out, "id-token") {
			t.Fatalf("exit code %d\n%s", code, out)
		}
		t.Logf("npx, %s: %.1f s", when, time.Since(start).Seconds())
	}
	if out, code := n.run("", "npx", "--yes", "pubmortem", "--version"); code != 0 || !strings.HasPrefix(out, "pubmortem v"+version+" ") {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if out, code := n.run("", "npm", "install", "--ignore-scripts", "pubmortem"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	modules, err := os.ReadDir(filepath.Join(n.dir, "node_modules", "@pubmortem"))
	if err != nil || len(modules) != 1 {
		t.Errorf("installed for this system: %v, %v", modules, err)
	}
	launcher := filepath.Join(n.dir, "node_modules", ".bin", "pubmortem")
	if out, code := n.run(log, launcher); code != 0 || !strings.Contains(out, "id-token") {
		t.Errorf("a log in a pipe: exit code %d\n%s", code, out)
	}
	if out, code := n.run("npm error code EWHAT\nnpm error unheard of\n", launcher); code != 1 {
		t.Errorf("an unknown failure: exit code %d\n%s", code, out)
	}

	bare := newNode(t, url)
	if out, code := bare.run("", "npm", "install", "--omit=optional", "pubmortem"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if out, code := bare.run("", filepath.Join(bare.dir, "node_modules", ".bin", "pubmortem")); code != 2 || !strings.Contains(out, "without --omit=optional") {
		t.Errorf("without its program: exit code %d\n%s", code, out)
	}
}

func TestLayOut(t *testing.T) {
	t.Parallel()
	dir, out := t.TempDir(), t.TempDir()
	if err := layOut(project, dir, version, out); err == nil || !strings.Contains(err.Error(), "no program") {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "gh-pubmortem_1.2.3_windows-arm64.exe"), []byte("MZ"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := layOut(project, dir, version, out); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{
		"win32-arm64": `"name": "@pubmortem/win32-arm64",` + "\n" + `  "version": "1.2.3",`,
		"pubmortem":   `"optionalDependencies": {` + "\n" + `    "@pubmortem/win32-arm64": "1.2.3"` + "\n",
	} {
		text, err := os.ReadFile(filepath.Join(out, folder, "package.json"))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v\n%s", folder, err, text)
		}
		if strings.Contains(string(text), "scripts") {
			t.Errorf("%s runs something when it is installed", folder)
		}
	}
	program, err := os.Stat(filepath.Join(out, "win32-arm64", "bin", "pubmortem.exe"))
	if err != nil || runtime.GOOS != "windows" && program.Mode().Perm() != 0o755 {
		t.Errorf("the program: %v, %v", program, err)
	}
}
