package decide

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

const (
	maxEvidence    = 12  // quoted lines of one incident
	maxQuote       = 400 // runes of a quoted line
	maxUnexplained = 5   // quoted lines of one step that nothing explains
)

// Beside is what a report says beyond the analysis itself. Any part may be
// missing.
type Beside struct {
	// Notes say what could not be asked.
	Notes []string
	// Files makes edits of the run's files.
	Files Files
	// FactIDs are the facts that are reported, or nil for all of them.
	FactIDs []string
	// Link is the address of a step's line, or "".
	Link func(job string, step int, line int64) string
}

// Files are the files of the run's repository, for edits that mend a cause.
type Files interface {
	// Edit makes the change in the incident's job or package; ok is false where
	// it is no plain one.
	Edit(in *Incident, e patterns.Edit) (file string, line int, diff string, ok bool)
	// VerbosePlace is where a higher log level is to be set, as "file:line", or "".
	VerbosePlace(in *Incident) string
}

// Write makes the report, which is complete: nothing is added to it later.
func (an *Analysis) Write(b Beside) *report.Report {
	r := &report.Report{Schema: report.SchemaVersion, Incidents: []report.Incident{}}
	r.Notes = append(r.Notes, b.Notes...)
	explained := map[*match.Step]bool{}
	same := map[string]int{} // what incidents of several jobs have in common → index
	var attempts [][]*attempt.Attempt
	for _, in := range an.Incidents {
		for _, a := range in.Attempts {
			explained[a.Step] = true
		}
		out := an.incidentReport(in, &b)
		key := an.essence(in, &out)
		if i, ok := same[key]; ok {
			attempts[i] = append(attempts[i], in.Attempts...)
			foldJob(&r.Incidents[i], &out)
			continue
		}
		if text := an.verboseAdvice(in, &out, &b); text != "" {
			if out.Question != nil {
				q := *out.Question
				q.How = strings.TrimSpace(q.How + " " + text)
				out.Question = &q
			} else if !slices.Contains(r.Notes, text) {
				r.Notes = append(r.Notes, text)
			}
		}
		same[key] = len(r.Incidents)
		r.Incidents = append(r.Incidents, out)
		attempts = append(attempts, in.Attempts)
	}
	for i := range r.Incidents {
		count(&r.Incidents[i], attempts[i])
	}
	r.Published = an.published()
	rehearsed, notes := an.rehearsals()
	r.Rehearsed, r.Notes = rehearsed, append(r.Notes, notes...)
	r.Unexplained, r.Verbose = an.unexplained(explained)
	b.link(r.Unexplained)
	r.Verdict = verdict(r)
	r.Facts = an.factsReport(b.FactIDs)
	return r
}

func (b *Beside) link(list []report.Evidence) {
	if b.Link == nil {
		return
	}
	for i := range list {
		list[i].URL = b.Link(list[i].Job, list[i].StepNumber, list[i].StepLine)
	}
}

// verboseAdvice tells, where an incident failed like a silent OIDC exchange and
// nothing shows why, the one line that makes the next run say the reason: npm
// logs it as verbose (npm@11.5.1 lib/utils/oidc.js).
func (an *Analysis) verboseAdvice(in *Incident, out *report.Incident, b *Beside) string {
	has := func(role func(patterns.Role) bool) bool {
		return slices.ContainsFunc(in.Symptoms, func(s *patterns.Symptom) bool { return role(s.Role) })
	}
	hides := func(r patterns.Role) bool { return r == patterns.RoleHidesOIDC }
	if in.Outcome != report.Failed || out.Diagnoses[0].Confidence == report.Certain || !has(hides) || has(patterns.Role.IsOIDC) || an.holds(in.First(), facts.NpmVersion, "< 11.5.0") == version.True {
		return ""
	}
	if _, shown := an.Facts.Lookup(facts.OIDCExchange, in.Place); shown {
		return "" // the log level shows npm's requests already
	}
	where := "the publish step"
	if b.Files != nil {
		if place := b.Files.VerbosePlace(in); place != "" {
			where += ", at " + place
		}
	}
	return "npm says why with `NPM_CONFIG_LOGLEVEL: verbose` on " + where + "."
}

