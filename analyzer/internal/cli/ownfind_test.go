package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestRepositoryCatalog(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"repo/.git", "repo/.pubmortem", "repo/a/b", "repo/a/.pubmortem", "repo/c", "bare/.pubmortem", "bare/d"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for dir, want := range map[string]string{
		"repo":     ".pubmortem",
		"repo/c":   filepath.Join("..", ".pubmortem"),
		"repo/a":   ".pubmortem",
		"repo/a/b": filepath.Join("..", ".pubmortem"),
		"bare":     ".pubmortem",
		"bare/d":   "",
	} {
		t.Chdir(filepath.Join(root, dir))
		got := ""
		for _, path := range repositoryCatalog() {
			got += path
		}
		if got != want {
			t.Errorf("in %s: got %q, want %q", dir, got, want)
		}
	}
}

func TestIsHere(t *testing.T) {
	const remote = "https://github.com/acme/widget.git"
	tests := []struct {
		repo, arg, remote string
		want              bool
	}{
		{"", "run.log", "", true},
		{"", "", remote, true},
		{"", "123", remote, true},
		{"Acme/Widget", "123", remote, true},
		{"acme/other", "123", remote, false},
		{"acme/other", "run.log", remote, false},
		{"acme/widget", "run.log", "", false},
		{"", "https://github.com/acme/widget/actions/runs/1", remote, true},
		{"", "https://github.com/acme/other/actions/runs/1", remote, false},
		{"no repository", "run.log", remote, false},
		{"no repository", "123", remote, true}, // the call is refused later
	}
	for _, test := range tests {
		e := &env{IO: newWorld("", nil).IO}
		e.repo = test.repo
		e.Output = func(context.Context, string, ...string) (string, error) {
			if test.remote == "" {
				return "", errors.New("no repository")
			}
			return "origin\t" + test.remote + " (fetch)\n", nil
		}
		if got := e.isHere(t.Context(), test.arg); got != test.want {
			t.Errorf("-R %q %q at %q: got %v", test.repo, test.arg, test.remote, got)
		}
	}
}

func TestTrusted(t *testing.T) {
	for event, want := range map[string]bool{"push": true, "release": true, "pull_request": false, "pull_request_target": false, "workflow_run": false, "": false} {
		e := &env{IO: newWorld("", map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event}).IO}
		if got := e.trusted(); got != want {
			t.Errorf("%s: got %v", event, got)
		}
	}
}
