package inert

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
)

// gone stands where a secret was. It is what the runner's own masker writes.
const gone = "***"

// Redact replaces secrets in s by "***" and leaves their kind readable
// (npm_***, Authorization: Bearer ***). The runner masks registered secrets
// only; tokens that a program mints or reads from a file are printed in clear.
//
// Known are: npm, GitHub and JSON web tokens, PEM blocks, authorization
// headers, npm's _authToken, _auth and _password, token variables, passwords
// and signatures in URLs, and very long opaque words. Tokens whose end is cut
// off, or that blanks and line breaks part, are found as well. Redacting twice changes nothing.
func Redact(s string) string {
	if harmless.has(s) {
		return s
	}
	out := redact(s)
	if plain := unescape(out); plain != out {
		if shown := redact(plain); shown != plain {
			out = breakLines(shown)
		}
	}
	if out == s {
		harmless.add(s)
	}
	return out
}

// escaped is a character that HTML, an address or JSON writes otherwise, perhaps
// several times over.
var escaped = lazy.Regexp(`(?i)&(?:amp;)*(?:#x0*([0-9a-f]{2})|#0*([0-9]{2,3})|(quot|apos|colon|equals|commat|sol|lowbar));|%(?:25)*([0-9a-f]{2})|\\+(?:u00|x)([0-9a-f]{2})`)

// entities are the marks that stand around secrets and have names in HTML.
var entities = map[string]byte{"quot": '"', "apos": '\'', "colon": ':', "equals": '=', "commat": '@', "sol": '/', "lowbar": '_'}

// unescape writes the marks around secrets as themselves, if there are others
// than slashes, in which there is nothing to find.
func unescape(s string) string {
	if !strings.ContainsAny(s, "&\\") && strings.Count(s, "%") == strings.Count(s, "%2f")+strings.Count(s, "%2F") {
		return s
	}
	found := false
	out := escaped().ReplaceAllStringFunc(s, func(char string) string {
		g := escaped().FindStringSubmatch(char)
		c := entities[strings.ToLower(g[3])]
		if c == 0 {
			n, _ := strconv.ParseUint(g[1]+g[4]+g[5], 16, 8) // no number is no mark
			if g[2] != "" {
				n, _ = strconv.ParseUint(g[2], 10, 8)
			}
			c = byte(n)
		}
		if strings.IndexByte("\"'&,/:=?@_{} ", c) < 0 {
			return char
		}
		found = found || c != '/' || char[0] != '%'
		return string(c)
	})
	if !found {
		return s
	}
	return out
}

// breakLines breaks the workflow commands that such marks kept from being any.
func breakLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = breakCommands(line)
	}
	return strings.Join(lines, "\n")
}

// harmless are texts that were looked at and hold no secret. Reports quote the
// same texts of the catalog and the same names again and again.
var harmless memory

// memory remembers texts, the newer half of them for sure.
type memory struct {
	mu       sync.RWMutex
	new, old map[string]bool
	size     int // bytes of new
}

const (
	maxRemembered = 512 << 10 // bytes of each half
	maxKept       = 2 << 10   // bytes of one text
)

func (m *memory) has(s string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.new[s] || m.old[s]
}

