package workflow

import (
	"fmt"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

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
