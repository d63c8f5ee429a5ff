package github

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
)

// Without the log of the publish that failed, the rest of a run reads as if
// nothing had been published.
func TestPublishLogMissing(t *testing.T) {
	mute := publishJob("publish")
	for i := range mute.Steps {
		mute.Steps[i].Log = ""
	}
	mute.EmptyInArchive = true
	lost := publishJob("publish")
	lost.NotInArchive = true
	tests := map[string]*fakegithub.Run{
		"only system.txt":   {Jobs: []*fakegithub.Job{mute}},
		"another job's log": {Jobs: []*fakegithub.Job{quietJob("Release notes"), lost}},
	}
	for name, run := range tests {
		b := newBench(t)
		b.AddRun(run)
		b.Fail("storage", "jobs/", 10, fakegithub.StorageError(404, "BlobNotFound"))
		_, err := b.get(t, nil)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		checkError(t, err, fault.NotFound, "the log of the failed job publish could not be had: the log of job publish is not in GitHub's storage; look at https://github.com/acme/widget/actions/runs/101/job/")
	}
}

// What stands in the way has its own sentence, and is not asked again and again.
func TestNetworks(t *testing.T) {
	stall := make(chan struct{})
	t.Cleanup(func() { close(stall) })
	status := func(code int, msg string) fakegithub.Failure { return fakegithub.Status(code, msg, nil) }
	tests := []struct {
		name, server string
		failure      fakegithub.Failure
		kind         fault.Kind
		most         int // requests to that server that fail
		want         string
	}{
		{"log-in page", "api", fakegithub.Page(200, `<form><input type="password"></form>`, nil), fault.Unavailable, 1, "sent the log-in page of a proxy or a portal in place of an answer for run 101 in acme/widget; log in to the network"},
		{"log-in page for logs", "storage", fakegithub.Page(200, "Please log in", nil), fault.Unavailable, 1, "sent the log-in page of a proxy or a portal in place of an answer for the log archive"},
		{"log-in elsewhere", "api", fakegithub.RedirectTo("https://login.acme.example/?return=x"), fault.Unavailable, 1, "leads to login.acme.example in place of an answer"},
		{"Cloudflare", "api", fakegithub.Page(403, "Attention Required!", map[string]string{"CF-Ray": "1"}), fault.Unavailable, 1, "Cloudflare's page that refuses the request"},
		{"IP allow list", "api", status(403, "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource."), fault.NoAccess, 1, "acme lets only listed addresses in (an IP allow list)"},
		{"suspended", "api", status(403, "Sorry. Your account was suspended"), fault.NoAccess, 1, "github.com has suspended the account"},
		{"silent API", "api", fakegithub.Stall(stall, 0), fault.Unavailable, silentTries, "nothing came for 100ms"},
		{"too large at once", "storage", fakegithub.Stall(stall, 3<<30), fault.BadContent, 2, "has more than 2147483648 bytes"},
		{"storage refuses", "storage", fakegithub.Reset(), fault.Unavailable, 99, "could not be downloaded from 127.0.0.1:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.opts.Idle = 100 * time.Millisecond
			b.AddRun(publishRun())
			b.Fail(test.server, "", 99, test.failure)
			_, err := b.get(t, nil)
			checkError(t, err, test.kind, test.want)
			if n := b.Count(test.server, ""); n > test.most {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// Where nobody answers at the logs' address, each job is not tried as well.
func TestUnreachableStorage(t *testing.T) {
	b := newBench(t)
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish"), publishJob("publish again")}})
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	b.Fail("api", "/logs", 99, fakegithub.RedirectTo(closed.URL+"/?sig="+fakegithub.Signature))
	_, err := b.get(t, nil)
	checkError(t, err, fault.Unavailable, "could not be downloaded from "+strings.TrimPrefix(closed.URL, "http://"))
	checkError(t, err, fault.Unavailable, "*.blob.core.windows.net")
	if n := b.Count("api", "/logs"); n > mostTries || b.Count("api", "jobs/") > 0 {
		t.Errorf("asked %d times: %+v", n, b.Requests())
	}
}

func TestUntrustedCertificate(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	srv.Config.ErrorLog = nil
	b := newBench(t)
	b.opts.BaseURL = srv.URL
	_, err := b.get(t, nil)
	checkError(t, err, fault.Unavailable, "certificate")
	checkError(t, err, fault.Unavailable, "set SSL_CERT_FILE")
}

func TestRetryAfterDate(t *testing.T) {
	b := newBench(t)
	b.AddRun(publishRun())
	at := time.Date(2026, 6, 18, 3, 0, 0, 0, time.UTC)
	b.Fail("api", "runs/101", 1, fakegithub.Status(429, "Too many", map[string]string{
		"Date": at.Format(http.TimeFormat), "Retry-After": at.Add(30 * time.Second).Format(http.TimeFormat),
	}))
	b.run(t, nil)
	if !slices.Equal(b.slept, []time.Duration{31 * time.Second}) {
		t.Errorf("slept %v", b.slept)
	}
}

func TestDamagedCache(t *testing.T) {
	b := newBench(t)
	b.opts.CacheDir = t.TempDir()
	b.AddRun(publishRun())
	b.run(t, nil)
	path := filepath.Join(b.opts.CacheDir, "github.com/acme/widget/101/1.zip")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(data)
	data[40] ^= 1 // the table of contents at the end is as it was
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	b.run(t, nil)
	if data, err = os.ReadFile(path); err != nil || string(data) != whole || b.Count("storage", "") != 2 {
		t.Errorf("%v, %d downloads", err, b.Count("storage", ""))
	}
}

// A cache that takes no file, as on a full disk, is done without.
func TestCacheDiskFull(t *testing.T) {
	left := tempDir(t)
	b := newBench(t)
	b.opts.CacheDir = filepath.Join(t.TempDir(), "cache")
	if err := os.MkdirAll(filepath.Join(b.opts.CacheDir, "github.com/acme/widget/101/1.zip/in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	b.AddRun(publishRun())
	before := left()
	if run := b.run(t, nil); len(run.Log.Members) != 3 || left() != before+1 {
		t.Errorf("%d members, %d temporary files", len(run.Log.Members), left())
	}
}

func TestIPv6Host(t *testing.T) {
	u, err := apiBase("[2001:db8::1]:8443", "")
	if err != nil || u.String() != "https://[2001:db8::1]:8443/api/v3/" {
		t.Errorf("%v, %v", u, err)
	}
	c := &Client{opts: Options{CacheDir: "cache"}}
	if dir := c.cacheOf(repo.Ref{Host: "[2001:db8::1]:8443", Owner: "acme", Repo: "widget", RunID: 1}, true).dir; strings.ContainsAny(dir, ":[]") {
		t.Errorf("cached in %s", dir)
	}
}

// A log masks what the API shows. Taken for another job, it would be read
// twice, and its failure told twice.
func TestMaskedJobName(t *testing.T) {
	b := newBench(t)
	job := publishJob("publish (***)")
	job.Name = "publish (eu-north)"
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{job}})
	run := b.run(t, nil)
	for _, m := range run.Log.Members {
		if m.Job != job.Name {
			t.Errorf("%s is of job %q", m.Name, m.Job)
		}
	}
	if n := b.Count("api", "actions/jobs/"); n != 0 {
		t.Errorf("%d logs of jobs were asked for", n)
	}
}
