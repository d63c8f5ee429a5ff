package cli

import (
	"context"

	"github.com/spf13/pflag"
)

func catalogCommands() []command {
	return []command{
		{
			name:  "catalog",
			args:  "list|lint|test [PATH…]",
			short: "list, check or test the catalog, or your own",
			long: "Commands for catalogs, the built-in one and your own:\n\n" + twoColumns([][2]string{
				{"catalog list [PATH…]", "list the entries"},
				{"catalog lint [PATH…]", "look for mistakes"},
				{"catalog test [PATH…]", "try the matchers on their examples and near misses"},
			}),
			run: runCatalog,
		},
		{
			name:     "catalog list",
			args:     "[--kind KIND] [PATH…]",
			short:    "list the entries",
			long:     "List the entries of the built-in catalog, or of the catalogs at PATH, one a line.",
			examples: []string{"pubmortem catalog list --kind fact"},
			flags: func(fs *pflag.FlagSet, o *options) {
				fs.StringVar(&o.kind, "kind", "", "`KIND` only these entries: symptom, fact, cause or row")
			},
			run: runCatalogList,
		},
		{
			name:  "catalog lint",
			args:  "[PATH…]",
			short: "look for mistakes",
			long: `Look for mistakes in the built-in catalog, or in the catalogs at PATH as additions
to it. Each mistake is one line, FILE:LINE:COLUMN: what is wrong; what to do.
The exit code is 2 when one of them keeps the catalog from being used.`,
			examples: []string{"pubmortem catalog lint our-patterns/"},
			run:      runCatalogLint,
		},
		{
			name:  "catalog test",
			args:  "[PATH…]",
			short: "try the matchers on their examples and near misses",
			long: `Try every matcher of the built-in catalog, or of the catalogs at PATH, on its
examples, which it has to match, and on its near misses, which it must not.
The exit code is 2 when one of them does otherwise.`,
			examples: []string{"pubmortem catalog test our-patterns/"},
			run:      runCatalogTest,
		},
	}
}

// runCatalog is for a call that names none of the group's commands.
func runCatalog(_ context.Context, _ *env, args []string) (int, error) {
	msg, members := "catalog needs one of list, lint and test", []string{"list", "lint", "test"}
	if len(args) > 0 {
		msg = suggest(msg, args[0], members)
	}
	return exitUsage, wrongCall(msg, `"pubmortem catalog --help" says more`)
}
