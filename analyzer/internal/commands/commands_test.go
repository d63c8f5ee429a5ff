package commands

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, shell, script string
		want                []string // words joined by "|", with the line in front
	}{
		{"plain", "", "npm ci\nnpm publish --provenance", []string{"1 npm|ci", "2 npm|publish|--provenance"}},
		{"quoted JSON", "", "echo \"{\\\"a\\\": 1}\" > x.json\nnpm publish", []string{`1 echo|{"a": 1}`, "2 npm|publish"}},
		{"substitution", "", `OUT="$(npm publish --provenance 2>&1)"`, []string{"1 npm|publish|--provenance"}},
		{"back quotes", "", "V=`npm publish`", []string{"1 npm|publish"}},
		{"expression", "", `if [ "${{ inputs.dry }}" != true ]; then NODE_AUTH_TOKEN=${{ secrets.T }} npm publish --tag ${{ inputs.tag || 'next' }}; fi`, []string{"1 [|${{ inputs.dry }}|!=|true|]", "1 npm|publish|--tag|${{ inputs.tag || 'next' }}"}},
		{"here-document", "", "cat <<EOF\nnpm publish\nEOF\nls", []string{"1 cat", "4 ls"}},
		{"comment and string", "", "# npm publish\necho 'npm publish' # npm publish", []string{"2 echo|npm publish"}},
		{"joined lines", "", "npm publish \\\n  --access public", []string{"1 npm|publish|--access|public"}},
		{"and, or, in a loop", "", "for p in a b; do (cd $p && npm publish || true); done", []string{"1 cd|$p", "1 npm|publish", "1 true"}},
		{"function", "", "go() {\n  npm publish\n}\ngo", []string{"2 npm|publish", "4 go"}},
		{"leads", "", "sudo -E env A=b npm publish\ntimeout 5m npm publish\nls | xargs -n 1 npm publish", []string{"1 npm|publish", "2 npm|publish", "3 ls", "3 npm|publish"}},
		{"script in a script", "", "bash -c \"cd x && npm publish\"", []string{"1 bash|-c|cd x && npm publish", "1 cd|x", "1 npm|publish"}},
		{"broken off", "", "npm ci\nif true; then\n  npm publish", []string{"1 npm|ci", "2 true", "3 npm|publish"}},
		{"PowerShell", "pwsh", "$v = npm view x version\nif ($v -ne '1') { npm publish `\n  --tag next }\n& npm.cmd ci", []string{"1 npm|view|x|version", "2 $v|-ne|1", "2 npm|publish|--tag|next", "4 npm.cmd|ci"}},
		{"cmd", "cmd", "call npm publish ^\n --access public", []string{"1 npm|publish|--access|public"}},
		{"deep", "", strings.Repeat("(", 300) + "\nnpm publish", []string{"2 npm|publish"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range Parse(tt.script, tt.shell, 1) {
				got = append(got, string(rune('0'+c.Line))+" "+strings.Join(c.Words, "|"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseKeepsAssignments(t *testing.T) {
	got := Parse("A=1 B=\"${{ secrets.T }}\" cross-env C=3 npm publish", "", 1)
	want := []Command{{Words: []string{"npm", "publish"}, Assigned: []string{"A=1", "B=${{ secrets.T }}", "C=3"}, Line: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStep(t *testing.T) {
	tests := []struct{ script, want string }{
		{"npm publish", "npm"},
		{"npm --prefix packages/a publish", "npm"},
		{"npm publish --dry-run", ""},
		{"npx nx run forms:build\nnpm publish --access public", "npm"},
		{"npx -y npm@11 publish", "npm"},
		{"corepack npm publish", "npm"},
		{"pnpm -r publish", "pnpm"},
		{"pnpm --filter a publish --no-git-checks", "pnpm"},
		{"pnpm recursive publish", "pnpm"},
		{"corepack pnpm publish", "pnpm"},
		{"yarn npm publish", "yarn"},
		{"yarn workspaces foreach -A --no-private npm publish --tolerate-republish", "yarn"},
		{"node .yarn/releases/yarn-4.10.3.cjs npm publish", "yarn"},
		{"yarn publish", "yarn-classic"},
		{"bun publish", "bun"},
		{"bunx npm publish", "npm"},
		{"npx lerna publish from-package --yes", "lerna"},
		{"pnpm changeset publish", "changesets"},
		{"npx @changesets/cli@2 publish", "changesets"},
		{"npx changeset version", ""},
		{"changesets/action@v1", "changesets-action"},
		{"JS-DevTools/npm-publish@v4", "js-devtools"},
		{"acme/npm-publish-action@v1", "other"},
		{"acme/publish-crates@v1", ""},
		{"npx -p semantic-release -p @semantic-release/git semantic-release", "semantic-release"},
		{"pnpm dlx semantic-release@24", "semantic-release"},
		{"npx semantic-release --dry-run", ""},
		{"npx nx release --yes", "nx"},
		{"npx nx release publish", "nx"},
		{"npx nx release version 1.0.0", ""},
		{"nx run-many -t build", ""},
		{"nx run-many -t publish", "other"},
		{"yarn release-it --ci", "release-it"},
		{"npx np --no-tests", "np"},
		{"auto shipit", "auto"},
		{"npx beachball publish -y", "beachball"},
		{"rush publish --publish --include-all", "rush"},
		{"node common/scripts/install-run-rush.js publish --publish", "rush"},
		{"rush publish --apply", ""},
		{"npm run release", "other"},
		{"yarn ci:publish", "other"},
		{"pnpm run release:notes", ""},
		{"node scripts/publish.mjs", "other"},
		{"node scripts/format-github-release.mjs", ""},
		{"node scripts/update-versions.mjs", ""},
		{"npm run build\nnpm run release\nnpm publish", "npm"},
		// What has nothing to do with npm.
		{"cargo build --release", ""},
		{"cargo publish -p widget", ""},
		{"dotnet build --configuration Release", ""},
		{"dotnet publish -c Release", ""},
		{"./gradlew publish", ""},
		{"mvn deploy -DskipTests", ""},
		{"docker build --target release .", ""},
		{"docker stage deploy", ""},
		{"gh release create v1.0.0", ""},
		{"poetry publish", ""},
		{"twine upload dist/*", ""},
		{"goreleaser release --clean", ""},
		{"helm push widget.tgz oci://x", ""},
		{"make release", ""},
		{"npm install", ""},
		{"npm ci --foreground-scripts", ""},
		{"npm view @acme/widget version", ""},
		{"npm trust github @acme/widget", ""},
		{"npx vsce publish", ""},
		{"echo 'npm publish'", ""},
		{"yarn install\nyarn version", ""},
	}
	for _, tt := range tests {
		got := ""
		if found := Builtin().Step(strings.Split(tt.script, "\n")); len(found) > 0 {
			got = found[0].Tool.ID
		}
		if got != tt.want {
			t.Errorf("%q is published with %q, want %q", tt.script, got, tt.want)
		}
	}
}

func TestSuggests(t *testing.T) {
	for name, want := range map[string]bool{
		"publish": true, "Release": true, "Publish to npm": true, "Run npx semantic-release": true, "attest": true,
		"build": false, "deploy": false, "test (20)": false, "lint": false, "Run npm ci": false,
	} {
		if got := Builtin().Suggests(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("echo \"{\\\"a\\\": 1}\" > x.json\nnpm publish --provenance", "")
	f.Add("OUT=\"$(npm publish 2>&1)\"", "bash")
	f.Add("if ($v -ne '${{ inputs.v }}') { npm publish ` }", "pwsh")
	f.Add("bash -c 'bash -c \"npm publish\"'\ncat <<EOF\n", "sh")
	f.Add("npx -p\nnode\nnpm run\n=", "")
	f.Fuzz(func(t *testing.T, script, shell string) {
		lines := strings.Count(script, "\n") + 1
		list := Parse(script, shell, 1)
		for _, c := range list {
			if len(c.Words) == 0 || c.Line < 1 || c.Line > lines {
				t.Fatalf("%+v in %d lines", c, lines)
			}
		}
		Builtin().Commands(list)
		Builtin().Step(strings.Split(script, "\n"))
	})
}
