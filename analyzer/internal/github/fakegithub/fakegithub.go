// Package fakegithub is a GitHub for tests: an API and, on another host, the
// storage that logs are redirected to, with answers of the real shapes. It also
// serves what an npm registry and a status page say.
//
// What was given to AddRun must not be changed afterwards.
package fakegithub

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// TB is what New needs of a test.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
}

// Token is the token that the server accepts.
const Token = "token-of-the-fake-server"

// Signature is in the addresses of logs; nobody should ever see it.
const Signature = "c2lnbmF0dXJlIG9mIHRoZSBmYWtl"

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

	api       *http.ServeMux
	mu        sync.Mutex // guards what follows
	runs      []*Run
	files     map[string][]byte // "owner/repo/path@ref"
	documents map[string]any    // path on the registry or the status page
	failures  []*failing
	requests  []Request
	moved     map[string]string
	forks     map[string]string
	subjects  map[string]bool
	issues    []*Issue
	checks    []*Check
}

// New starts a server, which stops with the test.
func New(t TB) *Server {
	t.Helper()
	s := &Server{files: map[string][]byte{}, documents: map[string]any{}, moved: map[string]string{}, forks: map[string]string{}, subjects: map[string]bool{}}
	s.route(t)
	start := func(name string, h http.HandlerFunc) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if f := s.note(name, r); f != nil {
				f(w, r, h)
				return
			}
			h(w, r)
		}))
		t.Cleanup(srv.Close)
		return srv.URL + "/"
	}
	s.URL = start("api", s.serveAPI)
	s.StorageURL = start("storage", s.serveStorage)
	s.RegistryURL = start("registry", s.serveDocument)
	s.StatusURL = start("status", s.serveDocument)
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
	return slices.Clone(s.requests)
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

// note writes a request down and returns how it is to fail, or nil.
func (s *Server) note(server string, r *http.Request) Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{server, r.URL.RequestURI(), r.Header.Get("Authorization"), r.Header.Get("User-Agent")})
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

// Fork makes "owner/repo" a fork of another repository.
func (s *Server) Fork(fork, source string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forks[fork] = source
}

// ImmutableSubject says whether the subject in the identity tokens of
// "owner/repo" holds ids; a repository of which nothing was said does not tell.
func (s *Server) ImmutableSubject(repo string, holdsIDs bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subjects[repo] = holdsIDs
}

// AddDocument lets the registry and the status page answer document as JSON at
// path, which begins with a slash and is unescaped; a string is sent as it is.
func (s *Server) AddDocument(path string, document any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.documents[path] = document
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

func apiError(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

func notFound(w http.ResponseWriter) { apiError(w, http.StatusNotFound, "Not Found") }

// serveAPI answers like api.github.com, or like a server of one's own below
// /api/v3.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	http.StripPrefix(ownPrefix(r), s.api).ServeHTTP(w, r)
}

// ownPrefix is where a server of one's own has its API, if r is for such a one.
func ownPrefix(r *http.Request) string {
	const prefix = "/api/v3"
	if strings.HasPrefix(r.RequestURI, prefix+"/") {
		return prefix
	}
	return ""
}

// guard answers in place of serve where a request may not get to it.
func (s *Server) guard(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		moved := s.moved[r.PathValue("owner")+"/"+r.PathValue("repo")]
		part := strings.SplitN(r.URL.Path, "/", 5) // "", "repos", OWNER, REPO, …
		switch {
		case auth != "" && auth != "Bearer "+Token:
			apiError(w, http.StatusUnauthorized, "Bad credentials")
		case moved != "" && len(part) == 5:
			w.Header().Set("Location", ownPrefix(r)+"/repos/"+moved+"/"+part[4]+"?"+r.URL.RawQuery)
			apiError(w, http.StatusMovedPermanently, "Moved Permanently")
		case r.Method != http.MethodGet && auth == "":
			apiError(w, http.StatusForbidden, "Resource not accessible by integration")
		default:
			serve(w, r)
		}
	}
}

