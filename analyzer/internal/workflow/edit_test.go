package workflow

import (
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
)

// edits are all edits by name; each takes a job.
var edits = map[string]func(*File, string) (Edit, bool){
	"AddIDToken":                (*File).AddIDToken,
	"AddCallerPermission":       (*File).AddCallerPermission,
	"AddAttestationsPermission": (*File).AddAttestationsPermission,
	"HostedRunner":              (*File).HostedRunner,
	"GateTrigger":               (*File).GateTrigger,
	"AddRegistryURL":            (*File).AddRegistryURL,
	"AddProvenance":             (*File).AddProvenance,
	"AddVerbose":                (*File).AddVerbose,
	"DropToken":                 (*File).DropToken,
	"BumpSetupNode":             func(f *File, job string) (Edit, bool) { return f.BumpSetupNode(job, "v6") },
	"SetEnvironment":            func(f *File, job string) (Edit, bool) { return f.SetEnvironment(job, "npm") },
	"UpgradeNpm":                func(f *File, job string) (Edit, bool) { return f.UpgradeNpm(job, "11") },
}

// changes are the lines that a diff takes out and puts in.
func changes(diff string) string {
	var lines []string
	for line := range strings.SplitSeq(diff, "\n") {
		changed := strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-")
		if changed && !strings.HasPrefix(line, "+++") && !strings.HasPrefix(line, "---") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func TestEdits(t *testing.T) {
	const runsOn = "runs-on: ubuntu-latest\n"
	const publish = "- run: npm publish # now\n"
	setup := func(ref, with string) string { return "- uses: actions/setup-node@" + ref + "\n" + with + publish }
	tests := []struct{ name, edit, src, want string }{
		{"new block", "AddIDToken", job("", runsOn, publish), "+    permissions:\n+      contents: read\n+      id-token: write"},
		{"new block behind a list", "AddIDToken", job("", "runs-on:\n  - ubuntu-latest\n", publish), "+    permissions:\n+      contents: read\n+      id-token: write"},
		{"own block", "AddIDToken", job("permissions: {contents: read}\n", runsOn+"permissions:\n  contents: write # tags\n", publish), "+      id-token: write"},
		{"own entry", "AddIDToken", job("", runsOn+"permissions:\n  id-token: read # hm\n  contents: read\n", publish), "-      id-token: read # hm\n+      id-token: write # hm"},
		{"own flow", "AddIDToken", job("", runsOn+"permissions: {contents: read} # x\n", publish), "-    permissions: {contents: read} # x\n+    permissions: { contents: read, id-token: write } # x"},
		{"own empty", "AddIDToken", job("", runsOn+"permissions: {}\n", publish), "-    permissions: {}\n+    permissions: { id-token: write }"},
		{"workflow's", "AddIDToken", job("permissions:\n  contents: read\n\n", runsOn, publish), "+  id-token: write"},
		{"workflow's with other jobs", "AddIDToken", job("permissions:\n  contents: write\n", runsOn, publish) + "  b:\n    runs-on: ubuntu-latest\n", "+    permissions:\n+      contents: write\n+      id-token: write"},
		{"read-all", "AddIDToken", job("", runsOn+"permissions: read-all\n", publish), ""},
		{"granted", "AddIDToken", job("", runsOn+"permissions: write-all\n", publish), ""},
		{"default rights in use", "AddIDToken", job("", runsOn, publish+"- run: git push --tags\n"), ""},
		{"caller", "AddCallerPermission", job("", "uses: ./x.yml\nsecrets: inherit\n", ""), "+    permissions:\n+      contents: read\n+      id-token: write"},
		{"no caller", "AddCallerPermission", job("", runsOn, publish), ""},
		{"attestations", "AddAttestationsPermission", job("", runsOn+"permissions:\n  id-token: write\n", publish), "+      attestations: write"},

		{"bump", "BumpSetupNode", job("", runsOn, setup("v3", "")), "-      - uses: actions/setup-node@v3\n+      - uses: actions/setup-node@v6"},
		{"bump all", "BumpSetupNode", job("", runsOn, "- uses: 'actions/setup-node@v3.1'\n"+setup("v4", "")), "-      - uses: 'actions/setup-node@v3.1'\n-      - uses: actions/setup-node@v4\n+      - uses: 'actions/setup-node@v6'\n+      - uses: actions/setup-node@v6"},
		{"bump a commit", "BumpSetupNode", job("", runsOn, setup("49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0", "")), ""},
		{"bump nothing", "BumpSetupNode", job("", runsOn, setup("v6", "")), ""},

		{"drop the only variable", "DropToken", job("", runsOn, publish+"  env:\n    # a secret\n    NODE_AUTH_TOKEN: ${{ secrets.X }}\n- run: echo\n"), "-        env:\n-          # a secret\n-          NODE_AUTH_TOKEN: ${{ secrets.X }}"},
		{"drop one of two", "DropToken", job("", runsOn, publish+"  env:\n    CI: 1\n    NPM_TOKEN: ${{ secrets.X }}\n"), "-          NPM_TOKEN: ${{ secrets.X }}"},
		{"drop a flow", "DropToken", job("", runsOn, publish+"  env: {NPM_TOKEN: '${{ secrets.X }}'}\n"), "-        env: {NPM_TOKEN: '${{ secrets.X }}'}"},
		{"drop the job's", "DropToken", job("", runsOn+"env: {NPM_TOKEN: '${{ secrets.X }}'}\n", publish), ""},
		{"drop nothing", "DropToken", job("", runsOn, publish), ""},

		{"runner", "HostedRunner", job("", "runs-on: self-hosted # ours\n", publish), "-    runs-on: self-hosted # ours\n+    runs-on: ubuntu-latest # ours"},
		{"runner flow", "HostedRunner", job("", "runs-on: [self-hosted, linux]\n", publish), "-    runs-on: [self-hosted, linux]\n+    runs-on: ubuntu-latest"},
		{"runner list", "HostedRunner", job("", "runs-on:\n  - self-hosted\n  - linux\ntimeout-minutes: 5\n", publish), "-    runs-on:\n-      - self-hosted\n-      - linux\n+    runs-on: ubuntu-latest"},
		{"runner list at the key's indent", "HostedRunner", job("", "runs-on:\n- self-hosted\n- linux\ntimeout-minutes: 5\n", publish), "-    runs-on:\n-    - self-hosted\n-    - linux\n+    runs-on: ubuntu-latest"},
		{"runner group", "HostedRunner", job("", "runs-on:\n  group: big\n", publish), "-    runs-on:\n-      group: big\n+    runs-on: ubuntu-latest"},
		{"runner hosted", "HostedRunner", job("", runsOn, publish), ""},

		{"gate", "GateTrigger", strings.Replace(job("", runsOn, publish), "on: push", "on: [push, pull_request]", 1), "+    if: github.event_name != 'pull_request'"},
		{"gate a condition", "GateTrigger", strings.Replace(job("", runsOn+"if: always()\n", publish), "on: push", "on: pull_request", 1), ""},
		{"gate no trigger", "GateTrigger", job("", runsOn, publish), ""},

		{"environment", "SetEnvironment", job("", runsOn, publish), "+    environment: npm"},
		{"environment changed", "SetEnvironment", job("", runsOn+"environment: Release # ours\n", publish), "-    environment: Release # ours\n+    environment: npm # ours"},
		{"environment by name", "SetEnvironment", job("", runsOn+"environment:\n  name: 'release'\n  url: https://acme.example\n", publish), "-      name: 'release'\n+      name: 'npm'"},
		{"environment there", "SetEnvironment", job("", runsOn+"environment: npm\n", publish), ""},
		{"environment of a caller", "SetEnvironment", job("", "uses: ./x.yml\n", ""), ""},

		{"registry", "AddRegistryURL", job("", runsOn, setup("v4", "  with:\n    node-version: 22\n")), "+          registry-url: https://registry.npmjs.org"},
		{"registry without with", "AddRegistryURL", job("", runsOn, setup("v4", "")), "+        with:\n+          registry-url: https://registry.npmjs.org"},
		{"registry there", "AddRegistryURL", job("", runsOn, setup("v4", "  with:\n    registry-url: https://npm.acme.example\n")), ""},
		{"registry nowhere", "AddRegistryURL", job("", runsOn, publish), ""},

		{"flag", "AddProvenance", job("", runsOn, publish), "-      - run: npm publish # now\n+      - run: npm publish --provenance # now"},
		{"flag in a block", "AddProvenance", job("", runsOn, "- run: |\n    npm ci\n    npm publish --access public\n"), "-          npm publish --access public\n+          npm publish --provenance --access public"},
		{"variable", "AddProvenance", job("", runsOn, "- run: npx lerna publish\n  env:\n    CI: 1\n"), `+          NPM_CONFIG_PROVENANCE: "true"`},
		{"variable for an action", "AddProvenance", job("", runsOn, "- uses: changesets/action@v1\n  with:\n    publish: pnpm release\n"), "+        env:\n+          NPM_CONFIG_PROVENANCE: \"true\""},
		{"variable refused", "AddProvenance", job("", runsOn, "- run: npm publish\n  env:\n    NPM_CONFIG_PROVENANCE: false\n"), "-      - run: npm publish\n+      - run: npm publish --provenance"},
		{"flag there", "AddProvenance", job("", runsOn, "- run: npm publish --provenance\n"), ""},
		{"flag for Yarn", "AddProvenance", job("", runsOn, "- run: yarn npm publish\n"), "-      - run: yarn npm publish\n+      - run: yarn npm publish --provenance"},
		{"flag for pnpm", "AddProvenance", job("", runsOn, "- run: pnpm publish --no-git-checks\n"), "-      - run: pnpm publish --no-git-checks\n+      - run: pnpm publish --provenance --no-git-checks"},
		{"both for pnpm -r", "AddProvenance", job("", runsOn, "- run: pnpm -r publish\n"), "-      - run: pnpm -r publish\n+      - run: pnpm -r publish --provenance\n+        env:\n+          NPM_CONFIG_PROVENANCE: \"true\""},
		{"nothing for bun", "AddProvenance", job("", runsOn, "- run: bun publish\n"), ""},

		{"npm step", "UpgradeNpm", job("", runsOn, "- run: npm ci\n\n# ship it\n"+publish), "+      - name: Upgrade npm\n+        run: npm install -g npm@11\n+"},
		{"npm raised", "UpgradeNpm", job("", runsOn, "- run: npm install -g npm@10\n"+publish), "-      - run: npm install -g npm@10\n+      - run: npm install -g npm@11"},
		{"npm there", "UpgradeNpm", job("", runsOn, "- run: npm install -g npm@11\n"+publish), ""},
		{"Node.js raised", "UpgradeNpm", job("", runsOn, setup("v4", "  with:\n    node-version: '18.x'\n")), "-          node-version: '18.x'\n+          node-version: '24'"},

		{"Node.js and npm raised", "UpgradeNpm", job("", runsOn, "- run: npm i -g npm@latest\n"+setup("v4", "  with:\n    node-version: 18\n")), "-      - run: npm i -g npm@latest\n+      - run: npm i -g npm@11\n-          node-version: 18\n+          node-version: 24"},

		{"verbose", "AddVerbose", job("", runsOn, publish), "+        env:\n+          NPM_CONFIG_LOGLEVEL: verbose"},
		{"verbose in env", "AddVerbose", job("", runsOn, publish+"  env:\n    A: |\n      long\n"), "+          NPM_CONFIG_LOGLEVEL: verbose"},
		{"verbose raised", "AddVerbose", job("", runsOn, publish+"  env:\n    NPM_CONFIG_LOGLEVEL: silent\n"), "-          NPM_CONFIG_LOGLEVEL: silent\n+          NPM_CONFIG_LOGLEVEL: verbose"},
		{"verbose there", "AddVerbose", job("", runsOn, publish+"  env:\n    NPM_CONFIG_LOGLEVEL: verbose\n"), ""},
		{"verbose in a flow", "AddVerbose", job("", runsOn, "- {run: npm publish}\n"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, src := range []string{tt.src, strings.TrimSuffix(tt.src, "\n"), strings.ReplaceAll(tt.src, "\n", "\r\n")} {
				e, ok := edits[tt.edit](mustRead(t, src), "a")
				if got := strings.ReplaceAll(changes(e.Diff), "\r", ""); ok != (tt.want != "") || src == tt.src && got != tt.want {
					t.Errorf("%v, got:\n%s\nwant:\n%s\nin:\n%s", ok, got, tt.want, src)
				}
				if _, err := edit.Apply([]byte(src), e.Diff); err != nil {
					t.Errorf("%v\n%s", err, e.Diff)
				}
			}
		})
	}
}

// wanted is the fact that an edit brings about, where it is one.
var wanted = map[string][2]string{
	"AddIDToken":     {"id-token", granted},
	"HostedRunner":   {"runner.kind", hosted},
	"AddProvenance":  {"provenance.requested", "true"},
	"AddRegistryURL": {"setup-node.registry-url", "https://registry.npmjs.org"},
	"BumpSetupNode":  {"setup-node.version", "6"},
}

func TestEditsReadBack(t *testing.T) {
	sources := []string{
		fullWorkflow,
		strings.ReplaceAll(fullWorkflow, "id-token: write", "packages: read"),
		strings.ReplaceAll(fullWorkflow, "ubuntu-latest", "[self-hosted, linux]"),
		strings.ReplaceAll(fullWorkflow, " --provenance", ""),
		strings.ReplaceAll(fullWorkflow, "          registry-url: https://registry.npmjs.org\n", ""),
	}
	done := map[string]bool{}
	for _, src := range sources {
		for name, fact := range wanted {
			e, ok := edits[name](mustRead(t, src), "publish")
			if !ok {
				continue
			}
			done[name] = true
			after, err := edit.Apply([]byte(src), e.Diff)
			if err != nil {
				t.Fatal(err)
			}
			if got := values(mustRead(t, string(after)).Facts("publish"))[fact[0]]; got != fact[1] {
				t.Errorf("%s: %s = %q after\n%s", name, fact[0], got, e.Diff)
			}
		}
	}
	for name := range wanted {
		if !done[name] {
			t.Errorf("%s was possible nowhere", name)
		}
	}
}

// exercise calls everything that reads a file.
func exercise(f *File) {
	f.Triggers()
	for _, j := range f.jobs {
		for _, name := range []string{j.ID, j.Name, j.ID + " / x"} {
			f.Facts(name)
			Call(f, f, name)
			f.PublishStep(name)
		}
		for _, change := range edits {
			if e, ok := change(f, j.ID); ok {
				if _, err := edit.Apply(f.src, e.Diff); err != nil {
					panic(err)
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(fullWorkflow)
	f.Add(job("permissions: {contents: read}\n", "runs-on: [self-hosted]\n", "- {run: npm publish}\n"))
	f.Add("on: &a [push]\njobs:\n  a:\n    uses: ./x.yml\n    permissions: *a\n")
	f.Add("jobs:\n  a:\n    steps:\n      - run: \"npm publish \\\n          x <<EOF `\"\n        env:\n")
	f.Fuzz(func(t *testing.T, src string) {
		if file, err := Read("x.yml", []byte(src)); err == nil {
			exercise(file)
		}
	})
}
