package workflow

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// Publishing lists the jobs that publish to npm, in the order of the file.
func (f *File) Publishing() []*Job {
	return slices.DeleteFunc(slices.Clone(f.jobs), func(j *Job) bool {
		all := j.publications()
		return len(all) == 0 || !slices.ContainsFunc(all, func(p publication) bool { return !j.toGitHub(slices.Index(j.Steps, p.step), p) })
	})
}

// MayPublish tells whether a job publishes to npm, or calls another workflow,
// which may.
func (f *File) MayPublish() bool {
	return len(f.Publishing()) > 0 || slices.ContainsFunc(f.jobs, func(j *Job) bool { return j.Uses != "" })
}

// Calls lists the jobs that call a workflow of the same repository.
func (f *File) Calls() []*Job {
	return slices.DeleteFunc(slices.Clone(f.jobs), func(j *Job) bool { return !strings.HasPrefix(j.Uses, "./") })
}

// Callee is the path of the workflow file that the job calls.
func (j *Job) Callee() string { return path.Clean(strings.TrimPrefix(j.Uses, "./")) }

// Title is the name that people see, expressions as written.
func (j *Job) Title() string { return j.display() }

// OnlyCalled tells whether nothing but other workflows starts this one.
func (f *File) OnlyCalled() bool {
	on := f.Triggers()
	return len(on) == 1 && on[0] == "workflow_call"
}

// OpenTo tells whether the job publishes on an event whatever else is so:
// neither it nor a job that it needs, nor its publishing step, has a condition.
func (j *Job) OpenTo(event string) bool {
	p, ok := j.publication()
	if !ok || !slices.Contains(j.file.Triggers(), event) || p.step.node.Get("if") != nil {
		return false
	}
	seen := map[string]bool{}
	var free func(j *Job) bool
	free = func(j *Job) bool {
		if seen[j.ID] {
			return true
		}
		seen[j.ID] = true
		if j.node.Get("if") != nil {
			return false
		}
		for _, need := range j.node.Get("needs").List() {
			if other, n := j.file.only(func(o *Job) bool { return o.ID == need.Scalar() }); n == 1 && !free(other) {
				return false
			}
		}
		return true
	}
	return free(j)
}

// PackageDir is the folder, from the repository's root, of the one package that
// the job publishes. ok is false where that may be several, or is not plain.
func (j *Job) PackageDir() (dir string, ok bool) {
	all := j.publications()
	if len(all) != 1 || all[0].cmd == nil || all[0].tool != "npm" && all[0].tool != "pnpm" {
		return "", false
	}
	p := all[0]
	dir = "."
	for _, n := range []*yamltree.Node{
		p.step.node.Get("working-directory"), j.node.Get("defaults").Get("run").Get("working-directory"), j.file.root.Get("defaults").Get("run").Get("working-directory"),
	} {
		if text := n.Scalar(); text != "" {
			dir = text
			break
		}
	}
	for _, cmd := range p.step.commands() {
		if cmd.Line <= p.cmd.Line && (cmd.Words[0] == "cd" || cmd.Words[0] == "pushd") {
			return "", false
		}
	}
	words := p.cmd.Words
	i := slices.Index(words, "publish")
	if i < 0 || len(words) > 1 && words[0] != p.tool {
		return "", false
	}
	for _, word := range words[i+1:] {
		if !strings.HasPrefix(word, "-") && strings.ContainsAny(word, "/.") && !strings.Contains(word, "://") {
			return "", false
		}
	}
	for _, word := range words[1:] {
		if slices.ContainsFunc([]string{"-w", "-r", "-C", "--workspace", "--prefix", "--recursive", "--filter", "--dir"}, func(flag string) bool { return strings.HasPrefix(word, flag) }) {
			return "", false
		}
	}
	if hasExpression(dir) {
		return "", false
	}
	return path.Clean(dir), true
}

// Rehearsal is the job that does what a publishing job does up to the upload:
// the same runner and environment, the same Node.js and npm, and npm's dry run,
// which exchanges the identity token for real. Where pnpm publishes one package
// npm tries it too: the publisher does not name a tool. ok is false for others.
//
// Source: npm@11.5.0-12.2.0 lib/commands/publish.js
func (j *Job) Rehearsal() (text string, ok bool) {
	p, ok := j.publication()
	dir, plain := j.PackageDir()
	if !ok || p.tool != "npm" && !(p.tool == "pnpm" && plain) {
		return "", false
	}
	var b strings.Builder
	line := func(indent int, format string, args ...any) {
		b.WriteString(strings.Repeat(" ", indent) + fmt.Sprintf(format, args...) + "\n")
	}
	line(0, "# in %s, with `workflow_dispatch:` under `on:`; start it by hand", j.file.Name)
	line(2, "rehearse:")
	line(4, "if: github.event_name == 'workflow_dispatch'")
	runner := "ubuntu-latest"
	if name := j.node.Get("runs-on").Scalar(); name != "" && !hasExpression(name) {
		runner = name
	}
	line(4, "runs-on: %s", runner)
	environment := j.node.Get("environment")
	if environment.Is(yamltree.Map) {
		environment = environment.Get("name")
	}
	if name := environment.Scalar(); name != "" {
		line(4, "environment: %s # the job's own: the trusted publisher names it", name)
	}
	line(4, "permissions:")
	line(6, "contents: read")
	line(6, "id-token: write")
	line(4, "steps:")
	line(6, "- uses: actions/checkout@v6")
	line(6, "- uses: actions/setup-node@v6")
	line(8, "with:")
	node := "24"
	if setup := j.setupNodeOf(p); setup != nil && p.tool == "npm" {
		if version := setup.node.Get("with").Get("node-version").Scalar(); version != "" && !hasExpression(version) {
			node = version
		}
	}
	line(10, "node-version: %q", node)
	line(10, "registry-url: https://registry.npmjs.org")
	if spec, at := j.installed(p); at > 0 {
		if spec == "" {
			spec = "latest"
		}
		line(6, "- run: npm install -g npm@%s", spec)
	}
	line(6, "- run: |")
	line(10, "npm version 0.0.0-rehearsal.${{ github.run_id }} --no-git-tag-version")
	line(10, "npm publish --dry-run --ignore-scripts --tag rehearsal --loglevel verbose")
	if dir != "" && dir != "." {
		line(8, "working-directory: %s", dir)
	}
	return b.String(), true
}
