package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/post"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// The values of --report-to: places of the step, and places on GitHub.
var (
	stepPlaces = []string{"summary", "annotations"}
	notePlaces = []string{"issue", "pull-request", "check"}
)

// checkPlaces splits the values of --report-to at commas and refuses unknown
// ones.
func (e *env) checkPlaces() error {
	var all, msgs []string
	known := slices.Concat(stepPlaces, notePlaces)
	for _, value := range e.places {
		for name := range strings.SplitSeq(value, ",") {
			name = strings.TrimSpace(name)
			switch {
			case name == "":
			case !slices.Contains(known, name):
				msgs = append(msgs, suggest(fmt.Sprintf("--report-to is %s, not %q", or(known), name), name, known))
			case slices.Contains(stepPlaces, name) && !e.actions:
				msgs = append(msgs, fmt.Sprintf("--report-to %s is for a step of GitHub Actions and goes with --actions", name))
			case !slices.Contains(all, name):
				all = append(all, name)
			}
		}
	}
	e.places = all
	if msgs != nil {
		return &callError{msgs: msgs}
	}
	return nil
}

// reportsTo tells whether the report is to go to a place. The step's summary is
// also where it goes when it could not be posted.
func (e *env) reportsTo(place string) bool {
	return slices.Contains(e.places, place) || place == "summary" && e.unposted
}

// report posts the report where --report-to says. What fails is said and noted
// in the report, and changes nothing else.
func (e *env) report(ctx context.Context, r *report.Report) {
	for _, place := range e.places {
		if !slices.Contains(notePlaces, place) {
			continue
		}
		out, link, err := e.post(ctx, r, place)
		switch {
		case err != nil:
			text := fmt.Sprintf("not reported to %s: %v", placeText[place], err)
			e.unposted = true
			e.say(text)
			r.Notes = append(r.Notes, text)
		case link != "" && !e.quiet:
			e.say(fmt.Sprintf("%s %s: %s", placeText[place], out, link))
		}
	}
}

var placeText = map[string]string{"issue": "the issue", "pull-request": "the pull request", "check": "the check run"}

// post writes the note to one place on GitHub. A log in which nothing was
// published says nothing about the notes there.
func (e *env) post(ctx context.Context, r *report.Report, place string) (post.Outcome, string, error) {
	if r.Verdict == report.NoPublish {
		return post.Kept, "", nil
	}
	run, err := e.postedRun(r)
	if err != nil {
		return "", "", err
	}
	c, err := e.postClient(ctx, run)
	if err != nil {
		return "", "", err
	}
	n, err := e.note(r, run)
	if err != nil {
		return "", "", err
	}
	switch place {
	case "issue":
		return c.Issue(ctx, n)
	case "pull-request":
		return c.PullRequest(ctx, n)
	}
	return c.Check(ctx, n, checkAnnotations(r, run.Workflow))
}

// postedRun is the run that the report is about: the one that was read or, for
// a saved log, the one that this step belongs to.
func (e *env) postedRun(r *report.Report) (*report.Run, error) {
	switch {
	case r.Run != nil && r.Run.ID > 0 && r.Run.Workflow != "":
		return r.Run, nil
	case r.Run != nil && r.Run.ID > 0:
		return nil, errors.New("GitHub does not say which workflow file the run is of")
	case !e.actions:
		return nil, errors.New("a saved log does not say which run it is of")
	}
	run := &report.Run{Host: e.host(), Repository: e.Env("GITHUB_REPOSITORY"), SHA: e.Env("GITHUB_SHA")}
	_, err := fmt.Sscan(e.Env("GITHUB_RUN_ID")+" "+e.Env("GITHUB_RUN_ATTEMPT"), &run.ID, &run.Attempt)
	// OWNER/REPO/.github/workflows/FILE@REF
	path, _, _ := strings.Cut(e.Env("GITHUB_WORKFLOW_REF"), "@")
	run.Workflow, _ = strings.CutPrefix(path, run.Repository+"/")
	run.URL = fmt.Sprintf("https://%s/%s/actions/runs/%d", run.Host, run.Repository, run.ID)
	if err != nil || run.Repository == "" || run.Workflow == "" {
		return nil, errors.New("the runner does not say which run this is")
	}
	return run, nil
}

func (e *env) postClient(ctx context.Context, run *report.Run) (*post.Client, error) {
	token, err := e.token(ctx)(run.Host)
	if err != nil {
		return nil, err
	}
	owner, repo, _ := strings.Cut(run.Repository, "/")
	return post.New(post.Options{
		Host: run.Host, Owner: owner, Repo: repo, BaseURL: e.apiURL(run.Host),
		Token: strings.TrimSpace(token), UserAgent: program + "/" + currentBuild().version,
	})
}

// note words the report for GitHub's pages.
func (e *env) note(r *report.Report, run *report.Run) (post.Note, error) {
	var body bytes.Buffer
	if err := render.Markdown(&body, r, render.Options{MaxBytes: render.CommentBytes}); err != nil {
		return post.Note{}, err
	}
	link := run.URL
	if u, err := url.Parse(link); err != nil || u.Host != run.Host {
		link = fmt.Sprintf("https://%s/%s/actions/runs/%d", run.Host, run.Repository, run.ID)
	}
	return post.Note{
		Marker: document.MarkerComment(run.Workflow),
		Title:  noteTitle(r, run.Workflow),
		Body:   body.String(),
		Well:   r.Verdict == report.Healthy,
		Run:    post.Run{ID: run.ID, Attempt: max(run.Attempt, 1), URL: link, SHA: run.SHA},
	}, nil
}

// noteTitle is the same for all failures of a workflow, as its issue is.
func noteTitle(r *report.Report, workflow string) string {
	what := "publish failed"
	switch r.Verdict {
	case report.Healthy:
		what = "published well"
	case report.PublishedWithoutProvenance:
		what = "published without provenance"
	}
	const most = 200
	return inert.Cut(clean(what+" in "+workflow), most)
}

// maxAnnotationTitle is how long GitHub lets the title of an annotation be.
const maxAnnotationTitle = 255

// checkAnnotations are the incidents at the places of their fixes, or at the
// top of the workflow file.
func checkAnnotations(r *report.Report, workflow string) []post.Annotation {
	var all []post.Annotation
	for _, in := range r.Incidents {
		if len(in.Diagnoses) == 0 {
			continue
		}
		d := in.Diagnoses[0]
		a := post.Annotation{Path: workflow, Line: 1, Level: "failure", Title: inert.Cut(clean(d.Title), maxAnnotationTitle), Message: clean(d.FirstCheck + "\n" + d.Fix.Text)}
		if d.Fix.File != "" {
			a.Path, a.Line = d.Fix.File, max(d.Fix.Line, 1)
		}
		switch in.Outcome {
		case report.WithoutProvenance:
			a.Level = "warning"
		case report.Recovered:
			a.Level = "notice"
		}
		all = append(all, a)
	}
	return all
}

// clean is text without anything that has an effect on a terminal or on
// GitHub's runner.
func clean(s string) string { return inert.Text(s) }