// NameFile says of everything in a report which file it was found in.
func NameFile(r *report.Report, file string) {
	file = clean(file)
	for i := range r.Incidents {
		r.Incidents[i].File = file
	}
	for i := range r.Published {
		r.Published[i].File = file
	}
	for i := range r.Unexplained {
		r.Unexplained[i].File = file
	}
	for i := range r.Facts {
		r.Facts[i].File = file
	}
}

// Join makes one report of those of several runs. The facts of runs in which
// all went well are left out.
func Join(all []*report.Report) *report.Report {
	if len(all) == 1 {
		return all[0]
	}
	out := &report.Report{Schema: report.SchemaVersion, Incidents: []report.Incident{}, Facts: []report.Fact{}, Unexplained: []report.Evidence{}}
	for _, r := range all {
		out.Incidents = append(out.Incidents, r.Incidents...)
		out.Published = append(out.Published, r.Published...)
		out.Rehearsed = append(out.Rehearsed, r.Rehearsed...)
		out.Unexplained = append(out.Unexplained, r.Unexplained...)
		out.Verbose = cmp.Or(out.Verbose, r.Verbose)
		if len(r.Incidents)+len(r.Unexplained) > 0 {
			out.Facts = append(out.Facts, r.Facts...)
		}
		for _, n := range r.Notes {
			if !slices.Contains(out.Notes, n) {
				out.Notes = append(out.Notes, n)
			}
		}
	}
	slices.SortStableFunc(out.Incidents, func(a, b report.Incident) int {
		return cmp.Compare(outcomeOrder[a.Outcome], outcomeOrder[b.Outcome])
	})
	out.Verdict = verdict(out)
	return out
}

// verdict sums up. A recovered failure needs no verdict of its own.
func verdict(r *report.Report) report.Verdict {
	has := func(o report.Outcome) bool {
		return slices.ContainsFunc(r.Incidents, func(in report.Incident) bool { return in.Outcome == o })
	}
	switch failed := has(report.Failed); {
	case failed && len(r.Unexplained) > 0:
		return report.PartlyExplained
	case failed:
		return report.Explained
	case len(r.Unexplained) > 0:
		return report.Unexplained
	case has(report.WithoutProvenance):
		return report.PublishedWithoutProvenance
	case len(r.Published) > 0:
		return report.Healthy
	case has(report.Foreseen):
		return report.WouldFail
	case has(report.ForeseenWithoutProvenance):
		return report.WouldPublishWithoutProvenance
	case len(r.Rehearsed) > 0:
		return report.WouldPublish
	}
	return report.NoPublish
}

func (an *Analysis) incidentReport(in *Incident, b *Beside) report.Incident {
	a := in.First()
	out := report.Incident{
		Job: clean(a.Job.Name), Step: clean(a.Step.Name), Outcome: in.Outcome,
		OtherCommand: in.Symptoms[0].Role.IsOtherCommand() && len(in.Symptoms) == 1,
		Question:     in.Question, Evidence: an.evidence(in),
	}
	out.Needed = in.Outcome == report.Failed && a.Package == "" && a.Job.Whole && !attempt.Publishes(a.Step)
	b.link(out.Evidence)
	for _, s := range in.Symptoms {
		out.Symptoms = append(out.Symptoms, s.ID)
		out.Titles = append(out.Titles, s.Title)
	}
	for i := range in.Candidates {
		out.Diagnoses = append(out.Diagnoses, an.diagnosisReport(in, &in.Candidates[i], b))
	}
	return out
}

// essence is what incidents of several jobs have in common where a person would
// read the same of each: a matrix whose jobs fail alike. What differs by package
// alone is no difference, as within one job.
func (an *Analysis) essence(in *Incident, out *report.Incident) string {
	parts := []string{string(out.Outcome), strings.Join(out.Symptoms, " "), fmt.Sprint(out.Needed)}
	for _, d := range out.Diagnoses {
		parts = append(parts, d.Row, string(d.Confidence), d.Fix.File, strconv.Itoa(d.Fix.Line), d.Fix.Diff)
	}
	for _, k := range in.Candidates[0].Held {
		if !strings.HasPrefix(k.Fact, "package.") {
			parts = append(parts, k.Fact, k.Value)
		}
	}
	for _, id := range []string{facts.RunEnvironment, facts.RegistryHost} { // which fixes name
		k, _ := an.Facts.Lookup(id, in.Place)
		parts = append(parts, k.Value)
	}
	return strings.Join(parts, "\x00")
}

