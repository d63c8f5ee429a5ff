package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/decide"
	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/manifest"
	"github.com/pubmortem/pubmortem/analyzer/internal/publisher"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// askRegistries asks what is public about the packages with incidents, each at
// the registry that its attempt talked to.
func (r *Result) askRegistries(ctx context.Context) {
	for _, t := range r.targets() {
		doc, err := r.src.Registry.Package(ctx, t.registry, t.name)
		switch {
		case errors.Is(err, fault.ErrNotFound):
			r.missing(t)
		case err != nil:
			r.failed("the registry's document of "+t.name, err)
		default:
			r.readPackage(t, doc)
			r.askAttestation(ctx, t, doc)
		}
	}
}

// registryFact adds what a registry says of a package. Where several were
// asked about it, each answer holds for the step that talks to that one.
func (r *Result) registryFact(t target, id, value, where string) {
	f := facts.Reading{Fact: id, Value: value, Origin: report.FromRegistry, Where: where, Package: t.name, Job: facts.Anywhere, Step: facts.Anywhere}
	if !t.alone {
		f.Job, f.Step = t.place.Job, t.place.Step
	}
	r.Readings = append(r.Readings, f)
}

// missing notes that the registry knows no such package. It hides private
// ones, which only scoped names can be.
func (r *Result) missing(t target) {
	where := "the registry answers 404"
	if strings.HasPrefix(t.name, "@") {
		where += "; a private package does too"
	}
	r.registryFact(t, facts.PackageExists, "false", where)
	r.registryFact(t, facts.PackageVersionExists, "false", where)
}

func (r *Result) readPackage(t target, doc *Package) {
	if len(doc.Versions) == 0 {
		r.registryFact(t, facts.PackageExists, "false", "the registry has no version of it any more: it was unpublished")
		r.registryFact(t, facts.PackageVersionExists, "false", "the registry has no version")
		return
	}
	r.registryFact(t, facts.PackageExists, "true", "registry")
	if t.version != "" {
		r.versionFacts(t, doc)
	}
	last := doc.Versions[len(doc.Versions)-1]
	publisher := "token"
	if last.TrustedPublisher != "" {
		publisher = "trusted publisher"
	}
	r.registryFact(t, facts.PackageLastPublishedBy, publisher, "registry, version "+last.Number)
	for _, v := range slices.Backward(doc.Versions) {
		if v.TrustedPublisher != "" {
			r.registryFact(t, facts.PackageTrustedBefore, "true", "the registry, version "+v.Number)
			return
		}
	}
	r.registryFact(t, facts.PackageTrustedBefore, "false", words.Count(len(doc.Versions), "version")+" on the registry, each published with a token")
}

// versionFacts says whether the version is there, and whether it was before the
// run began: then this run cannot have published it.
func (r *Result) versionFacts(t target, doc *Package) {
	const clock = "2006-01-02 15:04 MST"
	var v Version
	i := slices.IndexFunc(doc.Versions, func(v Version) bool { return v.Number == t.version })
	if i >= 0 {
		v = doc.Versions[i]
	}
	where := "registry"
	if !v.Published.IsZero() {
		where = "the registry has it since " + v.Published.UTC().Format(clock)
	}
	r.registryFact(t, facts.PackageVersionExists, fmt.Sprint(i >= 0), where)
	if at := r.src.At; !v.Published.IsZero() && !at.IsZero() {
		r.registryFact(t, facts.PackageVersionBeforeRun, fmt.Sprint(v.Published.Before(at)), where+", and the run began "+at.UTC().Format(clock))
	}
}

