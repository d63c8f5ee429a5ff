package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/web"
)

func publishRun() *fakegithub.Run {
	return &fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish")}}
}

func TestRunErrors(t *testing.T) {
	noToken := func(o *Options) { o.Token = nil }
	status := func(code int, msg string) fakegithub.Failure { return fakegithub.Status(code, msg, nil) }
	needs := map[string]string{"X-Accepted-GitHub-Permissions": "actions=read"}
	tests := []struct {
		name    string
		part    string // of the API's path that fails
		failure fakegithub.Failure
		change  func(*Options)
		kind    fault.Kind
		want    string
	}{
		{"no token for logs", "", nil, noToken, fault.NoToken, "not even those of public repositories; set GH_TOKEN, or run gh auth login"},
		{"no token for metadata", "runs/101", status(404, "Not Found"), noToken, fault.NoToken, "cannot be read without a token; set GH_TOKEN"},
		{"token unknown", "", nil, func(o *Options) {
			o.Token = func(string) (string, error) { return "", errors.New("no keyring") }
		}, fault.NoToken, "no token for github.com: no keyring; set GH_TOKEN"},
		{"bad token", "runs/101", status(401, "Bad credentials"), nil, fault.BadToken, "refused the token (401: Bad credentials); it may have expired"},
		{"scope", "runs/101", fakegithub.Status(403, "Resource not accessible by integration", needs), nil, fault.NoAccess, "give the token the permission actions=read"},
		{"admin rights", "/logs", status(403, "Must have admin rights to Repository."), nil, fault.NoAccess, "read access to Actions"},
		{"single sign-on", "runs/101", fakegithub.SSO(), nil, fault.NoAccess, "authorise it: https://github.com/orgs/acme/sso"},
		{"not there", "runs/101", status(404, "Not Found"), nil, fault.NotFound, "run 101 in acme/widget does not exist, or the token may not see it"},
		{"expired", "/logs", status(410, "Server Error"), nil, fault.Expired, "90 days by default; give a saved log"},
		{"server down", "runs/101", status(502, "Bad Gateway"), nil, fault.Unavailable, "https://www.githubstatus.com"},
		{"hostile message", "runs/101", status(422, "\x1b[31m ::error::x\n"+fakegithub.Token), nil, fault.Unreadable, "(422: [31m ::error::x ***)"},
		{"a proxy's page", "runs/101", fakegithub.Body("<html>"), nil, fault.Unavailable, "sent a web page in place of an answer for run 101 in acme/widget; log in to the network"},
		{"no connection", "runs/101", fakegithub.Reset(), nil, fault.Unavailable, "cannot be reached"},
		{"archive and jobs lost", "/logs", fakegithub.RedirectTo("https://storage.invalid/?sig=" + fakegithub.Signature), nil, fault.Unavailable, "could not be downloaded"},
		{"too large", "", nil, func(o *Options) { o.MaxBytes = 10 }, fault.BadContent, "more than 10 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			left := tempDir(t)
			b := newBench(t)
			b.AddRun(publishRun())
			if test.failure != nil {
				b.Fail("api", test.part, 20, test.failure)
			}
			if test.change != nil {
				test.change(&b.opts)
			}
			_, err := b.get(t, nil)
			checkError(t, err, test.kind, test.want)
			if left() > 0 {
				t.Errorf("%d temporary files are left", left())
			}
		})
	}
}

func TestRunRecovers(t *testing.T) {
	tests := []struct {
		name         string
		server, part string
		n            int
		failure      fakegithub.Failure
		slept        []time.Duration
	}{
		{"server error", "api", "runs/101", 3, fakegithub.Status(503, "", nil), []time.Duration{1e9, 2e9, 4e9}},
		{"reset", "api", "runs/101", 1, fakegithub.Reset(), []time.Duration{1e9}},
		{"metadata cut", "api", "runs/101", 1, fakegithub.Truncate(), []time.Duration{1e9}},
		{"storage error", "storage", "", 1, fakegithub.StorageError(503, "ServerBusy"), []time.Duration{1e9}},
		{"address expired", "storage", "", 2, fakegithub.StorageError(403, "AuthenticationFailed"), []time.Duration{1e9, 2e9}},
		{"storage reset", "storage", "", 1, fakegithub.Reset(), []time.Duration{1e9}},
		{"archive cut", "storage", ".zip", 1, fakegithub.Truncate(), []time.Duration{1e9}},
		{"archive cut in silence", "storage", ".zip", 1, fakegithub.CutShort(), []time.Duration{1e9}},
		{"secondary limit", "api", "runs/101", 1, fakegithub.SecondaryLimit(403, 7), []time.Duration{7e9}},
		{"secondary limit as 429", "api", "runs/101", 1, fakegithub.SecondaryLimit(429, 0), []time.Duration{60e9}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.AddRun(publishRun())
			b.Fail(test.server, test.part, test.n, test.failure)
			checkMembers(t, b.run(t, nil), "publish|0|system", "publish|1|Set up job", "publish|3|Run npm publish")
			if !slices.Equal(b.slept, test.slept) {
				t.Errorf("slept %v", b.slept)
			}
		})
	}
}

