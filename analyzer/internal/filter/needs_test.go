package filter

import (
	"regexp"
	"testing"

	"github.com/pubmortem/pubmortem/patterns"
)

func TestNeeds(t *testing.T) {
	for _, test := range []struct {
		regex, text string
		want        bool
	}{
		{`(?i)npm (?:ERR!|error) code E40[13]\b`, "npm error code e403", true},
		{`(?i)npm (?:ERR!|error) code E40[13]\b`, "npm error code e404", false},
		{`(?i)npm (?:ERR!|error) code E40[13]\b`, "npm warn code e403", false},
		{`\bPOST\s+20[01]\s+(?P<url>\S*/exchange/\S+)`, "post /exchange/widget 200", false}, // the order counts
		{`\bPOST\s+20[01]\s+(?P<url>\S*/exchange/\S+)`, "post 200 /exchange/widget", true},
		{`^npm(?: v?|@)(\d+)\.`, "npm notice 1.", true},
		{`^npm(?: v?|@)(\d+)\.`, "an npm 1.", false},
		{`^npm(?: v?|@)(\d+)\.`, "npm notice", false},
		{`^(?:NPM|YARN_NPM)_TOKEN: `, "yarn_npm_token: ***", true},
		{`^(?:x?)npm`, "npm", true},
		{`(?:cannot|can't) publish|🦋 `, "can't publish", true},
		{`(?:cannot|can't) publish|🦋 `, "🦋  error", true},
		{`(?:cannot|can't) publish|🦋 `, "it can publish", false},
		{`(?i)Écrit ok`, "écrit ok", true}, // lowered in ASCII only
		{`(?i)Écrit ok`, "a crit of", false},
		{`error.*|.*`, "", true},
		{`(`, "anything", true},
	} {
		n := NeedsOf(test.regex)
		if got := n.Hold(test.text); got != test.want {
			t.Errorf("%s on %q: %v, want %v by %+v", test.regex, test.text, got, test.want, n)
		}
	}
}

// What a regular expression matches has all that it needs.
func FuzzNeeds(f *testing.F) {
	f.Add(`^(?:npm|pnpm) (?:ERR!|error) (?i:code) E\d+|\+ (@[\w]+/)?x{2,3}[ab]*$`, "npm error CODE E404")
	f.Add(`^(?:ab|b)c`, "abc")
	f.Add(`(?i)k?É+[^a-z]\bs`, "KÉ1s")
	f.Add(`(?:\bE)?404 (?:to|to be) (?P<url>https?://\S+)(?:x|yz)*$`, "E404 to be http://a/yz b 404 to https://b/x")
	f.Fuzz(func(t *testing.T, regex, text string) {
		re, err := regexp.Compile(regex)
		if err != nil || !re.MatchString(text) {
			return
		}
		for _, r := range text {
			if r == '\u212a' || r == 'ſ' {
				return // they fold to k and s, which is left out
			}
		}
		if n := NeedsOf(regex); !n.Hold(patterns.Lower(text)) {
			t.Errorf("%q matches %q, but it lacks %+v", regex, text, n)
		}
		at := re.FindStringIndex(text)
		for end := at[0]; end < at[1]; end++ {
			if n := NeedsOf(regex); text[end] == ' ' && !n.MaySpan(patterns.Lower(text), at[0]+1, end) {
				t.Errorf("%q matches %q in %q past %d, which %+v denies", regex, text[at[0]:at[1]], text, end, n)
			}
		}
	})
}
