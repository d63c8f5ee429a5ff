package probe

import (
	"context"
	"errors"
	"fmt"

	"github.com/pubmortem/pubmortem/analyzer/fetch"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// askRegistry asks what is public about the packages with incidents.
func (r *Result) askRegistry(ctx context.Context, first *report.Report, reg *fetch.Registry) {
	address := ""
	if host := fact(first, "registry.host"); host != "" && fact(first, "registry.public") == "false" {
		address = "https://" + host
	}
	for _, p := range packages(first) {
		doc, err := reg.Package(ctx, address, p.Name)
		switch {
		case errors.Is(err, fetch.ErrNotFound):
			r.registryFact(p, "package.exists", "false", "the registry answers 404; a private package does too")
			r.registryFact(p, "package.version-exists", "false", "the registry answers 404")
		case err != nil:
			r.note("the registry could not be asked about %s (%s)", p.Name, reason(err))
		default:
			r.readPackument(ctx, first, reg, address, p, doc)
		}
	}
}

func (r *Result) registryFact(p report.Package, id, value, where string) {
	r.add(report.Fact{ID: id, Value: value, Origin: report.FromRegistry, Where: where, Package: p.Name})
}

func (r *Result) readPackument(ctx context.Context, first *report.Report, reg *fetch.Registry, address string, p report.Package, doc *fetch.Packument) {
	r.registryFact(p, "package.exists", "true", "registry")
	if p.Version != "" {
		_, there := doc.Version(p.Version)
		r.registryFact(p, "package.version-exists", fmt.Sprint(there), "registry")
	}
	if last, ok := doc.Last(); ok {
		r.registryFact(p, "package.last-published-by", publisher(last), "registry, version "+last.Version)
	}
	if last, ok := doc.LastAttested(); ok {
		r.askAttestation(ctx, first, reg, address, p, last)
	}
}

func publisher(v fetch.Version) string {
	if v.TrustedPublisher != "" {
		return "trusted publisher"
	}
	return "token"
}

// askAttestation compares the workflow that published the last attested
// version with this run's.
func (r *Result) askAttestation(ctx context.Context, first *report.Report, reg *fetch.Registry, address string, p report.Package, v fetch.Version) {
	a, err := reg.Attestation(ctx, address, p.Name, v.Version)
	if err != nil || a.Workflow == "" {
		return
	}
	from := fmt.Sprintf("%s/%s %s", a.Owner, a.Repo, a.Workflow)
	r.registryFact(p, "package.last-workflow", a.Workflow, "attestation of "+v.Version)
	now, repository := fact(first, "run.workflow"), fact(first, "run.repository")
	if now == "" || repository == "" {
		return
	}
	same := base(a.Workflow) == base(now) && a.Owner+"/"+a.Repo == repository
	r.registryFact(p, "package.workflow-matches", fmt.Sprint(same),
		fmt.Sprintf("version %s came from %s, this run is %s %s", v.Version, from, repository, now))
}

// statusPages are asked only when an outage is among the candidates.
var statusPages = []struct {
	page   fetch.StatusPage
	causes []string
}{
	{fetch.SigstoreStatus, []string{"sigstore-outage", "identity-token-rejected", "rekor-duplicate-entry"}},
	{fetch.GitHubStatus, []string{"github-oidc-outage"}},
	{fetch.NpmStatus, []string{"registry-outage"}},
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
			r.note("%s could not be asked (%s)", p.page.URL(), reason(err))
			continue
		}
		if f, ok := status.Fact(); ok {
			r.add(f)
		}
	}
}