func TestRunFallsBackToJobs(t *testing.T) {
	tests := []struct {
		name, server, part string
		failure            fakegithub.Failure
	}{
		{"no archive", "storage", ".zip", fakegithub.StorageError(404, "BlobNotFound")},
		{"archive never whole", "storage", ".zip", fakegithub.Truncate()},
		{"archive not offered", "api", "attempts/1/logs", fakegithub.Status(404, "Not Found", nil)},
		{"an empty archive", "storage", ".zip", fakegithub.Body("PK\x05\x06" + strings.Repeat("\x00", 18))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.AddRun(publishRun())
			b.opts.CacheDir = t.TempDir()
			b.Fail(test.server, test.part, 10, test.failure)
			checkMembers(t, b.run(t, nil), "publish|0|")
			if got := filesIn(t, b.opts.CacheDir); !slices.Equal(got, []string{"github.com/acme/widget/101/job-101001.log"}) {
				t.Errorf("cached: %q", got)
			}
		})
	}
}

func TestRunJobLogMissing(t *testing.T) {
	for _, failure := range []fakegithub.Failure{
		fakegithub.StorageError(404, "BlobNotFound"),
		fakegithub.Body("\ufeff<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code></Error>"),
	} {
		b := newBench(t)
		lost := publishJob("lost")
		lost.NotInArchive = true
		b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish"), lost}})
		b.Fail("storage", "jobs/", 10, failure)
		run := b.run(t, nil)
		if len(run.Log.Members) != 3 || len(run.Log.Notes) != 1 || !strings.Contains(run.Log.Notes[0], "the log of job lost is not in GitHub's storage") {
			t.Errorf("%d members, notes %q", len(run.Log.Members), run.Log.Notes)
		}
		if n := b.Count("api", "jobs/101002/logs"); n != 2 {
			t.Errorf("the API was asked %d times", n)
		}
	}
}

func TestRunAtMostSomeJobLogs(t *testing.T) {
	b := newBench(t)
	run := &fakegithub.Run{Status: "in_progress"}
	for i := range 30 {
		run.Jobs = append(run.Jobs, publishJob(fmt.Sprintf("publish (%d)", i)))
	}
	b.AddRun(run)
	got := b.run(t, nil)
	if len(got.Log.Members) != mostJobLogs || !strings.Contains(strings.Join(got.Log.Notes, "\n"), "5 more jobs") {
		t.Errorf("%d members, notes %q", len(got.Log.Members), got.Log.Notes)
	}
}

func TestRunRateLimits(t *testing.T) {
	soon, late := time.Now().Add(20*time.Second), time.Now().Add(time.Hour)
	for _, status := range []int{http.StatusForbidden, http.StatusTooManyRequests} {
		b := newBench(t)
		b.AddRun(publishRun())
		b.Fail("api", "jobs", 1, fakegithub.PrimaryLimit(status, soon))
		b.run(t, nil)
		if len(b.slept) != 1 || b.slept[0] < 15*time.Second || b.slept[0] > 25*time.Second {
			t.Errorf("slept %v", b.slept)
		}
		b.slept = nil
		b.Fail("api", "/logs", 1, fakegithub.PrimaryLimit(status, late))
		_, err := b.get(t, nil)
		checkError(t, err, fault.RateLimited, "no more requests until "+late.UTC().Format("2006-01-02 15:04:05 UTC"))
		if e, _ := errors.AsType[*fault.Error](err); !e.Until.Equal(late.Truncate(time.Second)) || len(b.slept) > 0 {
			t.Errorf("until %v, slept %v", e.Until, b.slept)
		}
	}
	b := newBench(t)
	b.AddRun(publishRun())
	b.Fail("api", "runs/101", 1, fakegithub.SecondaryLimit(http.StatusForbidden, 600))
	_, err := b.get(t, nil)
	checkError(t, err, fault.RateLimited, "no more requests until ")
}

