package decide

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/facts"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// asked is how many candidates a question should tell apart: those that a
// person would consider.
const asked = 5

// Ask finds the open fact that separates most of the leading candidates, the
// cheaper one where two separate equally. It returns nil when nothing is open
// or the first candidate is certain.
func Ask(cands []Candidate, known *facts.Store) *report.Question {
	if len(cands) == 0 || cands[0].Confidence == report.Certain {
		return nil
	}
	lead := cands[:min(asked, len(cands))]
	var best *report.Question
	var bestScore [2]int
	for _, id := range openFacts(lead) {
		q, score := question(id, lead, known)
		if q != nil && (best == nil || slices.Compare(score[:], bestScore[:]) > 0) {
			best, bestScore = q, score
		}
	}
	return best
}

func openFacts(cands []Candidate) []string {
	var ids []string
	for i := range cands {
		for _, c := range cands[i].Open {
			if !slices.Contains(ids, c.Fact) {
				ids = append(ids, c.Fact)
			}
		}
	}
	return ids
}

// question words the question for a fact. Its score is how many candidates
// depend on the answer in different ways, then how little it costs to ask.
func question(id string, cands []Candidate, known *facts.Store) (*report.Question, [2]int) {
	def, ok := known.Def(id)
	if !ok || def.Ask == "" {
		return nil, [2]int{}
	}
	q := &report.Question{Fact: id, Text: def.Ask, How: def.How}
	depend, values := 0, map[string]bool{}
	for i := range cands {
		for _, c := range cands[i].Open {
			if c.Fact != id {
				continue
			}
			text := Expression(c)
			depend++
			values[text] = true
			q.Answers = append(q.Answers, report.Answer{Value: text, Cause: cands[i].Row.Cause})
		}
	}
	slices.SortStableFunc(q.Answers, func(a, b report.Answer) int { return cmp.Compare(a.Value, b.Value) })
	return q, [2]int{depend + 2*len(values), -def.Cost}
}

// Expression writes a condition's right-hand side as a person would: "< 11.5.0",
// "secret", "not secret", "placeholder or absent".
func Expression(c patterns.Cond) string {
	switch c.Op {
	case patterns.OpRange:
		return strings.Join(c.Values, ", ")
	case patterns.OpNot:
		return "not " + strings.Join(c.Values, " or ")
	}
	return strings.Join(c.Values, " or ")
}
