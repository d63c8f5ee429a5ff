package catalog

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/patterns"
)

// minLiteral is the shortest literal that is a useful gate.
const minLiteral = 4

// Literals of output patterns that are shorter than nearbyLiteral are looked for
// only where lines are walked. The shortest of the others sets the pace at
// which all logs are searched, which is full from fullSpeed on.
const (
	nearbyLiteral = 7
	fullSpeed     = 9
)

// captureNames are the named groups of matchers' regexes, those that compile.
func captureNames(matchers []patterns.Matcher) []string {
	var names []string
	for _, m := range matchers {
		re, err := patterns.Compile(m.Regex)
		if err != nil {
			continue
		}
		for _, name := range re.SubexpNames() {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

func (l *linter) matcher(m *patterns.Matcher) {
	l.literal(m)
	usable := l.regex(m)
	if m.Source == "" {
		l.wanting(m.Pos, "name the tool, version and file, or a public URL", "the matcher lacks a source")
	}
	if len(m.Examples) == 0 {
		l.wanting(m.Pos, "add a line as the tool prints it", "the matcher lacks examples")
	}
	if len(m.NearMisses) == 0 {
		l.wanting(m.Pos, "add a line that is alike and means something else", "the matcher lacks near_misses")
	}
	if m.Literal != "" && usable {
		l.examples(m)
	}
}

func (l *linter) literal(m *patterns.Matcher) {
	pos := l.at(m.Pos, "literal")
	switch {
	case m.Literal == "": // Load has reported it
	case strings.ContainsAny(m.Literal, "\t\r\n\v\f"):
		l.hinted(pos, "write one blank: lines are seen with blanks collapsed", "the literal contains a tab or a line break")
	case strings.Contains(m.Literal, "  "):
		l.hinted(pos, "write one blank: lines are seen with blanks collapsed", "the literal contains a double blank")
	case utf8.RuneCountInString(m.Literal) < minLiteral && !startsLine(m) || strings.TrimSpace(m.Literal) == "":
		l.hinted(pos, "take more of the words that decide", "the literal %q is shorter than %d characters", m.Literal, minLiteral)
	case !slices.Contains([]patterns.In{"", patterns.InOutput, patterns.InAny, patterns.InDebug}, m.In) || startsLine(m):
	case len(m.Literal) < nearbyLiteral:
		l.warnf(pos, "take more of the words that decide", "the literal %q is so short that it is looked for only near a publish", m.Literal)
	case len(m.Literal) < fullSpeed:
		l.warnf(pos, "take more of the words that decide", "the literal %q is so short that it slows the search of all logs down", m.Literal)
	}
	l.unseen(m)
}

// unseen reports what is taken off a line before a matcher sees it, and what
// will be another one in the next version.
func (l *linter) unseen(m *patterns.Matcher) {
	for key, text := range map[string]string{"literal": m.Literal, "regex": strings.ReplaceAll(m.Regex, `\`, "")} {
		pos := l.at(m.Pos, key)
		if tag := tags().FindString(text); tag != "" {
			l.hinted(pos, "leave it out", "the %s asks for %q, which is taken off before a line is seen", key, tag)
		}
		if stamp := stamps().FindString(text); stamp != "" {
			l.hinted(pos, "leave it out", "the %s asks for the time stamp %q, which is taken off before a line is seen", key, stamp)
		}
	}
	if number := numbers().FindString(m.Literal); number != "" {
		l.warnf(l.at(m.Pos, "literal"), "leave it out, or ask for any version in the regex", "the literal holds the version %q", number)
	}
}

// What no line has any more when it is seen, and versions.
var (
	tags    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`##\[[a-z]*\]?`) })
	stamps  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b20\d\d-\d\d-\d\d(?:T\d\d:\d\d\S*)?`) })
	numbers = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b\d+\.\d+\.\d+\b`) })
)

// startsLine tells whether the regex wants the literal at the start of a line:
// such a short mark is looked for only where lines are walked.
func startsLine(m *patterns.Matcher) bool {
	return strings.HasPrefix(m.Regex, "^"+regexp.QuoteMeta(m.Literal)) && len(m.Literal) >= 2
}

func (l *linter) regex(m *patterns.Matcher) bool {
	if m.Regex == "" {
		return true
	}
	pos := l.at(m.Pos, "regex")
	re, err := patterns.Compile(m.Regex)
	if err != nil {
		hint := "the syntax is RE2: no look-around, no back-references; https://pkg.go.dev/regexp/syntax"
		l.hinted(pos, hint, "the regex does not compile: %v", err)
		return false
	}
	if re.MatchString("") {
		l.hinted(pos, "let it demand some text", "the regex matches the empty text")
	} else if matchesAnything(m.Regex) {
		l.hinted(pos, "let it demand some text, or leave it out: the literal alone decides", "the regex matches any text")
	} else if wantsWideBlank(m.Regex) {
		l.hinted(pos, "write one blank: lines are seen with blanks collapsed", "the regex demands a tab or a double blank")
	}
	return true
}

// wantsWideBlank tells whether a regex matches nothing without a tab, a line
// break or two blanks in a row.
func wantsWideBlank(regex string) bool {
	re, err := syntax.Parse(regex, syntax.Perl)
	return err == nil && demandsWideBlank(re)
}

func demandsWideBlank(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		text := string(re.Rune)
		return strings.Contains(text, "  ") || strings.ContainsAny(text, "\t\n")
	case syntax.OpConcat:
		return slices.ContainsFunc(re.Sub, demandsWideBlank)
	case syntax.OpCapture, syntax.OpPlus:
		return demandsWideBlank(re.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !demandsWideBlank(sub) })
	}
	return false
}