// foldJob adds an incident to an equal one of another job, with the line that
// says most about it.
func foldJob(have, more *report.Incident) {
	if len(have.Jobs) == 0 {
		have.Jobs = []string{have.Job}
	}
	if !slices.Contains(have.Jobs, more.Job) {
		have.Jobs = append(have.Jobs, more.Job)
	}
	if len(more.Evidence) > 0 && len(have.Evidence) < maxEvidence {
		e := more.Evidence[0]
		e.Deciding = false
		have.Evidence = append(have.Evidence, e)
	}
}

// count says how many packages, jobs and attempts one incident stands for.
func count(out *report.Incident, attempts []*attempt.Attempt) {
	if len(out.Jobs) < 2 {
		out.Jobs = nil
	}
	out.Packages = packages(attempts)
	if len(out.Packages) > 0 {
		out.Package = &out.Packages[0]
	}
	if len(out.Packages) < 2 {
		out.Packages = nil
	}
	if n := len(attempts); n > max(1, len(out.Packages)) {
		out.Attempts = n
	}
}

// packages are those of the attempts, each once.
func packages(attempts []*attempt.Attempt) []report.Package {
	var list []report.Package
	seen := map[report.Package]bool{}
	versioned := map[string]bool{}
	for _, a := range attempts {
		versioned[a.Package] = versioned[a.Package] || a.Version != ""
	}
	for _, a := range attempts {
		if a.Version == "" && versioned[a.Package] {
			continue // the same package, said once more without its version
		}
		p := report.Package{Name: clean(a.Package), Version: clean(a.Version)}
		if p.Name != "" && !seen[p] {
			seen[p] = true
			list = append(list, p)
		}
	}
	return list
}

func (an *Analysis) diagnosisReport(in *Incident, c *Candidate, b *Beside) report.Diagnosis {
	out := report.Diagnosis{
		Cause: c.Cause.ID, Title: c.Cause.Title, Summary: c.Cause.Summary, Row: c.Row.ID,
		Confidence: c.Confidence, Because: []string{}, Missing: []string{},
		FirstCheck: an.expand(in, cmp.Or(c.Row.FirstCheck, c.Cause.FirstCheck)),
		References: append([]string{}, c.Cause.References...),
		Guide:      guide(cmp.Or(c.Row.Guide, c.Cause.Guide)),
	}
	fix := c.Cause.Fix
	if c.Row.Fix != nil {
		fix = *c.Row.Fix
	}
	out.Fix = report.Fix{Text: an.expand(in, fix.Text), Snippet: an.expand(in, fix.Snippet), Language: fix.Language}
	if c.Cause.Edit != "" && b.Files != nil {
		if file, line, diff, ok := b.Files.Edit(in, c.Cause.Edit); ok {
			out.Fix.File, out.Fix.Line, out.Fix.Diff = file, line, diff
		}
	}
	for _, k := range c.Held {
		if file, line, ok := filePlace(k.Where); ok && c.Row.Foretells && out.Fix.File == "" {
			out.Fix.File, out.Fix.Line = file, line
		}
		if k.Reading.Fact != facts.InputPasted { // of use to rows, and no reason for a person
			out.Because = append(out.Because, factText(k))
		}
		if k.Contradicts != "" && out.Confidence == report.Certain {
			out.Confidence = report.Likely
		}
	}
	if c.Row.Why != "" {
		out.Because = append(out.Because, an.expand(in, c.Row.Why))
	}
	for _, cond := range c.Open {
		if !slices.Contains(out.Missing, cond.Fact) {
			out.Missing = append(out.Missing, cond.Fact)
		}
		if cond.Fact != facts.InputPasted {
			out.OnlyIf = append(out.OnlyIf, an.conditionText(cond))
		}
	}
	out.Checked, out.CheckedOK = an.checked(in, c)
	return out
}

// filePlace reads "package.json:12, why" as the place in a file.
func filePlace(where string) (file string, line int, ok bool) {
	where, _, _ = strings.Cut(where, ", ")
	file, number, hasLine := strings.Cut(where, ":")
	if line, _ = strconv.Atoi(number); !hasLine {
		line = 1
	}
	ok = file == ".npmrc" || strings.HasSuffix(file, ".json") || strings.HasSuffix(file, ".yml") || strings.HasSuffix(file, ".yaml")
	return file, line, ok && line > 0 && !strings.Contains(file, " ")
}

