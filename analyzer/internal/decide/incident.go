package decide

import (
	"cmp"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/findings"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Analysis is what the findings of one run come to: incidents with their
// differentials. Write makes the report of it.
type Analysis struct {
	*findings.Findings
	Incidents []*Incident
	table     *Table
}

// Incident is an attempt that needs an explanation, and its differential.
type Incident struct {
	Outcome  report.Outcome
	Attempts []*attempt.Attempt // several, where one cause explains many
	Symptoms []*patterns.Symptom
	// Candidates are the causes, best first. Never empty.
	Candidates []Candidate
	Question   *report.Question
	// Place is the first attempt's viewpoint on the facts.
	Place    facts.Place
	evidence Case
	captures map[string]string
}

// First is the attempt that the incident began with.
func (in *Incident) First() *attempt.Attempt { return in.Attempts[0] }

// Job is the name of the job.
func (in *Incident) Job() string { return in.First().Job.Name }

// Analyze finds what needs explaining, folds what is the same, and orders it.
func Analyze(t *Table, f *findings.Findings) *Analysis {
	an := &Analysis{Findings: f, table: t}
	found := folded{alike: map[likeness][]*Incident{}}
	for _, a := range f.Attempts {
		found.add(an.incident(a))
	}
	all, explained := an.withoutEcho(found.kept)
	found = folded{alike: map[likeness][]*Incident{}}
	an.hintsAlone(&found, explained)
	an.echoesAlone(&found, explained)
	all = append(all, found.kept...)
	for _, in := range all {
		in.Question = t.Ask(in.evidence, in.Candidates, an.Facts)
	}
	slices.SortStableFunc(all, func(a, b *Incident) int {
		return cmp.Or(
			cmp.Compare(outcomeOrder[a.Outcome], outcomeOrder[b.Outcome]),
			cmp.Compare(a.First().First, b.First().First),
		)
	})
	an.Incidents = all
	return an
}

// withoutEcho leaves out incidents that show nothing but lines which count only
// when they stand alone, and says which jobs are explained. In a whole job's log
// such lines make no incident, so that no job hides what another shows.
func (an *Analysis) withoutEcho(all []*Incident) ([]*Incident, map[*match.Job]bool) {
	published := slices.ContainsFunc(an.Scan.Jobs, an.Groups.Published)
	if published || slices.ContainsFunc(all, func(in *Incident) bool { return !in.echo() }) {
		all = slices.DeleteFunc(all, (*Incident).echo)
	}
	explained := map[*match.Job]bool{}
	for _, in := range all {
		explained[in.First().Job] = true
	}
	return all, explained
}

func (in *Incident) echo() bool {
	return !slices.ContainsFunc(in.Symptoms, func(s *patterns.Symptom) bool { return !s.OnlyPasted })
}

var outcomeOrder = map[report.Outcome]int{report.Failed: 0, report.WithoutProvenance: 1, report.Foreseen: 2, report.ForeseenWithoutProvenance: 3, report.Recovered: 4}

// incident judges one attempt; nil when nothing about it needs explaining, or
// the table knows nothing about it.
func (an *Analysis) incident(a *attempt.Attempt) *Incident {
	in := &Incident{Attempts: []*attempt.Attempt{a}}
	switch {
	case a.DryRun && !a.Failed():
		return an.rehearsal(a)
	case a.Failed() && attempt.Matters(a):
		in.Outcome = report.Failed
		switch {
		case an.Groups.Recovered(a):
			in.Outcome = report.Recovered
		case a.DryRun:
			in.Outcome = report.Foreseen
		}
		in.Symptoms = attempt.Symptoms(a)
	case a.Published != nil && an.provenance(a) == "no":
		in.Outcome = report.WithoutProvenance
		if an.table.silent == nil {
			return nil
		}
		in.Symptoms = append([]*patterns.Symptom{an.table.silent}, attempt.Symptoms(a)...)
	default:
		return nil
	}
	return an.decided(in)
}

// decided asks the table; nil when it knows nothing about the incident.
func (an *Analysis) decided(in *Incident) *Incident {
	a := in.First()
	in.Place, in.captures = an.Findings.Place(a), captures(a)
	in.evidence = Case{Place: in.Place, Seen: an.Groups.Seen(a)}
	for _, s := range in.Symptoms {
		in.evidence.Symptoms = append(in.evidence.Symptoms, s.ID)
		in.evidence.Seen[s.ID] = true
		if s.Role == patterns.RoleRefusedDryRun {
			in.evidence.Symptoms = append(in.evidence.Symptoms, s.Refines...) // the failure that it foretells
		}
	}
	if _, ok := an.Facts.Lookup(facts.PublisherListed, in.Place); ok && an.table.listed != nil {
		in.evidence.Seen[an.table.listed.ID] = true
	}
	in.Candidates = an.table.Decide(in.evidence, an.Facts)
	if len(in.Candidates) == 0 {
		return nil
	}
	return in
}

// hintsAlone makes incidents of hints that nothing else goes with: a paste of
// the one line that matters, or a failed step whose tool says no more.
func (an *Analysis) hintsAlone(found *folded, explained map[*match.Job]bool) {
	for _, a := range an.Attempts {
		if explained[a.Job] || a.NoPublish || len(a.Hints) == 0 || a.Failed() || a.Published != nil || a.Job.Whole && !a.Step.Failed {
			continue
		}
		in := &Incident{Outcome: report.Failed, Attempts: []*attempt.Attempt{a}}
		for _, s := range attempt.Symptoms(a) {
			if an.table.Answers(s.ID) && !(s.OnlyPasted && a.Job.Whole) {
				in.Symptoms = append(in.Symptoms, s)
			}
		}
		if len(in.Symptoms) > 0 {
			found.add(an.decided(in))
		}
	}
}

// echoesAlone makes incidents of lines that count only when they stand alone:
// they are all that a failed publish step shows, and no look-up of a version
// printed them.
func (an *Analysis) echoesAlone(found *folded, explained map[*match.Job]bool) {
	lookups := an.lookups()
	for _, a := range an.Attempts {
		if explained[a.Job] || !a.Job.Whole || !a.Failed() || !a.Step.Failed || !attempt.Publishes(a.Step) || lookups[a.Step] || an.Groups.Published(a.Job) {
			continue
		}
		found.add(an.decided(&Incident{Outcome: report.Failed, Attempts: []*attempt.Attempt{a}, Symptoms: attempt.Symptoms(a)}))
	}
}

// lookups are the steps that asked the registry for a version that is not
// there: npm view ends with the same words as a refused upload.
func (an *Analysis) lookups() map[*match.Step]bool {
	steps := map[*match.Step]bool{}
	for i := range an.Scan.Events {
		if ev := &an.Scan.Events[i]; ev.Symptom != nil && ev.Symptom.Role == patterns.RoleVersionLookup {
			steps[ev.Step] = true
		}
	}
	return steps
}

func captures(a *attempt.Attempt) map[string]string {
	all := map[string]string{}
	for _, events := range [][]*match.Event{a.Hints, a.Failures} {
		for _, ev := range events {
			for i := 0; i < len(ev.Captures); i += 2 {
				all[ev.Captures[i]] = ev.Captures[i+1]
			}
		}
	}
	return all
}

// folded joins incidents that are one to a person: twenty packages of a job with
// the same symptom and first diagnosis, or several signs of one cause in a
// step that name no package. They are joined as they come, since each brings a
// whole differential.
type folded struct {
	kept  []*Incident
	alike map[likeness][]*Incident
}

type likeness struct {
	job     *match.Job
	outcome report.Outcome
	cause   string
	echo    bool
}

// add joins an incident, which may be nil, with those before it.
func (f *folded) add(in *Incident) {
	if in == nil {
		return
	}
	k := likeness{in.First().Job, in.Outcome, in.Candidates[0].Row.Cause, in.echo()}
	if i := slices.IndexFunc(f.alike[k], in.same); i >= 0 {
		have := f.alike[k][i]
		have.Attempts = append(have.Attempts, in.Attempts...)
		have.addSymptoms(in.Symptoms)
		return
	}
	f.kept = append(f.kept, in)
	f.alike[k] = append(f.alike[k], in)
}

// same tells whether an incident of the same job, outcome and cause is the same
// to a person.
func (in *Incident) same(have *Incident) bool {
	a, b := in.First(), have.First()
	first, other := in.Candidates[0], have.Candidates[0]
	if in.Symptoms[0] == have.Symptoms[0] && (first.Row == other.Row || a.Step == b.Step && first.Confidence == other.Confidence) {
		return true
	}
	return a.Step == b.Step && (a.Package == "" || b.Package == "" || a.Package == b.Package)
}

func (in *Incident) addSymptoms(more []*patterns.Symptom) {
	for _, s := range more {
		if !slices.Contains(in.Symptoms, s) {
			in.Symptoms = append(in.Symptoms, s)
		}
	}
}
