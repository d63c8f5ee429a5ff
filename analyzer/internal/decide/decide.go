// Package decide turns the symptoms of an incident and what is known about
// the run into a ranked differential, by the catalog's decision table.
//
// Conditions are three-valued. A false one drops the row; rows whose
// conditions all hold come first; rows with unknown conditions stay as
// possible, and what is unknown is what to find out next.
package decide

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Case is what a decision rests on.
type Case struct {
	// Symptoms of the incident, the deciding one first.
	Symptoms []string
	// Seen are all symptoms found in the job up to the incident and in it.
	Seen  map[string]bool
	Place facts.Place
}

// Candidate is one row that was not dropped.
type Candidate struct {
	Row   *patterns.Row
	Cause *patterns.Cause
	// Held are the conditions that hold, Open the facts that are unknown.
	Held       []facts.Known
	Open       []patterns.Cond
	Confidence report.Confidence
	held, open int // how many they are; those seen are held as well
	symptom    int // index of the symptom that the row answers
	order      int
}

// Complete tells whether everything that the row asks for is known to hold.
func (c *Candidate) Complete() bool { return c.open == 0 }

// Table is a catalog's decision table, ready to be asked.
type Table struct {
	cat    *patterns.Catalog
	causes map[string]*patterns.Cause
	rows   map[string][]int // symptom id → indexes of rows
	// leading are the rows of a cause.
	leading map[string][]*patterns.Row
	// silent is the symptom of an upload without provenance, or nil.
	silent *patterns.Symptom
	// listed is the symptom of a list of trusted publishers, or nil.
	listed *patterns.Symptom
	// ahead and aheadSilent are the symptoms of a publish that is to come.
	ahead, aheadSilent *patterns.Symptom
}

// New indexes the catalog's rows by symptom.
func New(cat *patterns.Catalog) *Table {
	t := &Table{cat: cat, causes: map[string]*patterns.Cause{}, rows: map[string][]int{}, leading: map[string][]*patterns.Row{}}
	for i := range cat.Causes {
		t.causes[cat.Causes[i].ID] = &cat.Causes[i]
	}
	for i := range cat.Symptoms {
		switch cat.Symptoms[i].Role {
		case patterns.RoleWithoutProvenance:
			t.silent = &cat.Symptoms[i]
		case patterns.RolePublisherListed:
			t.listed = &cat.Symptoms[i]
		case patterns.RoleAhead:
			t.ahead = &cat.Symptoms[i]
		case patterns.RoleAheadSilent:
			t.aheadSilent = &cat.Symptoms[i]
		}
	}
	for i := range cat.Rows {
		t.leading[cat.Rows[i].Cause] = append(t.leading[cat.Rows[i].Cause], &cat.Rows[i])
		for _, s := range cat.Rows[i].Symptoms {
			t.rows[s] = append(t.rows[s], i)
		}
	}
	return t
}

// Answers tells whether the table has a row for the symptom.
func (t *Table) Answers(symptom string) bool { return len(t.rows[symptom]) > 0 }

// Decide ranks the candidates for a case, one per cause, best first. Causes that
// are ruled out are left out, unless no other is left: the log says outright
// what a fact denies, and saying nothing would help nobody.
func (t *Table) Decide(c Case, known *facts.Store) []Candidate {
	var all, denied []Candidate
	for _, w := range t.weighAll(c, known) {
		switch {
		case w.ok && w.denied:
			denied = append(denied, w.Candidate)
		case w.ok:
			all = append(all, w.Candidate)
		}
	}
	if len(all) == 0 {
		all = denied
	}
	return ranked(all, c, known)
}

// ranked are the candidates, one per cause, best first, with what they rest on,
// which is not asked for while rows are weighed.
func ranked(all []Candidate, c Case, known *facts.Store) []Candidate {
	slices.SortStableFunc(all, func(a, b Candidate) int { return better(&a, &b) })
	all = onePerCause(all)
	for i := range all {
		for _, cond := range all[i].Row.When {
			if truth, k := known.Eval(cond, c.Place); truth == version.Unknown {
				all[i].Open = append(all[i].Open, cond)
			} else {
				all[i].Held = append(all[i].Held, k)
			}
		}
	}
	return all
}

