// Package web is what the clients of GitHub and of npm registries have in
// common: a transport that does not wait for ever, and the reading of what went
// wrong on the way, which is often a company's network.
package web

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
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