// routes lists what the API answers, by the methods and paths of GitHub's
// description.
func (s *Server) routes() map[string]http.HandlerFunc {
	const repo = "/repos/{owner}/{repo}"
	return map[string]http.HandlerFunc{
		"GET " + repo:                   s.repository,
		"GET " + repo + "/actions/runs": s.listRuns,
		"GET " + repo + "/actions/workflows/{workflow_id}/runs":                 s.listRuns,
		"GET " + repo + "/actions/runs/{run_id}":                                s.run,
		"GET " + repo + "/actions/runs/{run_id}/jobs":                           s.run,
		"GET " + repo + "/actions/runs/{run_id}/logs":                           s.run,
		"GET " + repo + "/actions/runs/{run_id}/attempts/{attempt_number}":      s.run,
		"GET " + repo + "/actions/runs/{run_id}/attempts/{attempt_number}/jobs": s.run,
		"GET " + repo + "/actions/runs/{run_id}/attempts/{attempt_number}/logs": s.run,
		"GET " + repo + "/actions/jobs/{job_id}":                                s.job,
		"GET " + repo + "/actions/jobs/{job_id}/logs":                           s.job,
		"GET " + repo + "/contents/{path}":                                      s.contents,
		"GET " + repo + "/issues":                                               s.listIssues,
		"POST " + repo + "/issues":                                              s.newIssue,
		"PATCH " + repo + "/issues/{issue_number}":                              s.changeIssue,
		"GET " + repo + "/issues/{issue_number}/comments":                       s.listComments,
		"POST " + repo + "/issues/{issue_number}/comments":                      s.newComment,
		"PATCH " + repo + "/issues/comments/{comment_id}":                       s.changeComment,
		"GET " + repo + "/commits/{commit_sha}/pulls":                           s.pulls,
		"GET " + repo + "/commits/{ref}/check-runs":                             s.listChecks,
		"POST " + repo + "/check-runs":                                          s.newCheck,
		"PATCH " + repo + "/check-runs/{check_run_id}":                          s.changeCheck,
		"GET " + repo + "/git/trees/{tree_sha}":                                 s.tree,
		"GET " + repo + "/actions/oidc/customization/sub":                       s.subject,
		"GET /users/{username}/repos":                                           s.listRepositories,
		"GET /orgs/{org}/repos":                                                 s.listRepositories,
		"GET /user": func(w http.ResponseWriter, _ *http.Request) { // a job's token is no user's
			apiError(w, http.StatusForbidden, "Resource not accessible by integration")
		},
	}
}

// route lets the API answer by the routes, and hold to GitHub's description.
func (s *Server) route(t TB) {
	s.api = http.NewServeMux()
	for route, serve := range s.routes() {
		// A file's path has slashes, which the description does not tell.
		pattern := strings.Replace(route, "{path}", "{path...}", 1)
		s.api.HandleFunc(pattern, s.describe(t, route, s.guard(serve)))
	}
	s.api.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the fake has no answer to %s %s", r.Method, r.RequestURI)
		notFound(w)
	})
}

// page cuts a list as per_page and page say.
func page[T any](r *http.Request, all []T) []T {
	size, number := 30, 0
	_, _ = fmt.Sscan(r.FormValue("per_page"), &size) // else the default
	_, _ = fmt.Sscan(r.FormValue("page"), &number)
	size = min(size, 100)
	from := min(max(number-1, 0)*size, len(all))
	return all[from:min(from+size, len(all))]
}

// repository serves what is known of a repository.
func (s *Server) repository(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("owner") + "/" + r.PathValue("repo")
	data := repository(name, false)
	if source, ok := s.forks[name]; ok {
		data["fork"], data["parent"], data["source"] = true, repository(source, false), repository(source, false)
	}
	answer(w, http.StatusOK, data)
}

