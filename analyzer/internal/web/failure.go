package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

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
