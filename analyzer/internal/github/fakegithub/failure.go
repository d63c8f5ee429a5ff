package fakegithub

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Failure is a way to go wrong: what is sent where next would answer.
type Failure func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc)

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
	s.failures = append(s.failures, &failing{server, part, n, f})
}

// sends answers with headers, a status and a text.
func sends(status int, header map[string]string, text string) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		for key, value := range header {
			w.Header().Set(key, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text)) // the client may have gone
	}
}

// Status answers with a status, the API's form of a message, and headers.
func Status(status int, message string, header map[string]string) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		for key, value := range header {
			w.Header().Set(key, value)
		}
		apiError(w, status, message)
	}
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

// StorageError is the storage's XML with a code such as BlobNotFound, in
// Azure's form.
func StorageError(status int, code string) Failure {
	return sends(status, map[string]string{"Content-Type": "application/xml"},
		bom+`<?xml version="1.0" encoding="utf-8"?><Error><Code>`+code+"</Code><Message>The request failed.\nRequestId:1</Message></Error>")
}

// RedirectTo answers 302.
func RedirectTo(location string) Failure {
	return sends(http.StatusFound, map[string]string{"Location": location}, "")
}

// Body answers 200 with this text.
func Body(text string) Failure { return sends(http.StatusOK, nil, text) }

// Page answers with a web page.
func Page(status int, text string, header map[string]string) Failure {
	all := map[string]string{"Content-Type": "text/html; charset=utf-8"}
	for key, value := range header {
		all[key] = value
	}
	return sends(status, all, "<!DOCTYPE html><html><body>"+text+"</body></html>")
}

// Reset breaks the connection without an answer.
func Reset() Failure {
	return func(http.ResponseWriter, *http.Request, http.HandlerFunc) { panic(http.ErrAbortHandler) }
}

// Truncate sends half of the true answer, and breaks the connection.
func Truncate() Failure {
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		rec := httptest.NewRecorder()
		next(rec, r)
		w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// CutShort sends half of the true answer as if it were all of it.
func CutShort() Failure {
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		rec := httptest.NewRecorder()
		next(rec, r)
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	}
}

// Stall sends nothing more than headers until done is closed or the client is
// gone. The headers announce size bytes, or do not say when it is 0.
func Stall(done <-chan struct{}, size int64) Failure {
	return func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		if size > 0 {
			w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		}
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}
}
