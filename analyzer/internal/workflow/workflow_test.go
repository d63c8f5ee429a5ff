package workflow

import (
	"slices"
	"strings"
	"testing"
)

func mustRead(t testing.TB, src string) *File {
	t.Helper()
	f, err := Read("release.yml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReadErrors(t *testing.T) {
	tests := []struct{ src, want string }{
		{"a: b: c\n", "line 1"},
		{"on: push\njobs: [\n", "line 3"},
		{"jobs:\n  a: *gone\n", "line 2: unknown anchor"},
		{"jobs: &a\n  b: *a\n", "points at its own parent"},
		{"", "no `jobs:`"},
		{"on: push\n", "no `jobs:`"},
		{"- a\n", "no `jobs:`"},
		{strings.Repeat("#", maxSize+1), "more than a workflow can have"},
		{"jobs:\n  a:\n    steps:\n" + strings.Repeat("    - run: x\n", maxSteps+1), "the job at line 2 has 2001 steps"},
	}
	for _, tt := range tests {
		_, err := Read("release.yml", []byte(tt.src))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "read release.yml: ") {
			t.Errorf("Read(%.20q) error = %v, want %q", tt.src, err, tt.want)
		}
	}
}

func TestTriggers(t *testing.T) {
	tests := []struct {
		on   string
		want []string
	}{
		{"on: push", []string{"push"}},
		{"on: [push, pull_request]", []string{"push", "pull_request"}},
		{"on:\n  release:\n    types: [published]\n  workflow_call:", []string{"release", "workflow_call"}},
		{"name: x", nil},
	}
	for _, tt := range tests {
		f := mustRead(t, tt.on+"\njobs: {}\n")
		if got := f.Triggers(); !slices.Equal(got, tt.want) {
			t.Errorf("%q: Triggers = %q, want %q", tt.on, got, tt.want)
		}
	}
}

func TestJob(t *testing.T) {
	f := mustRead(t, `on: push
jobs:
  build: {runs-on: ubuntu-latest}
  publish: {name: Publish to npm, runs-on: ubuntu-latest}
  test: {name: "Test on ${{ matrix.os }} now", runs-on: ubuntu-latest}
  release: {uses: ./.github/workflows/npm.yml}
  shipping: {name: Ship / all, uses: ./.github/workflows/npm.yml}
  twin1: {name: Twin, runs-on: ubuntu-latest}
  twin2: {name: Twin, runs-on: ubuntu-latest}
`)
	tests := []struct{ name, want string }{
		{"build", "build"},
		{"build (3.10)", "build"},
		{"Publish to npm", "publish"},
		{"publish", "publish"},
		{"Publish to npm (20, ubuntu / x)", "publish"},
		{"Test on ubuntu-latest now", "test"},
		{"Test on ubuntu-latest", ""},
		{"release / publish", "release"},
		{"release / publish / inner (1)", "release"},
		{"Ship / all / publish", "shipping"},
		{"build / publish", ""},
		{"Twin", ""},
		{"gone", ""},
		{"", ""},
	}
	for _, tt := range tests {
		j, ok := f.Job(tt.name)
		if ok != (tt.want != "") || ok && j.ID != tt.want {
			t.Errorf("Job(%q) = %v, %v, want %q", tt.name, j, ok, tt.want)
		}
	}
}

func TestAliases(t *testing.T) {
	f := mustRead(t, `on: push
jobs:
  a:
    runs-on: ubuntu-latest
    permissions: &perms
      id-token: write
    steps: &steps
      - run: npm publish
  b:
    runs-on: ubuntu-latest
    permissions: *perms
    steps: *steps
`)
	if got := values(f.Facts("b"))["id-token"]; got != granted {
		t.Errorf("id-token = %q", got)
	}
	if s, ok := f.PublishStep("b"); !ok || s.Line != 8 {
		t.Errorf("PublishStep = %+v, %v", s, ok)
	}
	if e, ok := f.AddVerbose("b"); ok && strings.Contains(e.Diff, "*steps") {
		t.Errorf("AddVerbose changes an alias:\n%s", e.Diff)
	}
}

func TestAliasBomb(t *testing.T) {
	var src strings.Builder
	src.WriteString("on: push\na0: &a0 [x, x]\n")
	for i := range 9 {
		name, inner := string(rune('b'+i)), string(rune('a'+i))
		if i == 0 {
			inner = "a0"
		}
		src.WriteString(name + ": &" + name + " [" + strings.Repeat("*"+inner+", ", 20) + "x]\n")
	}
	src.WriteString("jobs:\n  build:\n    runs-on: *j\n    steps: *j\n")
	exercise(mustRead(t, src.String()))
}

