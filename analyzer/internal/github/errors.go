package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/web"
)

// failure is why one request did not succeed. go-github's own errors go no
// further: they hold the request with its token, and addresses with signatures.
type failure struct {
	web.Failure
	// storage says that it was not the API which failed but where it led to.
	storage bool
}

var errDisk = errors.New("the file could not be written")

func stored(f *web.Failure) *failure {
	return &failure{Failure: *f, storage: true}
}

// failed cleans an error of a request; nil stays nil.
func (c *Client) failed(err error) *failure {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if limit, ok := errors.AsType[*github.RateLimitError](err); ok {
		return c.limitFailure(limit)
	}
	if abuse, ok := errors.AsType[*github.AbuseRateLimitError](err); ok {
		f := c.answered(abuse.Response, abuse.Message)
		if abuse.RetryAfter != nil && f.Header.Get("Retry-After") == "" {
			f.Header.Set("Retry-After", strconv.Itoa(int(abuse.RetryAfter.Seconds())+1))
		}
		return f
	}
	if plain, ok := errors.AsType[*github.ErrorResponse](err); ok {
		return c.answered(plain.Response, plain.Message)
	}
	if otp, ok := errors.AsType[*github.TwoFactorAuthError](err); ok {
		return c.answered(otp.Response, otp.Message)
	}
	if _, ok := errors.AsType[*github.AcceptedError](err); ok {
		return &failure{Failure: web.Failure{Status: http.StatusAccepted, Message: "not ready yet"}}
	}
	_, syntax := errors.AsType[*json.SyntaxError](err)
	if _, kind := errors.AsType[*json.UnmarshalTypeError](err); syntax || kind {
		return &failure{Failure: web.Failure{Status: http.StatusOK, Message: "the answer is not the API's"}}
	}
	return &failure{Failure: *web.Unanswered(err, c.base.Host, c.token)}
}

// limitFailure writes down what go-github knows of a limit as the server would:
// once it knows one it answers by itself, without headers.
func (c *Client) limitFailure(e *github.RateLimitError) *failure {
	f := c.answered(e.Response, e.Message)
	if f.Header.Get("X-RateLimit-Remaining") == "" {
		f.Header.Set("X-RateLimit-Remaining", "0")
		f.Header.Set("X-RateLimit-Reset", strconv.FormatInt(e.Rate.Reset.Unix(), 10))
	}
	return f
}

var keptHeaders = []string{
	"Date", "Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset",
	"X-Accepted-GitHub-Permissions", "X-GitHub-SSO",
}

func (c *Client) answered(resp *http.Response, message string) *failure {
	f := &failure{Failure: web.Failure{Message: web.Clean(message, c.token), Header: http.Header{}}}
	if resp == nil {
		return f
	}
	f.Status = resp.StatusCode
	if to, err := url.Parse(resp.Header.Get("Location")); err == nil && to.Host != "" && resp.StatusCode/100 == 3 {
		f.Host = to.Host
	}
	for _, key := range keptHeaders {
		if value := resp.Header.Get(key); value != "" {
			f.Header.Set(key, web.Redact(value, c.token))
		}
	}
	return f
}

// How often one request is sent, and what is waited between. Silence is asked
// for a second time only: it takes up to web.Idle each time.
const (
	mostTries    = 4
	patientTries = 20
	storageTries = 3
	silentTries  = 2
	firstWait    = time.Second
	longestWait  = time.Minute
)

// again tells whether sending the request once more may help, and when.
func (c *Client) again(f *failure, tries int) (time.Duration, bool) {
	if wait, _, limited := c.limit(f); limited {
		return wait, wait <= longestWait && tries < mostTries || c.opts.Patient && tries < patientTries
	}
	backOff := firstWait << (tries - 1)
	switch {
	case f.Page != "":
		return 0, false
	case f.storage && f.Status == http.StatusNotFound:
		// A fresh address may lead somewhere; mostly there is nothing.
		return backOff, tries < 2
	case f.storage && f.Status >= 400:
		return backOff, tries < storageTries // the address may have expired
	case f.Status >= 500 || f.Status == http.StatusAccepted:
		return backOff, tries < mostTries
	case f.Status == 0 && web.TimedOut(f.Err):
		return backOff, tries < silentTries
	case f.Status == 0:
		return backOff, !web.Lasting(f.Err) && !errors.Is(f.Err, errDisk) && tries < mostTries
	}
	return 0, false
}

