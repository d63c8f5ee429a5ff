package analyzer_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// moreLogs are the logs of any folder: PUBMORTEM_EXTRA_LOGS takes the invariants
// to logs that are not part of the project.
func moreLogs(t *testing.T) []string {
	t.Helper()
	root := os.Getenv("PUBMORTEM_EXTRA_LOGS")
	if root == "" {
		return nil
	}
	var logs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".log", ".txt"}, filepath.Ext(path)) {
			logs = append(logs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return logs
}

func readLog(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// everyReport calls do with the report of each job log and of each row's log.
func everyReport(t *testing.T, do func(name, text string, given []string, r *report.Report)) {
	t.Helper()
	a := analyzer.New(patterns.Builtin())
	for _, path := range append(jobLogs(t), moreLogs(t)...) {
		text, given := readLog(t, path), givenFacts(t, path)
		do(path, text, given, analyze(t, a, "x", text, given))
	}
	for id, fx := range rowFixtures(t) {
		do("row "+id, fx.log, fx.facts, analyze(t, a, "x", fx.log, fx.facts))
	}
}

// valuesOf lists a report's values of a fact.
func valuesOf(r *report.Report, id string) []string {
	var values []string
	for _, f := range r.Facts {
		if f.ID == id {
			values = append(values, f.Value)
		}
	}
	return values
}

// TestAnswersKeepTheirPromise gives each answer that a question offers as a
// fact, and expects the cause that the question names for it.
func TestAnswersKeepTheirPromise(t *testing.T) {
	t.Parallel()
	a := analyzer.New(patterns.Builtin())
	everyReport(t, func(name, text string, given []string, r *report.Report) {
		if len(r.Incidents) != 1 || r.Incidents[0].Question == nil {
			return
		}
		q := r.Incidents[0].Question
		for _, answer := range q.Answers {
			after := analyze(t, a, "x", text, append(slices.Clone(given), q.Fact+"="+answer.Value))
			if len(after.Incidents) == 0 {
				t.Errorf("%s: %s=%s: nothing failed", name, q.Fact, answer.Value)
			} else if got := after.Incidents[0].Diagnoses[0].Cause; got != answer.Cause {
				t.Errorf("%s: %s=%s leads to %s, promised %s", name, q.Fact, answer.Value, got, answer.Cause)
			}
		}
	})
}

// known are the facts that fill a gap in advice, gaps the causes whose gaps stand
// for something else: the host that did not answer, the package that was published
// last, the repository that the fork came from.
var (
	known = map[string]string{
		"<package>": "package.name", "<version>": "package.version", "<host>": "registry.host",
		"<owner>/<repo>": "run.repository", "<workflow>.yml": "run.workflow-file",
	}
	gaps = []string{"runner-network-blocked", "rate-limited", "fork-or-wrong-trigger"}
)

// denied are the facts that rule a cause out, which nothing may say any more.
var denied = []struct{ cause, fact, value string }{
	{"id-token-permission-missing", "id-token", "granted"},
	{"npm-too-old", "publish.client", "own"},
	{"package-not-created-yet", "package.exists", "true"},
	{"self-hosted-runner", "runner.kind", "github-hosted"},
	{"reusable-workflow-permission", "run.called-workflow", "none"},
	{"private-source-repository", "source.visibility", "public"},
	{"trusted-publisher-mismatch", "registry.public", "false"},
	{"trusted-publisher-not-configured", "registry.public", "false"},
	{"package-not-created-yet", "registry.public", "false"},
}

// theTools are words of tools, by the tool whose they are.
var theTools = map[string]*regexp.Regexp{
	"npm":              regexp.MustCompile(`(?:^|[^n] |[^ \w])npm (?:publish|ci)\b`),
	"pnpm":             regexp.MustCompile(`(?i)pnpm_config_provenance|\bpnpm (?:-r )?publish\b`),
	"yarn":             regexp.MustCompile(`npmPublishProvenance|\byarn npm\b`),
	"lerna":            regexp.MustCompile(`\blerna publish\b`),
	"changesets":       regexp.MustCompile(`\bchangeset publish\b`),
	"semantic-release": regexp.MustCompile(`\bnpx semantic-release\b`),
	"bun":              regexp.MustCompile(`\bbun publish\b`),
}

// TestNothingAgainstTheFacts holds what a report says against its own facts.
func TestNothingAgainstTheFacts(t *testing.T) {
	t.Parallel()
	everyReport(t, func(name, text string, _ []string, r *report.Report) {
		if len(r.Incidents) != 1 {
			return
		}
		in := r.Incidents[0]
		only := func(id, value string) bool {
			got := valuesOf(r, id)
			return len(got) == 1 && got[0] == value
		}
		for i, d := range in.Diagnoses {
			said := d.FirstCheck + "\n" + d.Fix.Text + "\n" + d.Fix.Snippet
			wrong := func(format string, args ...any) {
				t.Errorf("%s: diagnosis %d (%s by %s): %s", name, i+1, d.Cause, d.Row, fmt.Sprintf(format, args...))
			}
			if only("registry.public", "false") && !only("registry.host", "registry.npmjs.org") && d.Cause != "registry-url-missing-or-wrong" {
				if m := regexp.MustCompile(`\S*npmjs\.(?:com|org)`).FindString(said); m != "" && !strings.Contains(m, "status.") && !only("registry.host", "registry.yarnpkg.com") {
					wrong("speaks of %s, and the registry is %v: %s", m, valuesOf(r, "registry.host"), said)
				}
			}
			for _, no := range denied {
				if d.Cause == no.cause && len(in.Diagnoses) > 1 && only(no.fact, no.value) {
					wrong("%s is %s", no.fact, no.value)
				}
			}
			for gap, fact := range known {
				if strings.Contains(said, gap) && in.Package != nil && !slices.Contains(gaps, d.Cause) && len(valuesOf(r, fact)) == 1 && plainValue.MatchString(valuesOf(r, fact)[0]) {
					wrong("%s stands for what is known: %s", gap, said)
				}
			}
			for tool, words := range theTools {
				if m := words.FindString(said); i == 0 && m != "" && len(valuesOf(r, "publish.tool")) == 1 && !strings.Contains(text, m) && foreignTo(valuesOf(r, "publish.tool")[0], tool, d.Cause) {
					wrong("%q is %s's, and the tool is %s: %s", m, tool, valuesOf(r, "publish.tool")[0], said)
				}
			}
		}
	})
}

var plainValue = regexp.MustCompile(`^[@\w./:-]+$`)

// byHand are the causes whose advice is to publish once by hand or to change over
// to npm, which npm does whatever publishes otherwise.
var byHand = []string{"package-not-created-yet", "unsupported-ci-provider", "wrapper-does-not-support-oidc", "wrapper-hides-reason"}

// foreignTo tells whether advice for a cause, in the words of other, is of no use
// to those who publish with tool.
func foreignTo(tool, other, cause string) bool {
	return tool != other && !(other == "npm" && slices.Contains(byHand, cause))
}

// TestOtherNamesDecideNothing gives the package another name, with and without
// a scope as it was.
func TestOtherNamesDecideNothing(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	everyReport(t, func(name, text string, given []string, r *report.Report) {
		changed := text
		for i, old := range valuesOf(r, "package.name") {
			scope, bare, scoped := strings.Cut(old, "/")
			if !scoped {
				scope, bare = "", old
			}
			if len(bare) < 4 || strings.Count(text, bare) > 200 {
				return
			}
			other := fmt.Sprintf("zq%dvx", i)
			if scoped {
				changed = strings.ReplaceAll(strings.ReplaceAll(changed, scope+"/"+bare, scope+"/"+other), scope+"%2f"+bare, scope+"%2f"+other)
				continue
			}
			changed = regexp.MustCompile(`(^|[\s"'/(])`+regexp.QuoteMeta(bare)+`([\s"'@:/),.]|$)`).ReplaceAllString(changed, "${1}"+other+"${2}")
		}
		if changed == text {
			return
		}
		if got, want := decided(analyze(t, a, "x", changed, given)), decided(r); got != want {
			t.Errorf("%s: under another name:\n%swant\n%s", name, got, want)
		}
	})
}

// TestVerboseIsNotAskedTwice expects no advice for a verbose run in one.
func TestVerboseIsNotAskedTwice(t *testing.T) {
	t.Parallel()
	everyReport(t, func(name, text string, _ []string, r *report.Report) {
		if !regexp.MustCompile(`npm verb(?:ose)? (?:cli|title|argv) `).MatchString(text) {
			return
		}
		for _, note := range r.Notes {
			if strings.Contains(note, "NPM_CONFIG_LOGLEVEL: verbose") {
				t.Errorf("%s: %s", name, note)
			}
		}
		for _, in := range r.Incidents {
			if q := in.Question; q != nil && strings.Contains(q.How, "LOGLEVEL") {
				t.Errorf("%s: %s", name, q.How)
			}
		}
	})
}

// TestOtherStepsDecideNothing puts harmless steps before and after what each job
// log holds, shifts its time, and joins it with a job that published well.
func TestOtherStepsDecideNothing(t *testing.T) {
	t.Parallel()
	a := analyzer.New(patterns.Builtin())
	const stamp = "2026-09-01T10:00:00.0000000Z "
	step := func(script string, output ...string) string {
		lines := []string{"##[group]Run " + script, "\x1b[36;1m" + script + "\x1b[0m", "shell: /usr/bin/bash -e {0}", "##[endgroup]"}
		return stamp + strings.Join(append(lines, output...), "\n"+stamp) + "\n"
	}
	const first = "##[group]Run "
	for _, path := range append(jobLogs(t), moreLogs(t)...) {
		text := readLog(t, path)
		want := decided(analyze(t, a, "x", text, givenFacts(t, path)))
		at := strings.Index(text, first)
		if at = strings.LastIndexByte(text[:max(at, 0)], '\n') + 1; at == 0 {
			continue
		}
		forms := map[string]string{
			"a step before": text[:at] + step("make build", "cc -o widget widget.c", "warning: 3 errors were fixed") + text[at:],
			"a step after":  text + step("echo done", "done"),
			"another year":  regexp.MustCompile(`(?m)^20\d\d-\d\d`).ReplaceAllString(text, "2027-03"),
		}
		for form, changed := range forms {
			if got := decided(analyze(t, a, "x", changed, givenFacts(t, path))); got != want {
				t.Errorf("%s with %s:\n%swant\n%s", filepath.Base(path), form, got, want)
			}
		}
	}
}

// decided is what a report decides, without places.
func decided(r *report.Report) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Verdict)
	for _, in := range r.Incidents {
		fmt.Fprintln(&b, in.Outcome, in.Symptoms, in.Diagnoses[0].Cause, in.Diagnoses[0].Confidence, in.Diagnoses[0].Row)
	}
	return b.String()
}

