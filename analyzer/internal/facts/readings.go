package facts

import (
	"cmp"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// readings are those of one fact, by how far they reach: a run may have
// thousands of jobs, and a step thousands of attempts.
type readings struct {
	n        int
	wide     []ordered // that may hold anywhere
	byJob    map[int][]ordered
	byStep   map[[2]int][]ordered
	attempts []ordered // by Seq
}

// ordered is a reading with its number, in the order in which they were added.
type ordered struct {
	Reading
	n int
}

func (rs *readings) add(r Reading) {
	o := ordered{r, rs.n}
	rs.n++
	switch r.reach() {
	case patterns.ScopeAttempt:
		at, _ := slices.BinarySearchFunc(rs.attempts, r.Seq+1, bySeq)
		rs.attempts = slices.Insert(rs.attempts, at, o)
	case patterns.ScopeStep:
		put(&rs.byStep, [2]int{r.Job, r.Step}, o)
	case patterns.ScopeJob:
		put(&rs.byJob, r.Job, o)
	default:
		rs.addWide(o)
	}
}

func bySeq(o ordered, seq int) int { return cmp.Compare(o.Seq, seq) }

func put[K comparable](m *map[K][]ordered, key K, o ordered) {
	if *m == nil {
		*m = map[K][]ordered{}
	}
	(*m)[key] = append((*m)[key], o)
}

// addWide adds a reading that may hold anywhere. Of a row that all say the same
// the first and the last count.
func (rs *readings) addWide(o ordered) {
	last := len(rs.wide) - 1
	if last >= 1 && rs.wide[last].says(&o.Reading) && rs.wide[last-1].says(&o.Reading) {
		rs.wide[last] = o
		return
	}
	rs.wide = append(rs.wide, o)
}

// says tells whether another reading would say nothing but the same again.
func (r *Reading) says(b *Reading) bool {
	return r.Value == b.Value && r.Origin == b.Origin && r.Rank == b.Rank && r.Package == b.Package && r.Scope == b.Scope
}

// reach is the widest part of a run in which the reading may hold.
func (r *Reading) reach() patterns.Scope {
	fromLog := r.Origin == report.FromLog || r.Origin == report.Inferred
	switch {
	case fromLog && r.Scope == patterns.ScopeAttempt:
		return patterns.ScopeAttempt
	case r.Job == Anywhere:
		return patterns.ScopeRun
	case !fromLog || r.Scope == patterns.ScopeJob || r.Scope == patterns.ScopeStep && r.Step == Anywhere:
		return patterns.ScopeJob
	case r.Scope == patterns.ScopeStep:
		return patterns.ScopeStep
	}
	return patterns.ScopeRun
}

// at lists the readings that hold at a place, in the order of their numbers.
func (rs *readings) at(p Place) []Reading {
	if rs == nil {
		return nil
	}
	first, _ := slices.BinarySearchFunc(rs.attempts, p.First, bySeq)
	behind, _ := slices.BinarySearchFunc(rs.attempts, p.Last+1, bySeq)
	var found []ordered
	for _, list := range [][]ordered{rs.wide, rs.byJob[p.Job], rs.byStep[[2]int{p.Job, p.Step}], rs.attempts[first:max(first, behind)]} {
		for _, o := range list {
			if o.reaches(p) {
				found = append(found, o)
			}
		}
	}
	slices.SortFunc(found, func(a, b ordered) int { return a.n - b.n })
	list := make([]Reading, len(found))
	for i := range found {
		list[i] = found[i].Reading
	}
	return list
}
