package inert

import (
	"regexp"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
)

// RedactLines is [Redact] for a text of several lines, \n between them. It also
// finds secrets that somebody's terminal or editor broke into two lines.
func RedactLines(s string) string {
	return Redact(redactAcross(s, "\n", brokenValue, mayHoldValue, false))
}

// brokenToken is a whole token, once what parts it is taken out. Lengths and
// alphabets are those of npm and GitHub since 2021
// (https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/).
var brokenToken = lazy.Regexp(`(?i:npm_)[A-Za-z0-9]{36}|(?i:gh[pousr]_)[A-Za-z0-9]{36}|(?i:github_pat_)[A-Za-z0-9]{22}_[A-Za-z0-9]{59}` +
	`|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}`)

// tokenBegins are the cheap tests for brokenToken, on text in lower case.
var tokenBegins = []func(low string) bool{
	followed("npm_", "", 36, wordBytes), followed("ghp_", "", 36, wordBytes), followed("gho_", "", 36, wordBytes),
	followed("ghu_", "", 36, wordBytes), followed("ghs_", "", 36, wordBytes), followed("ghr_", "", 36, wordBytes),
	followed("github_pat_", "", 60, wordBytes+"_"), followed("eyj", "", 40, wordBytes+"_-."),
}

func mayHoldToken(low string) bool {
	for _, begins := range tokenBegins {
		if begins(low) {
			return true
		}
	}
	return false
}

// brokenValue is a value whose place says that it is secret.
var brokenValue = lazy.Regexp(`(?i)_authToken["']?[=:]["']?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|https?://[^/\s"'<>@:]*:[^/\s"'<>@]+@`)

func mayHoldValue(low string) bool {
	return strings.Contains(low, "_authtoken") || hasUserInfo(low)
}

// redactAcross replaces what the expression finds in s without the bytes of
// gap, if it may find anything; with random, only what looks drawn by lot. What
// is in one piece is left to the rules.
func redactAcross(s, gap string, whole func() *regexp.Regexp, may func(low string) bool, random bool) string {
	if !strings.ContainsAny(s, gap) {
		return s
	}
	joined, from := without(s, gap)
	if !may(strings.ToLower(joined)) {
		return s
	}
	done := 0
	var out strings.Builder
	for _, at := range whole().FindAllStringIndex(joined, -1) {
		start, end := from[at[0]], from[at[1]-1]+1
		first := s[start:end]
		if i := strings.IndexAny(first, gap); i >= 0 {
			first = first[:i]
		}
		if len(first) == end-start || whole().MatchString(first) || random && !isRandom(joined[at[0]:at[1]]) {
			continue // in one piece, or complete before the gap, or a name
		}
		out.WriteString(s[done:start])
		out.WriteString(hideRuns(s[start:end], gap))
		done = end
	}
	return out.String() + s[done:]
}

// halfToken tells whether a text has as long a word as one of the two halves of
// the shortest secret has at least.
var halfToken = hasWord(12, "_-")

// without is s without the bytes of gap, and where each of its bytes stood.
func without(s, gap string) (joined string, from []int) {
	var kept []byte
	for i := range len(s) {
		if strings.IndexByte(gap, s[i]) < 0 {
			kept, from = append(kept, s[i]), append(from, i)
		}
	}
	return string(kept), from
}

// hideRuns replaces each run of other bytes than those of gap.
func hideRuns(s, gap string) string {
	var out strings.Builder
	for len(s) > 0 {
		n := strings.IndexAny(s, gap)
		if n != 0 {
			out.WriteString(gone)
		}
		if n < 0 {
			break
		}
		out.WriteByte(s[n])
		s = s[n+1:]
	}
	return out.String()
}
