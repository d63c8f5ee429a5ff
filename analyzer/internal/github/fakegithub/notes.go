package fakegithub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Bot is who the token of a job writes as.
const Bot User = "github-actions[bot]"

// User is a login. Those of programs end in "[bot]".
type User string

// MarshalJSON is the API's form of a user.
func (u User) MarshalJSON() ([]byte, error) {
	kind := "User"
	if strings.HasSuffix(string(u), "[bot]") {
		kind = "Bot"
	}
	return json.Marshal(object{"login": string(u), "type": kind})
}

// Label is the name of a label, and is sent as one.
type Label string

// MarshalJSON is the API's form of a label.
func (l Label) MarshalJSON() ([]byte, error) { return json.Marshal(object{"name": string(l)}) }

// Issue is an issue of a repository, or a pull request.
type Issue struct {
	Number int     `json:"number"`
	Title  string  `json:"title"`
	Body   string  `json:"body"`
	State  string  `json:"state"` // open
	Labels []Label `json:"labels"`
	Author User    `json:"user"` // Bot
	URL    string  `json:"html_url"`
	// Head is a pull request's head commit; empty for an issue.
	Head string `json:"-"`
	Pull object `json:"pull_request,omitempty"`
	// Comments are in the order in which they were written.
	Comments []*Comment `json:"-"`
}

// Comment is a comment on an issue or a pull request.
type Comment struct {
	ID     int64  `json:"id"`
	Body   string `json:"body"`
	Author User   `json:"user"` // Bot
	URL    string `json:"html_url"`
}

// Check is a check run.
type Check struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	SHA        string `json:"head_sha"`
	ExternalID string `json:"external_id"`
	Conclusion string `json:"conclusion"`
	URL        string `json:"html_url"`
	Output     struct {
		Title       string   `json:"title"`
		Summary     string   `json:"summary"`
		Annotations []object `json:"annotations,omitempty"`
	} `json:"output"`
	// Annotations are as they were sent, of all requests.
	Annotations []object `json:"-"`
}

// AddIssue adds an issue or, with a head, a pull request.
func (s *Server) AddIssue(i *Issue) *Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addIssue(i)
}

func (s *Server) addIssue(i *Issue) *Issue {
	i.Number = len(s.issues) + 1
	i.URL = fmt.Sprintf("%s/acme/widget/issues/%d", htmlURL, i.Number)
	set(&i.State, "open")
	if i.Labels == nil {
		i.Labels = []Label{}
	}
	if i.Author == "" {
		i.Author = Bot
	}
	if i.Head != "" {
		i.Pull = object{"url": "https://api.github.com/"}
	}
	s.issues = append(s.issues, i)
	return i
}

// Issues returns the issues and pull requests, the oldest first.
func (s *Server) Issues() []*Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.issues)
}

// Checks returns the check runs, the oldest first.
func (s *Server) Checks() []*Check {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.checks)
}

// take changes what a request names, as PATCH does; a wrong one changes nothing.
func take[T any](r *http.Request, v T) T {
	_ = json.NewDecoder(r.Body).Decode(v)
	return v
}

func (s *Server) listIssues(w http.ResponseWriter, r *http.Request) {
	all := []*Issue{}
	label, state := Label(r.FormValue("labels")), r.FormValue("state")
	for _, i := range slices.Backward(s.issues) {
		if (label == "" || slices.Contains(i.Labels, label)) && (state == "all" || i.State == "open") {
			all = append(all, i)
		}
	}
	answer(w, http.StatusOK, page(r, all))
}

func (s *Server) newIssue(w http.ResponseWriter, r *http.Request) {
	answer(w, http.StatusCreated, take(r, s.addIssue(&Issue{})))
}

// issue calls do with the one that is asked for.
func (s *Server) issue(w http.ResponseWriter, r *http.Request, do func(*Issue)) {
	i := slices.IndexFunc(s.issues, func(i *Issue) bool { return fmt.Sprint(i.Number) == r.PathValue("issue_number") })
	if i < 0 {
		notFound(w)
		return
	}
	do(s.issues[i])
}

func (s *Server) changeIssue(w http.ResponseWriter, r *http.Request) {
	s.issue(w, r, func(i *Issue) { answer(w, http.StatusOK, take(r, i)) })
}

func (s *Server) listComments(w http.ResponseWriter, r *http.Request) {
	s.issue(w, r, func(i *Issue) { answer(w, http.StatusOK, page(r, append([]*Comment{}, i.Comments...))) })
}

func (s *Server) newComment(w http.ResponseWriter, r *http.Request) {
	s.issue(w, r, func(i *Issue) {
		c := &Comment{ID: int64(i.Number*1000 + len(i.Comments) + 1), Author: Bot}
		c.URL = fmt.Sprintf("%s#issuecomment-%d", i.URL, c.ID)
		i.Comments = append(i.Comments, c)
		answer(w, http.StatusCreated, take(r, c))
	})
}

func (s *Server) changeComment(w http.ResponseWriter, r *http.Request) {
	for _, i := range s.issues {
		for _, c := range i.Comments {
			if fmt.Sprint(c.ID) == r.PathValue("comment_id") {
				answer(w, http.StatusOK, take(r, c))
				return
			}
		}
	}
	notFound(w)
}

func (s *Server) pulls(w http.ResponseWriter, r *http.Request) {
	all := []any{}
	base := object{"repo": repository(r.PathValue("owner")+"/"+r.PathValue("repo"), false)}
	for _, i := range s.issues {
		if i.Head == r.PathValue("commit_sha") {
			all = append(all, object{"number": i.Number, "state": i.State, "head": object{"sha": i.Head}, "base": base})
		}
	}
	answer(w, http.StatusOK, all)
}

func (s *Server) listChecks(w http.ResponseWriter, r *http.Request) {
	all := []*Check{}
	for _, c := range s.checks {
		if name := r.FormValue("check_name"); c.SHA == r.PathValue("ref") && (name == "" || name == c.Name) {
			all = append(all, c)
		}
	}
	answer(w, http.StatusOK, object{"total_count": len(all), "check_runs": all})
}

func (s *Server) newCheck(w http.ResponseWriter, r *http.Request) {
	c := &Check{ID: int64(len(s.checks) + 1)}
	c.URL = fmt.Sprintf("%s/%s/%s/runs/%d", htmlURL, r.PathValue("owner"), r.PathValue("repo"), c.ID)
	s.checks = append(s.checks, c)
	c.change(w, r, http.StatusCreated)
}

func (s *Server) changeCheck(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(s.checks, func(c *Check) bool { return fmt.Sprint(c.ID) == r.PathValue("check_run_id") })
	if i < 0 {
		notFound(w)
		return
	}
	s.checks[i].change(w, r, http.StatusOK)
}

func (c *Check) change(w http.ResponseWriter, r *http.Request, status int) {
	take(r, c)
	c.Annotations, c.Output.Annotations = append(c.Annotations, c.Output.Annotations...), nil
	answer(w, status, c)
}
