package github

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
)

const marker = "<!-- pubmortem: .github/workflows/release.yml -->\n"

var sha = strings.Repeat("a1", 20)

func notesOf(t *testing.T, url string) *Notes {
	t.Helper()
	c, err := NewClient("github.com", Options{BaseURL: url, Token: func(string) (string, error) { return fakegithub.Token, nil }})
	if err != nil {
		t.Fatal(err)
	}
	n, err := c.Notes("acme", "widget")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func note(run int64, attempt int, well bool) Note {
	return Note{Marker: marker, Title: "publish failed in @acme #1", Body: "why\n", Well: well, Run: RunOf{ID: run, Attempt: attempt, URL: "https://github.com/acme/widget/actions/runs/1", SHA: sha}}
}

func TestIssue(t *testing.T) {
	srv := fakegithub.New(t)
	srv.AddIssue(&fakegithub.Issue{Author: "mallory", Body: marker})
	srv.AddIssue(&fakegithub.Issue{Body: "> " + marker})
	c := notesOf(t, srv.URL)
	for _, step := range []struct {
		note  Note
		want  Outcome
		state string
	}{
		{note(1, 1, true), Kept, ""},
		{note(2, 1, false), Created, "open"},
		{note(2, 1, false), Updated, "open"},
		{note(2, 2, true), Settled, "closed"},
		{note(2, 2, true), Kept, "closed"},
		{note(2, 1, false), Kept, "closed"},
		{note(3, 1, false), Updated, "open"},
		{note(1, 9, true), Kept, "open"},
	} {
		got, _, err := c.Issue(context.Background(), step.note)
		if err != nil || got != step.want {
			t.Fatalf("run %d.%d: got %s, %v, want %s", step.note.Run.ID, step.note.Run.Attempt, got, err, step.want)
		}
		if all := srv.Issues(); step.state != "" && (len(all) != 3 || all[2].State != step.state) {
			t.Errorf("run %d.%d: %d issues, the last is %s", step.note.Run.ID, step.note.Run.Attempt, len(all), all[len(all)-1].State)
		}
	}
	if title := srv.Issues()[2].Title; strings.ContainsAny(title, "@#") {
		t.Errorf("the title %q notifies or links", title)
	}
}

// An issue whose label was taken away is still found while it is open.
func TestIssueWithoutLabel(t *testing.T) {
	srv := fakegithub.New(t)
	srv.AddIssue(&fakegithub.Issue{Body: strings.ReplaceAll(marker, "\n", "\r\n")})
	if got, _, err := notesOf(t, srv.URL).Issue(context.Background(), note(1, 1, false)); got != Updated || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

// The pull request of a fork's run is known by its commit alone.
func TestPullRequestByCommit(t *testing.T) {
	srv := fakegithub.New(t)
	srv.AddRun(&fakegithub.Run{ID: 1})
	srv.AddIssue(&fakegithub.Issue{Head: sha, State: "closed"})
	pull := srv.AddIssue(&fakegithub.Issue{Head: sha})
	got, link, err := notesOf(t, srv.URL).PullRequest(context.Background(), note(1, 1, false))
	if got != Created || err != nil || len(pull.Comments) != 1 || !strings.Contains(link, "/2#") {
		t.Errorf("got %s at %s, %v, %d comments", got, link, err, len(pull.Comments))
	}
}

func TestNoPullRequest(t *testing.T) {
	srv := fakegithub.New(t)
	srv.AddRun(&fakegithub.Run{ID: 1})
	_, _, err := notesOf(t, srv.URL).PullRequest(context.Background(), note(1, 1, false))
	checkError(t, err, fault.NotFound, "the run belongs to no open pull request")
	if got, link, err := notesOf(t, srv.URL).PullRequest(context.Background(), note(1, 1, true)); got != Kept || link != "" || err != nil {
		t.Errorf("got %s at %q, %v", got, link, err)
	}
}

func TestCheck(t *testing.T) {
	srv := fakegithub.New(t)
	c := notesOf(t, srv.URL)
	many := slices.Repeat([]Annotation{{Path: ".github/workflows/release.yml", Line: 1, Level: "failure", Title: "The token is missing", Message: "Look at it."}}, MostAnnotations+9)
	for _, step := range []struct {
		note       Note
		want       Outcome
		checks     int
		conclusion string
	}{
		{note(1, 1, true), Kept, 0, ""},
		{note(1, 1, false), Created, 1, "neutral"},
		{note(1, 1, false), Updated, 1, "neutral"},
		{note(1, 2, true), Settled, 2, "success"},
	} {
		got, _, err := c.Check(context.Background(), step.note, many)
		all := srv.Checks()
		if err != nil || got != step.want || len(all) != step.checks {
			t.Fatalf("attempt %d: got %s, %v, %d checks", step.note.Run.Attempt, got, err, len(all))
		}
		if n := len(all); n > 0 && (all[n-1].Conclusion != step.conclusion || len(all[n-1].Annotations) != MostAnnotations) {
			t.Errorf("attempt %d: %s with %d annotations", step.note.Run.Attempt, all[n-1].Conclusion, len(all[n-1].Annotations))
		}
	}
}

func TestReasons(t *testing.T) {
	for _, test := range []struct {
		failure fakegithub.Failure
		want    string
	}{
		{fakegithub.Status(401, "Bad credentials", nil), "refused the token"},
		{fakegithub.Status(403, "Resource not accessible by integration", nil), `"issues: write"`},
		{fakegithub.Status(410, "Issues are disabled for this repo", nil), "switched off"},
		{fakegithub.Status(503, "Unavailable", nil), "could not answer for the issue (503: Unavailable)"},
		{fakegithub.SecondaryLimit(403, 0), "no more requests until"},
		{fakegithub.PrimaryLimit(403, time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)), "no more requests until 2999-01-01"},
		{fakegithub.RedirectTo("/repos/acme/other/issues"), "moved"},
		{fakegithub.Reset(), "cannot be reached"},
		{fakegithub.Body("<html>"), "sent a web page in place of an answer for the issue"},
	} {
		srv := fakegithub.New(t)
		srv.Fail("api", "/issues", 9, test.failure)
		_, _, err := notesOf(t, srv.URL).Issue(context.Background(), note(1, 1, false))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), fakegithub.Token) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

// A person's token touches only that person's notes.
func TestOwnNotesOnly(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/user":
			_, _ = w.Write([]byte(`{"login": "octo"}`))
		case r.Method == http.MethodGet:
			_, _ = w.Write([]byte(`[{"number": 1, "state": "open", "user": {"login": "a[bot]", "type": "Bot"}, "body": "` + strings.TrimSpace(marker) + `\n"}]`))
		default:
			_, _ = w.Write([]byte(`{"number": 2}`))
		}
	}))
	defer srv.Close()
	if got, _, err := notesOf(t, srv.URL).Issue(context.Background(), note(1, 1, false)); got != Created || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestNotesNeedAToken(t *testing.T) {
	c, err := NewClient("github.com", Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Notes("acme", "widget")
	checkError(t, err, fault.NoToken, "no token for github.com")
}