// limit tells a rate limit: how long to wait, and until when. The zero time
// means that neither the server nor the clock said what time it is.
func (c *Client) limit(f *failure) (wait time.Duration, until time.Time, limited bool) {
	if f.storage || f.Page != "" || f.Status != http.StatusForbidden && f.Status != http.StatusTooManyRequests {
		return 0, time.Time{}, false
	}
	now := c.now(f.Header)
	after := f.Header.Get("Retry-After")
	if s, err := strconv.Atoi(after); err == nil && s >= 0 {
		wait = time.Duration(s) * time.Second
		return wait, later(now, wait), true
	}
	until, err := http.ParseTime(after)
	if err != nil {
		var reset int64
		reset, err = strconv.ParseInt(f.Header.Get("X-RateLimit-Reset"), 10, 64)
		until = time.Unix(reset, 0)
		if f.Header.Get("X-RateLimit-Remaining") != "0" {
			err = strconv.ErrSyntax
		}
	}
	if err == nil {
		if now.IsZero() {
			return longestWait + 1, until.UTC(), true
		}
		return max(until.Sub(now), 0) + time.Second, until.UTC(), true
	}
	if f.Status == http.StatusTooManyRequests || strings.Contains(strings.ToLower(f.Message), "secondary rate limit") {
		return longestWait, later(now, longestWait), true
	}
	return 0, time.Time{}, false
}

// now is the server's time, which its limits are counted in, else the clock's.
func (c *Client) now(h http.Header) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t.UTC()
	}
	if c.opts.Clock != nil {
		return c.opts.Clock().UTC()
	}
	return time.Time{}
}

func later(now time.Time, d time.Duration) time.Time {
	if now.IsZero() {
		return now
	}
	return now.Add(d)
}

// explain turns the last failure into a sentence and a next step. What the
// statuses mean on logs: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
func (c *Client) explain(ctx context.Context, f *failure, what target) error {
	if err := ctx.Err(); err != nil {
		return &fault.Error{Kind: fault.Interrupted, Msg: "interrupted while " + what.doing("reading", "writing"), Err: err}
	}
	if _, until, limited := c.limit(f); limited {
		return c.rateLimited(f, until)
	}
	switch {
	case f.Page != "":
		return &fault.Error{Kind: fault.Unavailable, Msg: fmt.Sprintf("%v for %s", f, what.name), Hint: f.Hint(), Err: f}
	case f.storage:
		return c.explainStorage(f, what)
	case f.Status == 0 && (web.Cut(f) || errors.Is(f, web.ErrTooLarge) || errors.Is(f, errDisk)):
		return c.explainStorage(f, what)
	case f.Status == 0:
		return &fault.Error{Kind: fault.Unavailable, Msg: fmt.Sprintf("%s cannot be reached for %s: %v", c.base.Host, what.name, f), Hint: f.Hint(), Err: f}
	case f.Status == http.StatusUnauthorized && c.token != "":
		return &fault.Error{Kind: fault.BadToken, Msg: fmt.Sprintf("%s refused the token (%v)", c.host, f), Hint: "it may have expired: " + c.signInHint(), Err: f}
	case f.Status == http.StatusUnauthorized, c.token == "" && (f.Status == http.StatusForbidden || f.Status == http.StatusNotFound):
		return c.noToken(what, f)
	case f.Status == http.StatusForbidden, f.Status == http.StatusNotFound && what.permission != "":
		return c.forbidden(f, what)
	case f.Status == http.StatusNotFound:
		return &fault.Error{Kind: fault.NotFound, Msg: fmt.Sprintf("%s does not exist, or the token may not see it", what.name), Hint: "check the number and the repository, and the token's access to it", Err: f}
	case f.Status == http.StatusGone && what.permission != "":
		return &fault.Error{Kind: fault.Unreadable, Msg: "issues are switched off in this repository", Hint: "switch them on in its settings", Err: f}
	case f.Status == http.StatusGone:
		return &fault.Error{Kind: fault.Expired, Msg: fmt.Sprintf("%s is gone: GitHub keeps logs for the repository's retention time, 90 days by default", what.name), Hint: "give a saved log, or run the workflow again", Err: f}
	case f.Status/100 == 3:
		return c.redirected(f, what)
	case f.Status >= 500, f.Status == http.StatusAccepted:
		return &fault.Error{Kind: fault.Unavailable, Msg: fmt.Sprintf("%s could not answer for %s (%v)", c.host, what.name, f), Hint: c.statusHint(), Err: f}
	}
	return &fault.Error{Kind: fault.Unreadable, Msg: fmt.Sprintf("%s cannot be %s (%v)", what.name, what.word("read", "written"), f), Hint: "check the number and the repository", Err: f}
}

// word is the one for reading or the one for writing.
func (t target) word(reading, writing string) string {
	if t.permission != "" {
		return writing
	}
	return reading
}

func (t target) doing(reading, writing string) string {
	return t.word(reading, writing) + " " + t.name
}

func (c *Client) statusHint() string {
	if c.host == repo.PublicHost {
		return "try again later; see https://www.githubstatus.com"
	}
	return "try again later"
}

func (c *Client) signInHint() string {
	switch {
	case c.opts.SignIn != "":
		return c.opts.SignIn
	case repo.IsCloud(c.host):
		return "set GH_TOKEN, or run gh auth login --hostname " + c.host
	}
	return "set GH_ENTERPRISE_TOKEN, or run gh auth login --hostname " + c.host
}

// noToken also stands for a 404: without a token private repositories do not
// exist.
func (c *Client) noToken(what target, cause error) error {
	msg := fmt.Sprintf("%s cannot be %s without a token", what.name, what.word("read", "written"))
	if what.logs {
		msg = "logs cannot be read without a token, not even those of public repositories"
	}
	return &fault.Error{Kind: fault.NoToken, Msg: msg, Hint: c.signInHint(), Err: cause}
}

