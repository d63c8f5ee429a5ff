// Package web is what the clients of GitHub and of npm registries have in
// common: a transport that does not wait for ever, and the reading of what went
// wrong on the way, which is often a company's network.
package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Idle is how long a server may send nothing: while the connection is made,
// before it answers, or in the middle of an answer. A bound on the whole of an
// answer would fail on slow lines.
const Idle = 20 * time.Second

// Transport is the one of given, or a default one, bounded by idle (0 means
// Idle). It ends a request that brings nothing with a *Silent, and refuses a web
// page that came in the place of an answer with a *Failure.
func Transport(given *http.Client, idle time.Duration) http.RoundTripper {
	t := &transport{next: http.DefaultTransport, idle: idle}
	if idle <= 0 {
		t.idle = Idle
	}
	if given != nil && given.Transport != nil {
		t.next = given.Transport
	} else if plain, ok := http.DefaultTransport.(*http.Transport); ok {
		plain = plain.Clone()
		plain.DialContext = (&net.Dialer{Timeout: t.idle / 2, KeepAlive: t.idle}).DialContext
		t.next = plain
	}
	return t
}

type transport struct {
	next http.RoundTripper
	idle time.Duration
}

// RoundTrip sends one request.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	w := &watched{idle: t.idle, cancel: cancel}
	w.timer = time.AfterFunc(t.idle, func() { w.silent.Store(true); cancel() })
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		w.stop()
		return nil, w.why(err)
	}
	w.timer.Reset(t.idle)
	w.ReadCloser = resp.Body
	resp.Body = w
	if f := page(resp); f != nil {
		_ = resp.Body.Close() // it was only read
		return nil, f
	}
	return resp, nil
}

// watched is a body that is given up when nothing more comes.
type watched struct {
	io.ReadCloser
	idle   time.Duration
	timer  *time.Timer
	cancel context.CancelFunc
	silent atomic.Bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.timer.Reset(w.idle)
	}
	if err != nil {
		err = w.why(err)
	}
	return n, err
}

// why is the error of a request, or that it was given up.
func (w *watched) why(err error) error {
	if err != io.EOF && w.silent.Load() {
		return &Silent{For: w.idle}
	}
	return err
}

func (w *watched) stop() {
	w.timer.Stop()
	w.cancel()
}

// Close ends the request.
func (w *watched) Close() error {
	w.stop()
	return w.ReadCloser.Close()
}

// Silent says that a server sent nothing for a time.
type Silent struct{ For time.Duration }

// Error names the time.
func (s *Silent) Error() string { return fmt.Sprintf("nothing came for %v", s.For) }

// page tells a web page in place of an answer of a program's interface or of a
// log, none of which is HTML. It is nil for anything else, and for a server's
// own page on its own trouble.
func page(resp *http.Response) *Failure {
	if !strings.HasPrefix(strings.ToLower(resp.Header.Get("Content-Type")), "text/html") {
		return nil
	}
	const enough = 64 << 10
	head, _ := io.ReadAll(io.LimitReader(resp.Body, enough)) // as far as it came
	text := strings.ToLower(string(head))
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	f := &Failure{Status: resp.StatusCode, Host: resp.Request.URL.Host, Header: http.Header{}}
	switch {
	case resp.StatusCode >= 400 && (resp.Header.Get("CF-Ray") != "" || has("cloudflare")):
		f.Page = Cloudflare
	case has(`type="password"`, `type='password'`, "type=password", "sign in", "log in", "login", "captive portal"):
		f.Page = LogIn
	case resp.StatusCode < 500:
		f.Page = OtherPage
	}
	return f
}

// Page is what kind of web page came in the place of an answer.
type Page string

// The kinds of pages.
const (
	Cloudflare Page = "Cloudflare's page that refuses the request"
	LogIn      Page = "the log-in page of a proxy or a portal"
	OtherPage  Page = "a web page"
)

// Capped is a reader that fails with ErrTooLarge past a number of bytes, where
// io.LimitReader would only end.
type Capped struct {
	R    io.Reader
	Left int64
}

// Read reads at most what is left.
func (c *Capped) Read(p []byte) (int, error) {
	if c.Left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := c.R.Read(p[:min(int64(len(p)), c.Left)])
	c.Left -= int64(n)
	return n, err
}

// Failure is why one request did not succeed. It holds neither tokens nor
// signed addresses.
type Failure struct {
	// Status is the answer's, 0 when none came.
	Status int
	// Message is the server's, fit to be shown.
	Message string
	// Header holds what says what to do about it.
	Header http.Header
	// Host was asked; it is empty where nobody was.
	Host string
	// Page is what came in the place of the answer, or empty.
	Page Page
	// Err is what went wrong where no answer came.
	Err error
}

