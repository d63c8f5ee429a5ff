// Package match finds the catalog's symptoms and facts in a log.
//
// Blocks of text are filtered for the catalog's literals first; only lines
// that hold one, and the few regions where every line counts (a job's set-up,
// the head of a step, the lines after the start of a publish), become lines
// with job, step, number and kind.
package match

import (
	"regexp"
	"strings"
	"sync"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/publisher"
	"github.com/pubmortem/pubmortem/patterns"
)

// Engine recognises one catalog's patterns. It is safe for concurrent use.
type Engine struct {
	set   *filter.Set
	sizes sizes
	// byLiteral lists, for each literal of the set, the matchers it gates.
	byLiteral [][]*matcher
	// regional lists matchers that hold only in a part of the log that is
	// walked line by line; short ones have literals that the filter cannot find.
	regional map[patterns.In][]*matcher
	short    []*matcher
	marks    [markCount]int
	markIDs  map[int]mark
	// publishing recognises what steps publish with.
	publishing *commands.Recogniser
}

// mark is a line that the engine itself needs to see.
type mark int

const (
	markGroup mark = iota
	markEndGroup
	markError
	markJobName
	markPost
	markRunner
	markLabels
	markDefined
	markCount
	// markTool is an error line of a publishing tool, by the catalog's tools.
	markTool = markCount
	// markPublishers is in a list of trusted publishers.
	markPublishers = markCount + 1
)

var markLiterals = [markCount]string{
	markGroup:    "##[group]",
	markEndGroup: "##[endgroup]",
	markError:    "##[error]",
	markJobName:  "Complete job name:",
	markPost:     "Post job cleanup.",
	// A job's first lines, wherever in a stream of several jobs they stand.
	markRunner:  "Current runner version:",
	markLabels:  "Requested labels:",
	markDefined: "Job defined at:",
}

// matcher is a catalog matcher with its owner and its lazily compiled regexp.
type matcher struct {
	*patterns.Matcher
	symptom *patterns.Symptom
	fact    *patterns.FactDef
	lower   string
	once    sync.Once
	re      *regexp.Regexp
}

// New prepares an engine. Matchers whose regexp does not compile never match;
// the catalog's lint reports them before.
func New(cat *patterns.Catalog) *Engine {
	e := &Engine{publishing: commands.New(cat.Tools), sizes: defaultSizes(), regional: map[patterns.In][]*matcher{}, markIDs: map[int]mark{}}
	b := newBuilder(e, count(cat))
	for i, text := range markLiterals {
		e.marks[i] = b.literal(asciiLower(text))
		e.markIDs[e.marks[i]] = mark(i)
	}
	for i := range cat.Tools {
		for _, text := range cat.Tools[i].Errors {
			e.markIDs[b.literal(asciiLower(text))] = markTool
		}
	}
	for _, text := range publisher.Openers {
		e.markIDs[b.literal(text)] = markPublishers
	}
	for i := range cat.Symptoms {
		s := &cat.Symptoms[i]
		for j := range s.Match {
			b.add(&s.Match[j], s, nil)
		}
	}
	for i := range cat.Facts {
		f := &cat.Facts[i]
		for j := range f.From {
			b.add(&f.From[j], nil, f)
		}
	}
	e.set = filter.New(b.texts)
	return e
}

// count is how many matchers a catalog has.
func count(cat *patterns.Catalog) int {
	n := 0
	for i := range cat.Symptoms {
		n += len(cat.Symptoms[i].Match)
	}
	for i := range cat.Facts {
		n += len(cat.Facts[i].From)
	}
	return n
}

// builder makes an engine. Its room is made at once, since every run pays for it.
type builder struct {
	e     *Engine
	ids   map[string]int
	texts []string
	room  []matcher
}

func newBuilder(e *Engine, n int) *builder {
	most := n + int(markCount)
	e.byLiteral = make([][]*matcher, 0, most)
	return &builder{e: e, ids: make(map[string]int, most), texts: make([]string, 0, most), room: make([]matcher, n)}
}

func (b *builder) literal(text string) int {
	if id, ok := b.ids[text]; ok {
		return id
	}
	id := len(b.texts)
	b.ids[text] = id
	b.texts = append(b.texts, text)
	b.e.byLiteral = append(b.e.byLiteral, nil)
	return id
}

func (b *builder) add(of *patterns.Matcher, s *patterns.Symptom, f *patterns.FactDef) {
	m := &b.room[0]
	b.room = b.room[1:]
	m.Matcher, m.symptom, m.fact, m.lower = of, s, f, asciiLower(of.Literal)
	switch where := m.where(); {
	case where != patterns.InOutput && where != patterns.InAny && where != patterns.InDebug:
		b.e.regional[where] = append(b.e.regional[where], m)
	case len(m.Literal) < filter.MinLen:
		b.e.short = append(b.e.short, m)
	default:
		id := b.literal(m.lower)
		b.e.byLiteral[id] = append(b.e.byLiteral[id], m)
	}
}

func (m *matcher) where() patterns.In {
	if m.In == "" {
		return patterns.InOutput
	}
	return m.In
}

// holdsIn tells whether the matcher may hold in that part of a log.
func (m *matcher) holdsIn(in patterns.In) bool {
	where := m.where()
	return where == in ||
		where == patterns.InAny && (in == patterns.InOutput || in == patterns.InSetup || in == patterns.InSystem || in == patterns.InDetails || in == patterns.InDebug) ||
		where == patterns.InOutput && (in == patterns.InDebug || in == patterns.InDetails) ||
		where == patterns.InScript && in == patterns.InTitle
}

// match returns the span of the match in text and its named groups. text is
// one collapsed line; lower is the same in lower case.
func (m *matcher) match(text, lower string) (span [2]int, captures map[string]string, ok bool) {
	at := strings.Index(lower, m.lower)
	if at < 0 {
		return span, nil, false
	}
	if m.Regex == "" {
		return [2]int{at, at + len(m.lower)}, nil, true
	}
	re := m.regexp()
	if re == nil {
		return span, nil, false
	}
	loc := re.FindStringSubmatchIndex(text)
	if loc == nil {
		return span, nil, false
	}
	return [2]int{loc[0], loc[1]}, named(re, text, loc), true
}

func (m *matcher) regexp() *regexp.Regexp {
	m.once.Do(func() {
		re, err := regexp.Compile("(?i)" + m.Regex)
		if err == nil {
			m.re = re
		}
	})
	return m.re
}

func named(re *regexp.Regexp, text string, loc []int) map[string]string {
	var caps map[string]string
	for i, name := range re.SubexpNames() {
		if name == "" || loc[2*i] < 0 {
			continue
		}
		if caps == nil {
			caps = map[string]string{}
		}
		caps[name] = text[loc[2*i]:loc[2*i+1]]
	}
	return caps
}

// value is a fact matcher's value for these captures.
func (m *matcher) value(caps map[string]string) string {
	v := m.Value
	if v == "" {
		v = caps["value"]
	}
	if mapped, ok := m.Map[strings.ToLower(v)]; ok {
		return mapped
	}
	return v
}
