package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/fetch"
	"github.com/pubmortem/pubmortem/analyzer/fetch/fakegithub"
)

// call runs the program against a fake GitHub and registry.
func call(t *testing.T, srv *fakegithub.Server, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	env := map[string]string{"GITHUB_SERVER_URL": "https://github.com", "GITHUB_API_URL": srv.URL, "GH_TOKEN": fakegithub.Token}
	var out, errs bytes.Buffer
	std := IO{
		In: strings.NewReader(""), Out: &out, Err: &errs, CacheDir: t.TempDir(),
		Env:      func(name string) string { return env[name] },
		Now:      func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) },
		Registry: &fetch.Registry{BaseURL: srv.RegistryURL, StatusURL: func(fetch.StatusPage) string { return srv.StatusURL }},
	}
	code = Main(context.Background(), std, args)
	return code, out.String(), errs.String()
}

// The log alone leaves several candidates; the workflow file settles it, and
// the fix is shown as the edit.
func TestRunMissingIDToken(t *testing.T) {
	srv := fakegithub.New(t)
	srv.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{{Name: "publish", Steps: []fakegithub.Step{
		fakegithub.SetUp("publish"),
		fakegithub.Publish("npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\nnpm error code EUSAGE\nnpm error Provenance generation in GitHub Actions requires \"write\" access to the \"id-token\" permission"),
	}}}})
	srv.AddFile("acme", "widget", strings.Repeat("a1", 20), ".github/workflows/release.yml", "on: push\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n      - uses: actions/checkout@v6\n      - run: npm publish --provenance\n")
	code, out, errs := call(t, srv, "-R", "acme/widget", "101")
	if code != 0 || errs != "" {
		t.Fatalf("code %d, stderr %s\n%s", code, errs, out)
	}
	for _, want := range []string{"(certain)", "id-token = missing (.github/workflows/release.yml:5)", "+      id-token: write"} {
		if !strings.Contains(out, want) {
			t.Errorf("missing %q in:\n%s", want, out)
		}
	}
	if strings.Contains(out+errs, fakegithub.Token) {
		t.Error("the token is in the output")
	}
}
