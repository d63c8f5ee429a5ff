package fakegithub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Bot is who the token of a job writes as.
const Bot = "github-actions[bot]"

// Issue is an issue of a repository, or a pull request.
type Issue struct {
	Number int
	Title  string
	Body   string
	State  string // open
	Labels []string
	Author string // Bot
	// Head is a pull request's head commit; empty for an issue.
	Head string
	// Comments are in the order in which they were written.
	Comments []*Comment
}

// Comment is a comment on an issue or a pull request.
type Comment struct {
	ID     int64
	Body   string
	Author string // Bot
}

// Check is a check run.
type Check struct {
	ID         int64
	Name       string
	SHA        string
	ExternalID string
	Conclusion string
	Title      string
	Summary    string
	// Annotations are as they were sent, of all requests.
	Annotations []map[string]any
}

// AddIssue adds an issue or, with a head, a pull request.
func (s *Server) AddIssue(i *Issue) *Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	i.Number = len(s.issues) + 1
	set(&i.State, "open")
	set(&i.Author, Bot)
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

// user is who wrote something, or a job's bot.
func user(login string) map[string]any {
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	return map[string]any{"login": login, "type": kind}
}

func (i *Issue) json(q *query) map[string]any {
	labels := []any{}
	for _, l := range i.Labels {
		labels = append(labels, map[string]any{"name": l})
	}
	m := map[string]any{
		"number": i.Number, "title": i.Title, "body": i.Body, "state": i.State, "labels": labels, "user": user(i.Author),
		"html_url": fmt.Sprintf("%s/%s/%s/issues/%d", htmlURL, q.owner, q.repo, i.Number),
	}
	if i.Head != "" {
		m["pull_request"] = map[string]any{"url": "https://api.github.com/"}
	}
	return m
}

func (i *Issue) pull(q *query) map[string]any {
	return map[string]any{
		"number": i.Number, "state": i.State, "head": map[string]any{"sha": i.Head},
		"base": map[string]any{"repo": repository(q.owner+"/"+q.repo, false)},
	}
}

func (c *Comment) json(q *query, number int) map[string]any {
	return map[string]any{
		"id": c.ID, "body": c.Body, "user": user(c.Author),
		"html_url": fmt.Sprintf("%s/%s/%s/issues/%d#issuecomment-%d", htmlURL, q.owner, q.repo, number, c.ID),
	}
}

func (c *Check) json(q *query) map[string]any {
	return map[string]any{
		"id": c.ID, "name": c.Name, "head_sha": c.SHA, "external_id": c.ExternalID, "status": "completed",
		"conclusion": c.Conclusion, "output": map[string]any{"title": c.Title, "summary": c.Summary},
		"html_url": fmt.Sprintf("%s/%s/%s/runs/%d", htmlURL, q.owner, q.repo, c.ID),
	}
}

// notes serves issues, comments, pull requests and check runs, and tells
// whether it was one of these that was asked for.
func (q *query) notes(r *http.Request, part []string) bool {
	route := r.Method + " " + part[0]
	if len(part) > 2 {
		route += "/" + part[2]
	}
	if r.Method != http.MethodGet && !q.authorised {
		apiError(q.w, http.StatusForbidden, "Resource not accessible by integration")
		return true
	}
	switch {
	case route == "GET issues":
		q.issues()
	case route == "POST issues":
		i := &Issue{Number: len(q.s.issues) + 1, State: "open", Author: Bot}
		q.s.issues = append(q.s.issues, i)
		i.change(r)
		answer(q.w, http.StatusCreated, i.json(q))
	case route == "PATCH issues" && len(part) == 2:
		q.withIssue(part[1], func(i *Issue) { i.change(r); answer(q.w, http.StatusOK, i.json(q)) })
	case route == "GET issues/comments":
		q.withIssue(part[1], q.comments)
	case route == "POST issues/comments":
		q.withIssue(part[1], func(i *Issue) { q.comment(r, i) })
	case r.Method == http.MethodPatch && len(part) == 3 && part[1] == "comments":
		q.changeComment(r, part[2])
	case route == "GET commits/pulls":
		q.pulls(part[1])
	case route == "GET commits/check-runs":
		q.checks(part[1])
	case route == "POST check-runs":
		c := &Check{ID: int64(len(q.s.checks) + 1)}
		q.s.checks = append(q.s.checks, c)
		c.change(r)
		answer(q.w, http.StatusCreated, c.json(q))
	case route == "PATCH check-runs":
		q.changeCheck(r, part[1])
	default:
		return false
	}
	return true
}

