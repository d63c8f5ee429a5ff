package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github"
	"github.com/pubmortem/pubmortem/analyzer/internal/npm"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// asked turns a client's error into what the probes understand.
func asked(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, fault.ErrNotFound) {
		return fmt.Errorf("%w (%w)", probe.ErrNotFound, err)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return &probe.Error{Msg: e.Msg, Shut: e.Kind != fault.BadContent && e.Kind != fault.BadRef}
	}
	return err
}

// repository is a repository on GitHub at a commit, as the probes read it.
type repository struct {
	client           *github.Client
	owner, repo, ref string
}

// File reads a file at the commit.
func (r repository) File(ctx context.Context, name string) ([]byte, error) {
	text, err := r.client.File(ctx, r.owner, r.repo, name, r.ref)
	return text, asked(err)
}

// Workflows cannot tell without listing folders; the run names its file.
func (r repository) Workflows() []string { return nil }

// Manifests are the usual places of a package in a repository.
func (r repository) Manifests(name string) []string {
	short := name[strings.LastIndexByte(name, '/')+1:]
	return []string{"package.json", "packages/" + short + "/package.json", short + "/package.json", "libs/" + short + "/package.json", "modules/" + short + "/package.json"}
}

// registry is the registries and status pages, as the probes ask them.
type registry struct{ client *npm.Registry }

// Package asks a registry for a package's versions.
func (r registry) Package(ctx context.Context, address, name string) (*probe.Package, error) {
	doc, err := r.client.Package(ctx, address, name)
	if err != nil {
		return nil, asked(err)
	}
	p := &probe.Package{}
	for _, v := range doc.Versions {
		p.Versions = append(p.Versions, probe.Version{Number: v.Version, Published: v.Published, TrustedPublisher: v.TrustedPublisher, Attested: v.Attested})
	}
	return p, nil
}

// Attestation asks a registry where a version came from.
func (r registry) Attestation(ctx context.Context, address, name, version string) (*probe.Attestation, error) {
	a, err := r.client.Attestation(ctx, address, name, version)
	if err != nil {
		return nil, asked(err)
	}
	return &probe.Attestation{Owner: a.Owner, Repo: a.Repo, Workflow: a.Workflow}, nil
}

var statusPages = map[patterns.StatusPage]npm.StatusPage{
	patterns.StatusSigstore: npm.SigstoreStatus, patterns.StatusGitHub: npm.GitHubStatus, patterns.StatusNpm: npm.NpmStatus,
}

// Status asks a status page about a moment.
func (r registry) Status(ctx context.Context, page patterns.StatusPage, at time.Time) (report.Fact, bool, error) {
	status, err := r.client.Status(ctx, statusPages[page], at)
	if err != nil {
		return report.Fact{}, false, asked(err)
	}
	f, ok := status.Fact()
	return f, ok, nil
}
