// Package github is the client of GitHub: it reads runs, their logs and the
// files of repositories, and keeps notes about failed publishes there. There is
// one transport, one rule for where the token goes, and one vocabulary of
// errors, *fault.Error, for reading and for writing.
package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/internal/web"
)

// Options are what a client needs beside its host. The zero value asks without
// a token, which finds public metadata but no logs.
type Options struct {
	// Token returns the token for a host, or "". It decides which hosts get
	// one: the host may come from an address that somebody else wrote.
	Token func(host string) (string, error)
	// SignIn says how to get a token where the usual advice would mislead.
	SignIn string
	// BaseURL is the API's address where it does not follow from the host
	// (GITHUB_API_URL, tests). Only it can be plain http.
	BaseURL string
	// HTTP gives its Transport to all requests; nil means a default one. It
	// must not add credentials.
	HTTP *http.Client
	// Idle is how long a server may send nothing; 0 means web.Idle.
	Idle time.Duration
	// UserAgent names the program to the servers.
	UserAgent string

	// CacheDir keeps the logs of completed runs, readable by their owner only;
	// empty, or with NoCache, they are temporary files until the Log is closed.
	CacheDir string
	NoCache  bool
	// MaxBytes bounds each downloaded file, 0 means 2 GiB.
	MaxBytes int64
	// Limits bound what is read of archives; zero fields mean the defaults.
	Limits runlog.Limits

	// Jobs narrows the run down to jobs of this id or name, or part of a name.
	Jobs string
	// AllJobs reads successful jobs beside failed ones.
	AllJobs bool
	// Attempt is the attempt to read; 0 means the reference's, else the newest.
	Attempt int

	// Patient waits for the end of every rate limit. Other requests wait, too.
	Patient bool

	// Progress hears what goes on, from the calling goroutine; nil is silent.
	Progress func(Progress)
	// Clock tells the time where a server's answer does not; nil knows none.
	Clock func() time.Time
	// Sleep waits, and returns the context's error when that ends first; nil
	// means a timer.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Progress is one piece of news on a download.
type Progress struct {
	// Text says what is being done, in a few words.
	Text string
	// Done and Total count bytes of a download; Total is -1 when unknown, and
	// both are 0 for anything else.
	Done, Total int64
}

const (
	maxDownload = 2 << 30
	maxJSON     = 64 << 20
)

func (o *Options) orDefault() {
	if o.UserAgent == "" {
		o.UserAgent = "pubmortem"
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = maxDownload
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Client talks to one GitHub server, with one token. It is safe for concurrent
// use.
type Client struct {
	host  string
	base  *url.URL
	token string
	opts  Options
	// api carries the token, and carries it to the API's host alone. storage
	// never has it: what a log's address leads to belongs to somebody else.
	api     *http.Client
	storage *http.Client
	gh      atomic.Pointer[github.Client]
	// left and limited are of the rate limit, as the last answer told.
	left, limited atomic.Int64
	// gate is held by who waits for the end of a rate limit; waits counts those.
	gate  sync.RWMutex
	waits atomic.Int64
}

// NewClient prepares a client for host and asks opts for its token. Nothing is
// sent. Its errors are *fault.Error.
func NewClient(host string, opts Options) (*Client, error) {
	opts.orDefault()
	base, err := apiBase(host, opts.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{host: host, base: base, opts: opts}
	if opts.Token != nil {
		token, err := opts.Token(host)
		if err != nil {
			return nil, &fault.Error{Kind: fault.NoToken, Msg: fmt.Sprintf("no token for %s: %v", host, err), Hint: c.signInHint(), Err: err}
		}
		c.token = strings.TrimSpace(token)
	}
	next := web.Transport(opts.HTTP, opts.Idle)
	c.api = &http.Client{
		Transport:     &apiTransport{c: c, next: next, base: base, token: c.token},
		CheckRedirect: c.stayOnAPI,
	}
	c.storage = &http.Client{Transport: next, CheckRedirect: c.stayEncrypted}
	c.renew()
	return c, nil
}

// apiBase returns the address of host's API, which ends in a slash; given, when
// not empty, overrides it. Only an address that is given can be plain http.
func apiBase(host, given string) (*url.URL, error) {
	switch {
	case given != "":
		u, err := url.Parse(strings.TrimSuffix(given, "/") + "/")
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
			return nil, fault.NewBadRef("the address of the API is not valid", "set GITHUB_API_URL to one such as https://api.github.com")
		}
		return u, nil
	case !repo.ValidHost(host):
		return nil, fault.NewBadRef(fault.Shown(host)+" is not a host name", "give a name such as github.com")
	case repo.IsCloud(host):
		return &url.URL{Scheme: "https", Host: "api." + host, Path: "/"}, nil
	}
	return &url.URL{Scheme: "https", Host: host, Path: "/api/v3/"}, nil
}

// renew takes a new go-github client, since one that saw a rate limit refuses
// to send anything until the limit's end by its own clock.
func (c *Client) renew() {
	gh := github.NewClient(c.api)
	gh.BaseURL = c.base
	gh.UserAgent = c.opts.UserAgent
	c.gh.Store(gh)
}

// apiTransport adds the token to requests for the API, and to no other, and
// bounds answers that go-github reads whole.
type apiTransport struct {
	c     *Client
	next  http.RoundTripper
	base  *url.URL
	token string
}

// RoundTrip sends one request.
func (t *apiTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.token != "" && req.URL.Scheme == t.base.Scheme && req.URL.Host == t.base.Host {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+t.token)
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if limit, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Limit"), 10, 64); err == nil {
		left, _ := strconv.ParseInt(resp.Header.Get("X-RateLimit-Remaining"), 10, 64) // none is 0
		t.c.left.Store(left)
		t.c.limited.Store(limit)
	}
	const longestError = 1 << 20
	switch {
	case resp.StatusCode >= 300:
		resp.Body = bounded(resp.Body, longestError)
	case !strings.HasSuffix(req.URL.Path, "/logs"): // some servers send a log at once
		resp.Body = bounded(resp.Body, maxJSON)
	}
	return resp, nil
}

func bounded(body io.ReadCloser, most int64) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{&web.Capped{R: body, Left: most}, body}
}

const mostRedirects = 3

// stayOnAPI follows the redirects of moved repositories where something is
// read. To follow one with a note would be to write where nobody asked for it.
// A 302 is a log's address: its storage may be on the same host and must not
// get the token.
func (c *Client) stayOnAPI(req *http.Request, via []*http.Request) error {
	same := req.URL.Scheme == c.base.Scheme && req.URL.Host == c.base.Host
	if len(via) > mostRedirects || !same || via[0].Method != http.MethodGet || req.Response.StatusCode == http.StatusFound {
		return http.ErrUseLastResponse
	}
	return nil
}

// stayEncrypted follows few redirects of the storage, and none to plain http.
func (c *Client) stayEncrypted(req *http.Request, via []*http.Request) error {
	if len(via) > mostRedirects {
		return web.ErrTooManyRedirects
	}
	return c.checkStorage(req.URL)
}

// checkStorage accepts plain http only where the API itself is: on a test's or
// a developer's server.
func (c *Client) checkStorage(u *url.URL) error {
	if u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || c.base.Scheme != "http") {
		return web.ErrUnsafeRedirect
	}
	return nil
}

