package fakegithub

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"
)

// Layout is the form of a run's log archive.
type Layout int

// The layouts.
const (
	// Results is the results service's: "_" for forbidden characters, and
	// JOB/system.txt.
	Results Layout = iota
	// Legacy is the old service's: forbidden characters removed, the name cut
	// to 90 UTF-16 units, and a log of the matrix with a negative ordinal.
	Legacy
	// WholeJobs has no files of steps.
	WholeJobs
)

// Run is a workflow run. Fields left empty get sensible values from AddRun.
type Run struct {
	Owner, Repo string `json:"-"` // acme/widget
	ID          int64  `json:"id"`
	Attempt     int    `json:"run_attempt"`
	Name        string `json:"name"`
	Event       string `json:"event"`       // push
	Path        string `json:"path"`        // .github/workflows/release.yml
	Branch      string `json:"head_branch"` // main
	SHA         string `json:"head_sha"`
	Status      string `json:"status"`               // completed
	Conclusion  string `json:"conclusion,omitempty"` // failure, once it is completed
	// HeadRepo is the head repository, "owner/repo"; "-" is null, as for a
	// fork that was deleted.
	HeadRepo string `json:"-"`
	Private  bool   `json:"-"`
	// PullRequests are the numbers of the pull requests that the run belongs to.
	PullRequests []int `json:"-"`
	// Referenced are called workflows: OWNER/REPO/.github/workflows/X.yml@REF.
	Referenced []string `json:"-"`
	Jobs       []*Job   `json:"-"`
	Layout     Layout   `json:"-"`
	// Created is when it was created and started; zero is a day of June 2026.
	Created time.Time `json:"-"`
	// Gone lets all logs answer 410.
	Gone bool `json:"-"`
}

// MarshalJSON is the API's form of a run.
func (r *Run) MarshalJSON() ([]byte, error) {
	own := repository(r.Owner+"/"+r.Repo, r.Private)
	var head any
	if r.HeadRepo != "-" {
		head = repository(r.HeadRepo, r.Private)
	}
	pulls, referenced := []any{}, []any{}
	for _, number := range r.PullRequests {
		pulls = append(pulls, object{"number": number, "head": object{"sha": r.SHA}, "base": object{"repo": object{"id": own["id"], "name": own["name"]}}})
	}
	for _, path := range r.Referenced {
		_, ref, _ := strings.Cut(path, "@")
		referenced = append(referenced, object{"path": path, "sha": r.SHA, "ref": ref})
	}
	type plain Run
	return json.Marshal(struct {
		*plain
		URL        string `json:"html_url"`
		Created    string `json:"created_at"`
		Started    string `json:"run_started_at"`
		Updated    string `json:"updated_at"`
		Actor      any    `json:"actor"`
		Pulls      any    `json:"pull_requests"`
		Repository any    `json:"repository"`
		Head       any    `json:"head_repository"`
		Called     any    `json:"referenced_workflows"`
	}{(*plain)(r), fmt.Sprintf("%s/%s/%s/actions/runs/%d", htmlURL, r.Owner, r.Repo, r.ID),
		r.created(), r.created(), "2026-06-18T03:21:00Z", object{"login": "octo"}, pulls, own, head, referenced})
}

// created is when the run was created, RFC 3339.
func (r *Run) created() string {
	if r.Created.IsZero() {
		return "2026-06-18T03:19:00Z"
	}
	return r.Created.UTC().Format(time.RFC3339)
}

type object = map[string]any

// Job is one job of a run.
type Job struct {
	ID         int64    `json:"id"`
	Name       string   `json:"name"`
	Status     string   `json:"status"`               // completed
	Conclusion string   `json:"conclusion,omitempty"` // failure if a step failed, else success
	Attempt    int      `json:"run_attempt"`          // the run's
	Labels     []string `json:"labels"`
	// Group is the runner group's id; 0 is GitHub's own.
	Group      int64  `json:"-"`
	GroupName  string `json:"-"`
	RunnerName string `json:"-"`
	Steps      []Step `json:"steps"`
	// NotInArchive leaves the job out of the run's archive.
	NotInArchive bool `json:"-"`
	// EmptyInArchive leaves only the service's system.txt of it there.
	EmptyInArchive bool `json:"-"`
	// Write, when set, writes the job's own log instead of the steps.
	Write func(io.Writer) `json:"-"`

	run *Run
}