func (q *query) withIssue(number string, do func(*Issue)) {
	for _, i := range q.s.issues {
		if strconv.Itoa(i.Number) == number {
			do(i)
			return
		}
	}
	q.notFound()
}

func (q *query) issues() {
	all := []any{}
	for _, i := range slices.Backward(q.s.issues) {
		label, state := q.values.Get("labels"), q.values.Get("state")
		if (label == "" || slices.Contains(i.Labels, label)) && (state == "all" || i.State == "open") {
			all = append(all, i.json(q))
		}
	}
	answer(q.w, http.StatusOK, page(q.values, all))
}

func (i *Issue) change(r *http.Request) {
	var sent struct {
		Title, Body, State *string
		Labels             *[]string
	}
	_ = json.NewDecoder(r.Body).Decode(&sent) // a wrong one changes nothing
	change(&i.Title, sent.Title)
	change(&i.Body, sent.Body)
	change(&i.State, sent.State)
	change(&i.Labels, sent.Labels)
}

func change[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func (q *query) comments(i *Issue) {
	all := []any{}
	for _, c := range i.Comments {
		all = append(all, c.json(q, i.Number))
	}
	answer(q.w, http.StatusOK, page(q.values, all))
}

func (q *query) comment(r *http.Request, i *Issue) {
	c := &Comment{ID: int64(i.Number*1000 + len(i.Comments) + 1), Author: Bot}
	i.Comments = append(i.Comments, c)
	c.change(r)
	answer(q.w, http.StatusCreated, c.json(q, i.Number))
}

func (c *Comment) change(r *http.Request) {
	var sent struct{ Body *string }
	_ = json.NewDecoder(r.Body).Decode(&sent) // a wrong one changes nothing
	change(&c.Body, sent.Body)
}

func (q *query) changeComment(r *http.Request, id string) {
	for _, i := range q.s.issues {
		for _, c := range i.Comments {
			if strconv.FormatInt(c.ID, 10) == id {
				c.change(r)
				answer(q.w, http.StatusOK, c.json(q, i.Number))
				return
			}
		}
	}
	q.notFound()
}

func (q *query) pulls(sha string) {
	all := []any{}
	for _, i := range q.s.issues {
		if i.Head == sha {
			all = append(all, i.pull(q))
		}
	}
	answer(q.w, http.StatusOK, all)
}

func (q *query) checks(sha string) {
	all := []any{}
	for _, c := range q.s.checks {
		if c.SHA == sha && (q.values.Get("check_name") == "" || q.values.Get("check_name") == c.Name) {
			all = append(all, c.json(q))
		}
	}
	answer(q.w, http.StatusOK, map[string]any{"total_count": len(all), "check_runs": all})
}

func (c *Check) change(r *http.Request) {
	var sent struct {
		Name, Conclusion *string
		SHA              *string `json:"head_sha"`
		ExternalID       *string `json:"external_id"`
		Output           struct {
			Title, Summary *string
			Annotations    []map[string]any
		}
	}
	_ = json.NewDecoder(r.Body).Decode(&sent) // a wrong one changes nothing
	change(&c.Name, sent.Name)
	change(&c.Conclusion, sent.Conclusion)
	change(&c.SHA, sent.SHA)
	change(&c.ExternalID, sent.ExternalID)
	change(&c.Title, sent.Output.Title)
	change(&c.Summary, sent.Output.Summary)
	c.Annotations = append(c.Annotations, sent.Output.Annotations...)
}

func (q *query) changeCheck(r *http.Request, id string) {
	for _, c := range q.s.checks {
		if strconv.FormatInt(c.ID, 10) == id {
			c.change(r)
			answer(q.w, http.StatusOK, c.json(q))
			return
		}
	}
	q.notFound()
}
