package attempt

import (
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/patterns"
)

// Groups answers how an attempt stands to the others of its job and step,
// without a walk through all of them.
type Groups struct {
	// AnyPublished tells whether any attempt ended in an upload.
	AnyPublished bool
	jobs         map[*match.Job]*jobGroup
	steps        map[*match.Step]*stepGroup
}

type stepGroup struct {
	announced bool
	signed    bool
	signedAt  int // the first attempt with a statement
}

type jobGroup struct {
	// published and failed count by package; "" is an attempt that names none.
	published, failed map[string]bool
	// last is the last upload by package and version.
	last map[[2]string]int
	// lastOf is the last upload of a package whatever its version, lastAny of any.
	lastOf  map[string]int
	lastAny int
	// seen is where each symptom was first seen. Hints about one package only
	// are kept by package.
	seen   map[string]int
	seenOf map[string]map[string]int
}

// Group indexes attempts, which are in the order of the log.
func Group(all []*Attempt) *Groups {
	g := &Groups{jobs: map[*match.Job]*jobGroup{}, steps: map[*match.Step]*stepGroup{}}
	for _, a := range all {
		if g.jobs[a.Job] == nil {
			g.jobs[a.Job] = &jobGroup{
				published: map[string]bool{}, failed: map[string]bool{}, last: map[[2]string]int{}, lastOf: map[string]int{},
				lastAny: -1, seen: map[string]int{}, seenOf: map[string]map[string]int{},
			}
		}
		if g.steps[a.Step] == nil {
			g.steps[a.Step] = &stepGroup{}
		}
		g.steps[a.Step].add(a)
		g.jobs[a.Job].add(a)
		g.AnyPublished = g.AnyPublished || a.Published != nil
	}
	return g
}

func (s *stepGroup) add(a *Attempt) {
	s.announced = s.announced || a.Announced
	if a.Signed && (!s.signed || a.First < s.signedAt) {
		s.signed, s.signedAt = true, a.First
	}
}

func (j *jobGroup) add(a *Attempt) {
	if a.Published != nil {
		j.published[a.Package] = true
		j.lastAny = max(j.lastAny, a.First)
		j.lastOf[a.Package] = max(j.lastOf[a.Package], a.First)
		j.last[[2]string{a.Package, a.Version}] = max(j.last[[2]string{a.Package, a.Version}], a.First)
		j.see(j.seen, a.Published, a.First)
	}
	if a.Failed() {
		j.failed[a.Package] = true
	}
	for _, ev := range a.Failures {
		j.see(j.seen, ev, a.First)
	}
	for _, ev := range a.Hints {
		if ev.Symptom.Role != patterns.RoleOIDCExchange {
			j.see(j.seen, ev, a.First)
			continue
		}
		if j.seenOf[a.Package] == nil {
			j.seenOf[a.Package] = map[string]int{}
		}
		j.see(j.seenOf[a.Package], ev, a.First)
	}
}

func (j *jobGroup) see(seen map[string]int, ev *match.Event, first int) {
	if at, ok := seen[ev.Symptom.ID]; !ok || first < at {
		seen[ev.Symptom.ID] = first
	}
}

// Siblings tells whether other packages of the job were published, and whether
// any failed.
func (g *Groups) Siblings(a *Attempt) (published, failed bool) {
	others := func(names map[string]bool) bool {
		n := len(names)
		for _, name := range []string{"", a.Package} {
			if names[name] {
				n--
			}
		}
		return n > 0
	}
	j := g.jobs[a.Job]
	return others(j.published), others(j.failed)
}

// Recovered tells whether a later upload made good for the failed attempt.
// Without a package's name it takes a step that ended well.
func (g *Groups) Recovered(a *Attempt) bool {
	j := g.jobs[a.Job]
	later := func(at int, ok bool) bool { return ok && at >= a.First }
	calm := !a.Step.Failed && a.Job.Whole
	unnamed, some := j.lastOf[""]
	switch {
	case a.Package == "":
		return calm && later(j.lastAny, j.lastAny >= 0)
	case calm && later(unnamed, some):
		return true
	case a.Version == "":
		at, ok := j.lastOf[a.Package]
		return later(at, ok)
	}
	for _, version := range []string{a.Version, ""} {
		if at, ok := j.last[[2]string{a.Package, version}]; later(at, ok) {
			return true
		}
	}
	return false
}

// Seen are the symptoms found in the attempt's job up to its end. The
// registry's answers to another package's token exchange do not count.
func (g *Groups) Seen(a *Attempt) map[string]bool {
	j := g.jobs[a.Job]
	seen := map[string]bool{}
	take := func(symptoms map[string]int) {
		for id, first := range symptoms {
			if first <= a.Last {
				seen[id] = true
			}
		}
	}
	take(j.seen)
	take(j.seenOf[a.Package])
	if a.Package != "" {
		take(j.seenOf[""])
		return seen
	}
	for _, symptoms := range j.seenOf {
		take(symptoms)
	}
	return seen
}

// SignedBefore tells whether the attempt or an earlier one of its step made a
// provenance statement.
func (g *Groups) SignedBefore(a *Attempt) bool {
	s := g.steps[a.Step]
	return s.signed && s.signedAt <= a.First
}

// Announced tells whether the step printed npm's notices: at a quieter level a
// missing statement means nothing.
func (g *Groups) Announced(a *Attempt) bool { return g.steps[a.Step].announced }
