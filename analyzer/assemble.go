package analyzer

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

type event = match.Event

const (
	maxEvidence    = 12  // quoted lines of one incident
	maxQuote       = 400 // runes of a quoted line
	maxUnexplained = 5   // quoted lines of one step that nothing explains
)

// report writes down what was found.
func (d *diagnosis) report() *report.Report {
	r := &report.Report{Schema: report.SchemaVersion, Incidents: []report.Incident{}, Unexplained: []report.Evidence{}}
	explained := map[*match.Step]bool{}
	for _, in := range d.incidents() {
		r.Incidents = append(r.Incidents, d.incidentReport(in))
		for _, a := range in.attempts {
			explained[a.Step] = true
		}
	}
	r.Published = d.published()
	r.Unexplained = d.unexplained(explained)
	r.Verdict = verdict(r)
	r.Facts = d.factsReport()
	return r
}

// verdict sums up. A recovered failure needs no verdict of its own.
func verdict(r *report.Report) report.Verdict {
	failed, silent := 0, 0
	for _, in := range r.Incidents {
		switch in.Outcome {
		case report.Failed:
			failed++
		case report.WithoutProvenance:
			silent++
		}
	}
	switch {
	case failed > 0 && len(r.Unexplained) > 0:
		return report.PartlyExplained
	case failed > 0:
		return report.Explained
	case len(r.Unexplained) > 0:
		return report.Unexplained
	case silent > 0:
		return report.PublishedWithoutProvenance
	case len(r.Published) > 0:
		return report.Healthy
	}
	return report.NoPublish
}

func (d *diagnosis) incidentReport(in *incident) report.Incident {
	a := in.first()
	out := report.Incident{
		Job: clean(a.Job.Name), Step: clean(a.Step.Name), Outcome: in.outcome,
		Question: in.question, Evidence: d.evidence(in),
	}
	for _, s := range in.symptoms {
		out.Symptoms = append(out.Symptoms, s.ID)
		out.Titles = append(out.Titles, s.Title)
	}
	out.Packages = packages(in.attempts)
	if len(out.Packages) > 0 {
		out.Package = &out.Packages[0]
	}
	if len(out.Packages) < 2 {
		out.Packages = nil
	}
	if n := len(in.attempts); n > max(1, len(out.Packages)) {
		out.Attempts = n
	}
	for i := range in.cands {
		out.Diagnoses = append(out.Diagnoses, d.diagnosisReport(in, &in.cands[i]))
	}
	return out
}

