package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github/fakegithub"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// bench is a fake GitHub with options to talk to it.
type bench struct {
	*fakegithub.Server
	opts Options
	// slept collects what would have been waited.
	slept []time.Duration
	// said collects the texts of progress.
	said []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{Server: fakegithub.New(t)}
	b.opts = Options{
		Token:   func(string) (string, error) { return fakegithub.Token, nil },
		BaseURL: b.URL,
		Sleep: func(ctx context.Context, d time.Duration) error {
			b.slept = append(b.slept, d)
			return ctx.Err()
		},
		Progress:  func(p Progress) { b.said = append(b.said, p.Text) },
		UserAgent: "pubmortem/test",
	}
	t.Cleanup(func() { b.checkTokens(t) })
	return b
}

// checkTokens looks for the token where it must not go.
func (b *bench) checkTokens(t *testing.T) {
	t.Helper()
	for _, r := range b.Requests() {
		if r.Server != "api" && r.Authorization != "" || strings.Contains(r.Path, fakegithub.Token) {
			t.Errorf("the token went to %s %s", r.Server, r.Path)
		}
		if r.UserAgent != "pubmortem/test" {
			t.Errorf("user agent %q at %s", r.UserAgent, r.Server)
		}
	}
	checkSecrets(t, strings.Join(b.said, "\n"))
}

func checkSecrets(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, fakegithub.Token) || strings.Contains(text, fakegithub.Signature) {
		t.Errorf("a secret shows in %q", text)
	}
}

// ask reads a run as a new client does.
func (b *bench) ask(ctx context.Context, ref repo.Ref) (*Run, error) {
	c, err := NewClient(ref.Host, b.opts)
	if err != nil {
		return nil, err
	}
	return c.Run(ctx, ref)
}

func (b *bench) get(t *testing.T, change func(*repo.Ref)) (*Run, error) {
	t.Helper()
	ref := repo.Ref{Host: "github.com", Owner: "acme", Repo: "widget", RunID: 101}
	if change != nil {
		change(&ref)
	}
	run, err := b.ask(t.Context(), ref)
	for e := err; e != nil; e = errors.Unwrap(e) {
		checkSecrets(t, fmt.Sprintf("%v %+v %#v", e, e, e))
	}
	if run != nil {
		t.Cleanup(func() { run.Log.Close() })
	}
	return run, err
}

