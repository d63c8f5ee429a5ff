package analyzer_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// An audit is one of zizmor's (https://docs.zizmor.sh/audits/), which finds what
// is insecure in workflows. Those that need no network are held here, those of
// its "pedantic" persona too as far as they are about rights.
type audit struct {
	name string
	// line finds it in one line; found, where a line does not tell.
	line  *regexp.Regexp
	found func(w workflowFile) []string
}

type workflowFile struct {
	name, text  string
	Name        string
	On          any
	Permissions any
	Runs        struct{ Steps []workflowStep }
	Jobs        map[string]workflowJob
}

type workflowJob struct {
	Permissions, Environment, Container, Services, Secrets any
	Steps                                                  []workflowStep
	Uses                                                   string
}

type workflowStep struct {
	Uses, Run, Shell, If string
	With, Env            map[string]any
}

func (w workflowFile) reusable() bool {
	return w.on("workflow_call") && len(w.On.(map[string]any)) == 1
}

func (w workflowFile) on(event string) bool {
	events, _ := w.On.(map[string]any)
	_, ok := events[event]
	return ok
}

// publishes tells whether a cache could get into what people install.
func (w workflowFile) publishes(j workflowJob) bool {
	events, _ := w.On.(map[string]any)
	push, _ := events["push"].(map[string]any)
	return push["tags"] != nil || w.on("release") || slices.ContainsFunc(j.Steps, func(s workflowStep) bool { return strings.HasPrefix(s.Uses, "goreleaser/") })
}

func (w workflowFile) steps() []workflowStep {
	all := slices.Clone(w.Runs.Steps)
	for _, j := range w.Jobs {
		all = append(all, j.Steps...)
	}
	return all
}

// ofSteps finds the steps for which wrong is true.
func ofSteps(wrong func(workflowStep) bool) func(workflowFile) []string {
	return func(w workflowFile) (found []string) {
		for _, s := range w.steps() {
			if wrong(s) {
				found = append(found, s.Uses+s.Run)
			}
		}
		return found
	}
}

// ofJobs finds the jobs for which wrong is true.
func ofJobs(wrong func(workflowFile, workflowJob) bool) func(workflowFile) []string {
	return func(w workflowFile) (found []string) {
		for name, j := range w.Jobs {
			if wrong(w, j) {
				found = append(found, name)
			}
		}
		return found
	}
}

func grants(permissions any, name string) bool {
	granted, _ := permissions.(map[string]any)
	return granted[name] == "write"
}

var audits = []audit{
	{name: "adhoc-packages", found: ofSteps(func(s workflowStep) bool {
		return regexp.MustCompile(`\b(npm|pnpm|yarn|gem) (install|i|add) [^-\s]`).MatchString(s.Run)
	})},
	{name: "anonymous-definition", found: func(w workflowFile) []string {
		if w.Name == "" {
			return []string{"no name"}
		}
		return nil
	}},
	{name: "artipacked", found: ofSteps(func(s workflowStep) bool {
		return strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != false
	})},
	{name: "bot-conditions", line: regexp.MustCompile(`if: .*github\.(triggering_)?actor\b`)},
	{name: "cache-poisoning", found: ofJobs(func(w workflowFile, j workflowJob) bool {
		return w.publishes(j) && slices.ContainsFunc(j.Steps, func(s workflowStep) bool {
			return strings.HasPrefix(s.Uses, "actions/cache") || strings.HasPrefix(s.Uses, "actions/setup-go@") && s.With["cache"] != false ||
				strings.HasPrefix(s.Uses, "actions/setup-node@") && (s.With["package-manager-cache"] != false || s.With["cache"] != nil)
		})
	})},
	{name: "dangerous-triggers", line: regexp.MustCompile(`^\s+(pull_request_target|workflow_run):`)},
	{name: "excessive-permissions", found: func(w workflowFile) (found []string) {
		granted, explicit := w.Permissions.(map[string]any)
		for name := range granted {
			if grants(w.Permissions, name) {
				found = append(found, name+": write for all jobs")
			}
		}
		for name, j := range w.Jobs {
			if _, own := j.Permissions.(map[string]any); !own && (j.Permissions != nil || !explicit && !w.reusable()) {
				found = append(found, name)
			}
		}
		return found
	}},
	{name: "github-env", line: regexp.MustCompile(`GITHUB_ENV|GITHUB_PATH`)},
	{name: "insecure-commands", line: regexp.MustCompile(`ACTIONS_ALLOW_UNSECURE_COMMANDS`)},
	{name: "misfeature", found: ofSteps(func(s workflowStep) bool { return s.Shell != "" && s.Shell != "bash" })},
	{name: "obfuscation", line: regexp.MustCompile(`uses: \S*(//|/\./|/\.\.)`)},
	{name: "overprovisioned-secrets", line: regexp.MustCompile(`(?i)tojson\(\s*secrets\s*\)|secrets\[`)},
	{name: "secrets-inherit", found: ofJobs(func(_ workflowFile, j workflowJob) bool { return j.Secrets == "inherit" })},
	{name: "secrets-outside-env", found: ofJobs(func(_ workflowFile, j workflowJob) bool {
		text, err := yaml.Marshal(j)
		return j.Environment == nil && (err != nil || regexp.MustCompile(`\bsecrets\.`).Match(text))
	})},
	{name: "self-hosted-runner", line: regexp.MustCompile(`runs-on:.*self-hosted`)},
	{name: "self-repository", line: regexp.MustCompile(`uses: \./`)},
	{name: "template-injection", found: ofSteps(func(s workflowStep) bool { return strings.Contains(s.Run, "${{") })},
	{name: "undocumented-permissions", line: regexp.MustCompile(`^ {4,}[a-z-]+: (write|read)\s*$`)},
	{name: "unpinned-images", found: ofJobs(func(_ workflowFile, j workflowJob) bool { return j.Container != nil || j.Services != nil })},
	// With a version beside it (ref-version-mismatch), and no branch or tag (ref-confusion).
	{name: "unpinned-uses", line: regexp.MustCompile(`uses: [^.\s]`)},
	{name: "unredacted-secrets", line: regexp.MustCompile(`(?i)fromjson\(\s*secrets`)},
	{name: "unsound-condition", line: regexp.MustCompile(`if: [|>]`)},
	{name: "unsound-contains", line: regexp.MustCompile(`contains\(\s*'`)},
	{name: "unsound-ternary", line: regexp.MustCompile(`&& *(''|0|false|null) *\|\|`)},
	{name: "use-trusted-publishing", found: ofJobs(func(_ workflowFile, j workflowJob) bool {
		return !grants(j.Permissions, "id-token") && slices.ContainsFunc(j.Steps, func(s workflowStep) bool { return strings.Contains(s.Run, "npm publish") })
	})},
}

