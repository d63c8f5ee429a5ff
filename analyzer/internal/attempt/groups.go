package attempt

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/patterns"
)

// Groups answers how an attempt stands to the others of its job and step,
// without a walk through all of them.
type Groups struct {
	jobs  map[*match.Job]*jobGroup
	steps map[*match.Step]*stepGroup
	// tried are the packages whose publish was no dry run and came to an end.
	tried map[string]bool
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
	g := &Groups{jobs: map[*match.Job]*jobGroup{}, steps: map[*match.Step]*stepGroup{}, tried: map[string]bool{}}
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
		if !a.DryRun && (a.Published != nil || a.Failed()) {
			g.tried[a.Package] = true
		}
		g.steps[a.Step].add(a)
		g.jobs[a.Job].add(a)
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

// Published tells whether any attempt of the job ended in an upload.
func (g *Groups) Published(j *match.Job) bool { return g.jobs[j] != nil && g.jobs[j].lastAny >= 0 }

// Tried tells whether the log shows a package's publish beside its dry run; one
// that names no package may be of any.
func (g *Groups) Tried(name string) bool { return g.tried[name] || g.tried[""] }

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

// Matters tells whether a failed attempt bears on the release. Error texts in
// a step that ended well and publishes nothing are test output, or a check
// whose answer did not count.
func Matters(a *Attempt) bool {
	if a.NoPublish || a.LooksUp && onlyPasted(a) || a.Job.Whole && (onlyPasted(a) || a.quoted()) {
		return false
	}
	switch {
	case a.installs():
		return false
	case a.Step.Everyday():
		return a.Step.Failed && breaksClient(a)
	case !a.Job.Whole:
		return len(a.Starts)+len(a.Hints) > 0 || a.Step.Spoke || Publishes(a.Step) || slices.ContainsFunc(a.Failures, func(f *match.Event) bool { return !f.Symptom.General })
	case a.Step.Failed:
		return slices.ContainsFunc(a.Job.Steps, Publishes) || !a.Step.Commands.Foreign(a.Step.Script) && (len(a.Step.Publications) > 0 || tried(a))
	}
	return hasFatal(a)
}

// installs tells whether a failure that any request ends with stands in a paste
// that shows no publish: far more installations fail than uploads.
func (a *Attempt) installs() bool {
	return !a.Job.Whole && len(a.Starts)+len(a.Hints) == 0 && !Publishes(a.Step) &&
		!slices.ContainsFunc(a.Failures, func(f *match.Event) bool {
			return f.Symptom.Role != patterns.RoleAnyRequest || strings.Contains(f.Text, "PUT ")
		})
}

// breaksClient tells whether a failure ends the job before any publish: the
// client that it was given does not work.
func breaksClient(a *Attempt) bool {
	return slices.ContainsFunc(a.Failures, func(f *match.Event) bool {
		return f.Symptom.Fatal && (f.Symptom.Stage == patterns.StageInstall || f.Symptom.Stage == patterns.StageUpgrade || f.Symptom.Stage == patterns.StageStartup)
	})
}

// tried tells whether a failure is the end of a publish, or of what only a
// publish comes to: a missing client ends any other step as well.
func tried(a *Attempt) bool {
	return slices.ContainsFunc(a.Failures, func(f *match.Event) bool {
		switch f.Symptom.Stage {
		case patterns.StageInstall, patterns.StageUpgrade, patterns.StageStartup, patterns.StageCheck:
			return f.Symptom.Fatal
		}
		return true
	})
}

// quoted tells whether the failure is but text that a passing test or script
// printed: its step ended well, no publish of it began, and the tool's error
// block has no end.
func (a *Attempt) quoted() bool {
	return !a.Step.Failed && len(a.Starts) == 0 && !a.ended && a.Step.Published
}

func onlyPasted(a *Attempt) bool {
	for _, f := range a.Failures {
		if !f.Symptom.OnlyPasted {
			return false
		}
	}
	return true
}

func hasFatal(a *Attempt) bool {
	for _, f := range a.Failures {
		if f.Symptom.Fatal {
			return true
		}
	}
	return false
}

// Publishes tells whether a step runs a command or an action that publishes. A
// shell script that is only named so counts when a publishing tool spoke in it.
func Publishes(s *match.Step) bool {
	return slices.ContainsFunc(s.Publications, func(p commands.Publication) bool { return !p.Vague() || s.Spoke })
}

// Symptoms lists an attempt's symptoms: failures before hints, the more
// precise before those that they make superfluous, which are left out.
func Symptoms(a *Attempt) []*patterns.Symptom {
	var list []*patterns.Symptom
	refined := map[string]bool{}
	for _, events := range [][]*match.Event{a.Failures, a.Hints} {
		for _, ev := range events {
			list = appendNew(list, ev.Symptom)
			for _, id := range ev.Symptom.Refines {
				refined[id] = true
			}
		}
	}
	kept := list[:0:0]
	for _, s := range list {
		if !refined[s.ID] {
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return list
	}
	return kept
}

func appendNew(list []*patterns.Symptom, s *patterns.Symptom) []*patterns.Symptom {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
