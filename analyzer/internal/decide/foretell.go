package decide

import (
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/findings"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Ahead is an analysis of attempts that are still to come, before anything was
// asked about them: one incident for each, without a cause.
func Ahead(t *Table, f *findings.Findings) *Analysis {
	an := &Analysis{Findings: f, table: t}
	for _, a := range f.Attempts {
		an.Incidents = append(an.Incidents, &Incident{Attempts: []*attempt.Attempt{a}, Place: f.Place(a)})
	}
	return an
}

// Foretell asks the rows that can be told before a publish about attempts that
// are still to come. Each cause that holds is an incident of its own: files may
// have several faults at once, where a log shows the first one only.
func Foretell(t *Table, f *findings.Findings) *Analysis {
	an := &Analysis{Findings: f, table: t}
	found := folded{alike: map[likeness][]*Incident{}}
	for _, a := range f.Attempts {
		var all []Candidate
		for i := range t.cat.Rows {
			if !t.cat.Rows[i].Foretells {
				continue
			}
			at := Case{Place: f.Place(a)}
			if c, ok := t.weigh(i, 0, at, f.Facts); ok && c.Complete() && !c.ruledOut(at, f.Facts) {
				all = append(all, c)
			}
		}
		slices.SortStableFunc(all, better)
		for _, c := range onePerCause(all) {
			in := &Incident{
				Outcome: report.Foreseen, Attempts: []*attempt.Attempt{a}, Symptoms: []*patterns.Symptom{t.ahead},
				Candidates: []Candidate{c}, Place: f.Place(a),
			}
			if slices.Contains(c.Row.Symptoms, t.aheadSilent.ID) {
				in.Outcome, in.Symptoms = report.ForeseenWithoutProvenance, []*patterns.Symptom{t.aheadSilent}
			}
			found.add(in)
		}
	}
	an.Incidents = found.kept
	slices.SortStableFunc(an.Incidents, func(a, b *Incident) int { return outcomeOrder[a.Outcome] - outcomeOrder[b.Outcome] })
	return an
}
