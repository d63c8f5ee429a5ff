package analyzer_test

import (
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/patterns"
)

// TestFactsOfFragments reads facts in what people copy out of a log.
func TestFactsOfFragments(t *testing.T) {
	const refused = "npm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged in to https://registry.npmjs.org/\n"
	run := func(script string, rest ...string) string {
		return "##[group]Run " + script + "\n" + script + "\nshell: /usr/bin/bash -e {0}\n" + strings.Join(rest, "\n") + "\n"
	}
	a := analyzer.New(patterns.Builtin())
	for name, tt := range map[string]struct{ log, fact, want string }{
		"an empty variable":          {"NODE_AUTH_TOKEN: \n" + refused, "token.kind", "empty"},
		"a hidden variable":          {"  NODE_AUTH_TOKEN: ***\n" + refused, "token.kind", "secret"},
		"bun's variable":             {run("bun publish", "env:", "  NPM_CONFIG_TOKEN: ***", "##[endgroup]", "404 Not Found: https://registry.npmjs.org/widget"), "token.kind", "secret"},
		"no line of the shell":       {"##[group]Run npm publish\nnpm publish\nenv:\n  NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX\n##[endgroup]\n" + refused, "token.kind", "placeholder"},
		"a variable that is unset":   {run(`echo "//registry.npmjs.org/:_authToken=${NPM_TOKEN}" > .npmrc`, "env:", "  CI: 1", "##[endgroup]") + run("npm publish", "##[endgroup]", refused), "token.kind", "empty"},
		"a name written as it is":    {run(`printf '//registry.npmjs.org/:_authToken=${NODE_AUTH_TOKEN}' > .npmrc`, "##[endgroup]") + run("npm publish", "env:", "  NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX", "##[endgroup]", refused), "token.kind", "placeholder"},
		"npm's bare version":         {run("node --version\nnpm --version", "##[endgroup]", "v24.15.0", "11.13.0") + run("npm publish", "##[endgroup]", refused), "npm.version", "11.13.0"},
		"npm's version in words":     {"npm v11.13.0\n" + refused, "npm.version", "11.13.0"},
		"another registry's path":    {"npm error code E403\nnpm error 403 403 Forbidden - PUT https://acme.jfrog.io/artifactory/api/npm/npm-local/@acme%2fbtns - Forbidden\n", "package.name", "@acme/btns"},
		"another registry's address": {"npm error code E403\nnpm error 403 403 Forbidden - PUT https://acme.jfrog.io/artifactory/api/npm/npm-local/@acme%2fbtns - Forbidden\n", "registry.address", "acme.jfrog.io/artifactory/api/npm/npm-local"},
		"what npm reads":             {run("npm publish", "env:", "  NPM_CONFIG_PROVENANCE: true", "##[endgroup]", refused), "provenance.requested", "true"},
		"what pnpm does not read":    {run("pnpm publish", "env:", "  NPM_CONFIG_PROVENANCE: true", "##[endgroup]", "[WARN] Skipped OIDC: ERR_PNPM_ID_TOKEN_GITHUB_WORKFLOW_INCORRECT_PERMISSIONS: Incorrect permissions for idToken within GitHub Workflows", refused), "provenance.requested", ""},
		"whose error it is":          {"[ERR_PNPM_GIT_UNCLEAN] Unclean working tree. Commit or stash changes first.\n", "publish.tool", "pnpm"},
		"changesets' word on OIDC":   {"No NPM_TOKEN found, but OIDC is available - using npm trusted publishing\n" + refused, "id-token", "granted"},
		"npm's own sentence":         {"npm error code EUSAGE\nnpm error Provenance generation in GitHub Actions requires \"write\" access to the \"id-token\" permission\n", "id-token", "missing"},
		"an upload's request":        {"lerna http fetch PUT 404 https://registry.yarnpkg.com/@acme%2fbtns 777ms\nlerna ERR! E404 Not found\n", "registry.host", "registry.yarnpkg.com"},
	} {
		r := analyze(t, a, "x", tt.log, nil)
		if got := valuesOf(r, tt.fact); strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %s = %v, want %s", name, tt.fact, got, tt.want)
		}
	}
}
