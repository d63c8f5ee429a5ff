// Package facts keeps what is known about a run, from wherever it came, and
// says what holds at one place in it.
//
// Facts have an origin and a scope: npm's version may differ between jobs and
// steps, and wording alone may bound it. A person's word wins over the run's,
// the run's over the files', those over the log, the log over inference.
package facts

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync/atomic"

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
	// Change says that the thing itself changed here, as when npm installs
	// another npm: what was read of it earlier in the job is past.
	Change bool

	interval *version.Interval // of a version
	n        int               // counts readings of a fact in the order of their coming
}

// logOrigins are those of what the log itself says, and of inference from it.
var logOrigins = [...]report.Origin{report.FromLog, report.Inferred}

func (r *Reading) fromLog() bool { return slices.Contains(logOrigins[:], r.Origin) }

// Place is a viewpoint: an attempt, which spans events First to Last.
type Place struct {
	Job, Step   int
	First, Last int
	Package     string
	// Tool is what the step publishes with. Of its LocalFacts other steps say
	// nothing: they describe another program.
	Tool *patterns.Tool
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
	*declared
	readings map[string]*readings
	// looked keeps what was looked up at one place since the last reading was
	// added: rows ask for the same few facts again and again.
	looked   map[string]answer
	lookedAt Place
	// supposed is an answer that a person might give, or nil.
	supposed *Reading
	// ranges are the catalog's ranges, each parsed once.
	ranges map[string]parsed
	// following are the facts that may change with each fact, see Following.
	following map[string]map[string]bool
}

type answer struct {
	known Known
	ok    bool
}

type parsed struct {
	interval version.Interval
	err      error
}

// New makes a store for a catalog's facts.
func New(cat *patterns.Catalog) *Store {
	d := latest.Load()
	if d == nil || d.catalog != cat {
		d = declare(cat)
		latest.Store(d)
	}
	return &Store{
		declared: d, readings: map[string]*readings{},
		looked: map[string]answer{}, ranges: map[string]parsed{}, following: map[string]map[string]bool{},
	}
}

// declared is what a catalog says of its facts.
type declared struct {
	catalog    *patterns.Catalog
	defs       map[string]*patterns.FactDef
	order      []string
	inferences map[string][]*patterns.Inference
}

// latest is of the catalog that a store was last made for: thousands of logs
// have one.
var latest atomic.Pointer[declared]

func declare(cat *patterns.Catalog) *declared {
	d := &declared{catalog: cat, defs: map[string]*patterns.FactDef{}, inferences: map[string][]*patterns.Inference{}}
	for i := range cat.Facts {
		d.defs[cat.Facts[i].ID] = &cat.Facts[i]
		d.order = append(d.order, cat.Facts[i].ID)
	}
	for i := range cat.Inferences {
		inf := &cat.Inferences[i]
		d.inferences[inf.Fact] = append(d.inferences[inf.Fact], inf)
	}
	return d
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
		p := s.parse(r.Value)
		if p.err != nil {
			return
		}
		r.interval, r.Value = &p.interval, p.interval.String()
	}
	clear(s.looked)
	if s.readings[r.Fact] == nil {
		s.readings[r.Fact] = &readings{}
	}
	s.readings[r.Fact].add(r)
}

// Suppose calls do as if a person had given the fact that value. What was looked
// up of facts that do not follow from it stays known.
func (s *Store) Suppose(fact, value string, do func()) {
	s.supposed = &Reading{Fact: fact, Value: value, Origin: report.FromUser, Job: Anywhere, Step: Anywhere}
	if s.defs[fact].Type == patterns.TypeVersion {
		p := s.parse(value)
		s.supposed.interval = &p.interval
	}
	following, at, before := s.Following(fact), s.lookedAt, map[string]answer{}
	for id := range following {
		if a, ok := s.looked[id]; ok {
			before[id] = a
			delete(s.looked, id)
		}
	}
	do()
	s.supposed = nil
	for id := range following {
		delete(s.looked, id)
	}
	if s.lookedAt == at {
		maps.Copy(s.looked, before)
	}
}

// Following are the facts that may change when one does: itself and what is
// inferred from it.
func (s *Store) Following(fact string) map[string]bool {
	if all, ok := s.following[fact]; ok {
		return all
	}
	all := map[string]bool{fact: true}
	for n := 0; n < len(all); {
		n = len(all)
		for id, list := range s.inferences {
			all[id] = all[id] || slices.ContainsFunc(list, func(inf *patterns.Inference) bool {
				return !inf.Shown && slices.ContainsFunc(inf.When, func(c patterns.Cond) bool { return all[c.Fact] })
			})
			if !all[id] {
				delete(all, id)
			}
		}
	}
	s.following[fact] = all
	return all
}