// MarshalJSON is the API's form of a job: one that waits has no runner.
func (j *Job) MarshalJSON() ([]byte, error) {
	var group, groupName, runner, completed any
	if j.Status == "completed" || j.Status == "in_progress" {
		group, groupName, runner = j.Group, j.GroupName, j.RunnerName
	}
	if j.Status == "completed" {
		completed = "2026-06-18T03:20:10Z"
	}
	type plain Job
	return json.Marshal(struct {
		*plain
		RunID     int64  `json:"run_id"`
		URL       string `json:"html_url"`
		Started   string `json:"started_at"`
		Completed any    `json:"completed_at"`
		Group     any    `json:"runner_group_id"`
		GroupName any    `json:"runner_group_name"`
		Runner    any    `json:"runner_name"`
	}{(*plain)(j), j.run.ID, fmt.Sprintf("%s/%s/%s/actions/runs/%d/job/%d", htmlURL, j.run.Owner, j.run.Repo, j.run.ID, j.ID),
		"2026-06-18T03:19:10Z", completed, group, groupName, runner})
}

// hasLog tells whether the job ran and is over.
func (j *Job) hasLog() bool { return j.Status == "completed" && j.Conclusion != "skipped" }

// Step is one step of a job. Its number is its place, counted from 1.
type Step struct {
	Name       string `json:"name"`
	Conclusion string `json:"conclusion"` // success
	// Log are its lines without time stamps.
	Log string `json:"-"`

	Number    int    `json:"number"`
	Status    string `json:"status"`
	Started   string `json:"started_at"`
	Completed string `json:"completed_at"`
}

// SetUp is the first step, as the runner prints it.
func SetUp(job string) Step {
	return Step{Name: "Set up job", Log: "Current runner version: '2.333.1'\n##[group]Operating System\nUbuntu\n##[endgroup]\nSecret source: Actions\nComplete job name: " + job}
}

// Publish is a step that fails with the given lines.
func Publish(lines string) Step {
	return Step{
		Name:       "Run npm publish",
		Conclusion: "failure",
		Log:        "##[group]Run npm publish --provenance\nnpm publish --provenance\nshell: /usr/bin/bash -e {0}\n##[endgroup]\n" + lines + "\n##[error]Process completed with exit code 1.",
	}
}

func (r *Run) fill() {
	set(&r.Owner, "acme")
	set(&r.Repo, "widget")
	set(&r.Name, "Release")
	set(&r.Event, "push")
	set(&r.Path, ".github/workflows/release.yml")
	set(&r.Branch, "main")
	set(&r.SHA, strings.Repeat("a1", 20))
	set(&r.Status, "completed")
	set(&r.HeadRepo, r.Owner+"/"+r.Repo)
	if r.Status == "completed" {
		set(&r.Conclusion, "failure")
	}
	if r.ID == 0 {
		r.ID = 101
	}
	r.Attempt = max(r.Attempt, 1)
	for i, j := range r.Jobs {
		j.fill(r, i)
	}
}

func (j *Job) fill(r *Run, i int) {
	if j.ID == 0 {
		j.ID = r.ID*1000 + int64(i) + 1
	}
	set(&j.Status, "completed")
	if j.Attempt == 0 {
		j.Attempt = r.Attempt
	}
	j.run = r
	if j.Steps == nil {
		j.Steps = []Step{}
	}
	outcome := "success"
	for k := range j.Steps {
		s := &j.Steps[k]
		set(&s.Conclusion, "success")
		s.Number, s.Status, s.Started, s.Completed = k+1, "completed", "2026-06-18T03:19:20Z", "2026-06-18T03:19:23Z"
		if s.Conclusion == "failure" {
			outcome = "failure"
		}
	}
	if j.Status == "completed" {
		set(&j.Conclusion, outcome)
	}
	if j.Labels == nil {
		j.Labels = []string{"ubuntu-latest"}
	}
	if j.Group == 0 {
		set(&j.GroupName, "GitHub Actions")
		set(&j.RunnerName, fmt.Sprintf("GitHub Actions %d", j.ID))
	}
}

