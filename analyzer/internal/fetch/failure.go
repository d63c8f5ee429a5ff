package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"
)

// failure is why one request did not succeed. go-github's own errors go no
// further: they hold the request with its token, and addresses with signatures.
type failure struct {
	// status is the answer's, 0 when none came.
	status int
	// message is the server's, fit to be shown.
	message string
	// header holds only keptHeaders.
	header http.Header
	// storage says that it was not the API which failed but where it led to.
	storage bool
	// err is what went wrong where no answer came.
	err error
}

var (
	errStalled          = errors.New("nothing came for a minute")
	errTooManyRedirects = errors.New("too many redirects")
	errUnsafeRedirect   = errors.New("the log's address is not a safe one")
	errTooLarge         = errors.New("it is too large")
	errTruncated        = errors.New("the download is incomplete")
)

// Error is the reason.
func (f *failure) Error() string {
	return f.reason()
}

// Unwrap returns what went wrong where no answer came.
func (f *failure) Unwrap() error {
	return f.err
}

func (f *failure) reason() string {
	switch {
	case f.status == 0 && f.err != nil:
		return f.err.Error()
	case f.message == "":
		return strings.TrimSpace(fmt.Sprintf("%d %s", f.status, http.StatusText(f.status)))
	}
	return fmt.Sprintf("%d: %s", f.status, f.message)
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
		if abuse.RetryAfter != nil && f.header.Get("Retry-After") == "" {
			f.header.Set("Retry-After", strconv.Itoa(int(abuse.RetryAfter.Seconds())+1))
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
		return &failure{status: http.StatusAccepted, message: "not ready yet"}
	}
	return c.unanswered(err)
}

// limitFailure writes down what go-github knows of a limit as the server would:
// once it knows one it answers by itself, without headers.
func (c *Client) limitFailure(e *github.RateLimitError) *failure {
	f := c.answered(e.Response, e.Message)
	if f.header.Get("X-RateLimit-Remaining") == "" {
		f.header.Set("X-RateLimit-Remaining", "0")
		f.header.Set("X-RateLimit-Reset", strconv.FormatInt(e.Rate.Reset.Unix(), 10))
	}
	return f
}

func (c *Client) answered(resp *http.Response, message string) *failure {
	f := &failure{message: c.clean(message), header: http.Header{}}
	if resp != nil {
		f.status = resp.StatusCode
		for _, key := range keptHeaders {
			if value := resp.Header.Get(key); value != "" {
				f.header.Set(key, redact(value, c.token))
			}
		}
	}
	return f
}

// keptHeaders say what to do about a failure.
var keptHeaders = []string{
	"Date", "Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset",
	"X-Accepted-GitHub-Permissions", "X-GitHub-SSO",
}

// unanswered takes the address off an error: it may be signed.
func (c *Client) unanswered(err error) *failure {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return &failure{err: &cleanError{text: c.clean(err.Error()), err: err}}
}

// cleanError shows a cleaned text, and stays comparable with what it stands for.
type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }

// Is compares with the original, which nobody gets to print.
func (e *cleanError) Is(target error) bool { return errors.Is(e.err, target) }

// clean makes a server's words fit to be shown: one line, short, no token and
// no signature.
func (c *Client) clean(text string) string {
	const longest = 300
	text = redact(text, c.token)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 }), " ")
	if cut := []rune(text); len(cut) > longest {
		text = string(cut[:longest]) + "…"
	}
	return text
}

// redact replaces a token, and the queries of addresses, which are signatures.
func redact(text, token string) string {
	if token != "" {
		text = strings.ReplaceAll(text, token, "***")
	}
	var out strings.Builder
	for {
		at := strings.Index(text, "://")
		if at < 0 {
			return out.String() + text
		}
		end := at + len("://")
		if i := strings.IndexAny(text[end:], " \t\r\n\"'<>`)"); i >= 0 {
			end += i
		} else {
			end = len(text)
		}
		address, _, signed := strings.Cut(text[:end], "?")
		out.WriteString(address)
		if signed {
			out.WriteString("?…")
		}
		text = text[end:]
	}
}

// How often one request is sent, and what is waited between.
const (
	mostTries    = 4
	storageTries = 3
	firstWait    = time.Second
	longestWait  = time.Minute
)

// again tells whether sending the request once more may help, and when.
func (c *Client) again(f *failure, tries int) (time.Duration, bool) {
	if wait, _, limited := c.limit(f); limited {
		return wait, wait <= longestWait && tries < mostTries
	}
	backOff := firstWait << (tries - 1)
	switch {
	case f.storage && f.status == http.StatusNotFound:
		// A fresh address may lead somewhere; mostly there is nothing.
		return backOff, tries < 2
	case f.storage && f.status >= 400:
		return backOff, tries < storageTries // the address may have expired
	case f.status >= 500 || f.status == http.StatusAccepted:
		return backOff, tries < mostTries
	case f.status == 0:
		return backOff, passing(f.err) && tries < mostTries
	}
	return 0, false
}

// passing tells errors of a connection that may be gone next time.
func passing(err error) bool {
	return !refused(err)
}

// refused tells errors that stay: no such host, an untrusted certificate, an
// address that is not followed, a file that is too large or cannot be written.
func refused(err error) bool {
	if clean, ok := errors.AsType[*cleanError](err); ok {
		err = clean.err
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	for _, e := range []error{errUnsafeRedirect, errTooManyRedirects, errTooLarge, errDisk, context.Canceled} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// limit tells a rate limit: how long to wait, and until when. The zero time
// means that neither the server nor the clock said what time it is.
func (c *Client) limit(f *failure) (wait time.Duration, until time.Time, limited bool) {
	if f.storage || f.status != http.StatusForbidden && f.status != http.StatusTooManyRequests {
		return 0, time.Time{}, false
	}
	now := c.now(f.header)
	if s, err := strconv.Atoi(f.header.Get("Retry-After")); err == nil && s >= 0 {
		wait = time.Duration(s) * time.Second
		return wait, after(now, wait), true
	}
	reset, err := strconv.ParseInt(f.header.Get("X-RateLimit-Reset"), 10, 64)
	if err == nil && f.header.Get("X-RateLimit-Remaining") == "0" {
		until = time.Unix(reset, 0).UTC()
		if now.IsZero() {
			return longestWait + 1, until, true
		}
		return max(until.Sub(now), 0) + time.Second, until, true
	}
	if f.status == http.StatusTooManyRequests || strings.Contains(strings.ToLower(f.message), "secondary rate limit") {
		return longestWait, after(now, longestWait), true
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

func after(now time.Time, d time.Duration) time.Time {
	if now.IsZero() {
		return now
	}
	return now.Add(d)
}

// truncated tells an answer that ended early.
func truncated(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errTruncated)
}