// parse reads a version or range, each text once.
func (s *Store) parse(text string) parsed {
	p, ok := s.ranges[text]
	if !ok {
		p.interval, p.err = version.Parse(text)
		s.ranges[text] = p
	}
	return p
}

// Lookup returns what holds for a fact at the place.
func (s *Store) Lookup(id string, p Place) (Known, bool) {
	return s.lookup(id, p, nil)
}

// lookup remembers the answer, but not within an inference, where it may depend
// on what is being asked for.
func (s *Store) lookup(id string, p Place, asking []string) (Known, bool) {
	if len(asking) > 0 {
		return s.find(id, p, asking)
	}
	if s.lookedAt != p {
		clear(s.looked)
		s.lookedAt = p
	}
	a, ok := s.looked[id]
	if !ok {
		a.known, a.ok = s.find(id, p, nil)
		s.looked[id] = a
	}
	return a.known, a.ok
}

func (s *Store) find(id string, p Place, asking []string) (Known, bool) {
	def, ok := s.defs[id]
	supposed := s.supposed != nil && s.supposed.Fact == id
	if !ok || s.readings[id] == nil && s.inferences[id] == nil && !supposed {
		return Known{}, false
	}
	direct := s.direct(def, p)
	if def.Type == patterns.TypeVersion {
		return s.versionOf(id, p, direct, asking)
	}
	if len(direct) == 0 {
		return s.infer(id, p, asking, false)
	}
	k := Known{Reading: *direct[0]}
	for _, r := range direct[1:] {
		if r.Value != k.Value && r.Origin != k.Origin && r.Origin != report.Inferred {
			k.Contradicts = r.Value + whereSuffix(r.Where)
			break
		}
	}
	return k, true
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

// direct lists the readings that reach the place, strongest first: by origin,
// by rank, what came before the place before what came after it, then the
// later one.
func (s *Store) direct(def *patterns.FactDef, p Place) []*Reading {
	rank := originRank
	if def.LogFirst {
		rank = logFirstRank
	}
	found := s.readings[def.ID].at(p)
	if s.supposed != nil && s.supposed.Fact == def.ID {
		found = append(found, s.supposed)
	}
	slices.SortFunc(found, func(a, b *Reading) int {
		return cmp.Or(
			cmp.Compare(rank[b.Origin], rank[a.Origin]),
			cmp.Compare(b.Rank, a.Rank),
			cmp.Compare(boolRank(b.Seq <= p.Last), boolRank(a.Seq <= p.Last)),
			cmp.Compare(b.Seq, a.Seq),
			cmp.Compare(a.n, b.n),
		)
	})
	return found
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// versionOf intersects the readings, strongest first; one that leaves nothing
// is contradicted and does not count.
func (s *Store) versionOf(id string, p Place, direct []*Reading, asking []string) (Known, bool) {
	var all version.Interval
	k := Known{}
	found, changed := false, false
	for _, r := range direct {
		k, found = k.narrow(r, found), true
		changed = changed || r.Change
	}
	if k.Interval.IsExact() {
		return k, true
	}
	// What Node.js brings along says nothing once another npm was installed.
	if changed {
		return k, k.Interval != all
	}
	if inferred, ok := s.infer(id, p, asking, false); ok {
		if !found {
			return inferred, true
		}
		inferred.interval = &inferred.Interval
		k = k.narrow(&inferred.Reading, true)
	}
	return k, found && k.Interval != all
}

// narrow takes one more, weaker reading into account.
func (k Known) narrow(r *Reading, found bool) Known {
	if !found {
		return Known{Reading: *r, Interval: *r.interval}
	}
	both, ok := k.Interval.Intersect(*r.interval)
	switch {
	case !ok:
		if k.Contradicts == "" {
			k.Contradicts = r.Value + whereSuffix(r.Where)
		}
	case both.IsExact() && !k.Interval.IsExact():
		k = Known{Reading: *r, Interval: both, Contradicts: k.Contradicts}
	case both != k.Interval:
		k.Interval, k.Value = both, both.String()
	}
	return k
}

func whereSuffix(where string) string {
	if where == "" {
		return ""
	}
	return " (" + where + ")"
}

// readings are those of one fact, by how far they reach: a run may have
// thousands of jobs, and a step thousands of attempts.
type readings struct {
	n        int
	wide     series // that may hold anywhere
	byJob    map[int]*series
	byStep   map[[2]int]*series
	attempts map[attempts][]*Reading // by Seq
}

// attempts are those of a step or of a whole job. What was read and what was
// inferred come in order, but one after the other.
type attempts struct {
	job, step int
	origin    report.Origin
}

func (rs *readings) add(r Reading) {
	r.n = rs.n
	rs.n++
	switch r.reach() {
	case patterns.ScopeAttempt:
		if rs.attempts == nil {
			rs.attempts = map[attempts][]*Reading{}
		}
		for _, at := range []attempts{{r.Job, r.Step, r.Origin}, {r.Job, Anywhere, r.Origin}} {
			rs.attempts[at] = insert(rs.attempts[at], &r)
		}
	case patterns.ScopeStep:
		put(&rs.byStep, [2]int{r.Job, r.Step}, &r)
	case patterns.ScopeJob:
		put(&rs.byJob, r.Job, &r)
	default:
		rs.wide.add(&r)
	}
}

func put[K comparable](m *map[K]*series, key K, r *Reading) {
	if *m == nil {
		*m = map[K]*series{}
	}
	if (*m)[key] == nil {
		(*m)[key] = &series{}
	}
	(*m)[key].add(r)
}

func insert(list []*Reading, r *Reading) []*Reading {
	return slices.Insert(list, behind(list, r.Seq), r)
}

// behind is the index of the first reading after seq.
func behind(list []*Reading, seq int) int {
	at, _ := slices.BinarySearchFunc(list, seq+1, func(r *Reading, seq int) int { return cmp.Compare(r.Seq, seq) })
	return at
}

// reach is the widest part of a run in which the reading may hold.
func (r *Reading) reach() patterns.Scope {
	switch {
	case r.fromLog() && r.Scope == patterns.ScopeAttempt:
		return patterns.ScopeAttempt
	case r.Job == Anywhere:
		return patterns.ScopeRun
	case !r.fromLog() && r.Step != Anywhere || r.Scope == patterns.ScopeStep && r.Step != Anywhere:
		return patterns.ScopeStep
	case !r.fromLog() || r.Scope == patterns.ScopeJob || r.Scope == patterns.ScopeStep:
		return patterns.ScopeJob
	}
	return patterns.ScopeRun
}

func (rs *readings) at(p Place) []*Reading {
	if rs == nil {
		return nil
	}
	found := rs.wide.at(nil, p)
	found = rs.byJob[p.Job].at(found, p)
	found = rs.byStep[[2]int{p.Job, p.Step}].at(found, p)
	others := len(found)
	for _, origin := range logOrigins {
		list := rs.attempts[attempts{p.Job, p.Step, origin}]
		for _, r := range list[behind(list, p.First-1):behind(list, p.Last)] {
			if r.reaches(p) {
				found = append(found, r)
			}
		}
	}
	slices.SortFunc(found[others:], func(a, b *Reading) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.n, b.n))
	})
	return found
}

