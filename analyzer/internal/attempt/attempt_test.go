package attempt

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/patterns"
)

var kinds = map[string]patterns.Kind{
	"publishing-to": patterns.KindStart, "package-heading": patterns.KindStart, "lerna-failed-package": patterns.KindStart, "pnpm-arrow": patterns.KindStart,
	"published-plus": patterns.KindSuccess, "signed-provenance": patterns.KindSuccess, "lerna-provenance-list": patterns.KindSuccess,
	"generating": patterns.KindSuccess, "put": patterns.KindFailure, "whoami": patterns.KindFailure, "skipped": patterns.KindHint,
	"npm-log-file": patterns.KindContext,
}

var stages = map[string]patterns.Stage{"put": patterns.StagePublish, "whoami": patterns.StageAuth}

var roles = map[string]patterns.Role{
	"publishing-to": patterns.RolePublishNotice, "signed-provenance": patterns.RoleSigned, "lerna-provenance-list": patterns.RoleSignedList,
	"npm-log-file": patterns.RoleEndOfError, "generating": patterns.RoleSigning,
}

// script builds a scan of one job from lines "symptom [package[@version]]";
// "step" begins a new step, "! " before a symptom makes its step a failed one.
func script(lines ...string) *match.Scan {
	job := &match.Job{Name: "publish", Whole: true}
	s := &match.Scan{Jobs: []*match.Job{job}}
	step := &match.Step{Job: job, Name: "first", Commands: commands.Builtin()}
	symptoms := map[string]*patterns.Symptom{}
	for i, line := range lines {
		if name, ok := strings.CutPrefix(line, "step "); ok {
			step = &match.Step{Job: job, Index: step.Index + 1, Name: name, Commands: commands.Builtin()}
			continue
		}
		line, failed := strings.CutPrefix(line, "! ")
		step.Failed = step.Failed || failed
		id, subject, _ := strings.Cut(line, " ")
		if symptoms[id] == nil {
			symptoms[id] = &patterns.Symptom{ID: id, Kind: kinds[id], Role: roles[id], Stage: stages[id], Fatal: id == "put"}
		}
		ev := match.Event{Job: job, Step: step, Symptom: symptoms[id], Place: match.Place{Line: int64(i + 1)}}
		if subject != "" {
			ev.Captures = match.Captures{"package", subject}
		}
		s.Events = append(s.Events, ev)
	}
	return s
}

// outline writes an attempt as "package: failures/hints/outcome".
func outline(a *Attempt) string {
	var parts []string
	for _, f := range a.Failures {
		parts = append(parts, f.Symptom.ID)
	}
	for _, h := range a.Hints {
		parts = append(parts, "("+h.Symptom.ID+")")
	}
	if a.Signed {
		parts = append(parts, "signed")
	}
	if a.Published != nil {
		parts = append(parts, "published")
	}
	return fmt.Sprintf("%s: %s", a.Package, strings.Join(parts, " "))
}