func TestPublishStep(t *testing.T) {
	tests := []struct{ name, steps, want string }{
		{"plain", "- run: npm ci\n- run: npm publish\n", "Run npm publish"},
		{"named", "- name: Ship\n  run: |\n    npm run build\n    npm publish --access public\n", "Ship"},
		{"a rehearsal", "- run: npm publish --dry-run\n- run: npm publish\n  name: Real\n", "Real"},
		{"echoed", "- run: echo npm publish\n", ""},
		{"a comment", "- run: |\n    # npm publish\n    npm test\n", ""},
		{"a here-document", "- run: |\n    cat > x.sh <<'EOF'\n    npm publish\n    EOF\n    npm test\n", ""},
		{"behind &&", "- run: npm ci && npm publish\n", "Run npm ci && npm publish"},
		{"in a condition", "- run: |\n    if [ -n x ]; then\n      npm publish\n    fi\n", "Run if [ -n x ]; then"},
		{"a workspace flag", "- run: npm -w packages/a publish\n", "Run npm -w packages/a publish"},
		{"pnpm recursive", "- run: pnpm -r publish --no-git-checks\n", "Run pnpm -r publish --no-git-checks"},
		{"an action", "- uses: changesets/action@v1\n  with:\n    publish: pnpm release\n", "Run changesets/action@v1"},
		{"an action that only versions", "- uses: changesets/action@v1\n", ""},
		{"a script by name", "- run: pnpm run ci:release\n", "Run pnpm run ci:release"},
		{"the command before a script by name", "- run: npm run release:check\n- run: npx semantic-release\n", "Run npx semantic-release"},
		{"not GitHub's registry", "- run: npm publish --registry https://npm.pkg.github.com\n- run: npm publish\n", "Run npm publish"},
		{"GitHub's registry alone", "- run: npm publish --registry=https://npm.pkg.github.com\n", "Run npm publish --registry=https://npm.pkg.github.com"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustRead(t, "on: push\njobs:\n  release:\n    runs-on: ubuntu-latest\n    steps:\n"+indented(tt.steps, 6))
			got := ""
			if s, ok := f.PublishStep("release"); ok {
				got = s.Title()
			}
			if got != tt.want {
				t.Errorf("PublishStep = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTool(t *testing.T) {
	tests := []struct{ script, want string }{
		{"npm publish", "npm"},
		{"sudo npm publish", "npm"},
		{"NODE_AUTH_TOKEN=x npm publish", "npm"},
		{"npx npm@11 publish", "npm"},
		{"npx -y npm@latest publish --access public", "npm"},
		{"npm exec -- lerna publish from-package", "lerna"},
		{"pnpm publish -r", "pnpm"},
		{"pnpm --filter @acme/widget publish", "pnpm"},
		{"pnpm changeset publish", "changesets"},
		{"pnpm exec changeset publish", "changesets"},
		{"npx @changesets/cli publish", "changesets"},
		{"yarn npm publish", "yarn"},
		{"yarn workspaces foreach -A npm publish", "yarn"},
		{"yarn publish", "yarn-classic"},
		{"yarn lerna publish", "lerna"},
		{"yarn run semantic-release", "semantic-release"},
		{"npx nx release publish", "nx"},
		{"npx nx release version", ""},
		{"npx nx release --skip-publish", ""},
		{"npx release-it --ci", "release-it"},
		{"npx np", "np"},
		{"bun publish", "bun"},
		{"./node_modules/.bin/semantic-release", "semantic-release"},
		{"npx semantic-release --dry-run", ""},
		{"npm view publish", ""},
		{"npm version patch", ""},
		{"git commit -m 'npm publish'", ""},
	}
	for _, tt := range tests {
		f := mustRead(t, "on: push\njobs:\n  release:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          "+tt.script+"\n")
		if got := values(f.Facts("release"))["publish.tool"]; got != tt.want {
			t.Errorf("%s: publish.tool = %q, want %q", tt.script, got, tt.want)
		}
	}
}

func indented(text string, blanks int) string {
	lead := strings.Repeat(" ", blanks)
	return lead + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+lead) + "\n"
}