// weighed is a row that answers a symptom of the case; ok is false where it is
// dropped, and denied tells that its cause is ruled out.
type weighed struct {
	Candidate
	ok, denied bool
}

// weighAll asks the rows for the case's symptoms, each once.
func (t *Table) weighAll(c Case, known *facts.Store) []weighed {
	n := 0
	for _, s := range c.Symptoms {
		n += len(t.rows[s])
	}
	all, done := make([]weighed, 0, n), make(map[int]bool, n)
	for si, s := range c.Symptoms {
		for _, i := range t.rows[s] {
			if !done[i] {
				done[i] = true
				cand, ok := t.weigh(i, si, c, known)
				all = append(all, weighed{cand, ok, ok && cand.ruledOut(c, known)})
			}
		}
	}
	return all
}

// foremost are the best of the candidates that it took, and of those whose
// cause is ruled out, which count only where there are no others.
type foremost struct{ allowed, denied Candidate }

func (f *foremost) take(w weighed) {
	best := &f.allowed
	if w.denied {
		best = &f.denied
	}
	if w.ok && (best.Row == nil || better(&w.Candidate, best) < 0) {
		*best = w.Candidate
	}
}

// weigh asks one row; ok is false when it is dropped.
func (t *Table) weigh(i, symptom int, c Case, known *facts.Store) (Candidate, bool) {
	row := &t.cat.Rows[i]
	cand := Candidate{Row: row, Cause: t.causes[row.Cause], symptom: symptom, order: i}
	if cand.Cause == nil || !seenAll(row.Seen, c.Seen) || slices.ContainsFunc(row.Unless, func(id string) bool { return c.Seen[id] }) {
		return cand, false
	}
	for _, cond := range row.When {
		switch truth, _ := known.Eval(cond, c.Place); truth {
		case version.False:
			return cand, false
		case version.Unknown:
			cand.open++
		default:
			cand.held++
		}
	}
	cand.held += len(row.Seen)
	cand.Confidence = report.Possible
	if cand.Complete() {
		cand.Confidence = report.Confidence(row.Confidence)
	}
	return cand, true
}

// ruledOut tells whether a fact denies the candidate's cause.
func (c *Candidate) ruledOut(at Case, known *facts.Store) bool {
	return slices.ContainsFunc(c.Cause.RuledOut, func(cond patterns.Cond) bool {
		truth, _ := known.Eval(cond, at.Place)
		return truth == version.True
	})
}

func seenAll(ids []string, seen map[string]bool) bool {
	for _, id := range ids {
		if !seen[id] {
			return false
		}
	}
	return true
}

var confidenceRank = map[report.Confidence]int{report.Certain: 2, report.Likely: 1, report.Possible: 0}

// better orders candidates. Settled rows (complete, and more than possible)
// come first: more conditions before fewer, then confidence, prior and file
// order. Then the possible ones, by weight.
func better(a, b *Candidate) int {
	sa, sb := a.settled(), b.settled()
	if sa != sb {
		return cmp.Compare(sb, sa)
	}
	if sa == 1 {
		return cmp.Or(
			cmp.Compare(b.held, a.held),
			cmp.Compare(confidenceRank[b.Confidence], confidenceRank[a.Confidence]),
			cmp.Compare(b.Row.Prior, a.Row.Prior),
			cmp.Compare(a.symptom, b.symptom),
			cmp.Compare(a.order, b.order),
		)
	}
	return cmp.Or(
		cmp.Compare(b.weight(), a.weight()),
		cmp.Compare(a.symptom, b.symptom),
		cmp.Compare(a.order, b.order),
	)
}

// weight orders possible candidates: the prior, more for each condition that
// is known to hold and less for each that is open. Counting the conditions
// that hold alone would prefer rows that ask for much of what is always so.
func (c *Candidate) weight() int { return c.Row.Prior + holds*c.held - open*c.open }

