package catalog

import (
	"strings"
	"testing"
)

// sound is a small catalog without mistakes.
const sound = `symptoms:
  - id: put-not-found
    title: The registry answered 404
    kind: failure
    stage: publish
    match:
      - literal: "404 Not Found - PUT "
        regex: 'PUT (?P<url>\S+)'
        source: npm@12.2.0
        examples: ["404 Not Found - PUT https://a.example/"]
        near_misses: ["404 Not Found - GET https://a.example/"]
    meaning: Not found.
facts:
  - id: npm.version
    title: npm's version
    type: version
    scope: step
    from:
      - literal: using npm@
        regex: 'npm@(?P<value>\S+)'
        source: npm@12.2.0
        examples: ["info using npm@11.5.1"]
        near_misses: ["using node@24"]
  - id: token.kind
    title: token
    type: enum
    values: [secret, absent]
    scope: run
  - id: run.fork
    title: fork
    type: bool
    scope: run
causes:
  - id: npm-too-old
    title: npm is too old
    summary: npm is too old.
    explain: npm is too old.
    first_check: npm --version
    fix: {text: Upgrade.}
rows:
  - id: put-404-old
    symptoms: [put-not-found]
    when: {npm.version: "< 11.5.0"}
    cause: npm-too-old
    confidence: likely
    why: It is old.
    source: npm@12.2.0
`

// edit is the sound catalog with one part changed.
func edit(old, now string) string {
	if strings.Count(sound, old) != 1 {
		panic("not once in the sound catalog: " + old)
	}
	return strings.Replace(sound, old, now, 1)
}

// after is the sound catalog with something added to its end, line 48.
func after(more string) string { return sound + more }

const (
	matcherLine  = "      - literal: \"404 Not Found - PUT \"\n"
	regexLine    = "        regex: 'PUT (?P<url>\\S+)'\n"
	examplesLine = "        examples: [\"404 Not Found - PUT https://a.example/\"]\n"
	missesLine   = "        near_misses: [\"404 Not Found - GET https://a.example/\"]\n"
	readingLine  = "        regex: 'npm@(?P<value>\\S+)'\n"
	meaningLine  = "    meaning: Not found.\n"
	whenLine     = "    when: {npm.version: \"< 11.5.0\"}\n"
	secondRow    = "  - {id: other-row, symptoms: [put-not-found], cause: npm-too-old, confidence: possible, why: w, guide: 1"
	computedHint = "  - {id: some-hint, title: t, kind: hint, stage: sign, computed: true, meaning: m"
)