// matchesAnything tells whether a regex consists only of wildcards.
func matchesAnything(regex string) bool {
	re, err := syntax.Parse(regex, syntax.Perl)
	return err == nil && isWild(re)
}

func isWild(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText:
		return true
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, isWild)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat, syntax.OpCapture, syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !isWild(sub) })
	}
	return false
}

func (l *linter) examples(m *patterns.Matcher) {
	for i, text := range m.Examples {
		pos := l.at(m.Pos, index("examples", i))
		if strings.Contains(strings.TrimSpace(text), "\n") {
			l.hinted(pos, "matchers see one line at a time", "the example has several lines")
		} else if why := misses(m, text); why != "" {
			l.errorf(pos, "the example %s", why)
		}
	}
	for i, text := range m.NearMisses {
		if _, ok := patterns.MatchText(m, text); ok {
			l.errorf(l.at(m.Pos, index("near_misses", i)), "the near miss matches")
		}
	}
}

// misses says why a text does not match, or nothing when it does.
func misses(m *patterns.Matcher, text string) string {
	if _, ok := patterns.MatchText(&patterns.Matcher{Literal: m.Literal}, text); !ok {
		return fmt.Sprintf("does not contain the literal %q", m.Literal)
	}
	if _, ok := patterns.MatchText(m, text); !ok {
		return "does not match the regex"
	}
	return ""
}

func (l *linter) reading(f *patterns.FactDef, m *patterns.Matcher) {
	captures := slices.Contains(captureNames([]patterns.Matcher{*m}), "value")
	if _, err := patterns.Compile(m.Regex); err != nil {
		captures = true // a broken regex is reported as such
	}
	switch {
	case m.Value == "" && !captures && len(m.Map) > 0:
		l.hinted(m.Pos, "add a group (?P<value>…) to the regex", "the matcher has a map but captures no value")
	case m.Value == "" && !captures:
		l.hinted(m.Pos, "add value: or a group (?P<value>…) to the regex", "the matcher reads no value")
	case m.Value != "" && len(m.Map) > 0:
		l.hinted(l.at(m.Pos, "map"), "leave one out", "the matcher has a value and a map")
	}
	if m.Value != "" {
		l.value(l.at(m.Pos, "value"), f, m.Value)
	}
	for _, key := range sortedKeys(m.Map) {
		pos := l.at(m.Pos, "map."+key)
		if key != strings.ToLower(key) {
			l.hinted(pos, "captures are looked up in lower case", "the key %q can never be found", key)
		}
		l.value(pos, f, m.Map[key])
	}
	l.readExamples(f, m)
}