// checked makes the cause's first check where the facts can: what was found,
// and whether it speaks for the cause.
func (an *Analysis) checked(in *Incident, c *Candidate) (found string, ok bool) {
	place := in.Place
	for _, id := range c.Cause.Checks {
		k, known := an.Facts.Lookup(id, place)
		if !known {
			continue
		}
		switch an.table.Supports(c.Cause.ID, k.Reading.Fact, an.Facts, place) {
		case version.True:
			return factText(k), true
		case version.False:
			found = cmp.Or(found, factText(k))
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

// conditionText is a condition as reports say facts: "Run of a fork: no".
func (an *Analysis) conditionText(c patterns.Cond) string {
	def, ok := an.Facts.Def(c.Fact)
	if !ok {
		return c.String()
	}
	values, isNot := slices.Clone(c.Values), ""
	if c.Op == patterns.OpNot {
		isNot = "not "
		rest := slices.DeleteFunc(slices.Clone(def.Values), func(v string) bool { return slices.Contains(values, v) })
		if len(rest) == 1 {
			values, isNot = rest, ""
		}
	}
	for i, v := range values {
		values[i] = cmp.Or(def.Words[v], v)
	}
	text := isNot + strings.Join(values, " or ")
	return words.Capital(def.Title) + ": " + text
}

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
func (an *Analysis) expand(in *Incident, text string) string {
	return patterns.Expand(text, func(name string) (string, bool) {
		if slices.Contains(patterns.ToolVariables, name) {
			return an.toolText(in.First(), name)
		}
		value := in.captures[name]
		if k, ok := an.Facts.Lookup(name, in.Place); ok {
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
func (an *Analysis) evidence(in *Incident) []report.Evidence {
	list := []report.Evidence{}
	var raw []string
	add := func(ev *match.Event, id string) {
		same := func(e report.Evidence) bool {
			return e.Line == ev.Line && e.Job == clean(ev.Job.Name) && e.Step == clean(ev.Step.Name)
		}
		title, beside := "", false
		if s, ok := an.table.cat.Symptom(id); ok {
			title, beside = s.Title, s.Kind == patterns.KindHint && !in.restsOn(id)
		}
		if row := in.Candidates[0].Row; row.Why != "" && slices.Contains(row.Seen, id) {
			title = an.expand(in, row.Why) // what the line means together with the failure
		}
		switch i := slices.IndexFunc(list, same); {
		case i < 0 && len(list) < maxEvidence:
			e := quote(ev, id)
			e.Meaning, e.Deciding, e.Beside = title, len(list) == 0, beside && len(list) > 0
			list, raw = append(list, e), append(raw, ev.Text)
		case i >= 0 && !strings.Contains(list[i].Meaning, title):
			list[i].Meaning += "; " + title
		}
	}
	for _, s := range an.telling(in) {
		if ev := shows(in, s); ev != nil {
			add(ev, s.ID)
		}
	}
	for _, a := range in.Attempts {
		for _, ev := range a.Failures {
			add(ev, ev.Symptom.ID)
		}
		if in.Symptoms[0].Role == patterns.RoleWithoutProvenance && a.Published != nil {
			add(a.Published, in.Symptoms[0].ID)
		}
	}
	for _, ev := range in.First().Hints {
		add(ev, ev.Symptom.ID)
	}
	hideBroken(list, raw)
	return list
}

// restsOn tells whether any of the incident's causes follows from a symptom.
func (in *Incident) restsOn(id string) bool {
	return slices.ContainsFunc(in.Candidates, func(c Candidate) bool {
		return slices.Contains(c.Row.Symptoms, id) || slices.Contains(c.Row.Seen, id)
	})
}

// telling are the symptoms of an incident, those first that say more than the
// failure itself: hints from which a row leads straight to the first cause.
func (an *Analysis) telling(in *Incident) []*patterns.Symptom {
	says := func(s *patterns.Symptom) int {
		if slices.Contains(in.Candidates[0].Row.Seen, s.ID) {
			return 0
		}
		for i := range an.table.cat.Rows {
			r := &an.table.cat.Rows[i]
			if s.Kind == patterns.KindHint && r.Cause == in.Candidates[0].Cause.ID && r.Confidence != string(report.Possible) && slices.Contains(r.Symptoms, s.ID) {
				return 0
			}
		}
		return 1
	}
	list := slices.Clone(in.Symptoms)
	slices.SortStableFunc(list, func(a, b *patterns.Symptom) int { return says(a) - says(b) })
	return list
}

// shows is the first line of an incident that shows a symptom, or nil.
func shows(in *Incident, symptom *patterns.Symptom) *match.Event {
	for _, a := range in.Attempts {
		if symptom.Role == patterns.RoleWithoutProvenance && a.Published != nil {
			return a.Published
		}
		for _, events := range [][]*match.Event{a.Failures, a.Hints} {
			for _, ev := range events {
				if ev.Symptom == symptom {
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

func quote(ev *match.Event, symptom string) report.Evidence {
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

func clean(s string) string {
	if len(s) > 8*maxQuote {
		s = s[:8*maxQuote]
	}
	return inert.Cut(inert.Quote(s), maxQuote)
}

func (an *Analysis) published() []report.Published {
	var list []report.Published
	for _, a := range an.Attempts {
		if a.Published == nil || a.DryRun {
			continue
		}
		list = append(list, report.Published{
			Package: report.Package{Name: clean(a.Package), Version: clean(a.Version)},
			Job:     clean(a.Job.Name), Step: clean(a.Step.Name), Line: a.Published.Line, Provenance: an.provenance(a), Staged: a.Staged,
		})
	}
	return list
}

// unexplained quotes the last errors of failed steps that publish, or of a
// paste, when no symptom explains them, and says how the first one's tool is
// told to say more.
func (an *Analysis) unexplained(explained map[*match.Step]bool) (list []report.Evidence, verbose string) {
	list = []report.Evidence{}
	for _, j := range an.Scan.Jobs {
		for _, s := range j.Steps {
			if explained[s] || s.Overfull || !an.leavesOpen(s, len(explained) > 0) {
				continue
			}
			lines := decisive(s)
			t := an.Tool(s)
			if t == nil && len(lines) > 0 { // a script's, say
				t = an.Speaker(lines[0].Text)
			}
			if t != nil && verbose == "" {
				verbose = an.ofVersion(&attempt.Attempt{Job: j, Step: s}, t, t.Verbose)
			}
			list = append(list, lines...)
		}
	}
	return list, verbose
}

// leavesOpen tells whether a step that nothing explains is one to show: it
// failed and publishes, or a publishing tool spoke in a paste that holds
// nothing else.
func (an *Analysis) leavesOpen(s *match.Step, explained bool) bool {
	if s.Job.Whole {
		return s.Failed && attempt.Publishes(s)
	}
	other := slices.ContainsFunc(an.Scan.Events, func(ev match.Event) bool {
		return ev.Step == s && ev.Symptom != nil && attempt.IsOther(ev.Symptom)
	})
	return !explained && !other && !an.Groups.Published(s.Job) && (s.Spoke && !s.Everyday() || attempt.Publishes(s))
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

// factsReport lists what is known of the facts that are wanted, seen from the incidents' places first.
func (an *Analysis) factsReport(wanted []string) []report.Fact {
	var places []facts.Place
	for _, a := range an.Attempts {
		if a.Failed() || a.Published != nil || len(a.Hints) > 0 {
			places = append(places, an.Findings.Place(a))
		}
	}
	for _, j := range an.Scan.Jobs {
		for _, s := range j.Steps { // one whose failure nothing explains has no attempt
			if attempt.Publishes(s) && !slices.ContainsFunc(places, func(p facts.Place) bool { return p.Job == j.Index && p.Step == s.Index }) {
				places = append(places, an.Findings.WholeStep(s))
			}
		}
		places = append(places, an.WholeJob(j))
	}
	list := an.Facts.All(places, wanted, func(job, step int) (string, string) {
		if job < 0 || job >= len(an.Scan.Jobs) {
			return "", ""
		}
		j := an.Scan.Jobs[job]
		if step < 0 || step >= len(j.Steps) {
			return clean(j.Name), ""
		}
		return clean(j.Name), clean(j.Steps[step].Name)
	})
	for i := range list {
		list[i].Value, list[i].Where, list[i].Contradicts = clean(list[i].Value), clean(list[i].Where), clean(list[i].Contradicts)
		if f, ok := an.table.cat.Fact(list[i].ID); ok {
			list[i].Title, list[i].Text = f.Title, f.Words[list[i].Value]
		}
	}
	return list
}
