package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/github"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// failOns are the values of --fail-on. Each one fails for what those before it
// fail for, too.
var failOns = []string{"never", "unexplained", "failed", "without-provenance"}

// step are the flags for steps of GitHub Actions and for notes on GitHub.
type step struct {
	actions bool
	failOn  string
	places  []string
	// unposted tells that a note could not be written.
	unposted bool
}

func (e *env) stepFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&e.places, "report-to", nil, "also report to `PLACE`: the run's issue, pull-request or check; may be repeated")
	fs.BoolVar(&e.actions, "actions", false, "be a step of GitHub Actions: set outputs, report to summary and annotations, fail only for --fail-on")
	fs.StringVar(&e.failOn, "fail-on", failOns[0], "with --actions, fail for `WHAT`: never, unexplained, failed or without-provenance, each with those before it")
}

// checkActions refuses values of the flags for GitHub Actions that make no sense.
func (e *env) checkActions() error {
	if !e.actions && e.failOn != failOns[0] {
		return wrongCall("--fail-on goes with --actions", "elsewhere the exit code tells what was found")
	}
	if e.actions && e.Env("GITHUB_ACTIONS") != "true" {
		return wrongCall("--actions is for a step of GitHub Actions", "leave it out: the report goes to standard output")
	}
	if !slices.Contains(failOns, e.failOn) {
		return wrongCall(words.DidYouMean(fmt.Sprintf("--fail-on is %s, not %q", words.Or(failOns), e.failOn), e.failOn, failOns), "")
	}
	return nil
}

// runInActions diagnoses as a step of GitHub Actions does: the report goes to
// the step's log and summary, its gist to the step's outputs and annotations.
// The exit code is 0 unless --fail-on asks for another one.
func (e *env) runInActions(ctx context.Context, read func(context.Context) (*report.Report, error)) (int, error) {
	r, err := read(ctx)
	switch {
	case ctx.Err() != nil:
		return exitInterrupted, err
	case err != nil:
		return e.failInActions(err)
	}
	e.report(ctx, r)
	err = errors.Join(e.logReport(r), e.annotate(r), e.summarize(r), e.setOutputs(r))
	if err != nil {
		return exitUsage, err
	}
	if failsOn(e.failOn, r) {
		return exitUnexplained, nil
	}
	return exitOK, nil
}

// failInActions is for logs that could not be had. A step that is to fail for
// certain verdicts fails without one, too, and so does one with a wrong input.
func (e *env) failInActions(err error) (int, error) {
	code := e.fail(err)
	_, msgs, hint := explainError(err)
	if hint != "" {
		msgs = append(msgs, hint)
	}
	text := clean(strings.Join(msgs, "; "))
	if e.reportsTo("annotations") {
		if err := e.print("::warning title=nothing was explained::" + render.EscapeData(text) + "\n"); err != nil {
			return exitUsage, err
		}
	}
	if name := e.Env("GITHUB_STEP_SUMMARY"); name != "" && e.reportsTo("summary") {
		if err := e.toSummary(name, failureSummary(text), summaryRoom(name)); err != nil {
			return exitUsage, err
		}
	}
	if e.failOn == failOns[0] && code != exitUsage {
		code = exitOK
	}
	return code, nil
}

// failureSummary quotes a message in a fence, which it cannot close.
func failureSummary(text string) string {
	const most = 4000
	text = inert.Cut(text, most)
	return "## Nothing was explained\n\n```text\n" + strings.NewReplacer("`", "'", "\n", " ").Replace(text) + "\n```\n"
}

// failsOn tells whether the step is to fail for a report.
func failsOn(failOn string, r *report.Report) bool {
	level := 0
	switch {
	case reportCode(r) != exitOK:
		level = 1
	case slices.ContainsFunc(r.Incidents, func(in report.Incident) bool { return in.Outcome == report.Failed || in.Outcome == report.Foreseen }):
		level = 2
	case r.Verdict == report.PublishedWithoutProvenance || r.Verdict == report.WouldPublishWithoutProvenance:
		level = 3
	}
	return level > 0 && level <= slices.Index(failOns, failOn)
}

// logReport prints the text report to the step's log, where the runner takes
// nothing in it for a command of its own.
func (e *env) logReport(r *report.Report) error {
	token := rand.Text()
	var b bytes.Buffer
	if err := render.Terminal(&b, r, e.renderOptions()); err != nil {
		return err
	}
	return e.print("::stop-commands::" + token + "\n" + b.String() + "\n::" + token + "::\n")
}

// annotate prints the annotations, which are commands for the runner.
func (e *env) annotate(r *report.Report) error {
	if !e.reportsTo("annotations") {
		return nil
	}
	if err := render.Annotations(e.Out, r, e.fileOptions()); err != nil {
		return &outputError{"standard output", err}
	}
	return nil
}

// summarize appends the report to the step's summary. What does not fit any
// more is left out, since the runner throws away a summary that is too long.
func (e *env) summarize(r *report.Report) error {
	name := e.Env("GITHUB_STEP_SUMMARY")
	if name == "" || !e.reportsTo("summary") {
		return nil
	}
	o := e.fileOptions()
	o.MaxBytes = summaryRoom(name)
	var b bytes.Buffer
	if err := render.Markdown(&b, r, o); err != nil {
		return err
	}
	return e.toSummary(name, b.String(), o.MaxBytes)
}

// summaryRoom is how many bytes more fit into the step's summary.
func summaryRoom(name string) int {
	info, err := os.Stat(name)
	if err != nil {
		return render.SummaryBytes
	}
	return render.SummaryBytes - int(info.Size())
}