var senseless = []struct{ name, text, at, want string }{
	{"short literal", edit(matcherLine, "      - literal: PUT\n"), ":7:18", `the literal "PUT" is shorter than 4 characters`},
	{"literal seen nearby only", edit(matcherLine, "      - literal: ' PUT '\n"), ":7:18", `the literal " PUT " is so short that it is looked for only near a publish`},
	{"literal that slows down", edit(matcherLine, "      - literal: '404 Not '\n"), ":7:18", `the literal "404 Not " is so short that it slows the search of all logs down`},
	{"double blank", edit(matcherLine, "      - literal: 'Found  - PUT'\n"), ":7:18", "double blank"},
	{"tab in a literal", edit(matcherLine, "      - literal: \"Found\\t- PUT\"\n"), ":7:18", "a tab or a line break"},
	{"broken regex", edit(regexLine, "        regex: 'PUT (?P<url>\\S+'\n"), ":8:16", "the regex does not compile: error parsing regexp: missing closing )"},
	{"look-ahead", edit(regexLine, "        regex: 'PUT (?!x)'\n"), ":8:16", "the syntax is RE2"},
	{"empty match", edit(regexLine, "        regex: '.*'\n"), ":8:16", "the regex matches the empty text"},
	{"wild regex", edit(regexLine, "        regex: '^(.+)$'\n"), ":8:16", "the regex matches any text"},
	{"no source", edit("        regex: 'PUT (?P<url>\\S+)'\n        source: npm@12.2.0\n", regexLine), ":7:9", "the matcher lacks a source"},
	{"no examples", edit(examplesLine, ""), ":7:9", "the matcher lacks examples"},
	{"no near misses", edit(missesLine, ""), ":7:9", "the matcher lacks near_misses"},
	{"example without literal", edit(examplesLine, "        examples: [404 Not Found - GET https]\n"), ":10:20", `the example does not contain the literal "404 Not Found - PUT "`},
	{"example without match", edit(regexLine, "        regex: 'PUT http:'\n"), ":10:20", "the example does not match the regex"},
	{"example of two lines", edit(examplesLine, "        examples: [\"404 Not Found - PUT\\nhttps\"]\n"), ":10:20", "several lines"},
	{"near miss that matches", edit(missesLine, "        near_misses: [x, '404 not found  - put /']\n"), ":11:26", "the near miss matches"},
	{"no matchers", edit("    match:\n"+matcherLine+regexLine+"        source: npm@12.2.0\n"+examplesLine+missesLine, ""), ":2:5", "the symptom has no matchers; add match:"},
	{"computed with matchers", edit(meaningLine, meaningLine+"    computed: true\n"), ":7:7", "a computed symptom has no matchers"},
	{"no meaning", edit(meaningLine, ""), ":2:5", "the symptom lacks a meaning"},
	{"refines unknown", edit(meaningLine, meaningLine+"    refines: [put-not-fund]\n"), ":13:15", `there is no symptom "put-not-fund"; did you mean "put-not-found"?`},
	{"refines itself", edit(meaningLine, meaningLine+"    refines: [put-not-found]\n"), ":13:14", `refines itself`},
	{"refines in a circle", edit(meaningLine, meaningLine+"    refines: [some-hint]\n"+computedHint+", refines: [put-not-found]}\n"), ":14:93", `"some-hint" refines itself`},
	{"implies unknown", edit(meaningLine, meaningLine+"    implies: {npm.versoin: '11'}\n"), ":13:15", `there is no fact "npm.versoin"; did you mean "npm.version"?`},
	{"implies no version", edit(meaningLine, meaningLine+"    implies: {npm.version: eleven}\n"), ":13:15", `"eleven" is not a version`},
	{"implies nothing captured", edit(meaningLine, meaningLine+"    implies: {npm.version: '${ver}'}\n"), ":13:15", `no matcher of the symptom captures "ver"`},
	{"implies no value", edit(meaningLine, meaningLine+"    implies: {token.kind: secrets}\n"), ":13:15", `"secrets" is not a value of "token.kind"; did you mean "secret"?`},
	{"tool's range", edit(meaningLine, meaningLine+"    tools: ['npm >=']\n"), ":13:13", `the range of "npm"`},
	{"tool's empty range", edit(meaningLine, meaningLine+"    tools: ['npm >=9, <9']\n"), ":13:13", "no version of"},
	{"enum without values", edit("    values: [secret, absent]\n", ""), ":24:5", "an enum needs its values"},
	{"values of a version", edit("type: version\n", "type: version\n    values: ['11']\n"), ":17:13", "only an enum has values"},
	{"values of a bool", edit("type: bool\n", "type: bool\n    values: ['true', 'no']\n"), ":32:22", `"no" is not a value of "run.fork", which is true or false`},
	{"value twice", edit("[secret, absent]", "[secret, secret]"), ":27:22", `"secret" is in the list twice`},
	{"nothing read", edit(readingLine, ""), ":19:9", "the matcher reads no value; add value:"},
	{"map of nothing", edit(readingLine, "        map: {a: '1'}\n"), ":19:9", "a map but captures no value"},
	{"value and map", edit(readingLine, "        value: '11'\n        map: {a: '12'}\n"), ":21:14", "a value and a map"},
	{"map's upper case", edit(readingLine, readingLine+"        map: {Latest: '12'}\n"), ":21:15", `the key "Latest" can never be found`},
	{"map's target", edit(readingLine, readingLine+"        map: {latest: newest}\n"), ":21:15", `"newest" is not a version`},
	{"fixed value", edit(readingLine, readingLine+"        value: '>= 2, < 1'\n"), ":21:16", "no version of"},
	{"value read from the example", edit("npm@11.5.1\"", "npm@latest\""), ":22:20", `"latest" is not a version`},
	{"unknown fact in a condition", edit("{npm.version: \"<", "{npm.versions: \"<"), ":43:12", `did you mean "npm.version"?`},
	{"range without number", edit("< 11.5.0", "< eleven"), ":43:12", `"eleven" is not a version`},
	{"range's operator", edit("< 11.5.0", "!= 11.5.0"), ":43:12", `the operator "!=" is none of`},
	{"range that contradicts itself", edit("< 11.5.0", "< 11.5.0, >= 11.5"), ":43:12", "no version of"},
	{"range of a bool", edit("npm.version: \"<", "run.fork: \"<"), ":43:12", `"run.fork" is not a version`},
	{"version without operator", edit("\"< 11.5.0\"", "'11.5'"), ":43:12", `needs a range; write "= 11.5"`},
	{"not a version", edit("\"< 11.5.0\"", "not 11.5"), ":43:12", `"not" does not apply`},
	{"condition's value", edit("npm.version: \"< 11.5.0\"", "token.kind: [secret, present]"), ":43:12", `"present" is not a value of "token.kind"`},
	{"condition's bool", edit("npm.version: \"< 11.5.0\"", "run.fork: no"), ":43:12", "which is true or false"},
	{"not all values", edit("npm.version: \"< 11.5.0\"", "token.kind: 'not [absent, secret]'"), ":43:12", `leaves no value`},
	{"not both bools", edit("npm.version: \"< 11.5.0\"", "run.fork: 'not true, false'"), ":43:12", `leaves no value`},
	{"inference of an unknown fact", after("inferences:\n  - {when: {run.fork: true}, fact: token, value: x, source: s}\n"), ":49:36", `there is no fact "token"`},
	{"inference's value", after("inferences:\n  - {when: {run.fork: true}, fact: token.kind, value: x, source: s}\n"), ":49:55", `"x" is not a value of "token.kind"; values are secret, absent`},
	{"inference from itself", after("inferences:\n  - {when: {run.fork: true}, fact: run.fork, value: true, source: s}\n"), ":49:36", "inferred from itself"},
	{"inference without source", after("inferences:\n  - {when: {run.fork: true}, fact: token.kind, value: absent}\n"), ":49:5", "lacks a source"},
	{"cause without explanation", edit("    explain: npm is too old.\n", ""), ":34:5", "lacks an explain text"},
	{"reference", edit("    fix: {text: Upgrade.}\n", "    fix: {text: Upgrade.}\n    references: [docs.npmjs.com]\n"), ":40:18", `is no URL`},
	{"snippet without language", edit("{text: Upgrade.}", "{text: Upgrade., snippet: x}"), ":39:36", "lacks a language"},
	{"language without snippet", edit("{text: Upgrade.}", "{text: Upgrade., language: sh}"), ":39:37", "without a snippet"},
	{"placeholder in a fix", edit("{text: Upgrade.}", "{text: 'Upgrade ${npm.verson|npm}.'}"), ":39:17", `${npm.verson} is neither a fact nor a capture; did you mean "npm.version"?`},
	{"placeholder in a first check", edit("npm --version", "open ${link}"), ":38:18", "${link} is neither"},
	{"placeholder in a why", edit("It is old.", "'${urls} is old'"), ":46:10", `did you mean "url"?`},
	{"row's symptom", edit("symptoms: [put-not-found]", "symptoms: [put-not-found, put-not-fond]"), ":42:31", `did you mean "put-not-found"?`},
	{"row's symptom twice", edit("symptoms: [put-not-found]", "symptoms: [put-not-found, put-not-found]"), ":42:31", "in the list twice"},
	{"row's seen", edit(whenLine, whenLine+"    seen: [put-404]\n"), ":44:12", `there is no symptom "put-404"`},
	{"row's unless", edit(whenLine, whenLine+"    unless: [x]\n"), ":44:14", `there is no symptom "x"`},
	{"row's cause", edit("cause: npm-too-old", "cause: npm-to-old"), ":44:12", `there is no cause "npm-to-old"; did you mean "npm-too-old"?`},
	{"row without source", edit("    why: It is old.\n    source: npm@12.2.0\n", "    why: It is old.\n"), ":41:5", "the row lacks a source"},
	{"seen and unless", edit(whenLine, whenLine+"    seen: [put-not-found]\n    unless: [put-not-found]\n"), ":45:14", "under seen and unless"},
	{"symptom and unless", edit(whenLine, whenLine+"    unless: [put-not-found]\n"), ":44:13", "all its symptoms are under unless"},
	{"row of a context", edit("kind: failure", "kind: context"), ":42:16", "makes no incident"},
	{"same row", after(secondRow + ", when: {npm.version: '< 11.5.0'}}\n"), ":48:5", `the row "other-row" asks for the same as "put-404-old" at c.yaml:41:5`},
	{"certain beside another", after(strings.NewReplacer("npm-too-old", "npm-broken", "possible", "certain").Replace(secondRow) + ", when: {npm.version: '< 11.5.0'}}\n"), ":48:5", "though one of them is certain"},
	{"rows of one rank", after(strings.NewReplacer("npm-too-old", "npm-broken", "possible", "likely").Replace(secondRow) + ", when: {npm.version: '< 11.5.0'}}\n"), ":48:5", "nothing ranks their causes"},
	{"weaker row", after(secondRow + ", when: {npm.version: '< 11.5.0', run.fork: true}}\n"), ":48:5", "says the same less firmly"},
	{"failure without row", edit(meaningLine, meaningLine+strings.Replace(computedHint, "kind: hint", "kind: failure", 1)+"}\n"), ":13:5", `no row explains the failure "some-hint"`},
	{"hint without use", edit(meaningLine, meaningLine+computedHint+"}\n"), ":13:5", `nothing uses the hint "some-hint"`},
	{"cause without row", edit("rows:\n", "  - {id: other-cause, title: t, summary: s, explain: e, first_check: c, fix: {text: f}}\nrows:\n"), ":40:5", `no row leads to the cause "other-cause"`},
	{"lines' regex", after("lines:\n  - {kind: trouble, title: t, regex: '('}\n"), ":49:38", "does not compile"},
	{"lines' example", after("lines:\n  - {kind: trouble, title: t, regex: x, examples: [y]}\n"), ":49:52", "does not match its example"},
	{"lines' near miss", after("lines:\n  - {kind: trouble, title: t, regex: x, near_misses: [x]}\n"), ":49:55", "matches a near miss"},
	{"disable", after("disable: [put-404-old]\n"), ":48:11", "people's own catalogs"},
	{"replaces", edit(meaningLine, meaningLine+"    replaces: put-found\n"), ":13:15", "people's own catalogs"},
}

