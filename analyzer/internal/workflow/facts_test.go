package workflow

import (
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// values maps ids to values.
func values(facts []report.Fact) map[string]string {
	m := map[string]string{}
	for _, f := range facts {
		m[f.ID] = f.Value
	}
	return m
}

const fullWorkflow = `on:
  release:
    types: [published]
permissions:
  contents: read
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: npm
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4.1.0
        with:
          node-version: 22
          registry-url: https://registry.npmjs.org
      - run: npm install -g npm@11
      - run: |
          npm ci
          npm publish --provenance \
            --access public
        env:
          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}
`

func TestFactsWhole(t *testing.T) {
	want := []report.Fact{
		{ID: "id-token", Value: "granted", Where: "release.yml:12"},
		{ID: "run.called-workflow", Value: "none", Where: "release.yml:7"},
		{ID: "runner.kind", Value: "github-hosted", Where: "release.yml:8"},
		{ID: "run.environment", Value: "npm", Where: "release.yml:9"},
		{ID: "setup-node.version", Value: "4.1.0", Where: "release.yml:15"},
		{ID: "setup-node.registry-url", Value: "https://registry.npmjs.org", Where: "release.yml:18"},
		{ID: "node.version", Value: "22", Where: "release.yml:17"},
		{ID: "npm.version", Value: ">= 11.5.1, < 12.0.0", Where: "release.yml:19"},
		{ID: "publish.tool", Value: "npm", Where: "release.yml:22", Step: "Run npm ci"},
		{ID: "command.args", Value: "npm publish --provenance --access public", Where: "release.yml:22", Step: "Run npm ci"},
		{ID: "token.kind", Value: "secret", Where: "release.yml:25", Step: "Run npm ci"},
		{ID: "provenance.requested", Value: "true", Where: "release.yml:22", Step: "Run npm ci"},
	}
	got := mustRead(t, fullWorkflow).Facts("publish")
	for i, w := range want {
		w.Origin, w.Job = report.FromWorkflow, "publish"
		if i >= len(got) || got[i] != w {
			t.Fatalf("fact %d = %+v\nwant %+v", i, got[i:], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("more facts: %+v", got[len(want):])
	}
}

// job is a workflow with one job, whose keys and steps are given.
func job(top, keys, steps string) string {
	src := "on: push\n" + top + "jobs:\n  a:\n" + indented(keys, 4)
	if steps != "" {
		src += "    steps:\n" + indented(steps, 6)
	}
	return src
}

func TestFacts(t *testing.T) {
	const hostedKeys = "runs-on: ubuntu-latest\n"
	const setup4 = "- uses: actions/setup-node@v4\n  with:\n    registry-url: https://registry.npmjs.org\n"
	tests := []struct{ name, src, fact, want string }{
		{"no permissions", job("", hostedKeys, ""), "id-token", missing},
		{"workflow's", job("permissions: {id-token: write}\n", hostedKeys, ""), "id-token", granted},
		{"job's replaces the workflow's", job("permissions: {id-token: write}\n", "permissions: {contents: read}\n"+hostedKeys, ""), "id-token", missing},
		{"empty replaces too", job("permissions: write-all\n", "permissions: {}\n"+hostedKeys, ""), "id-token", missing},
		{"write-all", job("permissions: write-all\n", hostedKeys, ""), "id-token", granted},
		{"read-all", job("", "permissions: read-all\n"+hostedKeys, ""), "id-token", missing},
		{"none", job("", "permissions: {id-token: none}\n"+hostedKeys, ""), "id-token", missing},
		{"left to the caller", "on: workflow_call\njobs:\n  a:\n    runs-on: ubuntu-latest\n", "id-token", ""},
		{"callable but narrowed", "on: workflow_call\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions: {contents: read}\n", "id-token", missing},
		{"a caller that does not grant", job("", "uses: ./.github/workflows/x.yml\n", ""), "id-token", missing},
		{"a caller that grants", job("", "uses: ./.github/workflows/x.yml\npermissions: {id-token: write}\n", ""), "id-token", ""},
		{"called here", job("", "uses: ./.github/workflows/x.yml\n", ""), "run.called-workflow", ".github/workflows/x.yml"},
		{"called elsewhere", job("", "uses: acme/ci/.github/workflows/x.yml@v1\n", ""), "run.called-workflow", "acme/ci/.github/workflows/x.yml"},
		{"callable", "on: workflow_call\njobs:\n  a:\n    runs-on: ubuntu-latest\n", "run.called-workflow", ""},

		{"self-hosted", job("", "runs-on: self-hosted\n", ""), "runner.kind", selfHosted},
		{"self-hosted labels", job("", "runs-on: [self-hosted, linux]\n", ""), "runner.kind", selfHosted},
		{"a group", job("", "runs-on:\n  group: big\n", ""), "runner.kind", ""},
		{"a group of one's own", job("", "runs-on:\n  group: big\n  labels: [self-hosted]\n", ""), "runner.kind", selfHosted},
		{"a version", job("", "runs-on: ubuntu-24.04-arm\n", ""), "runner.kind", hosted},
		{"one in a list", job("", "runs-on: [windows-2025]\n", ""), "runner.kind", hosted},
		{"a larger one", job("", "runs-on: ubuntu-latest-8-cores\n", ""), "runner.kind", ""},
		{"an expression", job("", "runs-on: ${{ inputs.runner }}\n", ""), "runner.kind", ""},
		{"a matrix", job("", "runs-on: ${{ matrix.os }}\nstrategy: {matrix: {os: [ubuntu-latest, macos-15]}}\n", ""), "runner.kind", hosted},
		{"a mixed matrix", job("", "runs-on: ${{ matrix.os }}\nstrategy: {matrix: {os: [ubuntu-latest], include: [{os: self-hosted}]}}\n", ""), "runner.kind", ""},

		{"environment", job("", hostedKeys+"environment: {name: npm, url: x}\n", ""), "run.environment", "npm"},
		{"no environment", job("", hostedKeys, ""), "run.environment", "none"},
		{"an environment of an expression", job("", hostedKeys+"environment: ${{ inputs.env }}\n", ""), "run.environment", ""},

		{"setup-node by commit", job("", hostedKeys, "- uses: actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0\n"), "setup-node.version", "4.4.0"},
		{"setup-node by branch", job("", hostedKeys, "- uses: actions/setup-node@main\n"), "setup-node.version", ""},
		{"no registry-url", job("", hostedKeys, "- uses: actions/setup-node@v4\n"), "setup-node.registry-url", "none"},
		{"no setup-node", job("", hostedKeys, "- run: npm publish\n"), "setup-node.registry-url", ""},
		{"quoted Node.js", job("", hostedKeys, "- uses: actions/setup-node@v4\n  with: {node-version: '20.10'}\n"), "node.version", "20.10"},
		{"unquoted Node.js", job("", hostedKeys, "- uses: actions/setup-node@v4\n  with: {node-version: 20.10}\n"), "node.version", "20.10"},
		{"Node.js lts", job("", hostedKeys, "- uses: actions/setup-node@v4\n  with: {node-version: lts/*}\n"), "node.version", ""},
		{"the later setup-node", job("", hostedKeys, "- uses: actions/setup-node@v4\n  with: {node-version: 18}\n- uses: actions/setup-node@v4\n  with: {node-version: 24.x}\n- run: npm publish\n"), "node.version", "24.x"},
		{"Node.js of a matrix", job("", hostedKeys+"strategy: {matrix: {node: [18, 20]}}\n", "- uses: actions/setup-node@v4\n  with: {node-version: '${{ matrix.node }}'}\n"), "node.version", ""},

		{"npm latest", job("", hostedKeys, "- run: npm i -g npm@latest\n- run: npm publish\n"), "npm.version", ">= 11.5.1"},
		{"npm exact", job("", hostedKeys, "- run: npm install npm@11.6.2 --global\n- run: npm publish\n"), "npm.version", "11.6.2"},
		{"npm caret", job("", hostedKeys, "- run: npm install -g 'npm@^11.5.1'\n- run: npm publish\n"), "npm.version", "^11.5.1"},
		{"npm after the publish", job("", hostedKeys, "- run: npm publish\n- run: npm i -g npm@latest\n"), "npm.version", ""},
		{"npm in the same step", job("", hostedKeys, "- run: |\n    npm i -g npm@11.6.0\n    npm publish\n"), "npm.version", "11.6.0"},
		{"npm not global", job("", hostedKeys, "- run: npm install npm@11\n- run: npm publish\n"), "npm.version", ""},
		{"pnpm is not npm", job("", hostedKeys, "- run: npm install -g pnpm@11\n- run: npm publish\n"), "npm.version", ""},
		{"npx npm", job("", hostedKeys, "- run: npx -y npm@11.6.2 publish\n"), "npm.version", "11.6.2"},

		{"secret in the job", job("", hostedKeys+"env: {NPM_TOKEN: '${{ secrets.X }}'}\n", "- run: npm publish\n"), "token.kind", secretToken},
		{"secret in the workflow", job("env: {NPM_TOKEN: '${{ secrets.X }}'}\n", hostedKeys, "- run: npm publish\n"), "token.kind", secretToken},
		{"emptied in the step", job("env: {NPM_TOKEN: '${{ secrets.X }}'}\n", hostedKeys, "- run: npm publish\n  env: {NPM_TOKEN: ''}\n"), "token.kind", emptyToken},
		{"emptied in the command", job("", hostedKeys, "- run: NODE_AUTH_TOKEN=\"\" npm publish\n"), "token.kind", emptyToken},
		{"an expression that decides", job("", hostedKeys, "- run: npm publish\n  env: {NPM_TOKEN: \"${{ github.ref == 'x' && secrets.X || '' }}\"}\n"), "token.kind", ""},
		{"no token", job("", hostedKeys, "- run: npm publish\n"), "token.kind", absentToken},
		{"GitHub's own token in a script", job("", hostedKeys, "- run: gh release create v1 --token ${{ secrets.GITHUB_TOKEN }}\n- run: npm publish\n"), "token.kind", absentToken},
		{"Yarn's token by a command", job("", hostedKeys, "- run: yarn config set npmAuthToken \"$T\"\n- run: yarn npm publish\n"), "token.kind", ""},
		{"a secret in a script", job("", hostedKeys, "- run: ./login.sh ${{ secrets.NPM }}\n- run: npm publish\n"), "token.kind", ""},
		{"a token under another name", job("", hostedKeys, "- run: npm publish\n  env:\n    MY_NPM_KEY: ${{ secrets.NPM }}\n"), "token.kind", ""},
		{"the placeholder", job("", hostedKeys, setup4+"- run: npm publish\n"), "token.kind", placeholderToken},
		{"setup-node 7", job("", hostedKeys, strings.Replace(setup4, "v4", "v7", 1)+"- run: npm publish\n"), "token.kind", unresolvedToken},
		{"setup-node of unknown version", job("", hostedKeys, strings.Replace(setup4, "v4", "main", 1)+"- run: npm publish\n"), "token.kind", ""},
		{"a foreign action", job("", hostedKeys, "- uses: acme/vault@v1\n- run: npm publish\n"), "token.kind", ""},
		{"an exported token", job("", hostedKeys, "- run: echo NPM_TOKEN=$X >> $GITHUB_ENV\n- run: npm publish\n"), "token.kind", ""},
		{"an action's token", job("", hostedKeys, "- uses: JS-DevTools/npm-publish@v4\n  with: {token: '${{ secrets.X }}'}\n"), "token.kind", secretToken},
		{"a token that a script writes", job("", hostedKeys, "- run: echo \"//registry.npmjs.org/:_authToken=${{ secrets.NPM }}\" > .npmrc\n- run: npm publish\n"), "token.kind", secretToken},
		{"an .npmrc that a script writes", job("", hostedKeys, "- run: |\n    cat > .npmrc <<EOF\n    //registry.npmjs.org/:_authToken=$T\n    EOF\n- run: npm publish\n"), "npmrc.token", "true"},
		{"an .npmrc that a script cleans", job("", hostedKeys, "- run: sed -i /_authToken/d .npmrc\n- run: npm publish\n"), "npmrc.token", ""},

		{"a flag", job("", hostedKeys, "- run: npm publish --provenance=false\n"), "provenance.requested", "false"},
		{"a variable", job("", hostedKeys+"env: {npm_config_provenance: true}\n", "- run: pnpm publish\n"), "provenance.requested", "true"},
		{"not asked for", job("", hostedKeys, "- run: npm publish\n"), "provenance.requested", ""},
		{"an action's input", job("", hostedKeys, "- uses: JS-DevTools/npm-publish@v4\n  with: {provenance: true}\n"), "provenance.requested", "true"},

		{"hidden token", job("", hostedKeys, "- run: npm publish --//registry.npmjs.org/:_authToken=abc --tag next\n"), "command.args", "npm publish --//registry.npmjs.org/:_authToken=*** --tag next"},
		{"two publishes that agree", job("", hostedKeys, "- run: npm publish\n- run: npm publish\n"), "token.kind", absentToken},
		{"two publishes that differ", job("", hostedKeys, "- run: npm publish\n- run: npm publish\n  env: {NPM_TOKEN: '${{ secrets.X }}'}\n"), "token.kind", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := values(mustRead(t, tt.src).Facts("a"))[tt.fact]; got != tt.want {
				t.Errorf("%s = %q, want %q\n%s", tt.fact, got, tt.want, tt.src)
			}
		})
	}
}

func TestCall(t *testing.T) {
	const plain, grants, narrows = "", "permissions: {id-token: write}\n", "permissions: {contents: read}\n"
	tests := []struct{ name, caller, called, want string }{
		{"both", grants, grants, granted},
		{"left to the caller", grants, plain, granted},
		{"narrowed", grants, narrows, missing},
		{"not granted", plain, grants, missing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			caller := mustRead(t, job("", tt.caller+"uses: ./.github/workflows/npm.yml\n", ""))
			called := mustRead(t, "on: workflow_call\njobs:\n  publish:\n"+indented(tt.called+"runs-on: self-hosted\n", 4)+"    steps:\n      - run: npm publish\n")
			got := values(Call(caller, called, "a / publish"))
			if got["id-token"] != tt.want || got["run.called-workflow"] != ".github/workflows/npm.yml" || got["runner.kind"] != selfHosted || got["publish.tool"] != "npm" {
				t.Errorf("facts = %v, want id-token %s", got, tt.want)
			}
		})
	}
	caller := mustRead(t, job("", "uses: ./x.yml\n", ""))
	if got := values(Call(caller, caller, "a / gone")); got["id-token"] != missing || got["run.called-workflow"] != "x.yml" {
		t.Errorf("facts of an unknown callee = %v", got)
	}
}

func TestFactsOfScripts(t *testing.T) {
	tests := []struct{ name, steps, tool, provenance string }{
		{"behind quoted JSON", "- run: |\n    echo \"{\\\"a\\\": 1}\" > x.json\n    npm publish --provenance\n", "npm", "true"},
		{"in a substitution", "- run: OUT=\"$(npm publish --provenance 2>&1)\"\n", "npm", "true"},
		{"with an expression", "- run: if [ \"${{ inputs.dry }}\" != \"true\" ]; then npm publish --tag ${{ inputs.tag }} --no-provenance; fi\n", "npm", "false"},
		{"in PowerShell", "- shell: pwsh\n  run: |\n    if ($env:GO -eq 'yes') { pnpm publish `\n      --provenance }\n", "pnpm", "true"},
		{"behind nx", "- run: |\n    npx nx run forms:build\n    npm publish\n", "npm", ""},
		{"only written", "- run: echo 'npm publish --provenance' >> notes.md\n", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := values(mustRead(t, job("", "runs-on: ubuntu-latest\n", tt.steps)).Facts("a"))
			if got["publish.tool"] != tt.tool || got["provenance.requested"] != tt.provenance {
				t.Errorf("%v", got)
			}
		})
	}
}
