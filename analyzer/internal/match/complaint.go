package match

import "github.com/pubmortem/pubmortem/analyzer/internal/lazy"

// complains tells whether a line of a paste says that something about a
// package's publish went wrong, in whatever words: a message that the catalog
// does not know must not pass as if nothing had failed. Cargo, NuGet, PyPI and
// others publish packages too, and builds run npm without publishing anything.
func complains(line string) bool {
	return trouble().MatchString(line) && !elsewhere().MatchString(line) && !compared().MatchString(line) &&
		publishing().MatchString(everydayNpm().ReplaceAllLiteralString(line, ""))
}

var (
	trouble = lazy.Regexp(`(?i)\b(?:errors?|fail(?:s|ed|ure)?|cannot|can't|could(?: not|n't)|unable|invalid|denied|missing|already|must|skipp(?:ed|ing)|timed out|won't|no means|no new|no unpublished|no auth\w*|requires|configured to use|is not an?|Usage Error|unknown|unsupported|unexpected|(?:not|n't) (?:found|be|being|on|permitted|allowed|supported|authenticated|authorized|a|have|in|clean))\b|ERR!|[✖✘×✗]`)

	publishing = lazy.Regexp(`(?i)\b(?:p?npm|npx|yarn|lerna|changesets?|semantic-release|release-please|npmjs|npmrc|node_auth_token|package\.json|packagemanager|dist-tags?|provenance|sigstore|tokenless|scoped package|staged (?:package|publishing))\b|➤ YN\d|🦋|\bpublish(?:ed|ing)?\b.*\b(?:packages?|versions?|released?|branch|otp)\b|\bpackages?\b.*\bpublish|\bversions?\b.*\b(?:published|released?)\b|@[\w.-]+/[\w.-]+@\d|--any-branch|\bpackage "@|\bunpublished projects\b|\bworkspaces? cannot be published|\bcollaborator for @|\b(?:bun publish|unscoped package|otp (?:token|code)|invalid otp|working dir(?:ectory)? must be clean)\b`)

	elsewhere = lazy.Regexp(`(?i)crates?\.io|\bcargo|nuget|pypi|twine|docker|ghcr\.io|maven|gradle|rubygems|\bgem push|\bhelm\b|\bnpm (?:warn|notice)\b|deprecat|\btests? `)

	everydayNpm = lazy.Regexp(`(?i)\b(?:npm|pnpm|yarn|bun) (?:run|ci|i|install|test|t|exec|audit|view|info)\b\S*|\b(?:npm|pnpm|yarn)/(?:[\w-]+)|node_modules/\S*`)
)
