package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/npm"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// askRegistry asks what is public about the packages with incidents.
func (r *Result) askRegistry(ctx context.Context, first *report.Report, s Sources) {
	address := ""
	if host := fact(first, "registry.host"); host != "" && fact(first, "registry.public") == "false" {
		address = "https://" + host
	}
	for _, p := range packages(first) {
		doc, err := s.Registry.Package(ctx, address, p.Name)
		switch {
		case errors.Is(err, fault.ErrNotFound):
			r.missing(p)
		case err != nil:
			r.failed("the registry's document of "+p.Name, err)
		default:
			r.readPackument(p, doc, s.At)
			r.askAttestation(ctx, first, s.Registry, address, p, doc)
		}
	}
}

// missing notes that the registry knows no such package. It hides private
// ones, which only scoped names can be.
func (r *Result) missing(p report.Package) {
	where := "the registry answers 404"
	if strings.HasPrefix(p.Name, "@") {
		where += "; a private package does too"
	}
	r.registryFact(p, "package.exists", "false", where)
	r.registryFact(p, "package.version-exists", "false", where)
}

func (r *Result) registryFact(p report.Package, id, value, where string) {
	r.add(report.Fact{ID: id, Value: value, Origin: report.FromRegistry, Where: where, Package: p.Name})
}

// readPackument takes what the package's document says; at is the run's start.
func (r *Result) readPackument(p report.Package, doc *npm.Packument, at time.Time) {
	if len(doc.Versions) == 0 {
		r.registryFact(p, "package.exists", "false", "the registry has no version of it any more: it was unpublished")
		r.registryFact(p, "package.version-exists", "false", "the registry has no version")
		return
	}
	r.registryFact(p, "package.exists", "true", "registry")
	if p.Version != "" {
		r.versionFacts(p, doc, at)
	}
	last, _ := doc.Last() // there is one
	r.registryFact(p, "package.last-published-by", publisher(last), "registry, version "+last.Version)
	for _, v := range slices.Backward(doc.Versions) {
		if v.TrustedPublisher != "" {
			r.registryFact(p, "package.trusted-before", "true", "the registry, version "+v.Version)
			return
		}
	}
	r.registryFact(p, "package.trusted-before", "false", versions(len(doc.Versions))+" on the registry, each published with a token")
}

func versions(n int) string {
	if n == 1 {
		return "1 version"
	}
	return fmt.Sprintf("%d versions", n)
}

// versionFacts says whether the version is there, and whether it was before the
// run began: then this run cannot have published it.
func (r *Result) versionFacts(p report.Package, doc *npm.Packument, at time.Time) {
	v, there := doc.Version(p.Version)
	where := "registry"
	if !v.Published.IsZero() {
		where = "the registry has it since " + v.Published.UTC().Format("2006-01-02 15:04 MST")
	}
	r.registryFact(p, "package.version-exists", fmt.Sprint(there), where)
	if there && !v.Published.IsZero() && !at.IsZero() {
		r.registryFact(p, "package.version-before-run", fmt.Sprint(v.Published.Before(at)),
			where+", and the run began "+at.UTC().Format("2006-01-02 15:04 MST"))
	}
}

func publisher(v npm.Version) string {
	if v.TrustedPublisher != "" {
		return "trusted publisher"
	}
	return "token"
}

// askAttestation compares the workflow that published the last attested
// version with this run's.
func (r *Result) askAttestation(ctx context.Context, first *report.Report, reg *npm.Registry, address string, p report.Package, doc *npm.Packument) {
	v, ok := doc.LastAttested()
	if !ok {
		return
	}
	a, err := reg.Attestation(ctx, address, p.Name, v.Version)
	if err != nil {
		r.failed("the provenance of "+p.Name, err)
		return
	}
	if a.Workflow == "" {
		return
	}
	from := fmt.Sprintf("%s/%s %s", a.Owner, a.Repo, a.Workflow)
	r.registryFact(p, "package.last-workflow", a.Workflow, "attestation of "+v.Version)
	now, repository := fact(first, "run.workflow"), fact(first, "run.repository")
	if now == "" || repository == "" {
		return
	}
	same := base(a.Workflow) == base(now) && a.Owner+"/"+a.Repo == repository
	here := "this run is " + repository + " " + now
	if same {
		here = "as this run does"
	}
	r.registryFact(p, "package.workflow-matches", fmt.Sprint(same), fmt.Sprintf("version %s came from %s, %s", v.Version, from, here))
}

// statusPages are asked only when an outage is among the candidates.
var statusPages = []struct {
	page   npm.StatusPage
	causes []string
}{
	{npm.SigstoreStatus, []string{"sigstore-outage", "identity-token-rejected", "rekor-duplicate-entry"}},
	{npm.GitHubStatus, []string{"github-oidc-outage"}},
	{npm.NpmStatus, []string{"registry-outage"}},
}

func (r *Result) askStatus(ctx context.Context, first *report.Report, s Sources) {
	if s.At.IsZero() {
		return
	}
	for _, p := range statusPages {
		if !considered(first, p.causes...) {
			continue
		}
		status, err := s.Registry.Status(ctx, p.page, s.At)
		if err != nil {
			r.failed(p.page.URL(), err)
			continue
		}
		if f, ok := status.Fact(); ok {
			r.add(f)
		}
	}
}
