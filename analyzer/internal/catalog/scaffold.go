package catalog

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/patterns"
)

// Unfilled begins the texts of a scaffold that a person has to write. Lint
// points at each of them.
const Unfilled = "FILL IN"

// bestLiteral is the length from which a literal is a good gate.
const bestLiteral = 9

// Scaffold is what the skeleton of an entry is made of.
type Scaffold struct {
	// ID of the symptom or row; empty: one is made of the literal, or of the
	// symptom's id.
	ID string
	// Example is a line as matchers see it, without secrets.
	Example string
	// Source says where the line was seen.
	Source string
	// In is the part of the log where it stood; empty means output.
	In patterns.In
	// Symptom is the symptom that a row is for.
	Symptom string
	// Prior is the row's; 0 stands for the prior of a first row.
	Prior int
	// Taken tells which ids must not be made up; nil: none is taken.
	Taken func(id string) bool
}

// free is an id that is not taken: the id, or the id with a number.
func (s Scaffold) free(id string) string {
	free := id
	for n := 2; s.Taken != nil && s.Taken(free); n++ {
		free = fmt.Sprintf("%s-%d", id, n)
	}
	return free
}

// SymptomYAML is the YAML of a symptom that matches the example, with a row and a
// cause for it: an item of each list, under its key.
func (s Scaffold) SymptomYAML() (string, error) {
	literal, ok := ProposeLiteral(s.Example)
	if !ok {
		return "", fmt.Errorf("the line %q has no %d characters that a pattern could rest on", s.Example, bestLiteral)
	}
	if s.ID == "" {
		s.ID = s.free(literalID(literal))
	}
	s.Symptom = s.ID
	in := ""
	if s.In != "" && s.In != patterns.InOutput {
		in = "        in: " + string(s.In) + "\n"
	}
	text := fmt.Sprintf(symptomScaffold, s.ID, quoted(literal), singleQuoted(regexFor(literal)), in, quoted(s.Source), quoted(s.Example))
	s.ID = s.free(s.ID + "-cause")
	return text + "\n" + s.RowYAML(), nil
}

// RowYAML is the YAML of a row for the symptom, with a cause of the row's name.
func (s Scaffold) RowYAML() string {
	if s.ID == "" {
		s.ID = s.free(s.Symptom + "-cause")
	}
	if s.Prior == 0 {
		s.Prior = 50
	}
	return fmt.Sprintf(rowScaffold, s.ID, s.Symptom, s.ID, s.Prior, quoted(s.Source), s.ID)
}

const symptomScaffold = `symptoms:
  - id: %s
    title: FILL IN what the tool says, in a few words
    kind: failure # or hint, start, success, context
    stage: publish # or startup upgrade install auth check sign after attest verify
    fatal: true # it counts although nothing else says that the step failed
    match:
      - literal: %s
        # The regex is optional: the literal alone may be enough. Named groups,
        # (?P<url>\S+), can be quoted in texts as ${url|the address}.
        regex: %s
%s        source: %s
        examples:
          - %s
        near_misses:
          - FILL IN a line that looks alike and means something else
    meaning: |
      FILL IN what it says, why it happens and what tells its causes apart.
`

const rowScaffold = `rows:
  - id: %s
    symptoms: [%s]
    # when: {npm.version: "< 11.5.1"} # "pubmortem catalog list --kind fact" lists the facts
    cause: %s
    confidence: possible # or likely, certain
    prior: %d
    why: FILL IN one sentence of reasoning
    source: %s

causes:
  - id: %s
    title: FILL IN a short noun phrase
    summary: FILL IN one sentence, what went wrong
    explain: |
      FILL IN why it happens.
    first_check: FILL IN the one thing to look at, and what to expect there
    fix:
      text: FILL IN what to change
`

// ProposeLiteral finds the words of a line that are most likely to be the same
// the next time: the longest run of at least nine characters without digits,
// paths, addresses, package names, masked values and quoted names.
func ProposeLiteral(text string) (string, bool) {
	best := ""
	for _, run := range runs(npmPrefix().ReplaceAllString(patterns.Collapse(text), "")) {
		if utf8.RuneCountInString(run) > utf8.RuneCountInString(best) {
			best = run
		}
	}
	return best, utf8.RuneCountInString(best) >= bestLiteral
}

// npmPrefix is how npm begins its messages, which changed with npm 10.6
// (npm@10.6.0 lib/utils/display.js).
var npmPrefix = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^npm (?:error|ERR!|warn|notice|verbose|http)(?: code)? `)
})

// runs are the parts of a line between words that change from run to run.
func runs(text string) []string {
	var all []string
	var run []string
	flush := func() {
		if s := strings.Trim(strings.Join(run, " "), ` "'()[]{},;`+"`"); s != "" {
			all = append(all, s)
		}
		run = nil
	}
	for _, word := range strings.Split(text, " ") {
		if varies(word) {
			flush()
			continue
		}
		run = append(run, word)
	}
	flush()
	return all
}

// varies tells whether a word is likely to be another one in another run.
func varies(word string) bool {
	core := strings.Trim(word, `"'()[]{},;:.`+"`")
	switch {
	case core == "":
		return strings.ContainsFunc(word, unicode.IsControl)
	case strings.Contains(word, "##["): // a tag, which no matcher sees
		return true
	case strings.ContainsFunc(core, unicode.IsDigit), strings.ContainsAny(core, `@/\=*%<>$~`):
		return true
	case len(core) < len(strings.TrimRight(word, ",;:.")) && isQuoted(word):
		return true
	case utf8.RuneCountInString(core) > 30:
		return true
	}
	return strings.Contains(strings.Trim(core, "."), ".") // a host, a file
}

// isQuoted tells whether a word stands in quotes, as names in messages do.
func isQuoted(word string) bool {
	word = strings.TrimRight(word, ",;:.")
	return len(word) > 2 && strings.ContainsRune("\"'`", rune(word[0])) && word[0] == word[len(word)-1]
}

// regexFor is the literal as a regular expression, from the start of a word to
// the end of one.
func regexFor(literal string) string {
	regex := regexp.QuoteMeta(literal)
	if isWordByte(literal[0]) {
		regex = `\b` + regex
	}
	if isWordByte(literal[len(literal)-1]) {
		regex += `\b`
	}
	return regex
}

func isWordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// maxIDWords is how many words of a literal make an id.
const maxIDWords = 5

// literalID makes an id of a literal's words.
func literalID(literal string) string {
	words := strings.Split(kebab(literal, ""), "-")
	id := strings.Join(words[:min(len(words), maxIDWords)], "-")
	if id == "" {
		return "my-symptom"
	}
	return id
}

// quoted is a text as a YAML scalar in double quotes.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`).Replace(s) + `"`
}

// singleQuoted is a text as a YAML scalar in single quotes, where backslashes
// stand for themselves.
func singleQuoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
