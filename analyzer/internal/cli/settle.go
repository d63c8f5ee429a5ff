package cli

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/npm"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// isOthers tells whether a run is of what another repository proposes: its log
// is written by a stranger.
func isOthers(run *report.Run) bool {
	return run.HeadRepo != "" && !strings.EqualFold(run.HeadRepo, run.Repository)
}

// maySettle tells whether a run whose log shows a publish may settle an earlier
// note. A log shows what somebody's program printed: the issue, which is the
// maintainers', is settled by what their own events start, and every note only
// if the registry does not deny that this run published.
func (e *env) maySettle(ctx context.Context, place string, r *report.Report, run *report.Run) bool {
	if place == "issue" && (!slices.Contains(trustedEvents, run.Event) || run.HeadRepo == "" || isOthers(run)) {
		return false
	}
	return !slices.ContainsFunc(r.Published, func(p report.Published) bool { return e.denies(ctx, p, run) })
}

// denies tells whether the public registry knows that a run has not published a
// package: it has another version only, had it before the run began, or from
// another workflow. It answers for a private package, whose name has a scope, as
// for none; what it does not tell it does not deny.
func (e *env) denies(ctx context.Context, p report.Published, run *report.Run) bool {
	if e.offline || p.Name == "" || p.Version == "" {
		return false
	}
	reg := e.registry()
	doc, err := reg.Package(ctx, "", p.Name)
	if err != nil {
		return errors.Is(err, fault.ErrNotFound) && !strings.HasPrefix(p.Name, "@")
	}
	i := slices.IndexFunc(doc.Versions, func(v probe.Version) bool { return v.Number == p.Version })
	if i < 0 {
		return true
	}
	v := doc.Versions[i]
	began, err := time.Parse(time.RFC3339, run.StartedAt)
	if err == nil && !v.Published.IsZero() && v.Published.Before(began) {
		return true
	}
	if !v.Attested {
		return false
	}
	from, err := reg.Attestation(ctx, "", p.Name, p.Version)
	return err == nil && (!strings.EqualFold(from.Owner+"/"+from.Repo, run.Repository) || path.Base(from.Workflow) != path.Base(run.Workflow))
}

// registry is the client of the npm registry.
func (e *env) registry() *npm.Registry {
	if e.Registry == nil {
		e.Registry = &npm.Registry{UserAgent: program + "/" + currentBuild().version}
	}
	return e.Registry
}