// readExamples checks the values that the examples yield. Fixed values are
// checked by themselves.
func (l *linter) readExamples(f *patterns.FactDef, m *patterns.Matcher) {
	if m.Value != "" {
		return
	}
	for i, text := range m.Examples {
		captures, ok := patterns.MatchText(m, text)
		if !ok {
			continue
		}
		pos := l.at(m.Pos, index("examples", i))
		if value, ok := m.FactValue(captures); ok && value != "" {
			l.value(pos, f, value)
		} else {
			l.errorf(pos, "the example yields no value")
		}
	}
}

// Overlap is an example of one failure that shows another one as well, though
// neither refines the other: in a log, both would be reported.
type Overlap struct {
	Symptom *patterns.Symptom
	Example string
	// Pos is where the example was written, or its matcher.
	Pos patterns.Pos
	// Other is the failure that the example shows too, by the matcher at OtherPos.
	Other    *patterns.Symptom
	OtherPos patterns.Pos
}

// Msg says what overlaps, and what to do.
func (o Overlap) Msg() string {
	return fmt.Sprintf("the example %q of %s also shows %s (%s); let the narrower one refine the other, or narrow a pattern",
		o.Example, o.Symptom.ID, o.Other.ID, o.OtherPos)
}

// Overlaps tries the examples of every failure on the matchers of every other
// one, as far as they look at the same part of a log. Failures that are
// related are left out: one refines the other, directly or through others, a
// row names both, or one is text that only people write.
func (c *Catalog) Overlaps() []Overlap {
	o := newOverlaps(c)
	var found []Overlap
	for i := range c.Symptoms {
		if s := &c.Symptoms[i]; s.Kind == patterns.KindFailure {
			found = append(found, o.of(s)...)
		}
	}
	return found
}

// overlaps tells which symptoms are related, and has all failures' matchers.
type overlaps struct {
	catalog  *Catalog
	linter   *linter
	gates    []gate
	together map[[2]string]bool // symptoms that a row names both
}

// gate is a failure's matcher with its literal in lower case.
type gate struct {
	symptom *patterns.Symptom
	matcher *patterns.Matcher
	literal string
}

func newOverlaps(c *Catalog) *overlaps {
	o := &overlaps{catalog: c, linter: newLinter(c), together: map[[2]string]bool{}}
	for i := range c.Symptoms {
		s := &c.Symptoms[i]
		if s.Kind != patterns.KindFailure {
			continue
		}
		for j := range s.Match {
			o.gates = append(o.gates, gate{s, &s.Match[j], strings.ToLower(s.Match[j].Literal)})
		}
	}
	for i := range c.Rows {
		ids := slices.Concat(c.Rows[i].Symptoms, c.Rows[i].Seen, c.Rows[i].Unless)
		for _, a := range ids {
			for _, b := range ids {
				o.together[[2]string{a, b}] = true
			}
		}
	}
	return o
}

// of are the overlaps of one failure's examples, one for each example and
// other failure.
func (o *overlaps) of(s *patterns.Symptom) []Overlap {
	var found []Overlap
	for i := range s.Match {
		m := &s.Match[i]
		for j, text := range m.Examples {
			var seen []*patterns.Symptom
			low := strings.ToLower(patterns.Collapse(text))
			for _, g := range o.gates {
				if g.symptom == s || slices.Contains(seen, g.symptom) || !strings.Contains(low, g.literal) || !sharePart(m.In, g.matcher.In) {
					continue
				}
				if _, ok := patterns.MatchText(g.matcher, text); !ok || o.related(s, g.symptom) {
					continue
				}
				seen = append(seen, g.symptom)
				found = append(found, Overlap{s, text, o.catalog.at(m.Pos, index("examples", j)), g.symptom, g.matcher.Pos})
			}
		}
	}
	return found
}

func sharePart(a, b patterns.In) bool {
	a, b = partOf(a), partOf(b)
	return a == b || a == patterns.InAny || b == patterns.InAny
}

// related tells whether two failures may stand on the same line.
func (o *overlaps) related(a, b *patterns.Symptom) bool {
	return o.together[[2]string{a.ID, b.ID}] ||
		o.linter.reaches(a, b.ID, map[string]bool{}) || o.linter.reaches(b, a.ID, map[string]bool{}) ||
		a.Prose || b.Prose
}
