package cli

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
)

func TestHostAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]string{
		"https://Git.Acme.example/": "git.acme.example", "git.acme.example": "git.acme.example", "": "github.com", "API.github.com": "github.com",
	} {
		e := &env{IO: newWorld("", map[string]string{"GH_HOST": text, "GITHUB_ENTERPRISE_TOKEN": "tok"}).IO}
		if got := e.host(); got != want {
			t.Errorf("GH_HOST=%q: %s", text, got)
		}
		token, err := e.token(t.Context())(want)
		if wantToken := !repo.IsCloud(want); (token == "tok") != wantToken || err != nil {
			t.Errorf("GH_HOST=%q: token %q, %v", text, token, err)
		}
	}
}

// The token of a server of one's own does not go to github.com.
func TestOnlyTheEnterpriseToken(t *testing.T) {
	e := &env{IO: newWorld("", map[string]string{"GH_ENTERPRISE_TOKEN": "tok"}).IO}
	if hint := e.clientOptions(t.Context(), "github.com").SignIn; !strings.Contains(hint, "set GH_HOST") {
		t.Errorf("hint %q", hint)
	}
	if hint := e.clientOptions(t.Context(), "git.acme.example").SignIn; hint != "" {
		t.Errorf("hint %q", hint)
	}
}

func TestTokenOfGh(t *testing.T) {
	tests := []struct {
		text    string
		err     error
		want    string
		wantErr string
	}{
		{"tok", nil, "tok", ""},
		{"", exec.ErrNotFound, "", ""},
		{"A new release of gh is available\ntok", nil, "", "printed more than a token"},
		{"", context.DeadlineExceeded, "", "did not answer within 5 seconds"},
	}
	for _, tt := range tests {
		e := &env{IO: newWorld("", nil).IO}
		e.Output = func(context.Context, string, ...string) (string, error) { return tt.text, tt.err }
		got, err := e.token(t.Context())("github.com")
		if got != tt.want || (err != nil) != (tt.wantErr != "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
			t.Errorf("%q, %v: %q, %v", tt.text, tt.err, got, err)
		}
	}
}

// A child that keeps the pipe open does not keep the program waiting.
func TestOutputOfAChild(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	if got, err := output(t.Context(), "sh", "-c", "sleep 60 & echo tok"); got != "tok" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := output(t.Context(), "sh", "-c", "exit 3"); err == nil {
		t.Error("no error")
	}
}

func TestOpenLogErrors(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]struct {
		kind fault.Kind
		msg  string
	}{
		filepath.Join(dir, "none.log"): {fault.NotFound, "none.log does not exist; give a file"},
		"no\x1b[31m\nfile":             {fault.NotFound, `"no\x1b[31m\nfile" does not exist`},
		dir:                            {fault.BadContent, "is empty; "},
	} {
		_, err := openLog(path)
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != want.kind || !strings.Contains(err.Error(), want.msg) {
			t.Errorf("%q: %v, want %v %q", path, err, want.kind, want.msg)
		}
	}
	err := logError("x", "save it", &fs.PathError{Op: "read", Path: "x", Err: fs.ErrPermission})
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != fault.NoAccess || faultCode(e.Kind) != exitNoAccess {
		t.Errorf("%v", err)
	}
}

// A run whose failed publish left no log is no run without a publish.
func TestRunWithoutThePublishLog(t *testing.T) {
	srv := fakegithub.New(t)
	lost := &fakegithub.Job{Name: "publish", NotInArchive: true, Steps: []fakegithub.Step{fakegithub.Publish("npm error code E404")}}
	done := &fakegithub.Job{Name: "release notes", Steps: []fakegithub.Step{fakegithub.SetUp("release notes")}}
	srv.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{done, lost}})
	srv.Fail("storage", "jobs/", 9, fakegithub.StorageError(404, "BlobNotFound"))
	code, out, errs := call(t, srv, "101", "-R", "acme/widget")
	if code != exitNoLogs || out != "" || !strings.Contains(errs, "the log of the failed job publish could not be had") {
		t.Errorf("code %d, %s%s", code, out, errs)
	}
}