const (
	holds = 8
	open  = 1
)

func (c *Candidate) settled() int {
	if c.Complete() && c.Confidence != report.Possible {
		return 1
	}
	return 0
}

func onePerCause(all []Candidate) []Candidate {
	seen := map[string]bool{}
	kept := all[:0]
	for _, c := range all {
		if !seen[c.Row.Cause] {
			seen[c.Row.Cause] = true
			kept = append(kept, c)
		}
	}
	return kept
}

// Supports tells whether what is known of a fact speaks for a cause: True when
// some row of the cause has a condition on it that holds, False when all such
// conditions fail, Unknown when no row asks for it or what is known of it, a
// range of versions perhaps, does not tell.
func (t *Table) Supports(cause, fact string, known *facts.Store, p facts.Place) version.Tri {
	answer, open := version.Unknown, false
	for _, row := range t.leading[cause] {
		for _, cond := range row.When {
			if cond.Fact != fact {
				continue
			}
			switch truth, _ := known.Eval(cond, p); truth {
			case version.True:
				return version.True
			case version.False:
				answer = version.False
			default:
				open = true
			}
		}
	}
	if open {
		return version.Unknown
	}
	return answer
}

// asked is how many candidates a question should tell apart: those that a
// person would consider.
const asked = 5

// Ask finds the open fact that separates most of the leading candidates, the
// cheaper one where two separate equally. What its answers lead to is decided
// again with each of them. It returns nil when nothing is open or the first
// candidate is more than possible.
func (t *Table) Ask(c Case, cands []Candidate, known *facts.Store) *report.Question {
	if len(cands) == 0 || cands[0].Confidence != report.Possible {
		return nil
	}
	lead := cands[:min(asked, len(cands))]
	rows := t.weighAll(c, known)
	var best *report.Question
	var bestScore [3]int
	for _, id := range openFacts(lead) {
		q, score := t.question(id, c, lead, rows, known)
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
// it leads to. Its score is how many different causes the answers lead to, then
// how many candidates depend on it, then how little it costs to ask.
func (t *Table) question(id string, c Case, cands []Candidate, rows []weighed, known *facts.Store) (*report.Question, [3]int) {
	def, ok := known.Def(id)
	if !ok || def.Ask == "" {
		return nil, [3]int{}
	}
	q := &report.Question{Fact: id, Text: def.Ask, How: def.How}
	depend := 0
	var values []string
	for i := range cands {
		for _, cond := range cands[i].Open {
			if cond.Fact == id {
				depend++
				values = append(values, example(cond, def))
			}
		}
	}
	fixed, changing := split(rows, known.Following(id))
	tried := map[string]bool{"": true}
	for _, value := range append(values, def.Values...) {
		if tried[value] {
			continue
		}
		tried[value] = true
		known.Suppose(id, value, func() {
			best := fixed
			for _, w := range changing {
				cand, ok := t.weigh(w.order, w.symptom, c, known)
				best.take(weighed{cand, ok, ok && cand.ruledOut(c, known)})
			}
			first := best.allowed
			if first.Row == nil {
				first = best.denied
			}
			if first.Row != nil && !slices.ContainsFunc(q.Answers, func(a report.Answer) bool { return a.Cause == first.Row.Cause }) {
				q.Answers = append(q.Answers, report.Answer{Value: value, Cause: first.Row.Cause})
			}
		})
	}
	if len(q.Answers) == 0 {
		return nil, [3]int{}
	}
	return q, [3]int{len(q.Answers), depend, -def.Cost}
}

// split are the best of those rows that do not ask for any of the facts, and the
// other rows.
func split(rows []weighed, facts map[string]bool) (best foremost, others []weighed) {
	asks := func(c patterns.Cond) bool { return facts[c.Fact] }
	for _, w := range rows {
		switch {
		case w.Cause == nil:
		case slices.ContainsFunc(w.Row.When, asks) || slices.ContainsFunc(w.Cause.RuledOut, asks):
			others = append(others, w)
		default:
			best.take(w)
		}
	}
	return best, others
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