// Errors that another request would only repeat.
var (
	ErrTooManyRedirects = errors.New("too many redirects")
	ErrUnsafeRedirect   = errors.New("the address that it leads to is not a safe one")
	ErrTooLarge         = errors.New("it is too large")
)

// ErrCut says that an answer ended early.
var ErrCut = errors.New("the download is incomplete")

// Error is the reason in a few words.
func (f *Failure) Error() string {
	switch {
	case f.Page != "":
		return fmt.Sprintf("%s sent %s in place of an answer", f.Host, f.Page)
	case f.Status == 0 && f.Err != nil:
		return f.Err.Error()
	case f.Message == "":
		return strings.TrimSpace(fmt.Sprintf("%d %s", f.Status, http.StatusText(f.Status)))
	}
	return fmt.Sprintf("%d: %s", f.Status, f.Message)
}

// Unwrap returns what went wrong where no answer came.
func (f *Failure) Unwrap() error { return f.Err }

// Unanswered is the failure of a request for which no answer came, or not all
// of one. It takes the address off the error: it may be signed.
func Unanswered(err error, host, token string) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return &Failure{Host: host, Err: &cleanError{text: Clean(err.Error(), token), err: err}}
}

// cleanError shows a cleaned text, and stays comparable with what it stands for.
type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }

// Is compares with the original, which nobody gets to print.
func (e *cleanError) Is(target error) bool { return errors.Is(e.err, target) }

// find looks for an error of a type, also behind a cleaned text.
func find[E error](err error) bool {
	if clean, ok := errors.AsType[*cleanError](err); ok {
		err = clean.err
	}
	_, ok := errors.AsType[E](err)
	return ok
}

// Untrusted tells that the server's certificate is not trusted.
func Untrusted(err error) bool {
	return find[*tls.CertificateVerificationError](err) || find[x509.UnknownAuthorityError](err)
}

// Unreachable tells that no connection was made: no such host, or nobody there,
// or something in between that refuses.
func Unreachable(err error) bool {
	if clean, ok := errors.AsType[*cleanError](err); ok {
		err = clean.err
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" || find[*net.DNSError](err)
}

// TimedOut tells that the server, or the way to it, was silent.
func TimedOut(err error) bool {
	if find[*Silent](err) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	if clean, ok := errors.AsType[*cleanError](err); ok {
		err = clean.err
	}
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// Lasting tells errors that stay: no such host, an untrusted certificate, an
// address that is not followed, a file that is too large.
func Lasting(err error) bool {
	if clean, ok := errors.AsType[*cleanError](err); ok {
		err = clean.err
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	if f, ok := errors.AsType[*Failure](err); ok && f.Page != "" {
		return true
	}
	for _, e := range []error{ErrUnsafeRedirect, ErrTooManyRedirects, ErrTooLarge, context.Canceled} {
		if errors.Is(err, e) {
			return true
		}
	}
	return Untrusted(err)
}

// Cut tells an answer that ended early.
func Cut(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrCut)
}

// Hint says what to do where the network is the reason.
func (f *Failure) Hint() string {
	switch {
	case f.Page == Cloudflare:
		return "try again later, or from another network"
	case f.Page != "":
		return fmt.Sprintf("log in to the network, let the proxy pass %s, or check the host's name", f.Host)
	case Untrusted(f.Err):
		return "where a company's proxy stands between, set SSL_CERT_FILE to a file that holds its certificate beside the system's"
	}
	return "check the network, the proxy (HTTPS_PROXY) and the host's name"
}

// Clean makes a server's words fit to be shown: one line, short, no token and
// no signature.
func Clean(text, token string) string {
	const longest = 300
	text = Redact(text, token)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 }), " ")
	if cut := []rune(text); len(cut) > longest {
		text = string(cut[:longest]) + "…"
	}
	return text
}

// Redact replaces a token, and the queries of addresses, which are signatures.
func Redact(text, token string) string {
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

// ServePage serves a page to this machine alone, at a port or, for 0, a free
// one, until ctx ends. It tells ready the address.
func ServePage(ctx context.Context, port int, page []byte, ready func(url string) error) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: pageHandler(page), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := ready("http://" + listener.Addr().String() + "/"); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// pageHandler adds to the page's own policy what only a header can say.
func pageHandler(page []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "connect-src 'none'; frame-ancestors 'none'")
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(page))
	})
}
