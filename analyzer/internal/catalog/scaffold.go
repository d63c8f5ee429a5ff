package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
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
	text := fmt.Sprintf(symptomScaffold, s.ID, quoted(literal), "'"+strings.ReplaceAll(regexFor(literal), "'", "''")+"'", in, quoted(s.Source), quoted(s.Example))
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
	if syntax.IsWordChar(rune(literal[0])) {
		regex = `\b` + regex
	}
	if syntax.IsWordChar(rune(literal[len(literal)-1])) {
		regex += `\b`
	}
	return regex
}

// maxIDWords is how many words of a literal make an id.
const maxIDWords = 5

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

// AppendTo adds entries to the text of a catalog file and keeps all else as it
// is, comments too. Both texts hold lists under top-level keys, each list with
// an item a line; the entries' items go to the end of the list of the same
// name, or the list to the end of the file.
func AppendTo(file, entries string) (string, error) {
	lines := splitLines(file)
	for _, section := range sections(entries) {
		var err error
		if lines, err = insert(lines, section); err != nil {
			return "", err
		}
	}
	text := strings.Join(lines, "\n") + "\n"
	if tree, err := yamltree.Parse([]byte(text)); err != nil || tree.Alias != nil || tree.Second != nil {
		return "", errors.New("the file is not YAML that can be added to")
	}
	return text, nil
}

// splitLines are the lines of a text without blank ones at its end.
func splitLines(text string) []string {
	text = strings.TrimRight(text, "\r\n \t")
	if text == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

// section is a top-level key with the lines of its list.
type section struct {
	key   string
	items []string
}

func sections(text string) []section {
	var all []section
	for _, line := range splitLines(text) {
		if key, ok := topKey(line); ok {
			all = append(all, section{key: key})
		} else if n := len(all); n > 0 {
			all[n-1].items = append(all[n-1].items, line)
		}
	}
	for i := range all {
		all[i].items = trimBlank(all[i].items)
	}
	return all
}

// topKey is the key of a line such as "rows:" that starts a list.
func topKey(line string) (string, bool) {
	key, rest, ok := strings.Cut(line, ":")
	rest, _, _ = strings.Cut(rest, "#")
	return key, ok && isKebab(key) && strings.TrimSpace(rest) == ""
}

func trimBlank(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// insert adds a section's items to the lines of a file.
func insert(lines []string, s section) ([]string, error) {
	start := -1
	for i, line := range lines {
		if key, ok := topKey(line); ok && key == s.key {
			start = i
		} else if strings.HasPrefix(line, s.key+":") {
			return nil, fmt.Errorf("line %d: %q is not written as a list with an item a line", i+1, s.key)
		}
	}
	if start < 0 {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		return append(append(lines, s.key+":"), s.items...), nil
	}
	end, indent := start+1, "  "
	for i := start + 1; i < len(lines) && isInside(lines[i]); i++ {
		if text := strings.TrimLeft(lines[i], " "); end == start+1 && strings.HasPrefix(text, "- ") {
			indent = lines[i][:len(lines[i])-len(text)]
		}
		if strings.TrimSpace(lines[i]) != "" && lines[i][0] != '#' {
			end = i + 1
		}
	}
	items := reindent(s.items, indent)
	if end > start+1 {
		items = append([]string{""}, items...)
	}
	return append(lines[:end:end], append(items, lines[end:]...)...), nil
}

// isInside tells whether a line belongs to the list above it.
func isInside(line string) bool {
	return line == "" || line[0] == ' ' || line[0] == '#' || strings.HasPrefix(line, "- ")
}

// reindent gives lines that are indented by two blanks another indentation.
func reindent(lines []string, indent string) []string {
	var all []string
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "  "); ok {
			line = indent + rest
		}
		all = append(all, line)
	}
	return all
}