func set(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

const htmlURL = "https://github.com"

// repository numbers repositories by their names.
func repository(fullName string, private bool) object {
	id := int64(1)
	for _, b := range []byte(fullName) {
		id = id*31 + int64(b)&0xff
		id %= 1 << 40
	}
	owner, name, _ := strings.Cut(fullName, "/")
	return object{
		"id": id, "name": name, "full_name": fullName, "private": private,
		"owner": object{"login": owner},
	}
}

const (
	stamp = "2026-06-18T03:19:23.0699390Z "
	bom   = "\ufeff"
)

// writeStep writes a step's lines as its file has them.
func writeStep(w io.Writer, text string) error {
	if _, err := io.WriteString(w, bom); err != nil {
		return err
	}
	for line := range strings.Lines(text + "\n") {
		if _, err := io.WriteString(w, stamp+strings.TrimSuffix(line, "\n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// writeLog writes the job's whole log.
func (j *Job) writeLog(w io.Writer) error {
	if j.Write != nil {
		j.Write(w)
		return nil
	}
	var all []string
	for _, s := range j.Steps {
		if s.Log != "" {
			all = append(all, s.Log)
		}
	}
	return writeStep(w, strings.Join(all, "\n"))
}

// writeArchive writes the run's archive: jobs of its attempt only, as after a
// re-run of the failed ones.
func (r *Run) writeArchive(w io.Writer) error {
	zw := zip.NewWriter(w)
	ordinal := 0
	for _, j := range r.Jobs {
		if j.NotInArchive || j.Attempt != r.Attempt || !j.hasLog() {
			continue
		}
		if err := r.archiveJob(zw, j, ordinal); err != nil {
			return err
		}
		ordinal++
	}
	return zw.Close()
}

func (r *Run) archiveJob(zw *zip.Writer, j *Job, ordinal int) error {
	dir := r.Layout.mangle(j.Name)
	if !j.EmptyInArchive {
		if err := add(zw, fmt.Sprintf("%d_%s.txt", ordinal, dir), j.writeLog); err != nil {
			return err
		}
	}
	if r.Layout != Legacy {
		system := func(w io.Writer) error {
			return writeStep(w, fmt.Sprintf("Job is about to start running on the hosted runner: %s\nJob defined at: %s/%s/%s@refs/heads/%s", j.RunnerName, r.Owner, r.Repo, r.Path, r.Branch))
		}
		if err := add(zw, dir+"/system.txt", system); err != nil {
			return err
		}
	}
	if r.Layout == WholeJobs {
		return nil
	}
	for i, s := range j.Steps {
		if s.Log == "" {
			continue
		}
		step := func(w io.Writer) error { return writeStep(w, s.Log) }
		if err := add(zw, fmt.Sprintf("%s/%d_%s.txt", dir, i+1, r.Layout.mangle(s.Name)), step); err != nil {
			return err
		}
	}
	return nil
}

func add(zw *zip.Writer, name string, write func(io.Writer) error) error {
	w, err := zw.Create(name)
	if err != nil {
		return err
	}
	return write(w)
}

// mangle makes a name fit for a path as the services do.
func (l Layout) mangle(name string) string {
	const forbidden = `/\:*?"<>|`
	if l != Legacy {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(forbidden, r) {
				return '_'
			}
			return r
		}, name)
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(forbidden, r) {
			return -1
		}
		return r
	}, name)
	const longest = 90
	units := utf16.Encode([]rune(name))
	return strings.TrimSpace(string(utf16.Decode(units[:min(len(units), longest)])))
}
