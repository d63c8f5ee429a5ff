package npm

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/web"
	"github.com/pubmortem/pubmortem/patterns"
)

func newRegistry(t *testing.T) (*fakegithub.Server, *Registry) {
	s := fakegithub.New(t)
	t.Cleanup(func() {
		for _, r := range s.Requests() {
			if r.Authorization != "" || r.UserAgent != "pubmortem/test" {
				t.Errorf("%+v", r)
			}
		}
	})
	return s, &Registry{
		BaseURL:   s.RegistryURL,
		StatusURL: s.StatusURL,
		UserAgent: "pubmortem/test",
	}
}

const packument = `{
  "_id": "@acme/widget", "name": "@acme/widget", "readme": {"a": [1, {"b": null}]},
  "dist-tags": {"latest": "1.1.0"},
  "versions": {
    "1.1.0": {"_npmUser": {"name": "GitHub Actions", "trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"}},
      "dist": {"attestations": {"url": "x", "provenance": {"predicateType": "https://slsa.dev/provenance/v1"}}},
      "repository": {"type": "git", "url": "git+https://github.com/acme/widget.git"}},
    "1.0.0": {"_npmUser": {"name": "octo", "approver": {"name": "ada"}}, "dist": {}, "repository": "github:acme/widget"},
    "1.2.0": {"_npmUser": {"name": "octo"}, "repository": 7},
    "0.0.1": {"_npmUser": "odd"}
  },
  "time": {"created": "2026-01-01T00:00:00Z", "1.0.0": "2026-01-02T00:00:00.000Z", "1.1.0": "2026-01-03T00:00:00.000Z", "1.2.0": "2026-01-04T00:00:00.000Z", "unpublished": {"name": "x"}}
}`

func TestPackage(t *testing.T) {
	s, r := newRegistry(t)
	s.AddDocument("/@acme/widget", packument)
	p, err := r.Package(t.Context(), "", "@acme/widget")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)
	want := probe.Version{Number: "1.1.0", Published: at, Publisher: "GitHub Actions", TrustedPublisher: "github", Attested: true}
	if len(p.Versions) != 4 || p.Versions[2] != want || p.Versions[3].Number != "1.2.0" || p.Versions[3].Attested {
		t.Fatalf("%+v", p)
	}
	if v := p.Versions[1]; v.Number != "1.0.0" || !v.Staged || v.TrustedPublisher != "" || v.Published.IsZero() {
		t.Errorf("1.0.0: %+v", v)
	}
	if path := s.Requests()[0].Path; path != "/@acme%2fwidget" {
		t.Errorf("asked for %s", path)
	}
}

func TestPackageErrors(t *testing.T) {
	s, r := newRegistry(t)
	_, err := r.Package(t.Context(), "", "nothing")
	checkError(t, err, fault.NotFound, "package nothing does not exist, or is private")
	if !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("%v is not ErrNotFound", err)
	}
	s.AddDocument("/text", "[]")
	_, err = r.Package(t.Context(), "", "text")
	checkError(t, err, fault.Unavailable, "no JSON object")
	s.AddDocument("/cut", packument[:len(packument)/2])
	_, err = r.Package(t.Context(), "", "cut")
	checkError(t, err, fault.Unavailable, "unexpected EOF")
	s.Fail("registry", "/private", 1, fakegithub.Status(http.StatusUnauthorized, "", nil))
	_, err = r.Package(t.Context(), "", "private")
	checkError(t, err, fault.NoAccess, "is not public (401 Unauthorized)")
	s.Fail("registry", "/down", 2, fakegithub.Status(http.StatusBadGateway, "", nil))
	_, err = r.Package(t.Context(), "", "down")
	checkError(t, err, fault.Unavailable, "502 Bad Gateway")
	for _, name := range []string{"", "..", "a/b", "@a/..", "@/b", "@a/b/c", "a?b", "a b", "../x"} {
		_, err = r.Package(t.Context(), "", name)
		checkError(t, err, fault.BadRef, "is not a package's name")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Package(ctx, "", "x")
	checkError(t, err, fault.Interrupted, "interrupted while asking for package x")
}

func TestRegistryRecovers(t *testing.T) {
	s, r := newRegistry(t)
	s.AddDocument("/@acme/widget", packument)
	s.Fail("registry", "", 1, fakegithub.Reset())
	if _, err := r.Package(t.Context(), "", "@acme/widget"); err != nil {
		t.Error(err)
	}
}

func TestRegistryIsBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"versions":{"1.0.0":"`), &web.Capped{R: zeros{}, Left: 1 << 20})
	_, err := readPackument(&web.Capped{R: endless, Left: 1000})
	if !errors.Is(err, web.ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestRegistryHosts(t *testing.T) {
	r := &Registry{}
	for _, address := range []string{"http://registry.npmjs.org/", "https://169.254.169.254/", "https://npm.acme.example/", "https://u:p@registry.npmjs.org/", ":"} {
		_, err := r.Package(t.Context(), address, "x")
		checkError(t, err, fault.NoAccess, "was not asked")
		_, err = r.Attestation(t.Context(), address, "x", "1.0.0")
		checkError(t, err, fault.NoAccess, "was not asked")
	}
	for address, want := range map[string]string{"": PublicRegistry, "https://registry.yarnpkg.com": "https://registry.yarnpkg.com/"} {
		if got, err := r.base(address); got != want || err != nil {
			t.Errorf("base(%q) = %q, %v", address, got, err)
		}
	}
}

func attestation(predicateType, statement string) string {
	payload := base64.StdEncoding.EncodeToString([]byte(statement))
	return fmt.Sprintf(`{"attestations": [
		{"predicateType": "https://github.com/npm/attestation/tree/main/specs/publish/v0.1", "bundle": {}},
		{"predicateType": %q, "bundle": {"dsseEnvelope": {"payload": %q, "payloadType": "application/vnd.in-toto+json"}}}]}`, predicateType, payload)
}

const (
	slsaV1 = `{"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://slsa.dev/provenance/v1", "predicate": {
		"buildDefinition": {
			"externalParameters": {"workflow": {"ref": "refs/tags/v1.1.0", "repository": "https://github.com/acme/widget", "path": ".github/workflows/release.yml"}},
			"internalParameters": {"github": {"event_name": "push"}},
			"resolvedDependencies": [{"uri": "git+https://github.com/acme/widget@refs/tags/v1.1.0", "digest": {"gitCommit": "abc"}}]},
		"runDetails": {"builder": {"id": "https://github.com/actions/runner/github-hosted"},
			"metadata": {"invocationId": "https://github.com/acme/widget/actions/runs/101/attempts/2"}}}}`
	slsaV02 = `{"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://slsa.dev/provenance/v0.2", "predicate": {
		"builder": {"id": "https://github.com/actions/runner"},
		"invocation": {"configSource": {"uri": "git+https://github.com/acme/widget@refs/heads/main", "digest": {"sha1": "abc"}, "entryPoint": ".github/workflows/release.yml"},
			"environment": {"GITHUB_EVENT_NAME": "release", "GITHUB_RUN_ID": "101", "GITHUB_RUN_ATTEMPT": "2"}}}}`
)

func TestAttestation(t *testing.T) {
	for predicate, statement := range map[string]string{"https://slsa.dev/provenance/v1": slsaV1, "https://slsa.dev/provenance/v0.2": slsaV02} {
		s, r := newRegistry(t)
		s.AddDocument("/-/npm/v1/attestations/@acme/widget@1.1.0", attestation(predicate, statement))
		got, err := r.Attestation(t.Context(), "", "@acme/widget", "1.1.0")
		if err != nil {
			t.Fatal(err)
		}
		if want := (probe.Attestation{Owner: "acme", Repo: "widget", Workflow: ".github/workflows/release.yml"}); *got != want {
			t.Errorf("%+v, want %+v", *got, want)
		}
		if path := s.Requests()[0].Path; path != "/-/npm/v1/attestations/@acme%2fwidget@1.1.0" {
			t.Errorf("asked for %s", path)
		}
	}
}

func TestAttestationErrors(t *testing.T) {
	s, r := newRegistry(t)
	s.AddDocument("/-/npm/v1/attestations/x@1.0.0", attestation(slsaPrefix+"v1", `{"predicateType": "other"}`))
	for _, version := range []string{"1.0.0", "2.0.0"} {
		_, err := r.Attestation(t.Context(), "", "x", version)
		checkError(t, err, fault.NotFound, "the provenance of x@"+version)
		if !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%v is not ErrNotFound", err)
		}
	}
	_, err := r.Attestation(t.Context(), "", "x", "../1")
	checkError(t, err, fault.BadRef, "is not a version")
	_, err = r.Attestation(t.Context(), "", "../x", "1.0.0")
	checkError(t, err, fault.BadRef, "is not a package's name")
}

func TestStatus(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 6, 18, hour, minute, 0, 0, time.UTC) }
	incident := func(name, impact, part string, from time.Time, to any) map[string]any {
		in := map[string]any{"name": name, "impact": impact, "shortlink": "https://stspg.io/" + name, "created_at": from, "started_at": from, "resolved_at": to}
		if part != "" {
			in["components"] = []any{map[string]any{"name": part}}
		}
		return in
	}
	s, r := newRegistry(t)
	s.AddDocument("/api/v2/incidents.json", map[string]any{"page": map[string]any{}, "incidents": []any{
		incident("open", "major", "Actions", at(20, 0), nil),
		incident("closed", "minor", "", at(10, 0), at(11, 0)),
		incident("notice", "none", "", at(5, 0), at(6, 0)),
		incident("other", "major", "Pages", at(1, 0), at(2, 0)),
	}})
	tests := []struct {
		page patterns.StatusPage
		at   time.Time
		want string
	}{
		{patterns.StatusGitHub, at(3, 0), ""}, {patterns.StatusGitHub, at(10, 30), "closed"}, {patterns.StatusSigstore, at(9, 45), "closed"},
		{patterns.StatusNpm, at(9, 15), ""}, {patterns.StatusNpm, at(11, 30), ""}, {patterns.StatusGitHub, at(23, 0), "open"},
		{patterns.StatusNpm, at(5, 30), ""}, {patterns.StatusGitHub, at(1, 30), ""}, {patterns.StatusSigstore, at(1, 30), "other"},
	}
	for _, test := range tests {
		value, where := "ok", statusPages[test.page].url
		if test.want != "" {
			value, where = "incident", test.want+" (https://stspg.io/"+test.want+")"
		}
		if f, ok, err := r.Status(t.Context(), test.page, test.at); err != nil || !ok || f.Value != value || f.Where != where {
			t.Errorf("%v at %v: %+v, %v, %v", test.page, test.at, f, ok, err)
		}
	}
	s.Fail("status", "", 2, fakegithub.Body("<html>"))
	_, _, err := r.Status(t.Context(), patterns.StatusSigstore, at(1, 0))
	checkError(t, err, fault.Unavailable, "sent a web page in place of an answer for Sigstore's status page")
}

