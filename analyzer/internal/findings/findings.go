// Package findings turns what a scan found, and what is known beside it, into
// publish attempts and facts: what the decision rests on.
package findings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Findings are the attempts of one run and what is known of it.
type Findings struct {
	Scan     *match.Scan
	Facts    *facts.Store
	Attempts []*attempt.Attempt
	// Notes say what could not be told, one sentence each.
	Notes []string
	// Groups finds the attempts of a job or a step.
	Groups  *attempt.Groups
	catalog *patterns.Catalog
	tools   map[*match.Step]string
}

// Collect reads the facts of a scan, adds those that were given, and derives
// what no single line states.
func Collect(cat *patterns.Catalog, scan *match.Scan, given []facts.Reading) *Findings {
	return Of(cat, scan, attempt.Build(scan), given)
}

// Of is Collect for attempts that are known already, or still to come.
func Of(cat *patterns.Catalog, scan *match.Scan, attempts []*attempt.Attempt, given []facts.Reading) *Findings {
	f := &Findings{catalog: cat, Scan: scan, Facts: facts.New(cat), Attempts: attempts, tools: map[*match.Step]string{}}
	f.Groups = attempt.Group(f.Attempts)
	for _, r := range given {
		f.Facts.Add(r)
	}
	f.gather()
	f.derive()
	return f
}

// Place is an attempt's viewpoint on the facts.
func (f *Findings) Place(a *attempt.Attempt) facts.Place {
	return f.place(facts.Place{Job: a.Job.Index, Step: a.Step.Index, First: a.First, Last: a.Last, Package: a.Package}, a.Step)
}

// WholeStep is the viewpoint of a step in which nothing is left out.
func (f *Findings) WholeStep(s *match.Step) facts.Place {
	return f.place(facts.Place{Job: s.Job.Index, Step: s.Index, Last: len(f.Scan.Events)}, s)
}

// place adds the tool whose LocalFacts other steps say nothing about.
func (f *Findings) place(p facts.Place, s *match.Step) facts.Place {
	t := f.Tool(s)
	if t != nil && t.LocalFrom != "" {
		local := patterns.Cond{Fact: t.Version, Op: patterns.OpRange, Values: []string{t.LocalFrom}}
		if truth, _ := f.Facts.Eval(local, p); truth != version.True {
			t = nil
		}
	}
	p.Tool = t
	return p
}

// Tool is what a step publishes with, an empty tool when the catalog does not
// know it. An action counts rather than the tool that it stands for.
func (f *Findings) Tool(s *match.Step) *patterns.Tool {
	for _, p := range s.Publications {
		if p.Tool.FactValue() == f.tools[s] {
			return p.Tool
		}
	}
	if t, ok := f.catalog.Tool(f.tools[s]); ok {
		return t
	}
	return nil
}

// Speaker is the tool whose own words a line holds, nil when there is none.
func (f *Findings) Speaker(line string) *patterns.Tool {
	for i := range f.catalog.Tools {
		if t := &f.catalog.Tools[i]; slices.ContainsFunc(t.Errors, func(words string) bool { return strings.Contains(line, words) }) {
			return t
		}
	}
	return nil
}

// WholeJob is the viewpoint of a job's end.
func (f *Findings) WholeJob(j *match.Job) facts.Place {
	return facts.Place{Job: j.Index, Step: facts.Anywhere, Last: len(f.Scan.Events)}
}

// Given turns facts that name their job into readings. Those about a job whose
// log was not read are left out.
func Given(scan *match.Scan, list []report.Fact) []facts.Reading {
	jobs := map[string]int{"": facts.Anywhere}
	for _, j := range scan.Jobs {
		if _, ok := jobs[j.Name]; !ok {
			jobs[j.Name] = j.Index
		}
	}
	var readings []facts.Reading
	for _, f := range list {
		if job, ok := jobs[f.Job]; ok {
			readings = append(readings, facts.Reading{Fact: f.ID, Value: f.Value, Origin: f.Origin, Where: f.Where, Package: f.Package, Job: job, Step: facts.Anywhere})
		}
	}
	return readings
}

// impliedRank is the rank of what a symptom's text proves: more than any
// version that was printed elsewhere.
const impliedRank = 100

