package fakegithub

import (
	"fmt"
	"io"
	"strings"
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
	Owner, Repo string // acme/widget
	ID          int64
	Attempt     int
	Name        string
	Event       string // push
	Path        string // .github/workflows/release.yml
	Branch      string // main
	SHA         string
	Status      string // completed
	Conclusion  string // failure, once it is completed
	// HeadRepo is the head repository, "owner/repo"; "-" is null, as for a
	// fork that was deleted.
	HeadRepo string
	Private  bool
	// PullRequests are the numbers of the pull requests that the run belongs to.
	PullRequests []int
	// Referenced are called workflows: OWNER/REPO/.github/workflows/X.yml@REF.
	Referenced []string
	Jobs       []*Job
	Layout     Layout
	// Gone lets all logs answer 410.
	Gone bool
}

// Job is one job of a run.
type Job struct {
	ID         int64
	Name       string
	Status     string // completed
	Conclusion string // failure if a step failed, else success
	Attempt    int    // the run's
	Labels     []string
	// Group is the runner group's id; 0 is GitHub's own.
	Group      int64
	GroupName  string
	RunnerName string
	Steps      []Step
	// NotInArchive leaves the job out of the run's archive.
	NotInArchive bool
	// EmptyInArchive leaves only the service's system.txt of it there.
	EmptyInArchive bool
	// Write, when set, writes the job's own log instead of the steps.
	Write func(io.Writer)
}

// Step is one step of a job. Its number is its place, counted from 1.
type Step struct {
	Name       string
	Conclusion string // success
	// Log are its lines without time stamps.
	Log string
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
	outcome := "success"
	for k := range j.Steps {
		set(&j.Steps[k].Conclusion, "success")
		if j.Steps[k].Conclusion == "failure" {
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

func (r *Run) json() map[string]any {
	own := r.Owner + "/" + r.Repo
	run := map[string]any{
		"id": r.ID, "name": r.Name, "event": r.Event, "path": r.Path,
		"head_branch": r.Branch, "head_sha": r.SHA,
		"status": r.Status, "conclusion": nullable(r.Conclusion),
		"run_attempt": r.Attempt, "run_number": 7, "workflow_id": 55,
		"html_url":       fmt.Sprintf("%s/%s/actions/runs/%d", htmlURL, own, r.ID),
		"run_started_at": "2026-06-18T03:19:00Z", "updated_at": "2026-06-18T03:21:00Z",
		"actor":           map[string]any{"login": "octo"},
		"pull_requests":   r.pullRequests(),
		"repository":      repository(own, r.Private),
		"head_repository": nil,
	}
	if r.HeadRepo != "-" {
		run["head_repository"] = repository(r.HeadRepo, r.Private)
	}
	referenced := []any{}
	for _, path := range r.Referenced {
		_, ref, _ := strings.Cut(path, "@")
		referenced = append(referenced, map[string]any{"path": path, "sha": r.SHA, "ref": ref})
	}
	run["referenced_workflows"] = referenced
	return run
}

func (r *Run) pullRequests() []any {
	all := []any{}
	for _, number := range r.PullRequests {
		all = append(all, map[string]any{
			"number": number, "head": map[string]any{"sha": r.SHA},
			"base": map[string]any{"repo": repository(r.Owner+"/"+r.Repo, r.Private)},
		})
	}
	return all
}

// repository numbers repositories by their names.
func repository(fullName string, private bool) map[string]any {
	id := int64(1)
	for _, b := range []byte(fullName) {
		id = id*31 + int64(b)&0xff
		id %= 1 << 40
	}
	owner, name, _ := strings.Cut(fullName, "/")
	return map[string]any{
		"id": id, "name": name, "full_name": fullName, "private": private,
		"owner": map[string]any{"login": owner},
	}
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (j *Job) json(r *Run) map[string]any {
	steps := []any{}
	for i, s := range j.Steps {
		steps = append(steps, map[string]any{
			"name": s.Name, "status": "completed", "conclusion": s.Conclusion, "number": i + 1,
			"started_at": "2026-06-18T03:19:20Z", "completed_at": "2026-06-18T03:19:23Z",
		})
	}
	job := map[string]any{
		"id": j.ID, "run_id": r.ID, "run_attempt": j.Attempt, "name": j.Name,
		"status": j.Status, "conclusion": nullable(j.Conclusion), "labels": j.Labels,
		"head_sha": r.SHA, "workflow_name": r.Name, "steps": steps,
		"html_url":   fmt.Sprintf("%s/%s/%s/actions/runs/%d/job/%d", htmlURL, r.Owner, r.Repo, r.ID, j.ID),
		"started_at": "2026-06-18T03:19:10Z", "completed_at": nil,
		"runner_id": nil, "runner_name": nil, "runner_group_id": nil, "runner_group_name": nil,
	}
	if j.Status == "completed" {
		job["completed_at"] = "2026-06-18T03:20:10Z"
	}
	if j.Status == "completed" || j.Status == "in_progress" {
		job["runner_id"], job["runner_name"] = 9, j.RunnerName
		job["runner_group_id"], job["runner_group_name"] = j.Group, j.GroupName
	}
	return job
}