func TestStatusTooLongAgo(t *testing.T) {
	var l incidents
	start := time.Date(2026, 6, 18, 0, 0, 0, 0, time.UTC)
	for i := range listedIncidents {
		resolved := start.Add(time.Duration(i)*time.Hour + time.Minute)
		l.Incidents = append(l.Incidents, incident{CreatedAt: start.Add(time.Duration(i) * time.Hour), ResolvedAt: &resolved})
	}
	for at, known := range map[time.Time]bool{start.Add(-2 * time.Hour): false, start.Add(90 * time.Minute): true, {}: false} {
		if _, ok := l.at(statusPages[patterns.StatusNpm], at); ok != known {
			t.Errorf("at %v: known %v", at, ok)
		}
	}
}

func FuzzReadPackument(f *testing.F) {
	f.Add([]byte(packument))
	f.Add([]byte(`{"versions": null, "time": []}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := readPackument(strings.NewReader(string(data))); (p == nil) == (err == nil) {
			t.Errorf("%v, %v", p, err)
		}
	})
}

func FuzzReadStatement(f *testing.F) {
	f.Add([]byte(slsaV1))
	f.Add([]byte(slsaV02))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, ok := readStatement(data); ok && (repo.Ref{Host: repo.PublicHost, Owner: p.Owner, Repo: p.Repo}).Check() != nil {
			t.Errorf("%+v", p)
		}
		var list attestations
		_ = json.Unmarshal(data, &list) // whatever comes of it
		list.provenance()
	})
}

func checkError(t *testing.T, err error, kind fault.Kind, want string) {
	t.Helper()
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != kind || !strings.Contains(err.Error(), want) {
		t.Errorf("error = %v, want %q (%v)", err, want, kind)
	}
}

// A registry that hangs is waited for once, whatever is asked of it then.
func TestSilentRegistry(t *testing.T) {
	s, r := newRegistry(t)
	r.Timeout = 100 * time.Millisecond
	stall := make(chan struct{})
	t.Cleanup(func() { close(stall) })
	s.Fail("registry", "", 9, fakegithub.Stall(stall, 0))
	for _, name := range []string{"a", "b", "c"} {
		_, err := r.Package(t.Context(), "", name)
		checkError(t, err, fault.Unavailable, "package "+name+" could not be read (")
	}
	if n := s.Count("registry", ""); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestSameScheme(t *testing.T) {
	for address, ok := range map[string]bool{"https://a.example/": true, "http://a.example/": false} {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := sameScheme(req, []*http.Request{{URL: &url.URL{Scheme: "https"}}}); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
		if sameScheme(req, make([]*http.Request, 9)) == nil {
			t.Error("redirects have no end")
		}
	}
}

func TestUnpublished(t *testing.T) {
	s, r := newRegistry(t)
	s.AddDocument("/gone", `{"name": "gone", "time": {"created": "2026-01-01T00:00:00Z", "unpublished": {"time": "2026-01-02T00:00:00Z", "versions": ["1.0.0"]}}}`)
	if p, err := r.Package(t.Context(), "", "gone"); err != nil || len(p.Versions) > 0 {
		t.Errorf("%+v, %v", p, err)
	}
}
