package filter

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Needs are texts that stand, one behind the other, in whatever a regular
// expression matches. To look for them costs a fraction of running it. (RE2 has
// the same as FilteredRE2, without the order.)
type Needs struct {
	// places has the alternatives for each place.
	places []place
	// anchored tells that the first of them begins the text.
	anchored bool
	// first begins every match. Behind last no match has a blank. They are nil
	// where nothing like that is known.
	first, last place
}

// place is what may stand at one place, in lower case.
type place []string

const (
	mostAlternatives = 64 // of one place
	mostRunes        = 8  // of a class that is taken for alternatives
)

// NeedsOf finds what a regular expression needs: nothing where it does not parse.
func NeedsOf(regex string) Needs {
	re, err := syntax.Parse(regex, syntax.Perl)
	if err != nil {
		return Needs{}
	}
	places, exact := needs(re)
	first, last := ends(re)
	if exact && places[0].least() > 0 {
		first, last = places[0], places[0]
	}
	n := Needs{first: first, last: last, anchored: len(places) > 0 && places[0].least() > 0 && isAnchored(re)}
	for i, p := range places {
		holds := strings.Contains
		if i == 0 && n.anchored {
			holds = strings.HasPrefix
		}
		if p.least() > 0 {
			n.places = append(n.places, p.without(holds))
		}
	}
	return n
}

// isAnchored tells whether a text begins with the first place of an expression.
func isAnchored(re *syntax.Regexp) bool {
	if re.Op != syntax.OpConcat || re.Sub[0].Op != syntax.OpBeginText {
		return false
	}
	_, exact := needs(re.Sub[1])
	return exact
}

// ends are what a sequence begins and ends with, see Needs.
func ends(re *syntax.Regexp) (first, last place) {
	if re.Op != syntax.OpConcat {
		return nil, nil
	}
	if _, exact := needs(re.Sub[0]); exact {
		if places, _ := needs(re); places[0].least() > 0 {
			first = places[0]
		}
	}
	for _, sub := range slices.Backward(re.Sub) {
		if places, exact := needs(sub); exact && places[0].least() > 0 {
			return first, places[0]
		}
		if mayBeBlank(sub) {
			break
		}
	}
	return first, nil
}

// mayBeBlank tells whether a blank may stand in what an expression matches.
func mayBeBlank(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return slices.Contains(re.Rune, ' ')
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			if re.Rune[i] <= ' ' && ' ' <= re.Rune[i+1] {
				return true
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	}
	return slices.ContainsFunc(re.Sub, mayBeBlank)
}

// needs are the places of an expression. Exact tells that there is one, and that
// the expression matches its alternatives and nothing else.
func needs(re *syntax.Regexp) (places []place, exact bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []place{{""}}, true
	case syntax.OpLiteral:
		return literal(re)
	case syntax.OpCharClass:
		return class(re)
	case syntax.OpCapture:
		return needs(re.Sub[0])
	case syntax.OpQuest:
		if places, exact = needs(re.Sub[0]); exact {
			return []place{append(places[0], "")}, true
		}
		return nil, false
	case syntax.OpPlus:
		places, _ = needs(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			places, _ = needs(re.Sub[0])
		}
	case syntax.OpConcat:
		return concat(re.Sub)
	case syntax.OpAlternate:
		return alternate(re.Sub)
	}
	return places, false
}

// literal is a literal as parts without letters whose case differs beyond ASCII.
// The signs that fold to k and s do not count, as in the catalog's literals.
func literal(re *syntax.Regexp) (places []place, exact bool) {
	text := strings.Map(lowerASCII, string(re.Rune))
	for _, part := range strings.FieldsFunc(text, func(r rune) bool {
		return r >= utf8.RuneSelf && re.Flags&syntax.FoldCase != 0 && unicode.SimpleFold(r) != r
	}) {
		places = append(places, place{part})
	}
	return places, len(places) == 1 && places[0][0] == text
}

func class(re *syntax.Regexp) (places []place, exact bool) {
	var p place
	for i := 0; i < len(re.Rune); i += 2 {
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			if len(p) == mostRunes {
				return nil, false
			}
			p = append(p, string(lowerASCII(r)))
		}
	}
	return []place{p.sorted()}, true
}

// concat joins the texts of parts that stand side by side.
func concat(parts []*syntax.Regexp) (places []place, exact bool) {
	run, exact := place{""}, true
	for _, sub := range parts {
		more, ok := needs(sub)
		if ok && len(run)*len(more[0]) <= mostAlternatives {
			run = run.before(more[0])
			continue
		}
		places, run, exact = append(places, run), place{""}, false
		if ok {
			run = more[0]
		} else {
			places = append(places, more...)
		}
	}
	return append(places, run), exact
}

// alternate takes of each alternative the place that tells most.
func alternate(parts []*syntax.Regexp) (places []place, exact bool) {
	var all place
	exact = true
	for _, sub := range parts {
		list, ok := needs(sub)
		exact = exact && ok
		if len(list) == 0 {
			return nil, false
		}
		all = append(all, slices.MaxFunc(list, func(a, b place) int { return a.least() - b.least() })...)
	}
	if all = all.sorted(); len(all) > mostAlternatives {
		return nil, false
	}
	return []place{all}, exact
}

func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		r |= 0x20
	}
	return r
}

// sorted has each text once.
func (p place) sorted() place {
	slices.Sort(p)
	return slices.Compact(p)
}

// least is the length of the shortest text.
func (p place) least() int {
	return len(slices.MinFunc(p, func(a, b string) int { return len(a) - len(b) }))
}

// without leaves out the texts that hold another one, which says the same.
func (p place) without(holds func(text, part string) bool) (few place) {
	for _, a := range p {
		if !slices.ContainsFunc(p, func(b string) bool { return b != a && holds(a, b) }) {
			few = append(few, a)
		}
	}
	return few
}

// before has each text with each of another place behind it.
func (p place) before(next place) place {
	joined := make(place, 0, len(p)*len(next))
	for _, a := range p {
		for _, b := range next {
			joined = append(joined, a+b)
		}
	}
	return joined.sorted()
}

// Hold tells whether a text in lower case may match: false is certain.
func (n *Needs) Hold(lower string) bool {
	for i, p := range n.places {
		end := -1
		for _, text := range p {
			switch at := strings.Index(lower, text); {
			case at < 0 || i == 0 && n.anchored && at > 0:
			case end < 0 || at+len(text) < end:
				end = at + len(text)
			}
		}
		if end < 0 {
			return false
		}
		lower = lower[end:]
	}
	return true
}

// MaySpan tells whether a match may begin in the first begin bytes of a text in
// lower case and go on behind the blank at end: false is certain.
func (n *Needs) MaySpan(lower string, begin, end int) bool {
	begins := func(text string) bool { at := strings.Index(lower, text); return at >= 0 && at < begin }
	ends := func(text string) bool { return strings.LastIndex(lower, text)+len(text) > end }
	return (n.first == nil || slices.ContainsFunc(n.first, begins)) && (n.last == nil || slices.ContainsFunc(n.last, ends))
}
