package analyzer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// impliedRank is the rank of what a symptom's text proves: more than any
// version that was printed elsewhere.
const impliedRank = 100

// given takes the facts that came with the call.
func (d *diagnosis) given(list []report.Fact) {
	for _, f := range list {
		r := facts.Reading{Fact: f.ID, Value: f.Value, Origin: f.Origin, Where: f.Where, Package: f.Package, Job: facts.Anywhere, Step: facts.Anywhere}
		if f.Job != "" {
			if r.Job = d.jobIndex(f.Job); r.Job == facts.Anywhere {
				continue // a job whose log was not read
			}
		}
		d.store.Add(r)
	}
}

func (d *diagnosis) jobIndex(name string) int {
	for _, j := range d.scan.Jobs {
		if j.Name == name {
			return j.Index
		}
	}
	return facts.Anywhere
}

// gather takes the facts that stand in the log: read directly, or implied by
// the mere presence of a text.
func (d *diagnosis) gather() {
	broken := d.brokenUpgrades()
	for i := range d.scan.Events {
		ev := &d.scan.Events[i]
		if ev.Fact != nil {
			if ev.Fact.ID == "npm.version" && fromScript(ev) {
				d.upgrade(ev, i, broken[ev.Step])
				continue
			}
			d.read(ev, i, ev.Fact.ID, ev.Value, ev.Matcher.Rank, ev.Fact.Scope)
			continue
		}
		if ev.In == patterns.InDebug && ev.Symptom.Kind == patterns.KindContext {
			continue // its "npm error" is our spelling of a level, not npm's
		}
		for _, id := range slices.Sorted(maps.Keys(ev.Symptom.Implies)) {
			d.imply(ev, i, id, ev.Symptom.Implies[id])
		}
	}
}

func fromScript(ev *match.Event) bool {
	return ev.In == patterns.InScript || ev.In == patterns.InTitle
}

// brokenUpgrades are the steps in which an upgrade of npm failed.
func (d *diagnosis) brokenUpgrades() map[*match.Step]bool {
	broken := map[*match.Step]bool{}
	for i := range d.scan.Events {
		ev := &d.scan.Events[i]
		if ev.Symptom != nil && ev.Symptom.Kind == patterns.KindFailure && ev.Symptom.Stage == patterns.StageUpgrade {
			broken[ev.Step] = true
		}
	}
	return broken
}

// upgrade takes a script's `npm install -g npm@X`: the version that it leads
// to counts only when the step worked.
func (d *diagnosis) upgrade(ev *match.Event, i int, broken bool) {
	if broken {
		d.read(ev, i, "npm.self-upgrade", "failed", ev.Matcher.Rank, patterns.ScopeJob)
		return
	}
	d.read(ev, i, "npm.self-upgrade", "ok", ev.Matcher.Rank, patterns.ScopeJob)
	d.read(ev, i, "npm.version", ev.Value, ev.Matcher.Rank, patterns.ScopeJob)
}

// imply records what a symptom's text proves. What wording proves of a version
// holds for the step that printed it.
func (d *diagnosis) imply(ev *match.Event, i int, id, value string) {
	def, ok := d.store.Def(id)
	if !ok {
		return
	}
	value = patterns.Expand(value, func(name string) (string, bool) {
		v, ok := ev.Captures[strings.ReplaceAll(name, "-", "_")]
		return v, ok
	})
	if value == "" && def.Type == patterns.TypeString {
		value = "(empty)"
	}
	scope := def.Scope
	if def.Type == patterns.TypeVersion {
		scope = patterns.ScopeStep
	}
	d.read(ev, i, id, value, impliedRank, scope)
}

func (d *diagnosis) read(ev *match.Event, i int, id, value string, rank int, scope patterns.Scope) {
	d.store.Add(facts.Reading{
		Fact: id, Value: value, Origin: report.FromLog, Rank: rank, Scope: scope,
		Job: ev.Job.Index, Step: ev.Step.Index, Seq: i, Where: where(ev),
	})
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