func (b *bench) run(t *testing.T, change func(*repo.Ref)) *Run {
	t.Helper()
	run, err := b.get(t, change)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// members describes a log, a line for each member.
func members(t *testing.T, l *runlog.Log) []string {
	t.Helper()
	var list []string
	for _, m := range l.Members {
		rc, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(rc)
		if err != nil || len(text) == 0 || m.Format != runlog.FormatRaw {
			t.Errorf("%s: %d bytes, %v, format %v", m.Name, len(text), err, m.Format)
		}
		name := m.Step
		if m.System {
			name = "system"
		}
		list = append(list, fmt.Sprintf("%s|%d|%s", m.Job, m.StepNumber, name))
	}
	return list
}

func checkMembers(t *testing.T, run *Run, want ...string) {
	t.Helper()
	if got := members(t, run.Log); !slices.Equal(got, want) {
		t.Errorf("members:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func publishJob(name string) *fakegithub.Job {
	return &fakegithub.Job{Name: name, Steps: []fakegithub.Step{
		fakegithub.SetUp(name),
		{Name: "Skipped: never", Conclusion: "skipped"},
		fakegithub.Publish("npm error code E404"),
	}}
}

func quietJob(name string) *fakegithub.Job {
	return &fakegithub.Job{Name: name, Steps: []fakegithub.Step{fakegithub.SetUp(name), {Name: "Run npm test", Log: "ok"}}}
}

func TestRunArchives(t *testing.T) {
	const name = "release / publish: npm"
	system, setUp, publish := name+"|0|system", name+"|1|Set up job", name+"|3|Run npm publish"
	tests := []struct {
		layout fakegithub.Layout
		want   []string
	}{
		{fakegithub.Results, []string{system, setUp, publish}},
		{fakegithub.Legacy, []string{setUp, publish}},
		{fakegithub.WholeJobs, []string{system, name + "|0|"}},
	}
	for _, test := range tests {
		b := newBench(t)
		b.AddRun(&fakegithub.Run{Layout: test.layout, Jobs: []*fakegithub.Job{quietJob("test"), publishJob(name)}})
		run := b.run(t, nil)
		checkMembers(t, run, test.want...)
		if run.Log.Kind != "run" || run.Log.Name != "acme/widget run 101" || len(run.Log.Notes) > 0 {
			t.Errorf("log %q %q %q", run.Log.Kind, run.Log.Name, run.Log.Notes)
		}
		if b.Count("storage", "") != 1 || b.Count("api", "attempts/1/logs") != 1 {
			t.Errorf("requests: %+v", b.Requests())
		}
	}
}

func TestRunOwnServer(t *testing.T) {
	b := newBench(t)
	b.opts.BaseURL = b.URL + "api/v3"
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish")}})
	run := b.run(t, func(r *repo.Ref) { r.Host = "git.acme.example" })
	if run.Meta.Host != "git.acme.example" || b.Count("api", "/api/v3/") != b.Count("api", "") {
		t.Errorf("%+v, %+v", run.Meta, b.Requests())
	}
	if slices.ContainsFunc(run.Facts, func(f report.Fact) bool { return f.ID == "source.visibility" }) {
		t.Error("public on a server of one's own is not public")
	}
}

func TestRunMovedRepository(t *testing.T) {
	b := newBench(t)
	b.Move("acme/old", "acme/widget")
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish")}})
	run := b.run(t, func(r *repo.Ref) { r.Repo = "old" })
	if run.Meta.Repository != "acme/widget" || len(run.Log.Members) != 3 {
		t.Errorf("%+v", run.Meta)
	}
}

func TestRunMeta(t *testing.T) {
	b := newBench(t)
	b.AddRun(&fakegithub.Run{
		Path: "acme/widget/.github/workflows/release.yml@main", Event: "release", Branch: "v1.0.0", Attempt: 2,
		Referenced: []string{"acme/flows/.github/workflows/npm.yml@v2"},
		Jobs: []*fakegithub.Job{
			publishJob("call / publish"), quietJob("test (a / b)"),
			{Name: "own", Group: 3, GroupName: "Default", RunnerName: "box-1", Labels: []string{"self-hosted", "linux"}, Steps: []fakegithub.Step{fakegithub.SetUp("own")}},
			{Name: "large", Group: 4, GroupName: "Large", RunnerName: "big_1", Labels: []string{"big"}, Steps: []fakegithub.Step{fakegithub.SetUp("large")}},
		},
	})
	run := b.run(t, nil)
	want := report.Run{
		Host: "github.com", Repository: "acme/widget", ID: 101, Attempt: 2, URL: "https://github.com/acme/widget/actions/runs/101",
		Event: "release", Workflow: ".github/workflows/release.yml", Ref: "v1.0.0", SHA: strings.Repeat("a1", 20),
		HeadRepo: "acme/widget", Actor: "octo", Conclusion: "failure", StartedAt: "2026-06-18T03:19:00Z",
	}
	if run.Meta != want {
		t.Errorf("meta = %+v", run.Meta)
	}
	var got []string
	for _, f := range run.Facts {
		if f.Origin != report.FromRun || f.Where != "run 101" {
			t.Errorf("%+v", f)
		}
		got = append(got, strings.TrimPrefix(f.Job+": "+f.ID+"="+f.Value, ": "))
	}
	checkLines(t, got,
		"run.repository=acme/widget", "run.event=release", "run.ref=refs/tags/v1.0.0", "run.workflow=.github/workflows/release.yml",
		"run.attempt=2", "run.fork=false", "source.visibility=public",
		"call / publish: runner.kind=github-hosted", "call / publish: run.called-workflow=acme/flows/.github/workflows/npm.yml",
		"test (a / b): runner.kind=github-hosted", "test (a / b): run.called-workflow=none",
		"own: runner.kind=self-hosted", "own: run.called-workflow=none", "large: run.called-workflow=none")
	if s := run.Jobs[0].Steps[2]; s.Number != 3 || s.Name != "Run npm publish" {
		t.Errorf("step = %+v", s)
	}
	if run.HeadOwner != "acme" || run.HeadRepo != "widget" || run.Started.IsZero() || run.Client == nil {
		t.Errorf("run = %+v", run)
	}
}

func checkLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRunForks(t *testing.T) {
	tests := []struct{ event, head, want string }{
		{"pull_request", "octo/widget", "true"},
		{"pull_request", "acme/widget", "false"},
		{"pull_request_target", "-", "true"},
		{"push", "-", "false"},
		{"workflow_run", "octo/widget", "false"},
	}
	for _, test := range tests {
		b := newBench(t)
		b.AddRun(&fakegithub.Run{Event: test.event, HeadRepo: test.head, Jobs: []*fakegithub.Job{publishJob("publish")}})
		for _, f := range b.run(t, nil).Facts {
			if f.ID == "run.fork" && f.Value != test.want {
				t.Errorf("%s of %s: fork %s", test.event, test.head, f.Value)
			}
		}
	}
}

func TestRunChoosesJobs(t *testing.T) {
	lint := publishJob("lint")
	lint.Steps[2].Name = "Run eslint"
	skipped := &fakegithub.Job{Name: "never", Conclusion: "skipped"}
	all := func() []*fakegithub.Job {
		return []*fakegithub.Job{quietJob("test"), lint, quietJob("Publish docs"), skipped}
	}
	tests := []struct {
		name   string
		change func(*Options)
		jobs   []*fakegithub.Job
		want   []string
	}{
		{"failed and publishing ones", nil, all(), []string{"Publish docs", "lint"}},
		{"all", func(o *Options) { o.AllJobs = true }, all(), []string{"Publish docs", "lint", "test"}},
		{"none failed", nil, []*fakegithub.Job{quietJob("a"), quietJob("b")}, []string{"a", "b"}},
		{"by name", func(o *Options) { o.Jobs = "test" }, all(), []string{"test"}},
		{"by part of a name", func(o *Options) { o.Jobs = "DOCS" }, all(), []string{"Publish docs"}},
		{"by id", func(o *Options) { o.Jobs = "101002" }, all(), []string{"lint"}},
	}
	for _, test := range tests {
		b := newBench(t)
		b.AddRun(&fakegithub.Run{Jobs: test.jobs})
		if test.change != nil {
			test.change(&b.opts)
		}
		var got []string
		for _, m := range b.run(t, nil).Log.Members {
			got = append(got, m.Job)
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q", test.name, got)
		}
	}
	b := newBench(t)
	b.AddRun(&fakegithub.Run{Jobs: all()})
	b.opts.Jobs = "nope"
	_, err := b.get(t, nil)
	checkError(t, err, fault.NotFound, "has no job nope; its jobs are: test, lint,")
}

func TestRunManyJobs(t *testing.T) {
	b := newBench(t)
	var jobs []*fakegithub.Job
	for i := range 230 {
		jobs = append(jobs, quietJob(fmt.Sprintf("test (%d)", i)))
	}
	b.AddRun(&fakegithub.Run{Jobs: append(jobs, publishJob("publish"))})
	run := b.run(t, nil)
	if len(run.Jobs) != 231 || run.Jobs[230].Name != "publish" || b.Count("api", "/jobs?") != 3 {
		t.Errorf("%d jobs with %d requests", len(run.Jobs), b.Count("api", "/jobs?"))
	}
	checkMembers(t, run, "publish|0|system", "publish|1|Set up job", "publish|3|Run npm publish")
}

func TestRunRerun(t *testing.T) {
	b := newBench(t)
	old := quietJob("build")
	old.Attempt = 1
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish")}})
	again := publishJob("publish")
	again.ID, old.ID = 999, 998
	b.AddRun(&fakegithub.Run{Attempt: 2, Jobs: []*fakegithub.Job{old, again}})
	b.opts.AllJobs = true
	run := b.run(t, nil)
	checkMembers(t, run, "publish|0|system", "publish|1|Set up job", "publish|3|Run npm publish", "build|0|")
	if run.Ref.Attempt != 2 || b.Count("api", "jobs/998/logs") != 1 {
		t.Errorf("%+v", run.Ref)
	}
	if first := b.run(t, func(r *repo.Ref) { r.Attempt = 1 }); first.Meta.Attempt != 1 || first.Jobs[0].ID != 101001 {
		t.Errorf("%+v", first.Meta)
	}
	b.opts.Attempt = 7
	_, err := b.get(t, nil)
	checkError(t, err, fault.NotFound, "attempt 7 of run 101 in acme/widget does not exist")
}

func TestRunJobAddress(t *testing.T) {
	b := newBench(t)
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{quietJob("test"), publishJob("publish")}})
	run := b.run(t, func(r *repo.Ref) { r.RunID, r.JobID = 0, 101001 })
	checkMembers(t, run, "test|0|system", "test|1|Set up job", "test|2|Run npm test")
	_, err := b.get(t, func(r *repo.Ref) { r.RunID, r.JobID = 5, 101001 })
	checkError(t, err, fault.BadRef, "job 101001 is of run 101, not of run 5")
}

func TestRunInProgress(t *testing.T) {
	b := newBench(t)
	running := publishJob("after")
	running.Status = "in_progress"
	b.AddRun(&fakegithub.Run{Status: "in_progress", Jobs: []*fakegithub.Job{publishJob("publish"), running}})
	b.opts.CacheDir = t.TempDir()
	run := b.run(t, nil)
	checkMembers(t, run, "publish|0|")
	if len(run.Log.Notes) != 1 || !strings.Contains(run.Log.Notes[0], "still in progress") || b.Count("api", "runs/101/attempts") > 0 {
		t.Errorf("notes %q", run.Log.Notes)
	}
	if left := filesIn(t, b.opts.CacheDir); len(left) > 0 {
		t.Errorf("cached: %q", left)
	}
	b.opts.Jobs = "after"
	_, err := b.get(t, nil)
	checkError(t, err, fault.InProgress, "still in progress")
}

func TestRunNothingToRead(t *testing.T) {
	b := newBench(t)
	b.AddRun(&fakegithub.Run{ID: 1, Conclusion: "startup_failure"})
	b.AddRun(&fakegithub.Run{ID: 2, Status: "queued", Jobs: []*fakegithub.Job{{Name: "publish", Status: "queued"}}})
	b.AddRun(&fakegithub.Run{ID: 3, Conclusion: "skipped", Jobs: []*fakegithub.Job{{Name: "publish", Conclusion: "skipped"}}})
	for id, want := range map[int64]string{1: "did not start it (startup_failure); check .github/workflows/release.yml", 2: "has not started", 3: "no job of interest ran"} {
		_, err := b.get(t, func(r *repo.Ref) { r.RunID = id })
		checkError(t, err, fault.NotStarted, want)
	}
}

// filesIn lists the files below a folder.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		rel, err := filepath.Rel(dir, path)
		if !strings.HasSuffix(rel, digestSuffix) {
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestRunCache(t *testing.T) {
	b := newBench(t)
	lost := publishJob("lost")
	lost.NotInArchive = true
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish"), lost}})
	b.opts.CacheDir = t.TempDir()
	want := []string{"publish|0|system", "publish|1|Set up job", "publish|3|Run npm publish", "lost|0|"}
	checkMembers(t, b.run(t, nil), want...)
	files := []string{"github.com/acme/widget/101/1.zip", "github.com/acme/widget/101/job-101002.log"}
	if got := filesIn(t, b.opts.CacheDir); !slices.Equal(got, files) {
		t.Errorf("cached: %q", got)
	}
	for _, f := range files {
		if data, err := os.ReadFile(filepath.Join(b.opts.CacheDir, f)); err != nil || strings.Contains(string(data), fakegithub.Token) {
			t.Errorf("%s: %v", f, err)
		}
	}
	checkMembers(t, b.run(t, nil), want...)
	if n := b.Count("storage", ""); n != 2 {
		t.Errorf("%d downloads", n)
	}
	if err := os.WriteFile(filepath.Join(b.opts.CacheDir, files[0]), []byte("PK\x03\x04 not"), 0o600); err != nil {
		t.Fatal(err)
	}
	checkMembers(t, b.run(t, nil), want...)
	b.opts.NoCache = true
	checkMembers(t, b.run(t, nil), want...)
	if n := b.Count("storage", ""); n != 5 {
		t.Errorf("%d downloads", n)
	}
}

func TestRunCacheNotWritable(t *testing.T) {
	b := newBench(t)
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish")}})
	b.opts.CacheDir = write(t, "file", nil)
	if run := b.run(t, nil); len(run.Log.Members) != 3 {
		t.Errorf("%d members", len(run.Log.Members))
	}
}

func TestRunTemporaryFiles(t *testing.T) {
	left := tempDir(t)
	b := newBench(t)
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish")}})
	run := b.run(t, nil)
	if left() != 1 {
		t.Errorf("%d temporary files", left())
	}
	if err := run.Log.Close(); err != nil || left() != 0 {
		t.Errorf("%v, %d temporary files are left", err, left())
	}
}

func TestLineURL(t *testing.T) {
	b := newBench(t)
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish")}})
	run := b.run(t, nil)
	const job = "https://github.com/acme/widget/actions/runs/101/job/101001"
	for got, want := range map[string]string{
		run.LineURL("publish", 3, 12): job + "#step:3:12",
		run.LineURL("publish", 0, 12): job,
		run.LineURL("other", 1, 1):    "https://github.com/acme/widget/actions/runs/101",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A run that failed before its publish says so beside the log of what failed.
func TestRunFailsBeforeItsPublish(t *testing.T) {
	step := func(name, conclusion string) fakegithub.Step {
		return fakegithub.Step{Name: name, Conclusion: conclusion, Log: "##[group]Run " + name}
	}
	for _, test := range []struct {
		jobs []*fakegithub.Job
		want string
	}{
		{[]*fakegithub.Job{{Name: "test", Steps: []fakegithub.Step{step("Run npm test", "failure")}}, {Name: "publish", Conclusion: "skipped"}},
			"the job test failed, so the job publish was skipped and published nothing"},
		{[]*fakegithub.Job{{Name: "ship", Steps: []fakegithub.Step{step("Run npm test", "failure"), step("Run npm publish", "skipped")}}},
			"in the job ship the step Run npm test failed, so the step Run npm publish was skipped and published nothing"},
		{[]*fakegithub.Job{{Name: "ship", Steps: []fakegithub.Step{step("Run npm publish", "failure"), step("Publish docs", "skipped")}}}, ""},
		{[]*fakegithub.Job{quietJob("test"), {Name: "publish", Conclusion: "skipped"}}, ""},
	} {
		b := newBench(t)
		b.AddRun(&fakegithub.Run{Jobs: test.jobs})
		if got := strings.Join(b.run(t, nil).Log.Notes, "; "); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestLast(t *testing.T) {
	b := newBench(t)
	b.AddRun(&fakegithub.Run{ID: 1, Name: "Nightly", Path: ".github/workflows/nightly.yml", Branch: "dev", Jobs: []*fakegithub.Job{publishJob("publish")}})
	for id := range int64(120) {
		b.AddRun(&fakegithub.Run{ID: id + 2, Jobs: []*fakegithub.Job{publishJob("publish")}})
	}
	b.AddRun(&fakegithub.Run{ID: 500, Conclusion: "success", Jobs: []*fakegithub.Job{quietJob("test")}})
	// Newer ones of a workflow that has nothing to do with a publish.
	b.AddRun(&fakegithub.Run{ID: 600, Name: "Lint", Path: ".github/workflows/lint.yml", Jobs: []*fakegithub.Job{publishJob("lint")}})
	tests := []struct {
		workflow, branch string
		want             int64
	}{{"", "", 121}, {"lint.yml", "", 600}, {"", "dev", 1}, {"nightly.yml", "", 1}, {"nightly", "", 1}, {"release.yml", "main", 121}}
	for _, test := range tests {
		run := b.run(t, func(r *repo.Ref) { r.RunID, r.Last, r.Workflow, r.Branch = 0, true, test.workflow, test.branch })
		if run.Ref.RunID != test.want || run.Ref.Last {
			t.Errorf("%+v: %+v", test, run.Ref)
		}
	}
	_, err := b.get(t, func(r *repo.Ref) { r.RunID, r.Last, r.Workflow, r.Branch = 0, true, "other", "x" })
	checkError(t, err, fault.NotFound, "acme/widget has no failed run of the workflow other on the branch x")
}

// A clone of a fork asks for what failed upstream, where releases are made.
func TestLastOfAFork(t *testing.T) {
	b := newBench(t)
	b.Fork("octo/widget", "acme/widget")
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish")}})
	last := func(r *repo.Ref) { r.Owner, r.RunID, r.Last = "octo", 0, true }
	if run := b.run(t, last); run.Ref.Owner != "acme" || run.Ref.RunID != 101 || run.Meta.Repository != "acme/widget" {
		t.Errorf("%+v", run.Ref)
	}
	if said := strings.Join(b.said, "\n"); !strings.Contains(said, "no failed run in octo/widget, which is a fork of acme/widget") {
		t.Errorf("said %q", said)
	}
	b.AddRun(&fakegithub.Run{Owner: "octo", ID: 7, Jobs: []*fakegithub.Job{publishJob("publish")}})
	if run := b.run(t, last); run.Ref.Owner != "octo" || run.Ref.RunID != 7 {
		t.Errorf("%+v", run.Ref)
	}
}

func TestFile(t *testing.T) {
	b := newBench(t)
	b.AddFile("acme", "widget", "abc", "pkg/a..b/package.json", `{"name":"widget"}`)
	c, err := NewClient("github.com", b.opts)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.File(t.Context(), "acme", "widget", "pkg/a..b/package.json", "abc")
	if string(got) != `{"name":"widget"}` || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, path := range []string{"none.json", "pkg"} {
		_, err := c.File(t.Context(), "acme", "widget", path, "abc")
		checkError(t, err, fault.NotFound, "in acme/widget")
		if !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%v is not ErrNotFound", err)
		}
	}
	for _, path := range []string{"", "/x", "../x", "a/../../x", "a//b", "a\\b"} {
		_, err := c.File(t.Context(), "acme", "widget", path, "abc")
		checkError(t, err, fault.BadRef, "is not a path")
	}
	_, err = c.File(t.Context(), "acme", "..", "x", "abc")
	checkError(t, err, fault.BadRef, "not a repository's name")
	if b.Count("api", "..") != b.Count("api", "a..b") {
		t.Errorf("%+v", b.Requests())
	}
	b.Fail("api", "contents", 1, fakegithub.Body(`{"type":"file","size":2000000,"encoding":"none","content":""}`))
	_, err = c.File(t.Context(), "acme", "widget", "big.json", "abc")
	checkError(t, err, fault.BadContent, "larger than 1 MB")
}

func TestPaths(t *testing.T) {
	b := newBench(t)
	b.AddFile("acme", "widget", "abc", "packages/a/package.json", "{}")
	b.AddFile("acme", "widget", "older", "package.json", "{}")
	c, err := NewClient("github.com", b.opts)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Paths(t.Context(), "acme", "widget", "abc"); err != nil || !slices.Equal(got, []string{"packages/a/package.json"}) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := c.Paths(t.Context(), "acme", "widget", "none"); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("a ref that is not there: %v", err)
	}
}

func TestSubjectHasIDs(t *testing.T) {
	b := newBench(t)
	b.ImmutableSubject("acme/widget", true)
	b.ImmutableSubject("acme/gadget", false)
	c, err := NewClient("github.com", b.opts)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]bool{"widget": {true, true}, "gadget": {false, true}, "gizmo": {false, false}} {
		if ids, told, err := c.SubjectHasIDs(t.Context(), "acme", name); err != nil || [2]bool{ids, told} != want {
			t.Errorf("%s: %v, %v, %v", name, ids, told, err)
		}
	}
}

func TestTokenStaysWithTheAPI(t *testing.T) {
	b := newBench(t)
	b.AddRun(&fakegithub.Run{Jobs: []*fakegithub.Job{publishJob("publish")}})
	for _, location := range []string{"ftp://x/", "https://user:pw@x.invalid/"} {
		b.Fail("api", "/logs", 2, fakegithub.RedirectTo(location))
		_, err := b.get(t, nil)
		checkError(t, err, fault.Unavailable, "not a safe one")
	}
	// The storage of a server of one's own may be on the API's host.
	b.Fail("api", "/logs", 1, fakegithub.RedirectTo(b.URL+"blob?sig="+fakegithub.Signature))
	b.Fail("api", "/blob", 1, fakegithub.Body("PK\x05\x06"+strings.Repeat("\x00", 18)))
	if run := b.run(t, nil); len(run.Log.Members) != 1 {
		t.Errorf("%d members", len(run.Log.Members))
	}
	for _, r := range b.Requests() {
		if strings.HasPrefix(r.Path, "/blob") && r.Authorization != "" {
			t.Error("a log's address got the token")
		}
	}
	// A moved repository elsewhere.
	b.Fail("api", "runs/101", 1, fakegithub.Status(http.StatusMovedPermanently, "Moved", map[string]string{"Location": b.StorageURL}))
	if _, err := b.get(t, nil); err == nil {
		t.Error("no error")
	}
}

const line = "2026-06-18T03:19:23.0699390Z npm error code E404\n"

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tempDir makes the temporary files of a test visible to it.
func tempDir(t *testing.T) func() int {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	return func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
}

func checkError(t *testing.T, err error, kind fault.Kind, want string) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("error %v is a %T", err, err)
	}
	if e.Kind != kind || !strings.Contains(err.Error(), want) || e.Hint == "" {
		t.Errorf("error = %v (%v, hint %q), want %q (%v)", err, e.Kind, e.Hint, want, kind)
	}
}

func TestAPIBase(t *testing.T) {
	tests := []struct{ host, given, want string }{
		{"github.com", "", "https://api.github.com/"},
		{"acme.ghe.com", "", "https://api.acme.ghe.com/"},
		{"git.acme.example:8443", "", "https://git.acme.example:8443/api/v3/"},
		{"github.com", "http://127.0.0.1:1/api/v3", "http://127.0.0.1:1/api/v3/"},
	}
	for _, test := range tests {
		if u, err := apiBase(test.host, test.given); err != nil || u.String() != test.want {
			t.Errorf("apiBase(%q, %q) = %v, %v", test.host, test.given, u, err)
		}
	}
	for _, given := range []string{"ftp://x/", "x", "https://u:p@x/"} {
		_, err := apiBase("github.com", given)
		checkError(t, err, fault.BadRef, "address of the API")
	}
}
