package github

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
)

// Of a filtered list GitHub gives 1,000 runs; List goes on by their time.
func TestListBeyondAThousand(t *testing.T) {
	const runs = 2345
	srv := fakegithub.New(t)
	start := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	for i := range runs {
		srv.AddRun(&fakegithub.Run{ID: int64(i + 1), Created: start.Add(time.Duration(i/3) * time.Minute)})
	}
	c := listClient(t, srv, Options{})
	for _, test := range []struct {
		options ListOptions
		want    int
	}{
		{ListOptions{}, runs},
		{ListOptions{Since: start.Add(100 * time.Minute)}, runs - 300},
		{ListOptions{Since: start.AddDate(1, 0, 0)}, 0},
		{ListOptions{Conclusion: "success"}, 0},
		{ListOptions{Workflow: "release.yml", Conclusion: "failure"}, runs},
	} {
		seen := map[int64]bool{}
		last := int64(runs + 1)
		for run, err := range c.List(t.Context(), repo.Ref{Owner: "acme", Repo: "widget"}, test.options) {
			if err != nil {
				t.Fatal(err)
			}
			if seen[run.Meta.ID] || run.Meta.ID >= last {
				t.Fatalf("run %d after %d", run.Meta.ID, last)
			}
			last = run.Meta.ID
			seen[last] = true
		}
		if len(seen) != test.want {
			t.Errorf("%+v: %d runs, want %d", test.options, len(seen), test.want)
		}
	}
}

func listClient(t *testing.T, srv *fakegithub.Server, o Options) *Client {
	t.Helper()
	o.BaseURL, o.Token = srv.URL, func(string) (string, error) { return fakegithub.Token, nil }
	c, err := NewClient("github.com", o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// While a patient client waits for the end of a limit it sends nothing else, and
// all that wait go on together.
func TestPatience(t *testing.T) {
	srv := fakegithub.New(t)
	srv.AddFile("acme", "widget", "main", "a.txt", "a")
	var waits, during atomic.Int64
	waiting := func(ctx context.Context, d time.Duration) error {
		if d < time.Hour {
			t.Errorf("waited %v", d)
		}
		waits.Add(1)
		before := len(srv.Requests())
		time.Sleep(20 * time.Millisecond) // time for others to send, if they did
		during.Add(int64(len(srv.Requests()) - before))
		return ctx.Err()
	}
	srv.Fail("api", "/contents/", 3, fakegithub.PrimaryLimit(http.StatusForbidden, time.Now().Add(2*time.Hour)))
	// go-github refuses by itself what follows a limit, and such an answer has no date.
	c := listClient(t, srv, Options{Patient: true, Sleep: waiting, Clock: time.Now})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if text, err := c.File(t.Context(), "acme", "widget", "a.txt", "main"); string(text) != "a" || err != nil {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
	all.Wait()
	if waits.Load() == 0 || waits.Load() > 3 || during.Load() != 0 {
		t.Errorf("%d waits, %d requests during them", waits.Load(), during.Load())
	}
}