// target says what a request is for: words for errors, and the repository.
type target struct {
	// name is "run 12 in acme/widget", "the log of job 34", ….
	name  string
	owner string
	// logs says that reading it needs a token in any case.
	logs bool
	// permission is what a job has to grant for writing, or empty for reading.
	permission string
}

// do lets send ask the API, again where that may help. Its errors are
// *fault.Error.
func (c *Client) do(ctx context.Context, what target, send func(context.Context, *github.Client) error) error {
	for tries := 1; ; tries++ {
		c.gate.RLock()
		waits := c.waits.Load()
		f := c.failed(send(ctx, c.gh.Load()))
		c.gate.RUnlock()
		if f == nil {
			return nil
		}
		wait, again := c.again(f, tries)
		if ctx.Err() != nil || !again {
			return c.explain(ctx, f, what)
		}
		if err := c.wait(ctx, wait, f, waits); err != nil {
			return c.explain(ctx, f, what)
		}
	}
}

// wait waits before a request is sent again. A patient client sends nothing else
// while it waits for the end of a rate limit, which would be extended; who finds
// that another one has waited since sends at once.
func (c *Client) wait(ctx context.Context, wait time.Duration, f *failure, waits int64) error {
	if _, _, limited := c.limit(f); limited && c.opts.Patient {
		c.gate.Lock()
		defer c.gate.Unlock()
		if c.waits.Load() != waits {
			return ctx.Err()
		}
		defer c.waits.Add(1)
	}
	c.opts.Progress(Progress{Text: fmt.Sprintf("waiting %v: %v", wait, f)})
	if err := c.opts.Sleep(ctx, wait); err != nil {
		return err
	}
	c.renew()
	return nil
}

// get asks for path of the API and hands the answer to read, also when it
// redirects to a log: go-github's own calls for logs lose the errors' kinds.
func (c *Client) get(ctx context.Context, path string, what target, read func(context.Context, *http.Response) error) error {
	return c.do(ctx, what, func(ctx context.Context, gh *github.Client) error {
		req, err := gh.NewRequest(http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		resp, err := gh.BareDo(ctx, req)
		if answer, ok := errors.AsType[*github.ErrorResponse](err); err != nil && (!ok || answer.Response.StatusCode != http.StatusFound) {
			return err
		}
		defer resp.Body.Close() // it was only read
		return read(ctx, resp.Response)
	})
}

// json decodes what go-github v62 has no complete type for.
func (c *Client) json(ctx context.Context, path string, what target, v any) error {
	return c.do(ctx, what, func(ctx context.Context, gh *github.Client) error {
		req, err := gh.NewRequest(http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		_, err = gh.Do(ctx, req, v)
		return err
	})
}

// repoPath writes an API path below a repository, whose names were checked.
func repoPath(r repo.Ref, format string, args ...any) string {
	return "repos/" + r.Owner + "/" + r.Repo + "/" + fmt.Sprintf(format, args...)
}
