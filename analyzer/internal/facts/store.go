// Package facts keeps what is known about a run, from wherever it came, and
// says what holds at one place in it.
//
// Facts have an origin and a scope: npm's version may differ between jobs and
// steps, and wording alone may bound it. A person's word wins over the run's,
// the run's over the files', those over the log, the log over inference.
package facts

import (
	"cmp"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Anywhere is a Job or Step index that means all of them.
const Anywhere = -1

// Reading is one statement about a fact.
type Reading struct {
	Fact   string
	Value  string
	Origin report.Origin
	// Rank orders readings of one origin, higher wins; then the later one.
	Rank  int
	Scope patterns.Scope
	// Job and Step are indexes into the scan's jobs and the job's steps, or Anywhere.
	Job, Step int
	// Package limits a reading to that package's attempts; empty: all.
	Package string
	// Seq is the position among the scan's events.
	Seq   int
	Where string
}

// Place is a viewpoint: an attempt, which spans events First to Last.
type Place struct {
	Job, Step   int
	First, Last int
	Package     string
	// Local facts count only when they were read in the step itself: the job's
	// readings are about another program.
	Local []string
}

// Known is what holds for a fact at a place.
type Known struct {
	Reading
	// Interval is set for versions.
	Interval version.Interval
	// Contradicts is a weaker reading that says otherwise, as "value (where)".
	Contradicts string
	// From lists the conditions that an inferred value rests on.
	From []Known
}

// Store holds readings. It is not safe for concurrent use.
type Store struct {
	defs       map[string]*patterns.FactDef
	order      []string
	readings   map[string]*readings
	inferences []patterns.Inference
	// looked keeps what was looked up since the last reading was added: rows
	// ask for the same few facts again and again.
	looked map[asked]answer
}

// asked is a fact and a place.
type asked struct {
	id, pkg                string
	job, step, first, last int
}

type answer struct {
	known Known
	ok    bool
}

// New makes a store for a catalog's facts.
func New(cat *patterns.Catalog) *Store {
	s := &Store{defs: map[string]*patterns.FactDef{}, readings: map[string]*readings{}, inferences: cat.Inferences}
	for i := range cat.Facts {
		s.defs[cat.Facts[i].ID] = &cat.Facts[i]
		s.order = append(s.order, cat.Facts[i].ID)
	}
	return s
}

// Def is a fact's declaration.
func (s *Store) Def(id string) (*patterns.FactDef, bool) {
	d, ok := s.defs[id]
	return d, ok
}

// Add records a reading. One with an empty value, or a version that does not
// read as one, says nothing and is dropped.
func (s *Store) Add(r Reading) {
	def, ok := s.defs[r.Fact]
	if !ok || r.Value == "" {
		return
	}
	if r.Scope == "" {
		r.Scope = def.Scope
	}
	if def.Type == patterns.TypeVersion {
		iv, err := version.Parse(r.Value)
		if err != nil {
			return
		}
		r.Value = iv.String()
	}
	clear(s.looked)
	if s.readings[r.Fact] == nil {
		s.readings[r.Fact] = &readings{}
	}
	s.readings[r.Fact].add(r)
}

// originRank orders origins, strongest last.
var originRank = map[report.Origin]int{
	report.Inferred: 0, report.FromLog: 1, report.FromStatus: 2, report.FromRegistry: 3,
	report.FromPackage: 3, report.FromWorkflow: 4, report.FromRun: 5, report.FromUser: 6,
}

// logFirstRank is for facts that files only mean: a secret that is passed may
// not exist, an npm that should be installed may not have been.
var logFirstRank = map[report.Origin]int{
	report.Inferred: 2, report.FromWorkflow: 1, report.FromPackage: 1, report.FromStatus: 1, report.FromRegistry: 1,
	report.FromLog: 4, report.FromRun: 5, report.FromUser: 6,
}

// reaches tells whether a reading holds at the place.
func (r *Reading) reaches(p Place) bool {
	if r.Package != "" && r.Package != p.Package {
		return false
	}
	if r.Origin != report.FromLog && r.Origin != report.Inferred {
		return r.Job == Anywhere || r.Job == p.Job
	}
	if r.Job == p.Job && r.Step != p.Step && slices.Contains(p.Local, r.Fact) {
		return false
	}
	switch r.Scope {
	case patterns.ScopeAttempt:
		return p.First <= r.Seq && r.Seq <= p.Last
	case patterns.ScopeStep:
		return r.Job == Anywhere || r.Job == p.Job && (r.Step == Anywhere || r.Step == p.Step)
	case patterns.ScopeJob:
		return r.Job == Anywhere || r.Job == p.Job
	}
	return true
}

// Lookup returns what holds for a fact at the place.
func (s *Store) Lookup(id string, p Place) (Known, bool) {
	return s.lookup(id, p, nil)
}

// lookup remembers the answer, but not within an inference, where it may depend
// on what is being asked for.
func (s *Store) lookup(id string, p Place, asking []string) (Known, bool) {
	if len(asking)+len(p.Local) > 0 {
		return s.find(id, p, asking)
	}
	q := asked{id, p.Package, p.Job, p.Step, p.First, p.Last}
	a, ok := s.looked[q]
	if !ok {
		a.known, a.ok = s.find(id, p, nil)
		if s.looked == nil {
			s.looked = map[asked]answer{}
		}
		s.looked[q] = a
	}
	return a.known, a.ok
}

func (s *Store) find(id string, p Place, asking []string) (Known, bool) {
	def, ok := s.defs[id]
	if !ok {
		return Known{}, false
	}
	direct := s.direct(id, p)
	if def.Type == patterns.TypeVersion {
		return s.versionOf(id, p, direct, asking)
	}
	if len(direct) == 0 {
		return s.infer(id, p, asking)
	}
	k := Known{Reading: direct[0]}
	for _, r := range direct[1:] {
		if r.Value != k.Value && r.Origin != k.Origin && r.Origin != report.Inferred {
			k.Contradicts = r.Value + whereSuffix(r.Where)
			break
		}
	}
	return k, true
}

// direct lists the readings that reach the place, strongest first.
func (s *Store) direct(id string, p Place) []Reading {
	found := s.readings[id].at(p)
	rank := originRank
	if s.defs[id].LogFirst {
		rank = logFirstRank
	}
	slices.SortStableFunc(found, func(a, b Reading) int { return stronger(a, b, p, rank) })
	return found
}

// stronger orders readings: origin, rank, what came before the place before
// what came after it, then the later one.
func stronger(a, b Reading, p Place, rank map[report.Origin]int) int {
	return cmp.Or(
		cmp.Compare(rank[b.Origin], rank[a.Origin]),
		cmp.Compare(b.Rank, a.Rank),
		cmp.Compare(boolRank(b.Seq <= p.Last), boolRank(a.Seq <= p.Last)),
		cmp.Compare(b.Seq, a.Seq),
	)
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// versionOf intersects the readings, strongest first; one that leaves nothing
// is contradicted and does not count.
func (s *Store) versionOf(id string, p Place, direct []Reading, asking []string) (Known, bool) {
	var all version.Interval
	k := Known{}
	found := false
	for _, r := range direct {
		k, found = k.narrow(r, found), true
	}
	if k.Interval.IsExact() {
		return k, true
	}
	if inferred, ok := s.infer(id, p, asking); ok {
		if !found {
			return inferred, true
		}
		k = k.narrow(inferred.Reading, true)
	}
	return k, found && k.Interval != all
}

// narrow takes one more, weaker reading into account.
func (k Known) narrow(r Reading, found bool) Known {
	iv, _ := version.Parse(r.Value)
	if !found {
		return Known{Reading: r, Interval: iv}
	}
	both, ok := k.Interval.Intersect(iv)
	switch {
	case !ok:
		if k.Contradicts == "" {
			k.Contradicts = r.Value + whereSuffix(r.Where)
		}
	case both.IsExact() && !k.Interval.IsExact():
		c := k.Contradicts
		k = Known{Reading: r, Interval: both, Contradicts: c}
	case both != k.Interval:
		k.Interval, k.Value = both, both.String()
	}
	return k
}

// infer derives a fact from others. asking guards against circles.
func (s *Store) infer(id string, p Place, asking []string) (Known, bool) {
	if slices.Contains(asking, id) {
		return Known{}, false
	}
	for i := range s.inferences {
		inf := &s.inferences[i]
		if inf.Fact != id {
			continue
		}
		if from, ok := s.allHold(inf.When, p, append(slices.Clip(asking), id)); ok {
			k := Known{Reading: Reading{Fact: id, Value: inf.Value, Origin: report.Inferred, Where: basis(from)}, From: from}
			if s.defs[id].Type == patterns.TypeVersion {
				k.Interval, _ = version.Parse(inf.Value)
			}
			return k, true
		}
	}
	return Known{}, false
}

func (s *Store) allHold(when []patterns.Cond, p Place, asking []string) ([]Known, bool) {
	var from []Known
	for _, c := range when {
		truth, k := s.eval(c, p, asking)
		if truth != version.True {
			return nil, false
		}
		from = append(from, k)
	}
	return from, true
}

func basis(from []Known) string {
	text := ""
	for i, k := range from {
		if i > 0 {
			text += ", "
		}
		text += k.Fact + " = " + k.Value + whereSuffix(k.Where)
	}
	return text
}

func whereSuffix(where string) string {
	if where == "" {
		return ""
	}
	return " (" + where + ")"
}
