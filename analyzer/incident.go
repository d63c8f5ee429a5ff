package analyzer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// incident is an attempt that needs an explanation, and its differential.
type incident struct {
	outcome  report.Outcome
	attempts []*attempt.Attempt // several, where one cause explains many
	symptoms []*patterns.Symptom
	cands    []decide.Candidate
	question *report.Question
}

func (in *incident) first() *attempt.Attempt { return in.attempts[0] }

// incidents finds what needs explaining, folds what is the same, and orders it.
func (d *diagnosis) incidents() []*incident {
	var all []*incident
	for _, a := range d.attempts {
		if in := d.incident(a); in != nil {
			all = append(all, in)
		}
	}
	all = d.withoutEcho(all)
	if len(all) == 0 {
		all = append(d.hintsAlone(), d.echoesAlone()...)
	}
	all = fold(all)
	slices.SortStableFunc(all, func(a, b *incident) int {
		return cmp.Or(
			cmp.Compare(outcomeOrder[a.outcome], outcomeOrder[b.outcome]),
			cmp.Compare(a.first().First, b.first().First),
		)
	})
	return all
}

// withoutEcho leaves out incidents that show nothing but lines which count only
// when they stand alone.
func (d *diagnosis) withoutEcho(all []*incident) []*incident {
	echo := func(in *incident) bool {
		return !slices.ContainsFunc(in.symptoms, func(s *patterns.Symptom) bool { return !s.OnlyPasted })
	}
	if !d.anyPublished() && !slices.ContainsFunc(all, func(in *incident) bool { return !echo(in) }) {
		return all
	}
	return slices.DeleteFunc(all, echo)
}

var outcomeOrder = map[report.Outcome]int{report.Failed: 0, report.WithoutProvenance: 1, report.Recovered: 2}

// incident judges one attempt; nil when nothing about it needs explaining, or
// the table knows nothing about it.
func (d *diagnosis) incident(a *attempt.Attempt) *incident {
	in := &incident{attempts: []*attempt.Attempt{a}}
	switch {
	case a.Failed() && attempt.Matters(a):
		in.outcome = report.Failed
		if attempt.Recovered(a, d.attempts) {
			in.outcome = report.Recovered
		}
		in.symptoms = attempt.Symptoms(a)
	case a.Published != nil && d.lacksProvenance(a):
		in.outcome = report.WithoutProvenance
		s, ok := d.catalog.Symptom(silentSymptom)
		if !ok {
			return nil
		}
		in.symptoms = append([]*patterns.Symptom{s}, attempt.Symptoms(a)...)
	default:
		return nil
	}
	return d.decided(in)
}

func (d *diagnosis) decided(in *incident) *incident {
	in.cands = d.table.Decide(d.caseOf(in), d.store)
	if len(in.cands) == 0 {
		return nil
	}
	in.question = decide.Ask(in.cands, d.store)
	return in
}

// hintsAlone makes incidents of hints that nothing else goes with: a paste of
// the one line that matters, or a failed step whose tool says no more.
func (d *diagnosis) hintsAlone() []*incident {
	var all []*incident
	for _, a := range d.attempts {
		if len(a.Hints) == 0 || a.Failed() || a.Published != nil || a.Job.Whole && !a.Step.Failed {
			continue
		}
		in := &incident{outcome: report.Failed, attempts: []*attempt.Attempt{a}}
		for _, s := range attempt.Symptoms(a) {
			if d.table.Answers(s.ID) && !(s.OnlyPasted && a.Job.Whole) {
				in.symptoms = append(in.symptoms, s)
			}
		}
		if len(in.symptoms) > 0 {
			if in = d.decided(in); in != nil {
				all = append(all, in)
			}
		}
	}
	return all
}

// echoesAlone makes incidents of lines that count only when they stand alone:
// they are all that a failed publish step shows, and no look-up of a version
// printed them.
func (d *diagnosis) echoesAlone() []*incident {
	var all []*incident
	for _, a := range d.attempts {
		if !a.Job.Whole || !a.Failed() || !a.Step.Failed || !attempt.Publishes(a.Step) || d.looksUp(a.Step) || d.anyPublished() {
			continue
		}
		in := &incident{outcome: report.Failed, attempts: []*attempt.Attempt{a}, symptoms: attempt.Symptoms(a)}
		if in = d.decided(in); in != nil {
			all = append(all, in)
		}
	}
	return all
}

// looksUp tells whether a step asked the registry for a version that is not
// there: npm view ends with the same words as a refused upload.
func (d *diagnosis) looksUp(s *match.Step) bool {
	return slices.ContainsFunc(d.scan.Events, func(ev match.Event) bool {
		return ev.Step == s && ev.Symptom != nil && ev.Symptom.ID == "package-not-visible"
	})
}

// caseOf is what the table is asked about.
func (d *diagnosis) caseOf(in *incident) decide.Case {
	a := in.first()
	c := decide.Case{Place: d.place(a), Seen: d.seen(a), Captures: captures(a)}
	for _, s := range in.symptoms {
		c.Symptoms = append(c.Symptoms, s.ID)
		c.Seen[s.ID] = true
	}
	return c
}

// seen are the symptoms found in the attempt's job up to its end. Hints that
// belong to another package's attempt do not count.
func (d *diagnosis) seen(a *attempt.Attempt) map[string]bool {
	seen := map[string]bool{}
	for _, b := range d.attempts {
		if b.Job != a.Job || b.First > a.Last {
			continue
		}
		if b.Published != nil {
			seen[b.Published.Symptom.ID] = true
		}
		for _, ev := range b.Failures {
			seen[ev.Symptom.ID] = true
		}
		other := b != a && b.Package != "" && a.Package != "" && b.Package != a.Package
		for _, ev := range b.Hints {
			seen[ev.Symptom.ID] = seen[ev.Symptom.ID] || !other || !ofOnePackage(ev.Symptom.ID)
		}
	}
	return seen
}

// ofOnePackage tells whether a hint says something about its own package only:
// the registry answers the token exchange for each package.
func ofOnePackage(id string) bool { return strings.HasPrefix(id, "oidc-exchange-") }

func captures(a *attempt.Attempt) map[string]string {
	all := map[string]string{}
	for _, events := range [][]*match.Event{a.Hints, a.Failures} {
		for _, ev := range events {
			for k, v := range ev.Captures {
				all[k] = v
			}
		}
	}
	return all
}

// fold joins incidents that are one to a person: twenty packages of a job with
// the same symptom and first diagnosis, or several signs of one cause in a
// step that name no package.
func fold(all []*incident) []*incident {
	var kept []*incident
	for _, in := range all {
		if i := slices.IndexFunc(kept, in.same); i >= 0 {
			kept[i].attempts = append(kept[i].attempts, in.attempts...)
			kept[i].addSymptoms(in.symptoms)
			continue
		}
		kept = append(kept, in)
	}
	return kept
}

func (in *incident) same(have *incident) bool {
	a, b := in.first(), have.first()
	if a.Job != b.Job || in.outcome != have.outcome || in.cands[0].Row.Cause != have.cands[0].Row.Cause {
		return false
	}
	if in.symptoms[0] == have.symptoms[0] && in.cands[0].Row == have.cands[0].Row {
		return true
	}
	return a.Step == b.Step && (a.Package == "" || b.Package == "" || a.Package == b.Package)
}

func (in *incident) addSymptoms(more []*patterns.Symptom) {
	for _, s := range more {
		if !slices.Contains(in.symptoms, s) {
			in.symptoms = append(in.symptoms, s)
		}
	}
}
