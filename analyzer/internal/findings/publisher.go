package findings

import (
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/publisher"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// derivePublisher states the fields of the trusted publisher that the owner
// listed, and how they differ from what each attempt presents.
func (f *Findings) derivePublisher() {
	list := &f.Scan.Publishers
	for _, a := range f.Attempts {
		if path := f.value(facts.RunWorkflow, a); path != "" {
			f.infer(facts.RunWorkflowFile, publisher.Base(path), a.Job.Index, a.Step.Index)
		}
	}
	if !list.Listed() {
		return
	}
	if list.Unnamed() && len(f.packages()) > 1 {
		f.Notes = append(f.Notes, "the list of trusted publishers does not name its package, and the log names several: give it as --publisher NAME=FILE")
		return
	}
	for _, a := range f.Attempts {
		if all, none := list.Of(a.Package); none || len(all) > 0 {
			f.comparePublisher(a, all)
		}
	}
}

// packages are the names of all attempts.
func (f *Findings) packages() []string {
	var names []string
	for _, a := range f.Attempts {
		if a.Package != "" && !slices.Contains(names, a.Package) {
			names = append(names, a.Package)
		}
	}
	return names
}

func (f *Findings) value(id string, a *attempt.Attempt) string {
	k, _ := f.Facts.Lookup(id, f.Place(a))
	return k.Value
}

func (f *Findings) comparePublisher(a *attempt.Attempt, list []publisher.Publisher) {
	add := func(id, value, where string) {
		f.Facts.Add(facts.Reading{
			Fact: id, Value: value, Origin: report.FromUser, Where: where,
			Package: a.Package, Job: a.Job.Index, Step: a.Step.Index,
		})
	}
	const where = "npm trust list"
	f.Facts.Add(facts.Reading{
		Fact: facts.OIDCPossible, Value: yesNo(f.exchangePossible(a)), Origin: report.Inferred,
		Scope: patterns.ScopeAttempt, Job: a.Job.Index, Step: a.Step.Index, Seq: a.First,
	})
	if len(list) == 0 {
		add(facts.PublisherListed, "none", where)
		add(facts.PublisherMatches, "false", where)
		add(facts.PublisherDiffers, "missing", "the list is empty")
		return
	}
	p, differences, whole := publisher.Nearest(list, publisher.Run{
		Repository: f.value(facts.RunRepository, a), Workflow: f.value(facts.RunWorkflow, a),
		Called: f.value(facts.RunCalledWorkflow, a), Environment: f.value(facts.RunEnvironment, a),
	})
	add(facts.PublisherListed, "some", where)
	add(facts.PublisherID, p.ID, where)
	add(facts.PublisherRepository, p.Repository, where)
	add(facts.PublisherWorkflow, p.Workflow, where)
	add(facts.PublisherEnvironment, publisher.OrNone(p.Environment), where)
	add(facts.PublisherPermissions, p.Allows(), where)
	field, text := publisher.Words(differences)
	switch {
	case field != "":
		add(facts.PublisherDiffers, field, text)
		add(facts.PublisherMatches, "false", text)
	case whole:
		add(facts.PublisherDiffers, "nothing", "repository, workflow file and environment are equal")
		add(facts.PublisherMatches, "true", "repository, workflow file and environment are equal")
	}
}

// exchangePossible tells whether nothing is known that keeps an attempt from
// being compared with a publisher, or that shows it was let in.
func (f *Findings) exchangePossible(a *attempt.Attempt) bool {
	is := func(fact string, values ...string) bool { return slices.Contains(values, f.value(fact, a)) }
	old, _ := f.Facts.Eval(patterns.Cond{Fact: facts.NpmVersion, Op: patterns.OpRange, Values: []string{"< 11.5.0"}}, f.Place(a))
	return !is(facts.IDToken, "missing") && !is(facts.RunnerKind, "self-hosted") && !is(facts.RegistryPublic, "false") &&
		!is(facts.TokenKind, "secret") && old != version.True && is(facts.OIDCExchange, "", "not-found")
}
