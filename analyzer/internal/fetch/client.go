package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/go-github/v62/github"
)

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
	// idle is how long a body may bring nothing.
	idle time.Duration
	gh   atomic.Pointer[github.Client]
}

// NewClient prepares a client for host and asks opts for its token. Nothing is
// sent. Its errors are *Error.
func NewClient(host string, opts Options) (*Client, error) {
	opts.orDefault()
	base, err := apiBase(host, opts.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{host: host, base: base, opts: opts, idle: idleTime}
	if opts.Token != nil {
		token, err := opts.Token(host)
		if err != nil {
			return nil, &Error{Kind: NoToken, Msg: "no token for " + host, Hint: c.signInHint(), Err: err}
		}
		c.token = strings.TrimSpace(token)
	}
	next := transport(opts.HTTP)
	c.api = &http.Client{
		Transport:     &apiTransport{next: next, base: base, token: c.token},
		CheckRedirect: c.stayOnAPI,
	}
	c.storage = &http.Client{Transport: next, CheckRedirect: c.stayEncrypted}
	c.renew()
	return c, nil
}

// transport is given's, or one with time-outs for all but the body, which may
// be large; see watch.
func transport(given *http.Client) http.RoundTripper {
	if given != nil && given.Transport != nil {
		return given.Transport
	}
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.ResponseHeaderTimeout = 30 * time.Second
	return t
}

// renew takes a new go-github client, since one that saw a rate limit refuses
// to send anything until the limit's end by its own clock.
func (c *Client) renew() {
	gh := github.NewClient(c.api)
	gh.BaseURL = c.base
	gh.UserAgent = c.opts.UserAgent
	c.gh.Store(gh)
}

// apiTransport adds the token to requests for the API, and to no other.
type apiTransport struct {
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
	if err == nil && resp.StatusCode >= 300 {
		const longestError = 1 << 20 // go-github reads it whole
		resp.Body = bounded(resp.Body, longestError)
	}
	return resp, err
}

func bounded(body io.ReadCloser, most int64) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(body, most), body}
}

const mostRedirects = 3

// stayOnAPI follows the redirects of moved repositories. A 302 is a log's
// address: its storage may be on the same host and must not get the token.
func (c *Client) stayOnAPI(req *http.Request, via []*http.Request) error {
	same := req.URL.Scheme == c.base.Scheme && req.URL.Host == c.base.Host
	if len(via) > mostRedirects || !same || req.Response.StatusCode == http.StatusFound {
		return http.ErrUseLastResponse
	}
	return nil
}

// stayEncrypted follows few redirects of the storage, and none to plain http.
func (c *Client) stayEncrypted(req *http.Request, via []*http.Request) error {
	if len(via) > mostRedirects {
		return errTooManyRedirects
	}
	return c.checkStorage(req.URL)
}

// checkStorage accepts plain http only where the API itself is: on a test's or
// a developer's server.
func (c *Client) checkStorage(u *url.URL) error {
	if u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || c.base.Scheme != "http") {
		return errUnsafeRedirect
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
}

// get asks for path of the API, again where that may help, and hands the answer
// to read, also when it redirects to a log. Its errors are *Error.
func (c *Client) get(ctx context.Context, path string, what target, read func(context.Context, *http.Response) error) error {
	for tries := 1; ; tries++ {
		f := c.once(ctx, path, read)
		if f == nil {
			return nil
		}
		wait, again := c.again(f, tries)
		if ctx.Err() != nil || !again {
			return c.explain(ctx, f, what)
		}
		c.opts.Progress(Progress{Text: fmt.Sprintf("waiting %v: %s", wait, f.reason())})
		if err := c.opts.Sleep(ctx, wait); err != nil {
			return c.explain(ctx, f, what)
		}
		c.renew()
	}
}

// once sends one request.
func (c *Client) once(ctx context.Context, path string, read func(context.Context, *http.Response) error) *failure {
	gh := c.gh.Load()
	req, err := gh.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return c.failed(err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	resp, err := gh.BareDo(ctx, req)
	f := c.failed(err)
	if f != nil && f.status != http.StatusFound {
		return f
	}
	if f == nil { // a redirect's body is not read, and must not seem to stall
		resp.Body = c.watch(resp.Body, cancel)
	}
	defer resp.Body.Close() // it was only read
	return c.readFailed(ctx, read(ctx, resp.Response))
}

// readFailed turns the error of reading an answer into a failure.
func (c *Client) readFailed(ctx context.Context, err error) *failure {
	if cause := context.Cause(ctx); err != nil && cause == errStalled {
		err = errStalled
	}
	return c.failed(err)
}

// json decodes an answer into v.
func (c *Client) json(ctx context.Context, path string, what target, v any) error {
	return c.get(ctx, path, what, func(_ context.Context, resp *http.Response) error {
		if resp.StatusCode != http.StatusOK {
			return &failure{status: resp.StatusCode, message: "an answer without content"}
		}
		return decodeJSON(resp, v)
	})
}

// decodeJSON tells an answer that is no JSON, as proxies send, from one that
// did not come whole and may be asked for again.
func decodeJSON(resp *http.Response, v any) error {
	err := json.NewDecoder(io.LimitReader(resp.Body, maxJSON)).Decode(v)
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case err == nil:
		return nil
	case syntax, kind:
		return &failure{status: resp.StatusCode, message: "the answer is not the API's"}
	}
	return fmt.Errorf("read the answer: %w", err)
}

// repoPath writes an API path below a repository, whose names were checked.
func (r Ref) repoPath(format string, args ...any) string {
	return "repos/" + r.Owner + "/" + r.Repo + "/" + fmt.Sprintf(format, args...)
}