// askAttestation compares the workflow that published the last attested
// version with this run's.
func (r *Result) askAttestation(ctx context.Context, t target, doc *Package) {
	var last string
	for _, v := range doc.Versions {
		if v.Attested {
			last = v.Number
		}
	}
	if last == "" {
		return
	}
	a, err := r.src.Registry.Attestation(ctx, t.registry, t.name, last)
	if err != nil {
		r.failed("the provenance of "+t.name, err)
		return
	}
	if a.Workflow == "" {
		return
	}
	from := fmt.Sprintf("%s/%s %s", a.Owner, a.Repo, a.Workflow)
	r.registryFact(t, facts.PackageLastWorkflow, a.Workflow, "attestation of "+last)
	now, repository := r.known(facts.RunWorkflow, t.place), r.known(facts.RunRepository, t.place)
	if now == "" || repository == "" {
		return
	}
	base := func(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
	same := base(a.Workflow) == base(now) && a.Owner+"/"+a.Repo == repository
	here := "this run is " + repository + " " + now
	if same {
		here = "as this run does"
	}
	r.registryFact(t, facts.PackageWorkflowMatches, fmt.Sprint(same), fmt.Sprintf("version %s came from %s, %s", last, from, here))
}

// leading is how many candidates of an incident a person would consider.
const leading = 4

func (r *Result) askStatus(ctx context.Context) {
	for _, page := range []patterns.StatusPage{patterns.StatusSigstore, patterns.StatusGitHub, patterns.StatusNpm} {
		settles := func(c decide.Candidate) bool { return c.Cause.Status == page }
		if !slices.ContainsFunc(r.an.Incidents, func(in *decide.Incident) bool {
			return slices.ContainsFunc(in.Candidates[:min(leading, len(in.Candidates))], settles)
		}) {
			continue
		}
		f, ok, err := r.src.Status.Status(ctx, page, r.src.At)
		switch {
		case err != nil:
			r.failed("the status page of "+string(page), err)
		case ok:
			r.add(f)
		}
	}
}

type workflowEdit func(f *workflow.File, job string) (workflow.Edit, bool)

var workflowEdits = map[patterns.Edit]workflowEdit{
	patterns.EditAddIDToken:          (*workflow.File).AddIDToken,
	patterns.EditAddCallerPermission: (*workflow.File).AddCallerPermission,
	patterns.EditBumpSetupNode:       func(f *workflow.File, job string) (workflow.Edit, bool) { return f.BumpSetupNode(job, "v6") },
	patterns.EditUpgradeNpm:          func(f *workflow.File, job string) (workflow.Edit, bool) { return f.UpgradeNpm(job, "11") },
	patterns.EditDropToken:           (*workflow.File).DropToken,
	patterns.EditHostedRunner:        (*workflow.File).HostedRunner,
	patterns.EditGateTrigger:         (*workflow.File).GateTrigger,
	patterns.EditAddRegistryURL:      (*workflow.File).AddRegistryURL,
	patterns.EditAddProvenance:       (*workflow.File).AddProvenance,
	patterns.EditAddAttestations:     (*workflow.File).AddAttestationsPermission,
}

var manifestEdits = map[patterns.Edit]func(m *manifest.Package, expected string) (edit.Edit, bool){
	patterns.EditSetRepositoryURL: func(m *manifest.Package, expected string) (edit.Edit, bool) {
		if expected == "" {
			return edit.Edit{}, false
		}
		return m.SetRepositoryURL(expected)
	},
	patterns.EditSetAccessPublic: func(m *manifest.Package, _ string) (edit.Edit, bool) { return m.SetAccessPublic() },
	patterns.EditDropPrivate:     func(m *manifest.Package, _ string) (edit.Edit, bool) { return m.DropPrivate() },
}

// Edit makes the change in the files of the incident's job or package.
func (r *Result) Edit(in *decide.Incident, e patterns.Edit) (file string, line int, diff string, ok bool) {
	var made edit.Edit
	if e == patterns.EditSetEnvironment {
		made, ok = r.setEnvironment(in)
	} else if change, known := workflowEdits[e]; known {
		made, ok = r.editWorkflow(change, in)
	} else if change, known := manifestEdits[e]; known {
		for _, a := range in.Attempts {
			if m := r.packages[a.Package]; m != nil {
				made, ok = change(m, r.expected[a.Package])
				break
			}
		}
	}
	return made.File, made.Line, made.Diff, ok
}

// VerbosePlace is where the workflow would set npm's log level, or "".
func (r *Result) VerbosePlace(in *decide.Incident) string {
	if e, ok := r.editWorkflow((*workflow.File).AddVerbose, in); ok {
		return fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	return ""
}

// editWorkflow tries the job's own file, then the called one that defines it.
func (r *Result) editWorkflow(change workflowEdit, in *decide.Incident) (edit.Edit, bool) {
	files, job := r.jobs[in.First().Job], in.Job()
	if files.own == nil {
		return edit.Edit{}, false
	}
	if e, ok := change(files.own, job); ok || files.called == nil {
		return e, ok
	}
	for i := range len(job) {
		callee, ok := strings.CutPrefix(job[i:], " / ")
		if !ok {
			continue
		}
		if e, ok := change(files.called, callee); ok {
			return e, true
		}
	}
	return edit.Edit{}, false
}

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