func (m *memory) add(s string) {
	if len(s) > maxKept {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	const overhead = 32
	if m.size += len(s) + overhead; m.size > maxRemembered || m.new == nil {
		m.new, m.old, m.size = map[string]bool{}, m.new, 0
	}
	m.new[strings.Clone(s)] = true
}

func redact(s string) string {
	low := strings.ToLower(s)
	if halfToken(low) {
		s = redactAcross(s, " \t\r\n\\'\"+", brokenToken, mayHoldToken, true)
		low = strings.ToLower(s)
	}
	if vendorWord(low) {
		s = redactVendors(s)
	}
	for _, list := range [][]rule{rules, byName} {
		for _, r := range list {
			if r.mayHold(low) {
				s = r.apply(s)
			}
		}
	}
	return s
}

// vendorWord tells whether a text may hold a token of another service.
var vendorWord = hasWord(12, "_-./=~+")

// variable is a header whose value is a shell variable: nothing to hide.
var variable = lazy.Regexp(`(?i)(?:basic|bearer|token)[ \t]+\$\{?[A-Z_]+\}?$`)

// rule finds one kind of secret.
type rule struct {
	// gates and when are the cheap test: the rule can hold only in a text that, in
	// lower case, contains one of the gates, if there are any, and passes when.
	gates []string
	when  func(low string) bool
	re    func() *regexp.Regexp
	// with is the template of the replacement.
	with string
	// keep, when set, looks at a match, its groups and the text after it, and
	// may let it stand.
	keep func(groups []string, after string) bool
}

func (r rule) mayHold(low string) bool {
	return (r.gates == nil || slices.ContainsFunc(r.gates, func(g string) bool { return strings.Contains(low, g) })) &&
		(r.when == nil || r.when(low))
}

// bytesIn is a table of the bytes in s.
func bytesIn(s string) (in [256]bool) {
	for _, c := range []byte(s) {
		in[c] = true
	}
	return in
}

// hasWord tells whether a text has a run of n letters, digits and other bytes
// that are given.
func hasWord(n int, others string) func(low string) bool {
	in := bytesIn(wordBytes + others)
	return func(low string) bool {
		// The last byte of a run decides first: most runs are short.
		for end := n - 1; end < len(low); {
			start := end
			for start > end-n && in[low[start]] {
				start--
			}
			if start == end-n {
				return true
			}
			end = start + n
		}
		return false
	}
}

// hasBrokenUserInfo tells whether a text has a URL with a password in which
// there is one blank.
func hasBrokenUserInfo(low string) bool {
	for {
		_, rest, ok := strings.Cut(low, "://")
		if !ok {
			return false
		}
		host, _, _ := strings.Cut(rest[:indexAnyOr(rest, "/\t\n\f\r\v\"'<>", len(rest))], "@")
		if len(host) < len(rest) && rest[len(host)] == '@' && strings.Contains(host, ":") && strings.Count(host, " ") == 1 {
			return true
		}
		low = rest
	}
}

// indexAnyOr is where the first of the bytes stands in s, or none.
func indexAnyOr(s, bytes string, none int) int {
	if i := strings.IndexAny(s, bytes); i >= 0 {
		return i
	}
	return none
}

// wordBytes are the letters and digits of a text in lower case.
const wordBytes = "abcdefghijklmnopqrstuvwxyz0123456789"

// followed tells whether a text has a word that is followed, behind any number
// of the bytes between, by n of the bytes then.
func followed(word, between string, n int, then string) func(low string) bool {
	return func(low string) bool {
		for {
			_, rest, ok := strings.Cut(low, word)
			if !ok {
				return false
			}
			value := strings.TrimLeft(rest, between)
			if len(value)-len(strings.TrimLeft(value, then)) >= n {
				return true
			}
			low = rest
		}
	}
}

// hasUserInfo tells whether a text has a URL with something before an @.
var hasUserInfo = followedByUser("://")

// followedByUser tells whether a text has something before an @ where a host
// would stand: behind start.
func followedByUser(start string) func(low string) bool {
	return func(low string) bool {
		for {
			_, rest, ok := strings.Cut(low, start)
			if !ok {
				return false
			}
			if end := strings.IndexAny(rest, "/@ \t\n\f\r\v\"'<>"); end >= 0 && rest[end] == '@' {
				return true
			}
			low = rest
		}
	}
}

// hasDigit tells whether a text has one.
func hasDigit(low string) bool { return strings.ContainsAny(low, "0123456789") }

func (r rule) apply(s string) string {
	var out []byte
	done := 0
	for _, at := range r.re().FindAllStringSubmatchIndex(s, -1) {
		if r.keep != nil && r.keep(groups(s, at), s[at[1]:]) {
			continue
		}
		out = append(out, s[done:at[0]]...)
		out = r.re().ExpandString(out, r.with, s, at)
		done = at[1]
	}
	if out == nil {
		return s
	}
	return string(append(out, s[done:]...))
}

// groups are the texts of a match and its groups; at holds their borders.
func groups(s string, at []int) []string {
	var texts []string
	for i := 0; i < len(at); i += 2 {
		text := ""
		if at[i] >= 0 {
			text = s[at[i]:at[i+1]]
		}
		texts = append(texts, text)
	}
	return texts
}

// The order matters where one secret can hold another: blocks before words.
var rules = []rule{
	{ // The last lines of a PEM block, whose beginning may be missing.
		gates: []string{"-----end"},
		re:    lazy.Regexp(`(?i)(?:[a-z0-9+/=\\%]{16,}\s*)+(?:[a-z0-9+/=\\%]+\s*)?(-----END[ +%][A-Z0-9 +%]{1,40}-----)`),
		with:  gone + "${1}",
	},
	{ // A PEM block; without its end, everything after the first line.
		gates: []string{"-----begin"},
		re:    lazy.Regexp(`(?is)(-----BEGIN[ +%][A-Z0-9 +%]{1,40}-----).*?(-----END[ +%][A-Z0-9 +%]{1,40}-----|$)`),
		with:  "${1}" + gone + "${2}",
	},
	{ // A line out of a PEM block: base64 and nothing else.
		when: hasWord(60, "+/"),
		re:   lazy.Regexp(`(?m)^([ \t]*)([A-Za-z0-9+/]{60,80}={0,2})[ \t]*$`),
		with: "${1}" + gone,
		keep: func(g []string, _ string) bool { return !isRandom(g[2]) },
	},
	{ // The DER sequence that most keys begin with.
		gates: []string{"mii"},
		re:    lazy.Regexp(`\bMII[A-Za-z0-9+/]{20,}={0,2}`),
		with:  "MII" + gone,
	},
	{ // Fulcio quotes a token that it cannot read; the place says what it is, however short.
		gates: []string{"identity token:"},
		re:    lazy.Regexp(`(?i)(identity token:\s*["']?)eyJ[^\s"']*`),
		with:  "${1}eyJ" + gone,
	},
	{ // A JSON web token inside a longer word needs to be longer than an identifier like keyJson….
		gates: []string{"eyj"},
		re:    lazy.Regexp(`eyJ[A-Za-z0-9_-]{17,}(?:\.[A-Za-z0-9_-]*)*`),
		with:  "eyJ" + gone,
	},
	{
		gates: []string{"eyj"},
		re:    lazy.Regexp(`(^|[^A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{9,}(?:\.[A-Za-z0-9_-]*)*`),
		with:  "${1}eyJ" + gone,
	},
	{
		when: followed("npm_", "", 8, wordBytes),
		re:   lazy.Regexp(`(?i)(npm_)([a-z0-9]{8,})([a-z0-9_-]*)`),
		with: "${1}" + gone,
		keep: func(g []string, _ string) bool { return isNpmName(g[2], g[3]) },
	},
	{
		gates: []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_"},
		re:    lazy.Regexp(`(?i)(gh[pousr]_)[a-z0-9_.-]{8,}`),
		with:  "${1}" + gone,
	},
	{
		gates: []string{"github_pat_"},
		re:    lazy.Regexp(`(?i)(github_pat_)[a-z0-9_]{8,}`),
		with:  "${1}" + gone,
	},
	{ // The value of a known scheme is one word; of others, who knows.
		when: followed("authorization", "\\\"' \t", 1, ":="),
		re: lazy.Regexp(`(?i)(authorization[\\"']*[ \t]*[:=][ \t]*[\\"']*(?:(?:basic|bearer|token|negotiate)[ \t]+[\\"']*))[^\s\\"']+` +
			`|(authorization[\\"']*[ \t]*[:=][ \t]*[\\"']*)[^\s\\"'][^\\"'\n]*`),
		with: "${1}${2}" + gone,
		keep: func(g []string, _ string) bool { return variable().MatchString(g[0]) },
	},
	{
		when: followed("bearer", " \t\n\f\r", 20, wordBytes+"._~+/=-"),
		re:   lazy.Regexp(`(?i)(bearer\s+)[a-z0-9._~+/=-]{20,}`),
		with: "${1}" + gone,
	},
	{ // .npmrc, npm's options, and `npm config set //host/:_authToken VALUE`.
		gates: []string{"_auth", "_password"},
		re:    lazy.Regexp(`(?i)(:?_(?:authToken|auth|password)[\\"']*[ \t]*(?:=>|[:=])[ \t]*[\\"']*|:_(?:authToken|auth|password)[ \t]+)([^\s\\"']+)`),
		with:  "${1}" + gone,
		keep:  func(g []string, _ string) bool { return isHarmless(g[2]) },
	},
	{ // Variables as Run groups list them and as scripts set them.
		when: followed("_token", "\\\"' \t", 1, ":="),
		re: lazy.Regexp(`((?:(?i:NODE_AUTH|NPM|NPM_AUTH|GITHUB|GH)|[A-Z][A-Z0-9_]*)_(?i:TOKEN)[\\"']*[ \t]*(?:=>|[:?]{0,3}=|:)[ \t]*[\\"']*)` +
			`([^\s\\"']+)`),
		with: "${1}" + gone,
		keep: func(g []string, after string) bool { return isHarmless(g[2]) || isProse(g[2], after) },
	},
	{
		when: hasUserInfo,
		re:   lazy.Regexp(`(?i)(https?://)[^/\s"'<>]*@`),
		with: "${1}" + gone + "@",
	},
	{ // A password that a line's end parted. A number before the blank is a port.
		when: hasBrokenUserInfo,
		re:   lazy.Regexp(`(?i)(https?://)[^/\s"'<>@:]*:[^/\s"'<>@]*[^/\s"'<>@0-9][^/\s"'<>@]* [^/\s"'<>@]+@`),
		with: "${1}" + gone + "@",
	},
	{ // Other schemes name a user that is no secret: git+ssh://git@github.com.
		when: hasUserInfo,
		re:   lazy.Regexp(`(?i)([a-z0-9+.-]+://[^/\s"'<>@:]*:)[^/\s"'<>]*@`),
		with: "${1}" + gone + "@",
	},
	{
		gates: []string{"sig=", "sig%3d", "signature=", "signature%3d", "token=", "token%3d", "credential=", "credential%3d"},
		re: lazy.Regexp(`(?i)((?:[?&;\s"']|^)(?:sig|signature|urlSignature|token|access_token|x-(?:amz|goog)-(?:signature|credential|security-token))(?:=|%3D))` +
			`[^&\s"'#]+`),
		with: "${1}" + gone,
	},
	{ // What is left of a token whose beginning is missing.
		when: hasWord(100, "_-"),
		re:   lazy.Regexp(`[A-Za-z0-9_-]{100,}`),
		with: gone,
		keep: func(g []string, _ string) bool { return !isRandom(g[0]) },
	},
}

// isRandom reports whether a long word mixes letters of both cases and digits.
// Checksums in hexadecimal and repeated letters do not.
func isRandom(s string) bool {
	return strings.ContainsFunc(s, unicode.IsUpper) &&
		strings.ContainsFunc(s, unicode.IsLower) &&
		strings.ContainsFunc(s, unicode.IsDigit)
}

// maxNameWord is longer than any word of a variable's name; tokens have 36.
const maxNameWord = 20

// isNpmName reports whether npm_WORD, followed by rest, is the name of a
// variable and not the beginning of a token.
func isNpmName(word, rest string) bool {
	if len(word) > maxNameWord || strings.ContainsFunc(word, unicode.IsDigit) {
		return false
	}
	switch {
	case word == strings.ToUpper(word):
		return true
	case word != strings.ToLower(word):
		return false
	}
	return strings.HasPrefix(rest, "_") || npmNames[word]
}

// npmNames are variables npm_WORD that npm sets, or that are common, and that
// are as long as the beginning of a token.
var npmNames = map[string]bool{
	"execpath": true, "lifecycle": true, "registry": true, "username": true, "password": true, "provenance": true,
}

// setupNodePlaceholder is what actions/setup-node exports as NODE_AUTH_TOKEN
// when it is given no token (src/authutil.ts). It decides diagnoses.
const setupNodePlaceholder = "XXXXX-XXXXX-XXXXX-XXXXX"

// isHarmless reports whether the value of a token variable or option says
// something about the token without being it.
func isHarmless(value string) bool {
	switch value {
	case gone, setupNodePlaceholder, "(protected)", "true", "false", "undefined", "null", "absent", "empty", "placeholder", "unresolved":
		return true
	}
	return reference().MatchString(value)
}

// reference is a variable or an expression that was not expanded.
var reference = lazy.Regexp(`^(?:\$\{[A-Za-z0-9_]+[?-]?\}|\$[A-Za-z_][A-Za-z0-9_]*|\$\{\{.*)$`)

// isProse reports whether "NPM_TOKEN:" and value are part of a sentence that
// goes on after them.
func isProse(value, after string) bool {
	return shortWord().MatchString(value) && nextWord().MatchString(after)
}

var (
	shortWord = lazy.Regexp(`^[A-Za-z]{1,10}$`)
	nextWord  = lazy.Regexp(`^ [a-z]+(?:[ ,.]|$)`)
)