// gather takes the facts that stand in the log: read directly, or implied by
// the mere presence of a text.
func (f *Findings) gather() {
	broken := f.brokenUpgrades()
	for i := range f.Scan.Events {
		ev := &f.Scan.Events[i]
		switch {
		case ev.Fact != nil && ev.Fact.ID == facts.NpmVersion && fromScript(ev):
			f.upgrade(ev, i, broken[ev.Step])
		case ev.Fact != nil:
			r := f.reading(ev, i, ev.Fact.ID, ev.Value, ev.Matcher.Rank, ev.Fact.Scope)
			r.Change = ev.Fact.ID == facts.NpmVersion && ev.In == patterns.InDetails // setup-node put another Node.js in place
			f.Facts.Add(r)
		case ev.In == patterns.InDebug && ev.Symptom.Kind == patterns.KindContext:
			// its "npm error" is our spelling of a level, not npm's
		default:
			for _, id := range slices.Sorted(maps.Keys(ev.Symptom.Implies)) {
				f.imply(ev, i, id, ev.Symptom.Implies[id])
			}
		}
	}
}

func fromScript(ev *match.Event) bool {
	return ev.In == patterns.InScript || ev.In == patterns.InTitle
}

// brokenUpgrades are the steps in which an upgrade of npm failed.
func (f *Findings) brokenUpgrades() map[*match.Step]bool {
	broken := map[*match.Step]bool{}
	for i := range f.Scan.Events {
		ev := &f.Scan.Events[i]
		if ev.Symptom != nil && ev.Symptom.Kind == patterns.KindFailure && ev.Symptom.Stage == patterns.StageUpgrade {
			broken[ev.Step] = true
		}
	}
	return broken
}

// upgrade takes a script's `npm install -g npm@X`: from here on the job has
// that npm, if the step worked. "The latest" is no older than the one before.
func (f *Findings) upgrade(ev *match.Event, i int, broken bool) {
	if broken {
		f.Facts.Add(f.reading(ev, i, facts.NpmSelfUpgrade, "failed", ev.Matcher.Rank, patterns.ScopeJob))
		return
	}
	value := ev.Value
	before, ok := f.Facts.Lookup(facts.NpmVersion, facts.Place{Job: ev.Job.Index, Step: ev.Step.Index, First: i, Last: i})
	if iv, err := version.Parse(value); ok && err == nil && iv.OpenAbove() && before.Interval.IsExact() {
		if newer, err := version.Parse(">= " + before.Value); err == nil {
			if both, ok := iv.Intersect(newer); ok {
				value = both.String()
			}
		}
	}
	f.Facts.Add(f.reading(ev, i, facts.NpmSelfUpgrade, "ok", ev.Matcher.Rank, patterns.ScopeJob))
	r := f.reading(ev, i, facts.NpmVersion, value, ev.Matcher.Rank, patterns.ScopeJob)
	r.Change = true
	f.Facts.Add(r)
}

// imply records what a symptom's text proves. What wording proves of a version
// holds for the step that printed it.
func (f *Findings) imply(ev *match.Event, i int, id, value string) {
	def, ok := f.Facts.Def(id)
	if !ok {
		return
	}
	value = patterns.Expand(value, func(name string) (string, bool) {
		return ev.Captures.Lookup(strings.ReplaceAll(name, "-", "_"))
	})
	if value == "" && def.Type == patterns.TypeString {
		value = "(empty)"
	}
	scope := def.Scope
	if def.Type == patterns.TypeVersion {
		scope = patterns.ScopeStep
	}
	f.Facts.Add(f.reading(ev, i, id, value, impliedRank, scope))
}

func (f *Findings) reading(ev *match.Event, i int, id, value string, rank int, scope patterns.Scope) facts.Reading {
	return facts.Reading{
		Fact: id, Value: value, Origin: report.FromLog, Rank: rank, Scope: scope,
		Job: ev.Job.Index, Step: ev.Step.Index, Seq: i, Where: where(ev),
	}
}

// where is an event's place as people write it: job › step:line.
func where(ev *match.Event) string {
	line := ev.Line
	if ev.StepLine > 0 {
		line = ev.StepLine
	}
	parts := make([]string, 0, 2)
	for _, s := range []string{ev.Job.Name, ev.Step.Name} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("%s:%d", strings.Join(parts, " › "), line)
}