func TestLintMistakes(t *testing.T) {
	for _, test := range senseless {
		t.Run(test.name, func(t *testing.T) {
			c, problems := loadText(test.text)
			if len(problems) > 0 {
				t.Fatal(&ProblemsError{problems})
			}
			wantProblem(t, c.Lint(), test.at, test.want)
		})
	}
}

func TestLintSound(t *testing.T) {
	c, problems := loadText(sound)
	if problems = append(problems, c.Lint()...); len(problems) > 0 {
		t.Error(&ProblemsError{problems})
	}
}

// Rows that ask for the same may name other causes when one is more probable.
func TestLintLeavesOpenDifferentials(t *testing.T) {
	other := "causes:\n  - {id: npm-broken, title: t, summary: s, explain: e, first_check: c, fix: {text: f}}\n"
	more := strings.Replace(secondRow, "npm-too-old", "npm-broken", 1) + ", when: {npm.version: '< 11.5.0'}}\n"
	c, _ := loadText(strings.Replace(after(more), "causes:\n", other, 1))
	if problems := c.Lint(); len(problems) > 0 {
		t.Error(&ProblemsError{problems})
	}
}

// Texts that are not for us: GitHub's expressions, shell variables.
func TestLintLeavesOtherTemplates(t *testing.T) {
	c, _ := loadText(edit("npm --version", "'${{ secrets.x }} ${NODE_AUTH_TOKEN} ${npm.version} ${url|it} ${'"))
	if problems := c.Lint(); len(problems) > 0 {
		t.Error(&ProblemsError{problems})
	}
}

func TestLintLenient(t *testing.T) {
	polish := map[string]bool{"no source": true, "no examples": true, "no near misses": true, "no meaning": true, "inference without source": true,
		"cause without explanation": true, "snippet without language": true, "row without source": true, "failure without row": true,
		"hint without use": true, "literal seen nearby only": true, "literal that slows down": true, "cause without row": true, "weaker row": true, "disable": true, "replaces": true}
	for _, test := range senseless {
		c, _ := loadText(test.text)
		if got := Errors(c.LintLenient()); test.name != "row of a context" && got == polish[test.name] {
			t.Errorf("%s: errors %v", test.name, got)
		}
	}
}

// A catalog built by hand or prepared by the generator knows no fields' places.
func TestLintFallsBackToEntry(t *testing.T) {
	c, _ := loadText(edit("cause: npm-too-old", "cause: npm-to-old"))
	c.places = nil
	wantProblem(t, c.Lint(), ":41:5", `there is no cause "npm-to-old"`)
}
