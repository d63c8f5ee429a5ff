package analyzer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// tailOf is what people paste of a job's log: the last lines of the step that
// failed, without time stamps.
func tailOf(log string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(log), "\n") {
		_, text, _ := strings.Cut(line, " ")
		if text == "Post job cleanup." {
			break
		}
		lines = append(lines, text)
	}
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}

// Jobs that fail at something else than a publish to npm, however much their
// names speak of releases, whole and as the tail that is pasted.
func TestOtherJobsAreNoPublish(t *testing.T) {
	logs, err := filepath.Glob("../logs-testdata/others/*.log")
	if err != nil || len(logs) < 20 {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	a := analyzer.New(patterns.Builtin())
	for _, name := range logs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for form, log := range map[string]string{"whole": string(text), "pasted": tailOf(string(text))} {
			if r := analyze(t, a, filepath.Base(name), log, nil); r.Verdict != report.NoPublish {
				t.Errorf("%s, %s: %s, %v", name, form, r.Verdict, r.Unexplained)
			}
		}
	}
}

// A failure that the catalog does not know is shown when a publishing tool
// failed, and only then.
func TestUnknownFailuresOfTools(t *testing.T) {
	whole := func(script, output string) string {
		return "Current runner version: '2.335.1'\nComplete job name: go\n##[group]Run " + script + "\n" + script + "\nshell: /usr/bin/bash -e {0}\n##[endgroup]\n" + output + "\n##[error]Process completed with exit code 1.\nCleaning up orphan processes\n"
	}
	tests := []struct {
		name, log string
		want      report.Verdict
	}{
		{"npm", whole("npm publish", "npm error code ENEVERSEEN"), report.Unexplained},
		{"npm, silent", whole("npm publish --silent", ""), report.Unexplained},
		{"np", whole("npx np --yolo", "✖ Something new"), report.Unexplained},
		{"bun", whole("bun publish", "error: something new"), report.Unexplained},
		{"nx", whole("npx nx release publish", "NX   Something new"), report.Unexplained},
		{"release-it", whole("npx release-it --ci", "ERROR Something new"), report.Unexplained},
		{"an action", whole("JS-DevTools/npm-publish@v4", "Something new"), report.Unexplained},
		{"a script of the package", whole("npm run release", "Something new"), report.Unexplained},
		{"a shell script that ran npm", whole("./scripts/publish.sh", "npm error code ENEVERSEEN"), report.Unexplained},
		{"a shell script that ran none", whole("./scripts/publish.sh", "rsync error: something new"), report.NoPublish},
		{"behind quoted JSON", whole("echo \"{\\\"a\\\": 1}\" > x.json; npm publish", "something new"), report.Unexplained},
		{"a rehearsal", whole("npm publish --dry-run", "something new"), report.NoPublish},
		{"a refused push of the docs", whole("git push origin main", "remote: error: GH006: Protected branch update failed for refs/heads/main."), report.NoPublish},
		{"a refused push of the release", whole("npm version patch && git push && npm publish", "remote: error: GH006: Protected branch update failed for refs/heads/main."), report.Explained},
		{"a test against a registry of its own", whole("npm run test:e2e", "npm error 409 Conflict - PUT http://localhost:4873/@acme%2fwidget - this package is already present"), report.NoPublish},
		{"lerna's notice", "lerna WARN notice Package failed to publish: @acme/widget", report.Unexplained},
		{"a copy of the page, folded", "Run npm publish\nSomething new\nError: Process completed with exit code 1.", report.Unexplained},
		{"a copy of the page, folded, of an install", "Run npm ci\nSomething new\nError: Process completed with exit code 1.", report.NoPublish},
		{"a copy of the page, folded, of an install that npm refuses", "Run npm ci\nnpm error code EINVALIDPROXY\nError: Process completed with exit code 1.", report.NoPublish},
		{"a sentence", "Run npm publish to release it\nSomething new\nError: Process completed with exit code 1.", report.NoPublish},
		{"a paste", "npm error code ENEVERSEEN\nnpm error something new", report.Unexplained},
		{"a paste of something else", "error: something new\n##[error]Process completed with exit code 1.", report.NoPublish},
	}
	a := analyzer.New(patterns.Builtin())
	for _, tt := range tests {
		if r := analyze(t, a, tt.name, tt.log, nil); r.Verdict != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, r.Verdict, tt.want)
		}
	}
}

func TestWhatIsPublished(t *testing.T) {
	const step = "Current runner version: '2.335.1'\nComplete job name: go\n##[group]Run %s\n%s\nshell: /usr/bin/bash -e {0}\n##[endgroup]\n"
	run := func(script, output string) string { return strings.ReplaceAll(step, "%s", script) + output }
	tests := []struct{ name, log, want string }{
		{"swallowed", run("node scripts/publish.mjs", "npm notice 📦  @acme/widget@1.2.3\nnpm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\nnpm http fetch PUT 200 https://registry.npmjs.org/@acme%2fwidget 2165ms\nnpm verbose exit 0\n"), "@acme/widget 1.2.3"},
		{"said twice", run("npm publish --loglevel http", "npm http fetch PUT 200 https://registry.npmjs.org/@acme%2fwidget 2165ms\n+ @acme/widget@1.2.3\n"), "@acme/widget 1.2.3"},
		{"two packages", run("npm publish --workspaces", "npm http fetch PUT 200 https://registry.npmjs.org/acme-a 5ms\n+ acme-a@1.0.0\nnpm http fetch PUT 200 https://registry.npmjs.org/acme-b 5ms\n+ acme-b@1.0.0\n"), "acme-a 1.0.0, acme-b 1.0.0"},
		{"a tag", run("npm dist-tag add acme-a@1.0.0 next", "npm http fetch PUT 200 https://registry.npmjs.org/-/package/acme-a/dist-tags/next 5ms\n"), ""},
		{"dependencies", run("bun install", "bun install v1.3.14 (0d9b296a)\n\n+ husky@9.1.7\n+ typescript@5.9.3\n"), ""},
		{"dependencies, pasted", "bun install v1.3.14 (0d9b296a)\n\n+ husky@9.1.7\n+ typescript@5.9.3\n", ""},
	}
	a := analyzer.New(patterns.Builtin())
	for _, tt := range tests {
		var got []string
		for _, p := range analyze(t, a, tt.name, tt.log, nil).Published {
			got = append(got, p.Name+" "+p.Version)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: published %q, want %q", tt.name, got, tt.want)
		}
	}
}