func TestBuild(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  []string
	}{
		{"one that works", []string{"package-heading @acme/a@1.0.0", "publishing-to", "signed-provenance", "published-plus @acme/a@1.0.0"}, []string{"@acme/a: signed published"}},
		{"workspaces, the last fails", []string{"package-heading a@1.0.0", "publishing-to", "signed-provenance", "published-plus a@1.0.0", "package-heading b@1.0.0", "publishing-to", "signed-provenance", "put b"}, []string{"a: signed published", "b: put signed"}},
		{"a retry of the same package", []string{"publishing-to", "put a", "npm-log-file", "publishing-to", "published-plus a@1.0.0"}, []string{"a: put", "a: published"}},
		{"hints before the start belong to it", []string{"skipped", "pnpm-arrow a@1.0.0", "put a", "skipped", "pnpm-arrow b@1.0.0", "put b"}, []string{"a: put (skipped)", "b: put (skipped)"}},
		{"the wrapper names the package first", []string{"lerna-failed-package a", "put", "lerna-failed-package b", "put"}, []string{"a: put", "b: put"}},
		{"steps part attempts", []string{"whoami", "step second", "publishing-to", "published-plus a@1.0.0"}, []string{": whoami", "a: published"}},
		{"a list of log entries at the end", []string{"published-plus a@1.0.0", "published-plus b@1.0.0", "lerna-provenance-list"}, []string{"a: signed published", "b: signed published"}},
		{"statement behind the plus line", []string{"publishing-to", "published-plus a@1.0.0", "signed-provenance"}, []string{"a: signed published"}},
		{"announced, and refused by the registry", []string{"generating", "put a"}, []string{"a: put signed"}},
		{"announced is not done", []string{"generating", "whoami"}, []string{": whoami"}},
		{"announced, then published", []string{"generating", "published-plus a@1.0.0"}, []string{"a: signed published"}},
		{"two packages fail without starts", []string{"put a", "put b"}, []string{"a: put", "b: put"}},
	}
	for _, tt := range tests {
		var got []string
		for _, a := range Build(script(tt.lines...)) {
			if o := outline(a); o != ": " {
				got = append(got, o)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestRecoveredAndMatters(t *testing.T) {
	tests := []struct {
		name               string
		lines              []string
		recovered, matters bool
	}{
		{"retried with success", []string{"publishing-to", "put a", "npm-log-file", "published-plus a@1.0.0"}, true, true},
		{"another package went out", []string{"! put a", "published-plus b@1.0.0"}, false, true},
		{"a login check in a step that ended well", []string{"whoami", "step second", "published-plus a@1.0.0"}, true, false},
		{"a fatal text in a step that ended well", []string{"put a"}, false, true},
		{"a failed step", []string{"! whoami"}, false, true},
	}
	for _, tt := range tests {
		all := Build(script(tt.lines...))
		if got := Group(all).Recovered(all[0]); got != tt.recovered {
			t.Errorf("%s: recovered = %v", tt.name, got)
		}
		if got := Matters(all[0]); got != tt.matters {
			t.Errorf("%s: matters = %v", tt.name, got)
		}
	}
}

// Test output that quotes a failure is no failure.
func TestEverydayStepsDoNotMatter(t *testing.T) {
	for _, script := range []string{"npm test", "npm ci", "actions/checkout@v6", "npx vitest run"} {
		a := &Attempt{Job: &match.Job{Whole: true}, Step: &match.Step{Script: []string{script}, Commands: commands.Builtin()}, Failures: []*match.Event{{Symptom: &patterns.Symptom{Fatal: true}}}}
		if Matters(a) {
			t.Errorf("%q: a quoted failure counts", script)
		}
	}
}

func TestPackageOfURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://registry.npmjs.org/@acme%2fwidget":                                      "@acme/widget",
		"https://registry.npmjs.org/@acme/widget":                                        "@acme/widget",
		"https://registry.npmjs.org/widget":                                              "widget",
		"https://registry.npmjs.org/-/stage/package/widget":                              "widget",
		"https://registry.npmjs.org/-/package/@acme%2fwidget/dist-tags/latest":           "@acme/widget",
		"https://registry.npmjs.org/-/npm/v1/oidc/token/exchange/package/@acme%2fwidget": "@acme/widget",
		"https://registry.npmjs.org/-/whoami":                                            "",
		"https://registry.npmjs.org":                                                     "",
		"widget":                                                                         "",
		"https://registry.npmjs.org/widget?write=true":                                   "widget",
		"https://npm.pkg.github.com/@acme%2fwidget":                                      "@acme/widget",
		"https://acme.jfrog.io/artifactory/api/npm/npm-local/@acme%2fbtns":               "@acme/btns",
		"https://acme.jfrog.io/artifactory/api/npm/npm-local/btns":                       "btns",
		"https://acme.jfrog.io/artifactory/api/npm/npm-local/":                           "",
		"https://nexus.acme.example/repository/npm-hosted/@acme%2fbtns":                  "@acme/btns",
		"https://nexus.acme.example/nexus/repository/npm-hosted/btns/-/btns-1.0.0.tgz":   "btns",
		"https://gitlab.com/api/v4/projects/1/packages/npm/@acme%2fbtns":                 "@acme/btns",
		"https://gitlab.com/api/v4/projects/1/packages/npm/btns":                         "btns",
		"https://pkgs.dev.azure.com/acme/p/_packaging/feed/npm/registry/btns":            "btns",
		"https://acme-1.d.codeartifact.us-east-1.amazonaws.com/npm/main/@acme%2fbtns":    "@acme/btns",
		"https://acme-1.d.codeartifact.us-east-1.amazonaws.com/npm/main/btns":            "btns",
	} {
		if got := packageOfURL(in); got != want {
			t.Errorf("packageOfURL(%q) = %q, want %q", in, got, want)
		}
	}
}
