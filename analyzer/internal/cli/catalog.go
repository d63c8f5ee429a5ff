package cli

import (
	"context"

	"github.com/spf13/pflag"
)

// bench are the values of the catalog commands' own flags.
type bench struct {
	cause   string // of catalog list
	tool    string
	against string // of catalog test
	fromLog string // of catalog new
	id      string
	into    string
}

// benchCommands are the commands of the group catalog, without its name.
var benchCommands = []string{"list", "lint", "test", "new", "schema"}

func catalogCommands() []command {
	return []command{
		{
			name:  "catalog",
			args:  "list|lint|test|new|schema",
			short: "list, check or test the catalog, or write your own",
			long: "Commands for catalogs, the built-in one and your own:\n\n" + twoColumns([][2]string{
				{"catalog list [PATH…]", "list the entries"},
				{"catalog lint [PATH…]", "look for mistakes"},
				{"catalog test [PATH…]", "try the matchers on their examples, or on your logs"},
				{"catalog new symptom|row", "write an entry for a line of a log"},
				{"catalog schema", "print the JSON Schema of catalog files, for editors"},
			}),
			run: runCatalog,
		},
		catalogListCommand(),
		catalogLintCommand(),
		catalogTestCommand(),
		catalogNewCommand(),
		catalogSchemaCommand(),
	}
}

// runCatalog is for a call that names none of the group's commands.
func runCatalog(_ context.Context, _ *env, args []string) (int, error) {
	msg := "catalog needs one of " + and(benchCommands)
	if len(args) > 0 {
		msg = suggest(msg, args[0], benchCommands)
	}
	return exitUsage, wrongCall(msg, `"pubmortem catalog --help" says more`)
}

func catalogListCommand() command {
	return command{
		name:  "catalog list",
		args:  "[PATH…]",
		short: "list the entries",
		long: `List the entries of the built-in catalog and of those that add to it, or of the
catalogs at PATH, one a line.`,
		examples: []string{
			"pubmortem catalog list --kind fact",
			"pubmortem catalog list --cause npm-too-old --kind row",
			"pubmortem catalog list --tool npm@11.6.2",
		},
		flags: func(fs *pflag.FlagSet, o *options) {
			fs.StringVar(&o.kind, "kind", "", "`KIND` only these entries: symptom, fact, cause or row")
			fs.StringVar(&o.cause, "cause", "", "`ID` only what leads to this cause")
			fs.StringVar(&o.tool, "tool", "", "`NAME[@VERSION]` only what this tool, or this version of it, prints")
			catalogFlag(fs, o)
		},
		run: runCatalogList,
	}
}

func catalogLintCommand() command {
	return command{
		name:  "catalog lint",
		args:  "[PATH…]",
		short: "look for mistakes",
		long: `Look for mistakes in the catalogs at PATH as additions to the built-in one. Without
PATH, look at those that are read anyway (.pubmortem, the user's), or at the
built-in one. Each mistake is one line, FILE:LINE:COLUMN: what is wrong; what to
do. The exit code is 2 when one of them keeps the catalog from being used.`,
		examples: []string{"pubmortem catalog lint our-patterns/"},
		flags:    catalogFlag,
		run:      runCatalogLint,
	}
}

func catalogTestCommand() command {
	return command{
		name:  "catalog test",
		args:  "[PATH…]",
		short: "try the matchers on their examples, or on your logs",
		long: `Try every matcher of the built-in catalog, or of the catalogs at PATH, on its
examples, which it has to match, and on its near misses, which it must not. The
exit code is 2 when one of them does otherwise. An example that shows another,
unrelated failure as well is a warning.

With --against, diagnose every log (*.log, *.txt, *.zip) at and below a folder
with the built-in catalog and with yours, and print what changes.`,
		examples: []string{
			"pubmortem catalog test our-patterns/",
			"pubmortem catalog test our-patterns/ --against saved-logs/",
		},
		flags: func(fs *pflag.FlagSet, o *options) {
			fs.StringVar(&o.against, "against", "", "`LOGS` a folder of logs, or one log, to diagnose")
			catalogFlag(fs, o)
		},
		run: runCatalogTest,
	}
}

func catalogNewCommand() command {
	return command{
		name:  "catalog new",
		args:  "symptom|row --from-log FILE:LINE",
		short: "write an entry for a line of a log",
		long: `Write a symptom for a line of a log, with a row and a cause, or a row for the
symptom that the line shows already. The line becomes the example, without
secrets; what is left to write begins with FILL IN, and "catalog lint" points at
it.`,
		examples: []string{
			"pubmortem catalog new symptom --from-log run.log:58 --into .pubmortem/shipit.yaml",
			"pubmortem catalog new row --from-log run.log:58",
		},
		flags: func(fs *pflag.FlagSet, o *options) {
			fs.StringVar(&o.fromLog, "from-log", "", "`FILE:LINE` the line, counted from 1 in the file")
			fs.StringVar(&o.id, "id", "", "`ID` the id of the entry; otherwise one is made of its words")
			fs.StringVar(&o.into, "into", "", "`FILE` append it to this catalog, do not print it")
			catalogFlag(fs, o)
		},
		run: runCatalogNew,
	}
}

func catalogSchemaCommand() command {
	return command{
		name:  "catalog schema",
		short: "print the JSON Schema of catalog files",
		long: `Print the JSON Schema (draft 2020-12) of catalog files. Editors that use the YAML
language server complete and check a file that begins with

  # yaml-language-server: $schema=catalog.schema.json`,
		examples: []string{"pubmortem catalog schema > .pubmortem/catalog.schema.json"},
		run:      runCatalogSchema,
	}
}
