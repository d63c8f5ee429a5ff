package probe

import (
	"context"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/publisher"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// askSubject asks GitHub for the form of the subject where a leading candidate
// depends on it. Most tokens may not ask, which is no news.
func (r *Result) askSubject(ctx context.Context) {
	depends := func(in *decide.Incident) bool {
		return slices.ContainsFunc(in.Candidates, func(c decide.Candidate) bool {
			return slices.ContainsFunc(c.Open, func(cond patterns.Cond) bool { return cond.Fact == facts.RunSubjectClaim })
		})
	}
	if r.src.Subject == nil || !slices.ContainsFunc(r.an.Incidents, depends) {
		return
	}
	ids, told, err := r.src.Subject(ctx)
	if err != nil || !told {
		return
	}
	form := "classic"
	if ids {
		form = "immutable"
	}
	r.add(report.Fact{ID: facts.RunSubjectClaim, Value: form, Origin: report.FromRun, Where: "GitHub, actions/oidc/customization/sub"})
}

// setEnvironment puts the job into the environment that the publisher names,
// where nothing else tells the two apart.
func (r *Result) setEnvironment(in *decide.Incident) (edit.Edit, bool) {
	files, job := r.jobs[in.First().Job], in.Job()
	list, _ := r.an.Scan.Publishers.Of(in.First().Package)
	if files.own == nil || files.called != nil || len(list) != 1 || list[0].Environment == "" {
		return edit.Edit{}, false
	}
	_, differences, _ := publisher.Nearest(list, publisher.Run{
		Repository: r.known(facts.RunRepository, in.Place), Workflow: files.own.Name,
		Environment: value(files.own.Facts(job), facts.RunEnvironment).Value,
	})
	if len(differences) != 1 || !differences[0].Environment {
		return edit.Edit{}, false
	}
	return files.own.SetEnvironment(job, list[0].Environment)
}

// compareRehearsals warns of a dry run in another workflow file or environment
// than the release's: a trusted publisher names both.
func (r *Result) compareRehearsals(ctx context.Context) {
	i := slices.IndexFunc(r.an.Attempts, func(a *attempt.Attempt) bool { return a.DryRun })
	if i < 0 || r.src.Tree == nil {
		return
	}
	place := r.an.Findings.Place(r.an.Attempts[i])
	path, environment := r.known(facts.RunWorkflow, place), r.known(facts.RunEnvironment, place)
	var releases, environments []string
	for _, name := range r.src.Tree.Workflows() {
		f := r.workflow(ctx, name)
		if f == nil {
			continue
		}
		for _, j := range f.Publishing() {
			releases = append(releases, name)
			environments = append(environments, value(f.Facts(j.Title()), facts.RunEnvironment).Value)
		}
	}
	switch {
	case len(releases) == 0:
	case path != "" && !slices.Contains(releases, path):
		r.note("the rehearsal ran in %s, and the release is in %s: a trusted publisher names one of them only", path, strings.Join(slices.Compact(releases), ", "))
	case environment != "" && !slices.Contains(environments, environment) && !slices.Contains(environments, ""):
		r.note("the rehearsal ran with the environment %s, and the release with %s: a trusted publisher names one of them only", environment, strings.Join(slices.Compact(environments), ", "))
	}
}
