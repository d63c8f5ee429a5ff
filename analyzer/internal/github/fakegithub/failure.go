package fakegithub

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"time"
)

// Failure is a way to go wrong.
type Failure interface {
	serve(w http.ResponseWriter, r *http.Request, next http.HandlerFunc)
}

type failing struct {
	server, part string
	left         int
	failure      Failure
}

// Fail lets the next n requests to a server (api, storage, registry, status)
// whose path contains part go wrong. What was arranged first happens first.
func (s *Server) Fail(server, part string, n int, f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, &failing{server: server, part: part, left: n, failure: f})
}

type failureFunc func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc)

func (f failureFunc) serve(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	f(w, r, next)
}

// Status answers with a status, the API's form of a message, and headers.
func Status(status int, message string, header map[string]string) Failure {
	return failureFunc(func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		for _, key := range slices.Sorted(maps.Keys(header)) {
			w.Header().Set(key, header[key])
		}
		apiError(w, status, message)
	})
}

// PrimaryLimit is the hourly limit, which ends at reset.
func PrimaryLimit(status int, reset time.Time) Failure {
	return Status(status, "API rate limit exceeded for user ID 1.", map[string]string{
		"X-RateLimit-Limit":     "5000",
		"X-RateLimit-Remaining": "0",
		"X-RateLimit-Reset":     strconv.FormatInt(reset.Unix(), 10),
	})
}

// SecondaryLimit is the limit on bursts; after, in seconds, is not sent when 0.
func SecondaryLimit(status, after int) Failure {
	header := map[string]string{}
	if after > 0 {
		header["Retry-After"] = strconv.Itoa(after)
	}
	return Status(status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", header)
}

// SSO is the answer to a token that was not authorised for an organisation.
func SSO() Failure {
	return Status(http.StatusForbidden, "Resource protected by organization SAML enforcement.", map[string]string{
		"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?authorization_request=" + Signature,
	})
}

// StorageError is the storage's XML with a code such as BlobNotFound.
func StorageError(status int, code string) Failure {
	return failureFunc(func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		storageError(w, status, code)
	})
}

// RedirectTo answers 302.
func RedirectTo(location string) Failure {
	return failureFunc(func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	})
}

// Body answers 200 with this text.
func Body(text string) Failure {
	return failureFunc(func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		_, _ = w.Write([]byte(text))
	})
}

// Reset breaks the connection without an answer.
func Reset() Failure {
	return failureFunc(func(http.ResponseWriter, *http.Request, http.HandlerFunc) {
		panic(http.ErrAbortHandler)
	})
}

// Truncate sends half of the true answer, and breaks the connection.
func Truncate() Failure {
	return failureFunc(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		rec := httptest.NewRecorder()
		next(rec, r)
		body := rec.Body.Bytes()
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body[:len(body)/2])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	})
}

// CutShort sends half of the true answer as if it were all of it.
func CutShort() Failure {
	return failureFunc(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		rec := httptest.NewRecorder()
		next(rec, r)
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	})
}

// Page answers with a web page.
func Page(status int, text string, header map[string]string) Failure {
	return failureFunc(func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for _, key := range slices.Sorted(maps.Keys(header)) {
			w.Header().Set(key, header[key])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<!DOCTYPE html><html><body>" + text + "</body></html>"))
	})
}

// Stall sends nothing more than headers until done is closed or the client is
// gone. The headers announce size bytes, or do not say when it is 0.
func Stall(done <-chan struct{}, size int64) Failure {
	return failureFunc(func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		if size > 0 {
			w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		}
		w.WriteHeader(http.StatusOK)
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		select {
		case <-done:
		case <-r.Context().Done():
		}
	})
}