func TestLimitWithoutTime(t *testing.T) {
	c := &Client{}
	f := &failure{Failure: web.Failure{Status: 403, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1760000060"}}}}
	if wait, until, ok := c.limit(f); !ok || wait <= longestWait || until.Unix() != 1760000060 {
		t.Errorf("%v, %v, %v", wait, until, ok)
	}
	c.opts.Clock = func() time.Time { return time.Unix(1760000000, 0) }
	if wait, _, ok := c.limit(f); !ok || wait != 61*time.Second {
		t.Errorf("%v, %v", wait, ok)
	}
}

func TestRunCancelled(t *testing.T) {
	left := tempDir(t)
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	job := publishJob("publish")
	job.Write = func(w io.Writer) {
		chunk := []byte(strings.Repeat(line, 1000))
		for range 200 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	b.AddRun(&fakegithub.Run{Status: "in_progress", Jobs: []*fakegithub.Job{publishJob("first"), job}})
	b.opts.Progress = func(p Progress) {
		if p.Done > 0 {
			cancel()
		}
	}
	_, err := b.ask(ctx, repo.Ref{Host: "github.com", Owner: "acme", Repo: "widget", RunID: 101})
	checkErrorKind(t, err, fault.Interrupted)
	if !errors.Is(err, context.Canceled) || left() > 0 {
		t.Errorf("%v, %d temporary files are left", err, left())
	}
}

func checkErrorKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != kind {
		t.Errorf("error = %v, want kind %v", err, kind)
	}
}

func TestRunLargeLog(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200 MB")
	}
	const size = 200 << 20
	b := newBench(t)
	job := publishJob("publish")
	job.Write = func(w io.Writer) {
		chunk := []byte(strings.Repeat(line, 10_000))
		for n := 0; n < size; n += len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	b.AddRun(&fakegithub.Run{Status: "in_progress", Jobs: []*fakegithub.Job{job}})
	run := b.run(t, nil)
	rc, err := run.Log.Members[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	var most uint64
	buf, total := make([]byte, 1<<20), int64(0)
	for {
		n, err := rc.Read(buf)
		if total += int64(n); total>>24 != (total-int64(n))>>24 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
		}
		if err != nil {
			break
		}
	}
	if total < size || most > 64<<20 {
		t.Errorf("read %d bytes with a heap of %d", total, most)
	}
}

func TestStalledBody(t *testing.T) {
	left := tempDir(t)
	b := newBench(t)
	b.AddRun(publishRun())
	stall := make(chan struct{})
	t.Cleanup(func() { close(stall) })
	b.Fail("storage", "", 10, fakegithub.Stall(stall, 0))
	b.opts.Idle = 100 * time.Millisecond
	_, err := b.get(t, nil)
	host := strings.Trim(strings.TrimPrefix(b.StorageURL, "http://"), "/")
	checkError(t, err, fault.Unavailable, "could not be downloaded from "+host+" (nothing came for 100ms); let the firewall or the proxy pass *.blob.core.windows.net")
	if n := b.Count("storage", ""); n != silentTries {
		t.Errorf("a silent storage was asked %d times", n)
	}
	if left() > 0 {
		t.Errorf("%d temporary files are left", left())
	}
}

func TestStorageMustBeEncrypted(t *testing.T) {
	c, err := NewClient("github.com", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for address, ok := range map[string]bool{"https://storage.example/x?sig=1": true, "http://storage.example/x?sig=1": false} {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.stayEncrypted(req, nil); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
		if c.stayEncrypted(req, make([]*http.Request, 9)) == nil {
			t.Error("redirects have no end")
		}
	}
}

// go-github answers by itself, without headers, once it knows of a limit.
func TestLimitsOfTheLibrary(t *testing.T) {
	c := &Client{opts: Options{Clock: func() time.Time { return time.Unix(1760000000, 0) }}}
	made := &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}}
	after := 30 * time.Second
	for _, err := range []error{
		&github.RateLimitError{Response: made, Rate: github.Rate{Reset: github.Timestamp{Time: time.Unix(1760000030, 0)}}},
		&github.AbuseRateLimitError{Response: made, RetryAfter: &after},
	} {
		if wait, until, ok := c.limit(c.failed(err)); !ok || wait != 31*time.Second || until.IsZero() {
			t.Errorf("%T: %v, %v, %v", err, wait, until, ok)
		}
	}
}

func TestDiskFull(t *testing.T) {
	f, err := os.Open(write(t, "x", nil)) // for reading only
	if err != nil {
		t.Fatal(err)
	}
	p := &partial{f: f}
	if _, err := p.fill(strings.NewReader("x"), 10); !errors.Is(err, errDisk) || web.Lasting(err) {
		t.Errorf("%v", err)
	}
	if err := p.discard(); err != nil {
		t.Error(err)
	}
}

func TestNaming(t *testing.T) {
	long := strings.Repeat("x", 80) + " / "
	n := newNaming([]Job{{Name: "a / b"}, {Name: "a: b"}, {Name: "c / d"}, {Name: long + strings.Repeat("y", 20)}, {Name: "same"}, {Name: "same"}, {Name: "publish (eu-north, 20)"}, {Name: "publish (eu-north, 22)"}, {Name: "\x1b[1mloud\x1b[0m"}})
	for name, want := range map[string]string{
		"a / b":                                "a / b",
		"a _ b":                                "",
		"c  d":                                 "c / d",
		"c _ d":                                "c / d",
		"same":                                 "same",
		"absent":                               "",
		"publish (***, 20)":                    "publish (eu-north, 20)",
		"publish (***)":                        "", // either
		"***ish (***-north, 2***2)":            "publish (eu-north, 22)",
		"loud":                                 "\x1b[1mloud\x1b[0m",
		strings.Repeat("x", 80) + " _ yyyyyyy": long + strings.Repeat("y", 20),
	} {
		got := ""
		if j := n.find(name); j != nil {
			got = j.Name
		}
		if got != want {
			t.Errorf("find(%q) = %q", name, got)
		}
	}
}
