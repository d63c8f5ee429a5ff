// Package fakegithub is a GitHub for tests: an API and, on another host, the
// storage that logs are redirected to, with answers of the real shapes. It also
// serves what an npm registry and a status page say.
//
// What was given to AddRun must not be changed afterwards.
package fakegithub

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// TB is what New needs of a test.
type TB interface {
	Helper()
	Cleanup(func())
}

// Token is the token that the server accepts.
const Token = "token-of-the-fake-server"

// Server is the fake. Its API answers below URL, and below URL + "api/v3/" as a
// server of one's own does.
type Server struct {
	// URL is the API's address and ends in a slash; StorageURL is another
	// host's, where logs are.
	URL        string
	StorageURL string
	// RegistryURL is an npm registry's address, and StatusURL a status page's.
	RegistryURL string
	StatusURL   string

	storage   *httptest.Server
	mu        sync.Mutex // guards what follows
	runs      []*Run
	files     map[string][]byte // "owner/repo/path@ref"
	documents map[string]any    // path on the registry or the status page
	failures  []*failing
	requests  []Request
	moved     map[string]string
	issues    []*Issue
	checks    []*Check
}

// New starts a server, which stops with the test.
func New(t TB) *Server {
	t.Helper()
	s := &Server{files: map[string][]byte{}, documents: map[string]any{}, moved: map[string]string{}}
	start := func(name string, h http.HandlerFunc) *httptest.Server {
		srv := httptest.NewServer(s.recorded(name, h))
		t.Cleanup(srv.Close)
		return srv
	}
	s.URL = start("api", s.serveAPI).URL + "/"
	s.storage = start("storage", s.serveStorage)
	s.StorageURL = s.storage.URL + "/"
	s.RegistryURL = start("registry", s.serveDocument).URL + "/"
	s.StatusURL = start("status", s.serveDocument).URL + "/"
	return s
}

// Request is a request that came.
type Request struct {
	// Server is api, storage, registry or status.
	Server string
	// Path is the path with its query.
	Path string
	// Authorization and UserAgent are those headers.
	Authorization string
	UserAgent     string
}

// Requests returns what came so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Count counts the requests to a server whose path contains part.
func (s *Server) Count(server, part string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Server == server && strings.Contains(r.Path, part) {
			n++
		}
	}
	return n
}

// recorded writes requests down and lets them fail as was arranged.
func (s *Server) recorded(server string, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := s.note(server, r)
		if f == nil {
			h(w, r)
			return
		}
		f.serve(w, r, h)
	})
}

func (s *Server) note(server string, r *http.Request) Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Server:        server,
		Path:          r.URL.RequestURI(),
		Authorization: r.Header.Get("Authorization"),
		UserAgent:     r.Header.Get("User-Agent"),
	})
	for _, f := range s.failures {
		if f.left > 0 && f.server == server && strings.Contains(r.URL.RequestURI(), f.part) {
			f.left--
			return f.failure
		}
	}
	return nil
}

// AddRun adds a run and fills in what is left empty; it returns r.
func (s *Server) AddRun(r *Run) *Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.fill()
	s.runs = append(s.runs, r)
	return r
}

// AddFile adds a repository's file at a ref.
func (s *Server) AddFile(owner, repo, ref, path, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[owner+"/"+repo+"/"+path+"@"+ref] = []byte(text)
}

// Move makes "owner/repo" answer with the redirect of a renamed repository.
func (s *Server) Move(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved[from] = to
}

// AddDocument lets the registry and the status page answer document as JSON at
// path, which begins with a slash and is unescaped; a string is sent as it is.
func (s *Server) AddDocument(path string, document any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.documents[path] = document
}