// forbidden tells apart what GitHub answers 403 for: the words are those of
// https://docs.github.com/organizations (IP allow lists) and of suspended
// accounts.
func (c *Client) forbidden(f *failure, what target) error {
	e := &fault.Error{Kind: fault.NoAccess, Err: f, Msg: fmt.Sprintf("the token may not %s (%v)", what.doing("read", "write"), f)}
	message := strings.ToLower(f.Message)
	switch needs := f.Header.Get("X-Accepted-GitHub-Permissions"); {
	case strings.Contains(message, "ip allow list"):
		e.Msg = fmt.Sprintf("%s lets only listed addresses in (an IP allow list), and this machine's is not among them", what.owner)
		e.Hint = "ask from a listed network, or let an owner of the organization add this address"
	case strings.Contains(message, "account was suspended"), strings.Contains(message, "account has been suspended"):
		e.Msg = c.host + " has suspended the account that the token is of"
		e.Hint = "use another account's token"
	case f.Header.Get("X-GitHub-SSO") != "":
		// The header's address is a personal one; this leads to the same page.
		e.Msg = fmt.Sprintf("the token is not authorised for the single sign-on of %s", what.owner)
		e.Hint = fmt.Sprintf("authorise it: https://%s/orgs/%s/sso", c.host, what.owner)
	case what.permission != "":
		e.Hint = fmt.Sprintf("give the job the permission %q", what.permission)
	case needs != "":
		e.Hint = "give the token the permission " + web.Clean(needs, c.token) + " (in a workflow: permissions: actions: read)"
	default:
		e.Hint = "give the token read access to Actions of the repository (in a workflow: permissions: actions: read)"
	}
	return e
}

// redirected is for an address that is not followed: of a moved repository, or
// of a proxy.
func (c *Client) redirected(f *failure, what target) error {
	e := &fault.Error{Kind: fault.Unavailable, Err: f, Msg: "the repository has moved", Hint: "name it as it is called now"}
	if f.Host != "" && f.Host != c.base.Host {
		e.Msg = fmt.Sprintf("%s leads to %s in place of an answer for %s, as the log-in of a proxy does", c.base.Host, fault.Shown(f.Host), what.name)
		e.Hint = "log in to the network, or let the proxy pass " + c.base.Host
	}
	return e
}

func (c *Client) rateLimited(f *failure, until time.Time) error {
	e := &fault.Error{Kind: fault.RateLimited, Until: until, Err: f, Msg: c.host + " allows no more requests for now", Hint: "try again later"}
	if !until.IsZero() {
		e.Msg = fmt.Sprintf("%s allows no more requests until %s", c.host, until.Format("2006-01-02 15:04:05 UTC"))
		e.Hint = "try again then"
	}
	if c.token == "" {
		e.Hint += ", or with a token: " + c.signInHint()
	}
	return e
}

// explainStorage is for what an address of the API led to, and for downloads.
func (c *Client) explainStorage(f *failure, what target) error {
	switch {
	case f.Status == http.StatusNotFound:
		return &fault.Error{Kind: fault.NotFound, Msg: what.name + " is not in GitHub's storage", Hint: "wait until the job is done, or look at it on its page", Err: f}
	case errors.Is(f, web.ErrTooLarge):
		return &fault.Error{Kind: fault.BadContent, Msg: fmt.Sprintf("%s has more than %d bytes", what.name, c.opts.MaxBytes), Hint: "name one job, or download the log and cut it", Err: f}
	case errors.Is(f, errDisk):
		return &fault.Error{Kind: fault.Unreadable, Msg: fmt.Sprintf("%s cannot be saved: %v", what.name, f), Hint: "check the disk, or the folder for temporary files", Err: f}
	case web.Cut(f):
		return &fault.Error{Kind: fault.Unavailable, Msg: what.name + " came incomplete each time", Hint: "try again, or name one job", Err: f}
	case f.Status == 0 && f.Host != "":
		return &fault.Error{Kind: fault.Unavailable, Msg: fmt.Sprintf("%s could not be downloaded from %s (%v)", what.name, fault.Shown(f.Host), f), Hint: c.storageHint(f), Err: f}
	}
	return &fault.Error{Kind: fault.Unavailable, Msg: fmt.Sprintf("%s could not be downloaded (%v)", what.name, f), Hint: "try again later", Err: f}
}

// storageHint names the hosts of the logs, which a company's proxy has to let
// pass beside github.com.
//
// Source: https://docs.github.com/actions/reference/runners/self-hosted-runners#communication-requirements
func (c *Client) storageHint(f *failure) string {
	switch {
	case web.Untrusted(f.Err):
		return f.Hint()
	case repo.IsCloud(c.host):
		return "let the firewall or the proxy pass *.blob.core.windows.net and *.actions.githubusercontent.com, where GitHub keeps logs"
	}
	return "let the firewall or the proxy pass " + fault.Shown(f.Host)
}
