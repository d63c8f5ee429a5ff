package decide

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// asked is how many candidates a question should tell apart: those that a
// person would consider.
const asked = 5

// Ask finds the open fact that separates most of the leading candidates, the
// cheaper one where two separate equally. It returns nil when nothing is open
// or the first candidate is more than possible.
func Ask(cands []Candidate, known *facts.Store) *report.Question {
	if len(cands) == 0 || cands[0].Confidence != report.Possible {
		return nil
	}
	lead := cands[:min(asked, len(cands))]
	var best *report.Question
	var bestScore [3]int
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

// question words the question for a fact, with one answer for each cause that
// it could lead to. Its score is how many different causes the answers lead
// to, then how many candidates depend on it, then how little it costs to ask.
func question(id string, cands []Candidate, known *facts.Store) (*report.Question, [3]int) {
	def, ok := known.Def(id)
	if !ok || def.Ask == "" {
		return nil, [3]int{}
	}
	q := asking{report.Question{Fact: id, Text: def.Ask, How: def.How}}
	depend := 0
	for i := range cands {
		for _, c := range cands[i].Open {
			if c.Fact == id {
				depend++
				q.answer(c, def, cands[i].Row.Cause)
			}
		}
	}
	return &q.Question, [3]int{len(q.Answers), depend, -def.Cost}
}

type asking struct{ report.Question }

// answer adds the first value that satisfies the condition, unless that value
// or that cause has an answer already: better candidates come first.
func (q *asking) answer(c patterns.Cond, def *patterns.FactDef, cause string) {
	value := example(c, def)
	if value == "" || slices.ContainsFunc(q.Answers, func(a report.Answer) bool { return a.Value == value || a.Cause == cause }) {
		return
	}
	q.Answers = append(q.Answers, report.Answer{Value: value, Cause: cause})
}

// example is a value that satisfies the condition, as --fact takes it.
func example(c patterns.Cond, def *patterns.FactDef) string {
	switch c.Op {
	case patterns.OpRange:
		return strings.Join(c.Values, ", ")
	case patterns.OpIs:
		return c.Values[0]
	}
	for _, v := range def.Values {
		if !slices.Contains(c.Values, v) {
			return v
		}
	}
	return ""
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