// listRuns serves runs, the newest first.
func (s *Server) listRuns(w http.ResponseWriter, r *http.Request) {
	all := []*Run{}
	for _, run := range slices.Backward(s.runs) {
		status, branch, file := r.FormValue("status"), r.FormValue("branch"), r.PathValue("workflow_id")
		if run.of(r) && (status == "" || status == run.Status || status == run.Conclusion) &&
			(branch == "" || branch == run.Branch) && (file == "" || strings.HasSuffix(run.Path, "/"+file)) &&
			inSpan(run.created(), r.FormValue("created")) {
			all = append(all, run)
		}
	}
	total := len(all)
	if filtered := r.FormValue("status") + r.FormValue("created"); filtered != "" {
		all = all[:min(total, 1000)]
	}
	answer(w, http.StatusOK, map[string]any{"total_count": total, "workflow_runs": page(r, all)})
}

// inSpan tells whether a time is in a range as GitHub's search writes it.
func inSpan(at, span string) bool {
	from, to, _ := strings.Cut(strings.TrimPrefix(span, ">="), "..")
	if rest, ok := strings.CutPrefix(span, "<="); ok {
		from, to = "", rest
	}
	return at >= from && (to == "" || at <= to)
}

// listRepositories serves the repositories of an owner that have runs.
func (s *Server) listRepositories(w http.ResponseWriter, r *http.Request) {
	all, seen, owner := []object{}, map[string]bool{}, r.PathValue("org")+r.PathValue("username")
	for _, run := range s.runs {
		if name := run.Owner + "/" + run.Repo; run.Owner == owner && !seen[name] {
			seen[name] = true
			all = append(all, repository(name, run.Private))
		}
	}
	if len(all) == 0 {
		notFound(w)
		return
	}
	answer(w, http.StatusOK, page(r, all))
}

func (run *Run) of(r *http.Request) bool {
	return run.Owner == r.PathValue("owner") && run.Repo == r.PathValue("repo")
}

// find returns a run; without an attempt its newest.
func (s *Server) find(owner, repo, id, attempt string) *Run {
	var found *Run
	for _, r := range s.runs {
		if r.Owner == owner && r.Repo == repo && fmt.Sprint(r.ID) == id &&
			(fmt.Sprint(r.Attempt) == attempt || attempt == "" && (found == nil || found.Attempt < r.Attempt)) {
			found = r
		}
	}
	return found
}

func (s *Server) run(w http.ResponseWriter, r *http.Request) {
	run := s.find(r.PathValue("owner"), r.PathValue("repo"), r.PathValue("run_id"), r.PathValue("attempt_number"))
	switch what := path.Base(r.URL.Path); {
	case run == nil, run.Private && r.Header.Get("Authorization") == "":
		notFound(w)
	case what == "jobs":
		answer(w, http.StatusOK, map[string]any{"total_count": len(run.Jobs), "jobs": page(r, append([]*Job{}, run.Jobs...))})
	case what != "logs":
		answer(w, http.StatusOK, run)
	case run.Status == "completed":
		s.redirect(w, r, run, fmt.Sprintf("runs/%s/%s/%d/%d.zip", run.Owner, run.Repo, run.ID, run.Attempt))
	default:
		notFound(w)
	}
}

func (s *Server) job(w http.ResponseWriter, r *http.Request) {
	run, job := s.findJob(r.PathValue("owner"), r.PathValue("repo"), r.PathValue("job_id"))
	switch {
	case job == nil, run.Private && r.Header.Get("Authorization") == "":
		notFound(w)
	case strings.HasSuffix(r.URL.Path, "/logs"):
		s.redirect(w, r, run, fmt.Sprintf("jobs/%s/%s/%d.txt", run.Owner, run.Repo, job.ID))
	default:
		answer(w, http.StatusOK, job)
	}
}

func (s *Server) findJob(owner, repo, id string) (*Run, *Job) {
	for _, r := range s.runs {
		for _, j := range r.Jobs {
			if r.Owner == owner && r.Repo == repo && fmt.Sprint(j.ID) == id {
				return r, j
			}
		}
	}
	return nil, nil
}

