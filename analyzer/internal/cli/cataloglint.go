package cli

import (
	"context"
	"slices"

	"github.com/pubmortem/pubmortem/patterns"
)

func runCatalogLint(ctx context.Context, e *env, args []string) (int, error) {
	var problems []patterns.Problem
	paths := slices.Concat(e.catalogs, args)
	if len(args) == 0 {
		paths = e.ownPaths(ctx, "")
	}
	if len(paths) == 0 {
		problems = patterns.Builtin().Lint()
	} else {
		_, problems = merge(paths)
	}
	e.listProblems(e.Out, problems)
	code := exitOK
	if patterns.Errors(problems) {
		code = exitUsage
	}
	if e.quiet {
		return code, nil
	}
	return code, e.print(tally(problems) + "\n")
}