func packages(attempts []*attempt.Attempt) []report.Package {
	var list []report.Package
	for _, a := range attempts {
		p := report.Package{Name: clean(a.Package), Version: clean(a.Version)}
		if p.Name != "" && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

func (d *diagnosis) diagnosisReport(in *incident, c *decide.Candidate) report.Diagnosis {
	out := report.Diagnosis{
		Cause: c.Cause.ID, Title: c.Cause.Title, Summary: c.Cause.Summary, Row: c.Row.ID,
		Confidence: c.Confidence, Because: []string{}, Missing: []string{},
		FirstCheck: d.expand(in, firstOf(c.Row.FirstCheck, c.Cause.FirstCheck)),
		References: append([]string{}, c.Cause.References...),
		Guide:      guide(firstOf(c.Row.Guide, c.Cause.Guide)),
	}
	fix := c.Cause.Fix
	if c.Row.Fix != nil {
		fix = *c.Row.Fix
	}
	out.Fix = report.Fix{Text: d.expand(in, fix.Text), Snippet: d.expand(in, fix.Snippet), Language: fix.Language}
	for _, k := range c.Held {
		if k.Reading.Fact != "input.pasted" { // of use to rows, and no reason for a person
			out.Because = append(out.Because, factText(k))
		}
		if k.Contradicts != "" && out.Confidence == report.Certain {
			out.Confidence = report.Likely
		}
	}
	if c.Row.Why != "" {
		out.Because = append(out.Because, c.Row.Why)
	}
	for _, cond := range c.Open {
		if !slices.Contains(out.Missing, cond.Fact) {
			out.Missing = append(out.Missing, cond.Fact)
		}
	}
	out.Checked, out.CheckedOK = d.checked(in, c)
	return out
}

// checked makes the cause's first check where the facts can: what was found,
// and whether it speaks for the cause.
func (d *diagnosis) checked(in *incident, c *decide.Candidate) (found string, ok bool) {
	place := d.place(in.first())
	for _, id := range c.Cause.Checks {
		k, known := d.store.Lookup(id, place)
		if !known {
			continue
		}
		switch d.table.Supports(c.Cause.ID, k.Reading.Fact, d.store, place) {
		case version.True:
			return factText(k), true
		case version.False:
			found = firstOf(found, factText(k))
		}
	}
	return found, false
}

// factText is a fact with its place: "npm.version = 10.8.2 (publish › Set up Node:43)".
func factText(k facts.Known) string {
	text := k.Fact + " = " + clean(k.Value)
	if k.Where != "" {
		text += " (" + clean(k.Where) + ")"
	}
	if k.Contradicts != "" {
		text += ", against " + clean(k.Contradicts)
	}
	return text
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// guide cites the guide that a row stems from.
func guide(reason string) string {
	const title = "npm publish --provenance failed: the 8 most common reasons (2026-05-14)"
	switch reason {
	case "":
		return ""
	case "faq":
		return title + ", FAQ"
	}
	return title + ", reason " + reason
}

// expand puts facts into a text of the catalog. Logs are hostile: only values
// that look like names, versions and addresses are let in.
func (d *diagnosis) expand(in *incident, text string) string {
	place, caps := d.place(in.first()), captures(in.first())
	return patterns.Expand(text, func(name string) (string, bool) {
		if slices.Contains(patterns.ToolVariables, name) {
			return d.toolText(in.first(), name)
		}
		value := caps[name]
		if k, ok := d.store.Lookup(name, place); ok {
			value = k.Value
		}
		return value, value != "" && plain(value)
	})
}

// plain tells whether a value is safe to stand in a command or a file.
func plain(s string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@/._-+:~"
	return len(s) <= 200 && strings.Trim(s, allowed) == "" && !strings.HasPrefix(s, "-")
}

// evidence quotes the deciding line of each symptom first, then further lines
// of failures and the hints that the diagnosis rests on.
func (d *diagnosis) evidence(in *incident) []report.Evidence {
	list := []report.Evidence{}
	var raw []string
	add := func(ev *event, id string) {
		same := func(e report.Evidence) bool {
			return e.Line == ev.Line && e.Job == clean(ev.Job.Name) && e.Step == clean(ev.Step.Name)
		}
		title := ""
		if s, ok := d.catalog.Symptom(id); ok {
			title = s.Title
		}
		switch i := slices.IndexFunc(list, same); {
		case i < 0 && len(list) < maxEvidence:
			e := quote(ev, id)
			e.Meaning, e.Deciding = title, len(list) == 0
			list, raw = append(list, e), append(raw, ev.Text)
		case i >= 0 && !strings.Contains(list[i].Meaning, title):
			list[i].Meaning += "; " + title
		}
	}
	for _, s := range d.telling(in) {
		if ev := shows(in, s.ID); ev != nil {
			add(ev, s.ID)
		}
	}
	for _, a := range in.attempts {
		for _, ev := range a.Failures {
			add(ev, ev.Symptom.ID)
		}
		if in.outcome == report.WithoutProvenance {
			add(a.Published, silentSymptom)
		}
	}
	for _, ev := range in.first().Hints {
		add(ev, ev.Symptom.ID)
	}
	hideBroken(list, raw)
	return list
}

// telling are the symptoms of an incident, those first that say more than the
// failure itself: hints from which a row leads straight to the first cause.
func (d *diagnosis) telling(in *incident) []*patterns.Symptom {
	says := func(s *patterns.Symptom) int {
		if slices.Contains(in.cands[0].Row.Seen, s.ID) {
			return 0
		}
		for i := range d.catalog.Rows {
			r := &d.catalog.Rows[i]
			if s.Kind == patterns.KindHint && r.Cause == in.cands[0].Cause.ID && r.Confidence != string(report.Possible) && slices.Contains(r.Symptoms, s.ID) {
				return 0
			}
		}
		return 1
	}
	list := slices.Clone(in.symptoms)
	slices.SortStableFunc(list, func(a, b *patterns.Symptom) int { return says(a) - says(b) })
	return list
}

// shows is the first line of an incident that shows a symptom, or nil.
func shows(in *incident, symptom string) *event {
	for _, a := range in.attempts {
		if symptom == silentSymptom && a.Published != nil {
			return a.Published
		}
		for _, events := range [][]*event{a.Failures, a.Hints} {
			for _, ev := range events {
				if ev.Symptom.ID == symptom {
					return ev
				}
			}
		}
	}
	return nil
}

// hideBroken redacts secrets that are broken over two successive lines of a
// list; raw holds the lines' texts.
func hideBroken(list []report.Evidence, raw []string) {
	for i := range list {
		for j := range list {
			if a, b := &list[i], &list[j]; b.Line != a.Line+1 || b.Job != a.Job || b.Step != a.Step {
				continue
			}
			first, second := inert.Text(raw[i]), inert.Text(raw[j])
			hidden := inert.RedactLines(first + "\n" + second)
			if hidden != inert.Redact(first)+"\n"+inert.Redact(second) {
				first, second, _ = strings.Cut(hidden, "\n")
				list[i].Text, list[j].Text = clean(first), clean(second)
			}
		}
	}
}

func quote(ev *event, symptom string) report.Evidence {
	e := placeOf(ev.Step, ev.Place)
	e.Symptom = symptom
	return e
}

func placeOf(s *match.Step, p match.Place) report.Evidence {
	e := report.Evidence{Job: clean(s.Job.Name), Step: clean(s.Name), Line: p.Line, Text: clean(p.Text)}
	if p.StepLine > 0 {
		e.StepNumber, e.StepLine = s.Number, p.StepLine
	}
	return e
}

// clean makes text from the log safe to print.
func clean(s string) string {
	if len(s) > 8*maxQuote {
		s = s[:8*maxQuote]
	}
	return inert.Cut(inert.Quote(s), maxQuote)
}

func (d *diagnosis) published() []report.Published {
	var list []report.Published
	for _, a := range d.attempts {
		if a.Published == nil || a.DryRun {
			continue
		}
		list = append(list, report.Published{
			Package: report.Package{Name: clean(a.Package), Version: clean(a.Version)},
			Job:     clean(a.Job.Name), Step: clean(a.Step.Name), Line: a.Published.Line, Provenance: d.provenance(a),
		})
	}
	return list
}

// unexplained quotes the last errors of failed steps that publish, or of a
// paste, when no symptom explains them.
func (d *diagnosis) unexplained(explained map[*match.Step]bool) []report.Evidence {
	list := []report.Evidence{}
	for _, j := range d.scan.Jobs {
		for _, s := range j.Steps {
			if explained[s] || s.Overfull || !d.leavesOpen(s, len(explained) > 0) {
				continue
			}
			list = append(list, decisive(s)...)
		}
	}
	return list
}

// leavesOpen tells whether a step that nothing explains is one to show: it
// failed and publishes, or a publishing tool spoke in a paste that holds
// nothing else.
func (d *diagnosis) leavesOpen(s *match.Step, explained bool) bool {
	if s.Job.Whole {
		return s.Failed && attempt.Publishes(s)
	}
	other := slices.ContainsFunc(d.scan.Events, func(ev event) bool {
		return ev.Step == s && ev.Symptom != nil && attempt.IsOther(ev.Symptom)
	})
	return !explained && !other && !d.anyPublished() && (s.Spoke && !attempt.IsEveryday(s) || attempt.Publishes(s))
}

func (d *diagnosis) anyPublished() bool {
	return slices.ContainsFunc(d.attempts, func(a *attempt.Attempt) bool { return a.Published != nil })
}

// decisive are the last error lines of a step, without the runner's own
// closing line unless there is nothing else.
func decisive(s *match.Step) []report.Evidence {
	list := []report.Evidence{}
	var raw []string
	for _, p := range s.Errors {
		if !strings.Contains(p.Text, "Process completed with exit code") {
			list, raw = append(list, placeOf(s, p)), append(raw, p.Text)
		}
	}
	hideBroken(list, raw)
	if len(list) == 0 && len(s.Errors) > 0 {
		list = append(list, placeOf(s, s.Errors[len(s.Errors)-1]))
	}
	return list[max(0, len(list)-maxUnexplained):]
}

// factsReport lists what is known, seen from the incidents' places first.
func (d *diagnosis) factsReport() []report.Fact {
	var places []facts.Place
	for _, a := range d.attempts {
		if a.Failed() || a.Published != nil || len(a.Hints) > 0 {
			places = append(places, d.place(a))
		}
	}
	for _, j := range d.scan.Jobs {
		places = append(places, facts.Place{Job: j.Index, Step: facts.Anywhere, Last: len(d.scan.Events)})
	}
	list := d.store.All(places, func(job, step int) (string, string) {
		if job < 0 || job >= len(d.scan.Jobs) {
			return "", ""
		}
		j := d.scan.Jobs[job]
		if step < 0 || step >= len(j.Steps) {
			return clean(j.Name), ""
		}
		return clean(j.Name), clean(j.Steps[step].Name)
	})
	for i := range list {
		list[i].Value, list[i].Where, list[i].Contradicts = clean(list[i].Value), clean(list[i].Where), clean(list[i].Contradicts)
		if f, ok := d.catalog.Fact(list[i].ID); ok {
			list[i].Title = f.Title
		}
	}
	return list
}
