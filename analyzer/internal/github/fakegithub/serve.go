package fakegithub

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const docs = "https://docs.github.com/rest"

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

func apiError(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]any{"message": message, "documentation_url": docs, "status": strconv.Itoa(status)})
}

// serveAPI answers like api.github.com, or like a server of one's own below
// /api/v3.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	auth := r.Header.Get("Authorization")
	if auth != "" && auth != "Bearer "+Token {
		apiError(w, http.StatusUnauthorized, "Bad credentials")
		return
	}
	path, prefix := r.URL.Path, ""
	if rest, ok := strings.CutPrefix(path, "/api/v3"); ok {
		path, prefix = rest, "/api/v3"
	}
	part := strings.Split(strings.Trim(path, "/"), "/")
	if path == "/user" { // a job's token is no user's
		apiError(w, http.StatusForbidden, "Resource not accessible by integration")
		return
	}
	if len(part) < 4 || part[0] != "repos" {
		apiError(w, http.StatusNotFound, "Not Found")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if to, ok := s.moved[part[1]+"/"+part[2]]; ok {
		rest := strings.Join(part[3:], "/")
		w.Header().Set("Location", prefix+"/repos/"+to+"/"+rest+"?"+r.URL.RawQuery)
		apiError(w, http.StatusMovedPermanently, "Moved Permanently")
		return
	}
	q := query{s: s, w: w, owner: part[1], repo: part[2], values: r.URL.Query(), authorised: auth != ""}
	if part[3] == "contents" {
		q.contents(strings.Join(part[4:], "/"))
		return
	}
	if !q.notes(r, part[3:]) {
		q.actions(part[4:])
	}
}

// query is one request for a repository.
type query struct {
	s           *Server
	w           http.ResponseWriter
	owner, repo string
	values      url.Values
	authorised  bool
}

func (q *query) notFound() {
	apiError(q.w, http.StatusNotFound, "Not Found")
}

// actions serves what stands below /repos/OWNER/REPO/actions/.
func (q *query) actions(part []string) {
	switch {
	case len(part) == 1 && part[0] == "runs":
		q.list("")
	case len(part) == 3 && part[0] == "workflows" && part[2] == "runs":
		q.list(part[1])
	case len(part) >= 2 && part[0] == "runs":
		q.run(part[1], part[2:])
	case len(part) >= 2 && part[0] == "jobs":
		q.job(part[1], part[2:])
	default:
		q.notFound()
	}
}

// page cuts a list as per_page and page say.
func page[T any](values url.Values, all []T) []T {
	size, _ := strconv.Atoi(values.Get("per_page"))
	if size <= 0 {
		size = 30
	}
	number, _ := strconv.Atoi(values.Get("page"))
	from := min(max(number-1, 0)*min(size, 100), len(all))
	return all[from:min(from+min(size, 100), len(all))]
}

// list serves runs, the newest first.
func (q *query) list(file string) {
	all := []any{}
	for i := len(q.s.runs) - 1; i >= 0; i-- {
		r := q.s.runs[i]
		status := q.values.Get("status")
		switch {
		case r.Owner != q.owner || r.Repo != q.repo:
		case status != "" && status != r.Status && status != r.Conclusion:
		case q.values.Get("branch") != "" && q.values.Get("branch") != r.Branch:
		case file != "" && !strings.HasSuffix(r.Path, "/"+file):
		default:
			all = append(all, r.json())
		}
	}
	answer(q.w, http.StatusOK, map[string]any{"total_count": len(all), "workflow_runs": page(q.values, all)})
}

// find returns a run; attempt 0 is its newest.
func (q *query) find(id string, attempt string) *Run {
	var found *Run
	for _, r := range q.s.runs {
		if r.Owner != q.owner || r.Repo != q.repo || strconv.FormatInt(r.ID, 10) != id {
			continue
		}
		if strconv.Itoa(r.Attempt) == attempt || attempt == "" && (found == nil || found.Attempt < r.Attempt) {
			found = r
		}
	}
	return found
}

func (q *query) run(id string, part []string) {
	attempt := ""
	if len(part) >= 2 && part[0] == "attempts" {
		attempt, part = part[1], part[2:]
	}
	r := q.find(id, attempt)
	switch {
	case r == nil, r.Private && !q.authorised:
		q.notFound()
	case len(part) == 0:
		answer(q.w, http.StatusOK, r.json())
	case part[0] == "jobs":
		all := []any{}
		for _, j := range r.Jobs {
			all = append(all, j.json(r))
		}
		answer(q.w, http.StatusOK, map[string]any{"total_count": len(all), "jobs": page(q.values, all)})
	case part[0] == "logs" && r.Status != "completed":
		q.notFound()
	case part[0] == "logs":
		q.redirect(r, fmt.Sprintf("runs/%s/%s/%d/%d.zip", q.owner, q.repo, r.ID, r.Attempt))
	default:
		q.notFound()
	}
}

