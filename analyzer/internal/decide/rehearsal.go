package decide

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/findings"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// rehearsal judges a dry run, which does all but the upload: the exchange of
// the token, the look at the package's visibility, the check of the version. It
// is nil where it shows nothing, or nothing is wrong.
//
// Source: npm@12.2.0 lib/commands/publish.js (oidc() comes before the dry run's end)
func (an *Analysis) rehearsal(a *attempt.Attempt) *Incident {
	in := &Incident{Attempts: []*attempt.Attempt{a}}
	switch an.rehearsed(a) {
	case report.WouldFail:
		in.Outcome, in.Symptoms = report.Foreseen, attempt.Symptoms(a)
	case report.WouldPublishWithoutProvenance:
		if an.table.silent == nil {
			return nil
		}
		in.Outcome = report.ForeseenWithoutProvenance
		in.Symptoms = append([]*patterns.Symptom{an.table.silent}, attempt.Symptoms(a)...)
	default:
		return nil
	}
	return an.decided(in)
}

// rehearsed is what a dry run foretells, or "" where it shows nothing or the
// real publish is in the same log.
func (an *Analysis) rehearsed(a *attempt.Attempt) report.Verdict {
	if !an.alone(a) {
		return ""
	}
	value := func(id string) string {
		k, _ := an.Facts.Lookup(id, an.Findings.Place(a))
		return k.Value
	}
	refused := slices.ContainsFunc(a.Hints, func(ev *match.Event) bool { return ev.Symptom.Role == patterns.RoleRefusedDryRun })
	signs := value(facts.OIDCProvenance) == "enabled" || value(facts.ProvenanceRequested) == "true"
	shown := slices.ContainsFunc(a.Starts, func(ev *match.Event) bool { return ev.Symptom.Role == patterns.RoleRequestsShown })
	// npm 11.5.0 and 11.5.1 switch provenance on without a word.
	shown = shown && an.holds(a, facts.NpmVersion, "< 11.5.2") != version.True
	token := value(facts.TokenKind) == "secret"
	fetched := slices.ContainsFunc(a.Hints, func(ev *match.Event) bool { return ev.Symptom.Role == patterns.RoleIDToken })
	switch exchange := value(facts.OIDCExchange); {
	case exchange == "ok" && signs:
		return report.WouldPublish
	case exchange == "ok" && (shown || value(facts.OIDCProvenance) == "skipped"):
		return report.WouldPublishWithoutProvenance
	case exchange == "ok", exchange == "" && fetched && a.Published == nil: // pnpm says only what went wrong
		return report.WouldPublish
	case refused || exchange != "" && !token:
		return report.WouldFail
	case exchange != "" && !signs:
		return report.WouldPublishWithoutProvenance // with the token, which nothing has tried
	}
	return ""
}

// alone tells whether an attempt is a dry run, and the real publish is not in
// the same log.
func (an *Analysis) alone(a *attempt.Attempt) bool {
	return a.DryRun && !a.Failed() && !an.Groups.Tried(a.Package)
}

// rehearsals lists what dry runs show that it would be published, and says what
// they cannot show.
func (an *Analysis) rehearsals() (list []report.Published, notes []string) {
	for _, a := range an.Attempts {
		verdict := an.rehearsed(a)
		if verdict == "" {
			if an.alone(a) && a.Announced && !slices.Contains(notes, shownNothing) {
				notes = append(notes, shownNothing)
			}
			continue
		}
		if verdict != report.WouldFail {
			p := report.Published{
				Package: report.Package{Name: clean(a.Package), Version: clean(a.Version)},
				Job:     clean(a.Job.Name), Step: clean(a.Step.Name), Provenance: "unknown",
			}
			for _, ev := range append(slices.Clip(a.Starts), a.Published) {
				if ev != nil {
					p.Line = ev.Line
				}
			}
			switch {
			case verdict == report.WouldPublishWithoutProvenance:
				p.Provenance = "no"
			case an.holds(a, facts.OIDCProvenance, "enabled") == version.True || an.holds(a, facts.ProvenanceRequested, "true") == version.True:
				p.Provenance = "yes"
			}
			list = append(list, p)
		}
		for _, text := range []string{an.rehearsedIn(a), cannotShow} {
			if !slices.Contains(notes, text) {
				notes = append(notes, text)
			}
		}
	}
	return list, notes
}

const shownNothing = "This was a dry run, and at this log level npm does not say whether the publish would be let in: with `--loglevel verbose` it does."

const cannotShow = "A rehearsal uploads nothing: it cannot show whether the trusted publisher may publish or only stage, nor the registry's checks of the provenance."

// rehearsedIn says what a release must have in common with its rehearsal.
func (an *Analysis) rehearsedIn(a *attempt.Attempt) string {
	var in []string
	for _, id := range []string{facts.RunWorkflow, facts.RunEnvironment} {
		if k, ok := an.Facts.Lookup(id, an.Findings.Place(a)); ok && k.Value != "none" {
			in = append(in, clean(k.Value))
		}
	}
	text := "This was a rehearsal. It holds for a release from the same workflow file and environment only"
	if len(in) > 0 {
		text += " (" + strings.Join(in, ", ") + ")"
	}
	return text + "."
}

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
		at := Case{Place: f.Place(a)}
		for i := range t.cat.Rows {
			if !t.cat.Rows[i].Foretells {
				continue
			}
			if c, ok := t.weigh(i, 0, at, f.Facts); ok && c.Complete() && !c.ruledOut(at, f.Facts) {
				all = append(all, c)
			}
		}
		for _, c := range ranked(all, at, f.Facts) {
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
