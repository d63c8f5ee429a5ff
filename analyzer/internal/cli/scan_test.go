package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/internal/many"
)

const notFoundPut = "npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found"

// organisation serves runs of a release workflow, three of four of which failed,
// and of one that publishes nothing.
func organisation(t *testing.T, runs int) *fakegithub.Server {
	t.Helper()
	srv := fakegithub.New(t)
	start := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	for i := range runs {
		step := fakegithub.Publish(notFoundPut)
		conclusion := "failure"
		if i%4 == 3 {
			step = fakegithub.Step{Name: "Run npm publish", Log: "##[group]Run npm publish\nnpm publish\nshell: /usr/bin/bash -e {0}\n##[endgroup]\n+ @acme/widget@1.0.1"}
			conclusion = "success"
		}
		srv.AddRun(&fakegithub.Run{
			ID: int64(1000 + i), Repo: fmt.Sprintf("widget-%d", i*3/runs), Created: start.Add(time.Duration(i) * time.Hour), Conclusion: conclusion,
			Jobs: []*fakegithub.Job{{Name: "publish", Steps: []fakegithub.Step{fakegithub.SetUp("publish"), step}}},
		})
	}
	srv.AddFile("acme", "widget-0", strings.Repeat("a1", 20), ".github/workflows/ci.yml", "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n")
	srv.AddRun(&fakegithub.Run{ID: 5, Repo: "widget-0", Path: ".github/workflows/ci.yml", Name: "CI", Created: start, Jobs: []*fakegithub.Job{{Name: "test", Steps: []fakegithub.Step{fakegithub.SetUp("test")}}}})
	return srv
}

func rowsOf(t *testing.T, out string) map[int64]many.Row {
	t.Helper()
	rows := map[int64]many.Row{}
	for line := range strings.Lines(out) {
		row, err := many.ReadRow([]byte(line))
		if err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if _, twice := rows[row.Run]; twice {
			t.Errorf("run %d came twice", row.Run)
		}
		rows[row.Run] = row
	}
	return rows
}

// A scan of more runs than GitHub lists at once, with rate limits, failures of
// the server and an interruption in the middle, loses no run and downloads none
// twice.
func TestScanGoesOn(t *testing.T) {
	t.Parallel() // it waits for limits to end
	const runs = 1000
	srv := organisation(t, runs)
	cache := t.TempDir()
	srv.Fail("api", "/runs/1100/", 1, fakegithub.SecondaryLimit(http.StatusTooManyRequests, 1))
	srv.Fail("api", "/runs/1800/", 1, fakegithub.PrimaryLimit(http.StatusForbidden, time.Now().Add(2*time.Second)))
	srv.Fail("api", "/runs/1101/", 1, fakegithub.Status(http.StatusBadGateway, "Server Error", nil))
	srv.Fail("storage", "/1950/", 1, fakegithub.Status(http.StatusServiceUnavailable, "busy", nil))
	ctx, cancel := context.WithCancel(t.Context())
	srv.Fail("api", "/runs/1400/", 1, func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) { cancel(); next(w, r) })

	args := []string{"scan", "--org", "acme", "--since", "90d", "-f", "jsonl"}
	code, _, errs := callIn(ctx, srv, cache, args...)
	if code != exitInterrupted {
		t.Fatalf("interrupted: code %d, %s", code, errs)
	}
	before := srv.Count("storage", "/")
	if before == 0 || before >= runs {
		t.Fatalf("%d runs were downloaded before the interruption", before)
	}
	code, out, errs := callIn(t.Context(), srv, cache, args...)
	if code != exitOK {
		t.Fatalf("code %d, %s", code, errs)
	}
	rows := rowsOf(t, out)
	if len(rows) != runs {
		t.Errorf("%d rows, want %d", len(rows), runs)
	}
	// Downloads that the interruption broke off, and one that failed, are made again.
	if n := srv.Count("storage", "/"); n > runs+remoteWorkers+1 {
		t.Errorf("%d downloads of %d runs", n, runs)
	}
	if row := rows[1000]; row.Cause == "" || row.Repository != "acme/widget-0" || row.Workflow != "release.yml" || row.Date != "2026-09-01T08:00:00Z" || row.Package != "@acme/widget" || row.URL == "" {
		t.Errorf("row %+v", row)
	}
	asked := len(srv.Requests())
	if _, again, _ := callIn(t.Context(), srv, cache, args...); again != out {
		t.Error("a second scan says something else")
	}
	if n := len(srv.Requests()) - asked; n > runs/100+10 {
		t.Errorf("%d requests of a scan whose runs are all in the cache", n)
	}
}

func TestScanChoosesRuns(t *testing.T) {
	srv := organisation(t, 40)
	for _, test := range []struct {
		args string
		want int
	}{
		{"-R acme/widget-0", 14},
		{"-R acme/widget-0 -R acme/widget-1", 27},
		{"-R acme/widget-0 --last 5", 5},
		{"-R acme/widget-0 --since 2026-09-01", 14},
		{"-R acme/widget-0 --since 2026-09-02", 0},
		{"--org acme --since 2026-09-02 --conclusion success", 6},
		{"--org acme --workflow ci.yml", 1},
	} {
		code, out, errs := call(t, srv, append([]string{"scan", "-f", "jsonl"}, strings.Fields(test.args)...)...)
		if n := len(rowsOf(t, out)); code != exitOK || n != test.want {
			t.Errorf("%s: code %d, %d rows, want %d; %s", test.args, code, n, test.want, errs)
		}
	}
}