func (q *query) job(id string, part []string) {
	r, j := q.s.findJob(q.owner, q.repo, id)
	switch {
	case j == nil, r.Private && !q.authorised:
		q.notFound()
	case len(part) == 0:
		answer(q.w, http.StatusOK, j.json(r))
	default:
		q.redirect(r, fmt.Sprintf("jobs/%s/%s/%s.txt", q.owner, q.repo, id))
	}
}

func (s *Server) findJob(owner, repo, id string) (*Run, *Job) {
	for _, r := range s.runs {
		for _, j := range r.Jobs {
			if r.Owner == owner && r.Repo == repo && strconv.FormatInt(j.ID, 10) == id {
				return r, j
			}
		}
	}
	return nil, nil
}

// Signature is in the addresses of logs; nobody should ever see it.
const Signature = "c2lnbmF0dXJlIG9mIHRoZSBmYWtl"

// redirect leads to the storage. Logs need a token in any case.
func (q *query) redirect(r *Run, blob string) {
	switch {
	case !q.authorised:
		apiError(q.w, http.StatusForbidden, "Must have admin rights to Repository.")
	case r.Gone:
		apiError(q.w, http.StatusGone, "Server Error")
	default:
		q.w.Header().Set("Location", q.s.StorageURL+blob+"?se=2026-06-18T03%3A30%3A00Z&sig="+Signature)
		q.w.WriteHeader(http.StatusFound)
	}
}

func (q *query) contents(path string) {
	ref := q.values.Get("ref")
	if text, ok := q.s.files[q.owner+"/"+q.repo+"/"+path+"@"+ref]; ok {
		answer(q.w, http.StatusOK, map[string]any{
			"type": "file", "name": path[strings.LastIndex(path, "/")+1:], "path": path, "size": len(text),
			"encoding": "base64", "content": base64.StdEncoding.EncodeToString(text),
		})
		return
	}
	folder := []any{}
	for name := range q.s.files {
		if strings.HasPrefix(name, q.owner+"/"+q.repo+"/"+path+"/") && strings.HasSuffix(name, "@"+ref) {
			folder = append(folder, map[string]any{"type": "file", "name": name})
		}
	}
	if len(folder) == 0 {
		q.notFound()
		return
	}
	answer(q.w, http.StatusOK, folder)
}

// storageError is Azure's form of one.
func storageError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "%s<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%s</Code><Message>The request failed.\nRequestId:1</Message></Error>", bom, code)
}

// serveStorage refuses a token like the real storage, which takes it for a
// wrong signature.
func (s *Server) serveStorage(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" || r.URL.Query().Get("sig") != Signature {
		storageError(w, http.StatusForbidden, "AuthenticationFailed")
		return
	}
	part := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	s.mu.Lock()
	run, job := s.blob(part)
	s.mu.Unlock()
	switch {
	case job != nil:
		w.Header().Set("Content-Type", "text/plain")
		_ = job.writeLog(w) // the client may have gone
	case run != nil:
		w.Header().Set("Content-Type", "application/zip")
		_ = run.writeArchive(w)
	default:
		storageError(w, http.StatusNotFound, "BlobNotFound")
	}
}

// blob finds what a storage path stands for; a job without a log has none.
func (s *Server) blob(part []string) (*Run, *Job) {
	switch {
	case len(part) == 4 && part[0] == "jobs":
		run, job := s.findJob(part[1], part[2], strings.TrimSuffix(part[3], ".txt"))
		if job == nil || job.Status != "completed" || job.Conclusion == "skipped" {
			return nil, nil
		}
		return run, job
	case len(part) == 5 && part[0] == "runs":
		q := query{s: s, owner: part[1], repo: part[2]}
		return q.find(part[3], strings.TrimSuffix(part[4], ".zip")), nil
	}
	return nil, nil
}

// serveDocument answers for the registry and the status page.
func (s *Server) serveDocument(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	document, ok := s.documents[r.URL.Path]
	s.mu.Unlock()
	switch text, isText := document.(string); {
	case !ok:
		answer(w, http.StatusNotFound, map[string]any{"error": "Not found"})
	case isText:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(text))
	default:
		answer(w, http.StatusOK, document)
	}
}