// pinned is a use of an action by its commit, with its version.
var pinned = regexp.MustCompile(`uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

func (a audit) of(t *testing.T, w workflowFile) (found []string) {
	t.Helper()
	if a.found != nil {
		found = a.found(w)
	}
	for line := range strings.Lines(w.text) {
		line = strings.TrimRight(line, "\n")
		if a.line == nil || !a.line.MatchString(line) || strings.Contains(line, "# zizmor: ignore["+a.name+"] ") {
			continue
		}
		if a.name == "unpinned-uses" && pinned.MatchString(line) || a.name == "undocumented-permissions" && strings.HasSuffix(line, " contents: read") {
			continue
		}
		found = append(found, strings.TrimSpace(line))
	}
	return found
}

func parseWorkflow(t *testing.T, name, text string) workflowFile {
	t.Helper()
	w := workflowFile{name: name, text: text}
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return w
}

// TestWorkflowsHoldToZizmor: the workflows, the action and what people are to
// copy have no finding. What is ignored says why, in its line, as for zizmor.
func TestWorkflowsHoldToZizmor(t *testing.T) {
	files, err := filepath.Glob("../.github/*/*.yml")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	texts := map[string]string{}
	for _, name := range append(files, "../action.yml", "../logs-testdata/recipes/README.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	const recipe = "../logs-testdata/recipes/README.md"
	_, texts[recipe], _ = strings.Cut(texts[recipe], "```yaml\n")
	texts[recipe], _, _ = strings.Cut(texts[recipe], "```\n")
	for name, text := range texts {
		w := parseWorkflow(t, name, text)
		if len(w.steps()) == 0 {
			t.Errorf("%s has no steps", name)
		}
		for _, a := range audits {
			for _, found := range a.of(t, w) {
				t.Errorf("%s: %s: %s", name, a.name, found)
			}
		}
	}
}

// TestAudits: each audit finds what it is for.
func TestAudits(t *testing.T) {
	w := parseWorkflow(t, "wrong", `
on:
  workflow_run:
  push: {tags: [v1]}
permissions:
    contents: write
jobs:
  first:
    runs-on: [self-hosted]
    container: node
    permissions: write-all
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-go@v5
      - uses: ./own//action
      - run: npm install left-pad && npm publish ${{ github.head_ref }}
        shell: cmd
        if: |
          ${{ true }}
        env:
          ACTIONS_ALLOW_UNSECURE_COMMANDS: ${{ contains('a b', github.ref) && '' || 'c' }}
          ALL: ${{ toJSON(secrets) }} ${{ fromJSON(secrets.KEY) }}
      - run: echo A=1 >> "$GITHUB_ENV"
        if: github.actor == 'octo'
  second:
    uses: acme/widget/.github/workflows/x.yml@main
    secrets: inherit
`)
	for _, a := range audits {
		if len(a.of(t, w)) == 0 {
			t.Errorf("%s finds nothing", a.name)
		}
	}
}