// callIn is callCached until the context ends.
func callIn(ctx context.Context, srv *fakegithub.Server, cache string, args ...string) (code int, stdout, stderr string) {
	std, out, errs := worldOf(srv, cache)
	code = Main(ctx, std, args)
	return code, out.String(), errs.String()
}

// A run whose log is gone has a row that says so, and the others are counted.
func TestScanWithoutALog(t *testing.T) {
	srv := organisation(t, 4)
	srv.AddRun(&fakegithub.Run{ID: 7, Repo: "widget-0", Gone: true, Created: time.Date(2026, 9, 2, 0, 0, 0, 0, time.UTC), Jobs: []*fakegithub.Job{{Name: "publish", Steps: []fakegithub.Step{fakegithub.SetUp("publish"), fakegithub.Publish("")}}}})
	code, out, errs := call(t, srv, "scan", "--org", "acme", "-f", "jsonl")
	row := rowsOf(t, out)[7]
	if code != exitNoLogs || !strings.Contains(row.Error, "is gone") || row.Verdict != "" || !strings.Contains(errs, "is gone") {
		t.Errorf("code %d, row %+v, %s", code, row, errs)
	}
}

func TestScanOfNoSuchOwner(t *testing.T) {
	code, _, errs := call(t, fakegithub.New(t), "scan", "--org", "nobody")
	if code != exitNoLogs || !strings.Contains(errs, "nobody") {
		t.Errorf("code %d, %s", code, errs)
	}
}

// Each line of what is saved for programs is an object with all columns.
func TestScanColumns(t *testing.T) {
	_, out, _ := call(t, organisation(t, 4), "scan", "--org", "acme", "-f", "jsonl")
	for line := range bytes.Lines([]byte(out)) {
		var object map[string]any
		if err := json.Unmarshal(line, &object); err != nil || len(object) != len(many.Columns[many.Row]()) {
			t.Errorf("%v, %d columns in %s", err, len(object), line)
		}
	}
}

// releasedBy is a version in a package's document.
func releasedBy(npmUser string, attested bool) map[string]any {
	var user any
	_ = json.Unmarshal([]byte(npmUser), &user) // it is written here
	dist := map[string]any{"tarball": "https://registry.npmjs.org/x.tgz"}
	if attested {
		dist["attestations"] = map[string]any{"url": "https://registry.npmjs.org/-/npm/v1/attestations/x"}
	}
	return map[string]any{"_npmUser": user, "dist": dist}
}

func TestScanPackages(t *testing.T) {
	srv := fakegithub.New(t)
	times := map[string]string{"1.0.0": "2026-01-01T08:00:00.000Z", "2.3.0": "2026-02-01T08:00:00.000Z", "2.4.0": "2026-03-01T08:00:00.000Z"}
	trusted := `{"name": "GitHub Actions", "trustedPublisher": {"id": "github"}}`
	srv.AddDocument("/-/v1/search", map[string]any{"objects": []any{
		map[string]any{"package": map[string]any{"name": "@acme/widget"}}, map[string]any{"package": map[string]any{"name": "@acme/gadget"}}, map[string]any{"package": map[string]any{"name": "other"}},
	}})
	srv.AddDocument("/@acme/widget", map[string]any{"time": times, "versions": map[string]any{"1.0.0": releasedBy(`{"name": "ada"}`, false), "2.3.0": releasedBy(trusted, true), "2.4.0": releasedBy(`{"name": "ada"}`, false)}})
	srv.AddDocument("/@acme/gadget", map[string]any{"time": times, "versions": map[string]any{"1.0.0": releasedBy(`{"name": "ada"}`, false), "2.3.0": releasedBy(`{"name": "ada"}`, true)}})
	code, out, errs := call(t, srv, "scan", "--packages", "@acme/*")
	for _, want := range []string{"1 of 2 packages lost trust", "trust lost since 2.4.0 (2026-03-01): published ada by a token or a person", "before, 2.3.0: trusted publisher github", "@acme/gadget"} {
		if !strings.Contains(out, want) {
			t.Errorf("code %d, no %q in\n%s%s", code, want, out, errs)
		}
	}
	if code != exitUnexplained {
		t.Errorf("code %d", code)
	}
	_, out, _ = call(t, srv, "scan", "--packages", "@acme/widget", "-f", "jsonl")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 3 || lines[2] != `{"date":"2026-03-01T08:00:00Z","package":"@acme/widget","version":"2.4.0","trust":"none","publisher":"ada","attested":false,"lost":true}` {
		t.Errorf("rows\n%s", out)
	}
	dir := t.TempDir()
	write(t, dir+"/packages/gadget/package.json", `{"name": "@acme/gadget"}`)
	write(t, dir+"/package.json", `{"name": "acme", "private": true}`)
	if code, out, _ := call(t, srv, "scan", "--packages", dir); code != exitOK || !strings.Contains(out, "2.3.0") {
		t.Errorf("of a workspace: code %d\n%s", code, out)
	}
	for args, want := range map[string]int{"nothing-there": exitNoLogs, "@acme/widget -f html": exitUsage, "@acme/widget logs": exitUsage} {
		if code, _, errs := call(t, srv, append([]string{"scan", "--packages"}, strings.Fields(args)...)...); code != want {
			t.Errorf("%s: code %d, %s", args, code, errs)
		}
	}
}