// redirect leads to the storage. Logs need a token in any case.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, run *Run, blob string) {
	switch {
	case r.Header.Get("Authorization") == "":
		apiError(w, http.StatusForbidden, "Must have admin rights to Repository.")
	case run.Gone:
		apiError(w, http.StatusGone, "Server Error")
	default:
		w.Header().Set("Location", s.StorageURL+blob+"?se=2026-06-18T03%3A30%3A00Z&sig="+Signature)
		w.WriteHeader(http.StatusFound)
	}
}

func (s *Server) contents(w http.ResponseWriter, r *http.Request) {
	path, ref := r.PathValue("path"), "@"+r.FormValue("ref")
	place := r.PathValue("owner") + "/" + r.PathValue("repo") + "/" + path
	if text, ok := s.files[place+ref]; ok {
		answer(w, http.StatusOK, map[string]any{
			"type": "file", "name": path[strings.LastIndex(path, "/")+1:], "path": path, "size": len(text),
			"encoding": "base64", "content": base64.StdEncoding.EncodeToString(text),
		})
		return
	}
	folder := []any{}
	for name := range s.files {
		if strings.HasPrefix(name, place+"/") && strings.HasSuffix(name, ref) {
			folder = append(folder, map[string]any{"type": "file", "name": name})
		}
	}
	if len(folder) == 0 {
		notFound(w)
		return
	}
	answer(w, http.StatusOK, folder)
}

// tree lists the files of a ref.
func (s *Server) tree(w http.ResponseWriter, r *http.Request) {
	place, all := r.PathValue("owner")+"/"+r.PathValue("repo")+"/", []object{}
	for name := range s.files {
		file, ok := strings.CutSuffix(strings.TrimPrefix(name, place), "@"+r.PathValue("tree_sha"))
		if ok && strings.HasPrefix(name, place) {
			all = append(all, object{"path": path.Dir(file), "type": "tree"}, object{"path": file, "type": "blob"})
		}
	}
	if len(all) == 0 {
		notFound(w)
		return
	}
	answer(w, http.StatusOK, object{"tree": all})
}

// subject serves the form of the subject in a repository's identity tokens.
func (s *Server) subject(w http.ResponseWriter, r *http.Request) {
	data := object{"use_default": true}
	if immutable, ok := s.subjects[r.PathValue("owner")+"/"+r.PathValue("repo")]; ok {
		data["use_immutable_subject"] = immutable
	}
	answer(w, http.StatusOK, data)
}

// serveStorage refuses a token like the real storage, which takes it for a
// wrong signature. A job without a log has no blob.
func (s *Server) serveStorage(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" || r.FormValue("sig") != Signature {
		StorageError(http.StatusForbidden, "AuthenticationFailed")(w, r, nil)
		return
	}
	part := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	s.mu.Lock()
	var run *Run
	var job *Job
	switch {
	case len(part) == 4 && part[0] == "jobs":
		_, job = s.findJob(part[1], part[2], strings.TrimSuffix(part[3], ".txt"))
	case len(part) == 5 && part[0] == "runs":
		run = s.find(part[1], part[2], part[3], strings.TrimSuffix(part[4], ".zip"))
	}
	s.mu.Unlock()
	switch {
	case job != nil && job.hasLog():
		w.Header().Set("Content-Type", "text/plain")
		_ = job.writeLog(w) // the client may have gone
	case run != nil:
		w.Header().Set("Content-Type", "application/zip")
		_ = run.writeArchive(w)
	default:
		StorageError(http.StatusNotFound, "BlobNotFound")(w, r, nil)
	}
}

// serveDocument answers for the registry and the status page.
func (s *Server) serveDocument(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	document, ok := s.documents[r.URL.Path]
	s.mu.Unlock()
	if text, isText := document.(string); isText {
		Body(text)(w, r, nil)
	} else if ok {
		answer(w, http.StatusOK, document)
	} else {
		answer(w, http.StatusNotFound, map[string]any{"error": "Not found"})
	}
}