// reaches tells whether a reading that is kept for a place's job and step
// really holds there.
func (r *Reading) reaches(p Place) bool {
	if r.Package != "" && r.Package != p.Package {
		return false
	}
	return !(p.Tool != nil && r.fromLog() && r.Job == p.Job && r.Step != p.Step && slices.Contains(p.Tool.LocalFacts, r.Fact))
}

// series are readings that reach equally far, in classes of equal strength. Of
// each class only the reading that is nearest to a place counts there.
type series struct {
	classes []class
	changes []int // the positions where the thing changed, ascending
}

type class struct {
	origin report.Origin
	rank   int
	pkg    string
	bound  string // what wording says of a version narrows what other wording says
	list   []*Reading
}

func (s *series) add(r *Reading) {
	if r.Change {
		at, _ := slices.BinarySearch(s.changes, r.Seq)
		s.changes = slices.Insert(s.changes, at, r.Seq)
	}
	bound := ""
	if r.interval != nil && !r.interval.IsExact() && r.Scope == patterns.ScopeStep {
		bound = r.Value
	}
	i := slices.IndexFunc(s.classes, func(c class) bool {
		return c.origin == r.Origin && c.rank == r.Rank && c.pkg == r.Package && c.bound == bound
	})
	if i < 0 {
		i = len(s.classes)
		s.classes = append(s.classes, class{origin: r.Origin, rank: r.Rank, pkg: r.Package, bound: bound})
	}
	s.classes[i].list = insert(s.classes[i].list, r)
}

// at appends the readings that count at a place: of each class the last one up
// to it, else the first one after it.
func (s *series) at(found []*Reading, p Place) []*Reading {
	if s == nil {
		return found
	}
	past, next := -1, math.MaxInt // the changes around the place
	i, _ := slices.BinarySearch(s.changes, p.Last+1)
	if i > 0 {
		past = s.changes[i-1]
	}
	if i < len(s.changes) {
		next = s.changes[i]
	}
	for i := range s.classes {
		list := s.classes[i].list
		at := behind(list, p.Last)
		switch {
		case at > 0 && (list[at-1].Seq >= past || !list[at-1].fromLog()) && list[at-1].reaches(p):
			found = append(found, list[at-1])
		case at < len(list) && past < 0 && list[at].Seq < next && list[at].reaches(p):
			found = append(found, list[at])
		}
	}
	return found
}