func (e *env) toSummary(name, text string, room int) error {
	if len(text) > room {
		e.say("the step's summary is full, so this is not in it")
		return nil
	}
	return appendTo(name, text)
}

// setOutputs sets the step's outputs: verdict, cause, confidence, and report,
// the path of the report as JSON.
func (e *env) setOutputs(r *report.Report) error {
	name := e.Env("GITHUB_OUTPUT")
	if name == "" {
		return nil
	}
	path, err := e.saveReport(r)
	if err != nil {
		return &outputError{"a file in RUNNER_TEMP", err}
	}
	outputs := [][2]string{{"verdict", string(r.Verdict)}, {"cause", ""}, {"confidence", ""}, {"report", path}}
	if len(r.Incidents) > 0 && len(r.Incidents[0].Diagnoses) > 0 {
		d := r.Incidents[0].Diagnoses[0]
		outputs[1][1], outputs[2][1] = d.Cause, string(d.Confidence)
	}
	var text strings.Builder
	for _, o := range outputs {
		text.WriteString(stepOutput(o[0], o[1]))
	}
	return appendTo(name, text.String())
}

// stepOutput is the form in which the runner reads an output. Nothing that a
// log says can guess the delimiter and so end the value.
func stepOutput(name, value string) string {
	delimiter := "end-" + rand.Text()
	return name + "<<" + delimiter + "\n" + value + "\n" + delimiter + "\n"
}

// saveReport writes the report as JSON to a new file of the job's.
func (e *env) saveReport(r *report.Report) (name string, err error) {
	f, err := os.CreateTemp(e.Env("RUNNER_TEMP"), program+"-report-*.json")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Name(), render.JSON(f, r, e.fileOptions())
}

// appendTo adds text to one of the files that the runner reads after a step.
func appendTo(name, text string) (err error) {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return &outputError{name, err}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := io.WriteString(f, text); err != nil {
		return &outputError{name, err}
	}
	return nil
}

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
				msgs = append(msgs, words.DidYouMean(fmt.Sprintf("--report-to is %s, not %q", words.Or(known), name), name, known))
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
// published, or that is read in part only, says nothing about the notes there.
func (e *env) post(ctx context.Context, r *report.Report, place string) (github.Outcome, string, error) {
	if r.Verdict == report.NoPublish || r.Verdict == report.Healthy && r.Source.Damaged {
		return github.Kept, "", nil
	}
	run, err := e.postedRun(r)
	if err != nil {
		return "", "", err
	}
	if place == "issue" && isOthers(run) || r.Verdict == report.Healthy && !e.maySettle(ctx, place, r, run) {
		return github.Kept, "", nil
	}
	c, err := e.notes(ctx, run)
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
	run := &report.Run{Host: e.host(), Repository: e.Env("GITHUB_REPOSITORY"), SHA: e.Env("GITHUB_SHA"), Event: e.Env("GITHUB_EVENT_NAME")}
	if e.trusted() {
		run.HeadRepo = run.Repository // none of these events runs what a fork proposes
	}
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

func (e *env) notes(ctx context.Context, run *report.Run) (*github.Notes, error) {
	c, err := github.NewClient(run.Host, e.clientOptions(ctx, run.Host))
	if err != nil {
		return nil, err
	}
	owner, name, _ := strings.Cut(run.Repository, "/")
	return c.Notes(owner, name)
}

// note words the report for GitHub's pages.
func (e *env) note(r *report.Report, run *report.Run) (github.Note, error) {
	var body bytes.Buffer
	if err := render.Markdown(&body, r, render.Options{MaxBytes: render.CommentBytes}); err != nil {
		return github.Note{}, err
	}
	link := fmt.Sprintf("https://%s/%s/actions/runs/%d", run.Host, run.Repository, run.ID)
	return github.Note{
		Marker: document.MarkerComment(run.Workflow),
		Title:  noteTitle(r, run.Workflow),
		Body:   body.String(),
		Well:   r.Verdict == report.Healthy,
		Run:    github.RunOf{ID: run.ID, Attempt: max(run.Attempt, 1), URL: link, SHA: run.SHA},
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
	case report.WouldPublish, report.WouldPublishWithoutProvenance, report.WouldFail:
		what = "publish rehearsed"
	}
	const most = 200
	return inert.Cut(clean(what+" in "+workflow), most)
}

// maxAnnotationTitle is how long GitHub lets the title of an annotation be.
const maxAnnotationTitle = 255

// checkAnnotations are the incidents at the places of their fixes, or at the
// top of the workflow file.
func checkAnnotations(r *report.Report, workflow string) []github.Annotation {
	var all []github.Annotation
	for _, in := range r.Incidents {
		if len(in.Diagnoses) == 0 {
			continue
		}
		d := in.Diagnoses[0]
		a := github.Annotation{Path: workflow, Line: 1, Level: "failure", Title: inert.Cut(clean(d.Title), maxAnnotationTitle), Message: clean(d.FirstCheck + "\n" + d.Fix.Text)}
		if d.Fix.File != "" {
			a.Path, a.Line = d.Fix.File, max(d.Fix.Line, 1)
		}
		switch in.Outcome {
		case report.WithoutProvenance, report.ForeseenWithoutProvenance:
			a.Level = "warning"
		case report.Recovered:
			a.Level = "notice"
		}
		all = append(all, a)
	}
	return all
}

// clean is text without secrets or anything that has an effect on a terminal or
// on GitHub's runner.
func clean(s string) string { return inert.Quote(s) }
