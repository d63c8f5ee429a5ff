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

	"github.com/pubmortem/pubmortem/analyzer/internal/render"
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

func stepFlags(fs *pflag.FlagSet, o *options) {
	fs.StringArrayVar(&o.places, "report-to", nil, "`PLACE` also report to the run's issue, pull-request or check; may be repeated")
	fs.BoolVar(&o.actions, "actions", false, "be a step of GitHub Actions: set outputs, report to summary and annotations, fail only for --fail-on")
	fs.StringVar(&o.failOn, "fail-on", failOns[0], "`WHAT` with --actions: never, unexplained, failed or without-provenance, each with those before it")
}

// checkActions refuses values of the flags for GitHub Actions that make no sense.
func (e *env) checkActions() error {
	if !e.actions && e.failOn != failOns[0] {
		return wrongCall("--fail-on goes with --actions", "elsewhere the exit code tells what was found")
	}
	if e.actions && e.Env("GITHUB_ACTIONS") != "true" {
		return wrongCall("--actions is for a step of GitHub Actions", "leave it away: the report goes to standard output")
	}
	if !slices.Contains(failOns, e.failOn) {
		return wrongCall(suggest(fmt.Sprintf("--fail-on is %s, not %q", or(failOns), e.failOn), e.failOn, failOns), "")
	}
	return nil
}

// runInActions diagnoses as a step of GitHub Actions does: the report goes to
// the step's log and summary, its gist to the step's outputs and annotations.
// The exit code is 0 unless --fail-on asks for another one.
func (e *env) runInActions(ctx context.Context, arg string) (int, error) {
	r, err := e.diagnose(ctx, arg)
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
// certain verdicts fails without one, too.
func (e *env) failInActions(err error) (int, error) {
	code := e.fail(err)
	_, msgs, hint := explainError(err)
	if hint != "" {
		msgs = append(msgs, hint)
	}
	text := clean(strings.Join(msgs, "; "))
	if e.reportsTo("annotations") {
		if err := e.print("::warning title=nothing was explained::" + commandData.Replace(text) + "\n"); err != nil {
			return exitUsage, err
		}
	}
	if name := e.Env("GITHUB_STEP_SUMMARY"); name != "" && e.reportsTo("summary") {
		if err := appendTo(name, failureSummary(text)); err != nil {
			return exitUsage, err
		}
	}
	if e.failOn == failOns[0] {
		code = exitOK
	}
	return code, nil
}

// failureSummary quotes a message in a fence, which it cannot close.
func failureSummary(text string) string {
	return "## Nothing was explained\n\n```text\n" + strings.NewReplacer("`", "'", "\n", " ").Replace(text) + "\n```\n"
}

// failsOn tells whether the step is to fail for a report.
func failsOn(failOn string, r *report.Report) bool {
	level := 0
	switch {
	case verdictCode(r.Verdict) == exitUnexplained:
		level = 1
	case slices.ContainsFunc(r.Incidents, func(in report.Incident) bool { return in.Outcome == report.Failed }):
		level = 2
	case r.Verdict == report.PublishedWithoutProvenance:
		level = 3
	}
	return level > 0 && level <= slices.Index(failOns, failOn)
}

// commandData escapes the message of a workflow command (actions/runner
// src/Runner.Common/ActionCommand.cs).
var commandData = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

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
	o.MaxBytes = render.SummaryBytes
	if info, err := os.Stat(name); err == nil {
		o.MaxBytes -= int(info.Size())
	}
	var b bytes.Buffer
	if err := render.Markdown(&b, r, o); err != nil {
		return err
	}
	if b.Len() > o.MaxBytes {
		e.say("the step's summary is full, so the report is not in it")
		return nil
	}
	return appendTo(name, b.String())
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
