package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/patterns"
)

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

// sharePart tells whether two matchers can see the same line.
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