// column puts a log into the form that gh prints: job, step and line.
func column(job, log string) string {
	return eachLine(strings.TrimPrefix(log, "\ufeff"), func(_ int, line string) string { return job + "\tUNKNOWN STEP\t" + line })
}

// lineOfPlace is the number of a line in the place of a fact.
var lineOfPlace = regexp.MustCompile(`:\d+\)`)

// ofJob is what a report says of one job.
func ofJob(r *report.Report, job string) string {
	var b strings.Builder
	for _, in := range r.Incidents {
		if in.Job != job && !slices.Contains(in.Jobs, job) {
			continue
		}
		fmt.Fprintln(&b, in.Outcome, in.Symptoms)
		if len(in.Packages) < 2 {
			fmt.Fprintln(&b, in.Package)
		}
		for _, d := range in.Diagnoses {
			fmt.Fprintln(&b, "  ", d.Cause, d.Confidence, d.Row, lineOfPlace.ReplaceAllString(fmt.Sprint(d.Because), ")"))
		}
		if in.Question != nil {
			fmt.Fprintln(&b, "  ", in.Question.Fact, in.Question.Answers)
		}
	}
	for _, p := range r.Published {
		if p.Job == job {
			fmt.Fprintln(&b, "published", p.Name, p.Version, p.Provenance)
		}
	}
	return b.String()
}

// TestJobsStandAlone joins each job log with others as two jobs of one run:
// what is said of a job alone must be said of it beside another.
func TestJobsStandAlone(t *testing.T) {
	a := analyzer.New(patterns.Builtin())
	var logs []struct{ path, text string }
	for _, path := range append(jobLogs(t), moreLogs(t)...) {
		text := readLog(t, path)
		if runnerStamps.MatchString(text) && len(givenFacts(t, path)) == 0 {
			logs = append(logs, struct{ path, text string }{path, text})
		}
	}
	for i, first := range logs {
		second := logs[(i+len(logs)/3+1)%len(logs)]
		both := analyze(t, a, "x", column("first", first.text)+column("second", second.text), nil)
		one, two := analyze(t, a, "x", column("first", first.text), nil), analyze(t, a, "x", column("second", second.text), nil)
		if !slices.Equal(valuesOf(one, "source.visibility"), valuesOf(two, "source.visibility")) {
			continue // the jobs of one run have one repository
		}
		for job, alone := range map[string]*report.Report{"first": one, "second": two} {
			if got, want := ofJob(both, job), ofJob(alone, job); got != want {
				t.Errorf("job %s of %s and %s:\n%swant\n%s", job, first.path, second.path, got, want)
			}
		}
	}
}
