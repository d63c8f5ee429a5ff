// Package findings turns what a scan found, and what is known beside it, into
// publish attempts and facts: what the decision rests on.
package findings

import (
	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
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
	return facts.Place{Job: a.Job.Index, Step: a.Step.Index, First: a.First, Last: a.Last, Package: a.Package, Tool: f.Tool(a.Step)}
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
