package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/analyzer/internal/excerpt"
	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/patterns"
)

type bench struct {
	cause   string // of catalog list
	tool    string
	against string // of catalog test
	fromLog string // of catalog new
	id      string
	into    string
}

func (e *env) catalogCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "catalog",
		Short:   "list, check or test the catalog, or write your own",
		Long:    "Commands for catalogs, the built-in one and your own.",
		Example: examples("pubmortem catalog list --kind cause", "pubmortem catalog lint our-patterns/"),
	}
	c.AddCommand(e.catalogListCommand(), e.catalogLintCommand(), e.catalogTestCommand(), e.catalogNewCommand(), e.catalogSchemaCommand())
	return c
}

func (e *env) catalogListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "list [PATH…]",
		Short: "list the entries",
		Long: `List the entries of the built-in catalog and of those that add to it, or of the
catalogs at PATH, one a line.`,
		Example: examples(
			"pubmortem catalog list --kind fact",
			"pubmortem catalog list --cause npm-too-old --kind row",
			"pubmortem catalog list --tool npm@11.6.2",
		),
		RunE: e.runs(runCatalogList),
	}
	fs := c.Flags()
	fs.StringVar(&e.kind, "kind", "", "only entries of `KIND`: symptom, fact, cause or row")
	fs.StringVar(&e.cause, "cause", "", "only what leads to the cause `ID`")
	fs.StringVar(&e.tool, "tool", "", "only what the tool `NAME[@VERSION]`, or that version of it, prints")
	e.catalogFlags(fs)
	return c
}

func (e *env) catalogLintCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "lint [PATH…]",
		Short: "look for mistakes",
		Long: `Look for mistakes in the catalogs at PATH as additions to the built-in one. Without
PATH, look at those that are read anyway (.pubmortem, the user's), or at the
built-in one. Each mistake is one line, FILE:LINE:COLUMN: what is wrong; what to
do. The exit code is 2 when one of them keeps the catalog from being used.`,
		Example: examples("pubmortem catalog lint our-patterns/"),
		RunE:    e.runs(runCatalogLint),
	}
	e.catalogFlags(c.Flags())
	return c
}

func (e *env) catalogTestCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "test [PATH…]",
		Short: "try the matchers on their examples, or on your logs",
		Long: `Try every matcher of the built-in catalog, or of the catalogs at PATH, on its
examples, which it has to match, and on its near misses, which it must not. The
exit code is 2 when one of them does otherwise. An example that shows another,
unrelated failure as well is a warning.

With --against, diagnose every log (*.log, *.txt, *.zip) at and below a folder
with the built-in catalog and with yours, and print what changes.`,
		Example: examples(
			"pubmortem catalog test our-patterns/",
			"pubmortem catalog test our-patterns/ --against saved-logs/",
		),
		RunE: e.runs(runCatalogTest),
	}
	fs := c.Flags()
	fs.StringVar(&e.against, "against", "", "diagnose `LOGS`, a folder of logs or one log")
	e.catalogFlags(fs)
	return c
}

func (e *env) catalogNewCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "new symptom|row --from-log FILE:LINE",
		Short: "write an entry for a line of a log",
		Long: `Write a symptom for a line of a log, with a row and a cause, or a row for the
symptom that the line shows already. The line becomes the example, without
secrets; what is left to write begins with FILL IN, and "catalog lint" points at
it.`,
		Example: examples(
			"pubmortem catalog new symptom --from-log run.log:58 --into .pubmortem/shipit.yaml",
			"pubmortem catalog new row --from-log run.log:58",
		),
		RunE:      e.runs(runCatalogNew),
		ValidArgs: []cobra.Completion{"symptom\tfor a line that nothing recognises", "row\tanother cause for a line that shows a symptom"},
	}
	fs := c.Flags()
	fs.StringVar(&e.fromLog, "from-log", "", "the line `FILE:LINE`, counted from 1 in the file")
	fs.StringVar(&e.id, "id", "", "the `ID` of the entry; otherwise one is made of its words")
	fs.StringVar(&e.into, "into", "", "append it to the catalog `FILE`, do not print it")
	e.catalogFlags(fs)
	return c
}

func (e *env) catalogSchemaCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of catalog files or of reports",
		Long: `Print the JSON Schema (draft 2020-12) of catalog files, or of what -f json writes.
Editors that use the YAML language server complete and check a file that begins with

  # yaml-language-server: $schema=catalog.schema.json`,
		Example: examples(
			"pubmortem catalog schema > .pubmortem/catalog.schema.json",
			"pubmortem catalog schema --report > report.schema.json",
		),
		RunE:              e.runs(runCatalogSchema),
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().BoolVar(&e.reports, "report", false, "print the schema of JSON reports")
	return c
}

func runCatalogNew(ctx context.Context, e *env, args []string) (int, error) {
	if len(args) != 1 || args[0] != "symptom" && args[0] != "row" {
		return exitUsage, wrongCall("catalog new needs one of symptom and row", "pubmortem catalog new symptom --from-log run.log:58")
	}
	cat, err := e.wholeCatalog()
	if err != nil {
		return exitUsage, err
	}
	s, err := e.seen(ctx)
	if err != nil {
		return exitNoLogs, err
	}
	text, err := e.scaffold(cat, args[0], s)
	if err != nil {
		return exitUsage, err
	}
	if e.into == "" {
		return exitOK, e.print(text)
	}
	return exitOK, e.appendTo(e.into, text)
}

// seen is what a scaffold takes from the line that --from-log names.
func (e *env) seen(ctx context.Context) (catalog.Scaffold, error) {
	var s catalog.Scaffold
	name, line, err := splitPlace(e.fromLog)
	if err != nil {
		return s, err
	}
	found := false
	err = eachLine(ctx, name, func(l excerpt.Line) bool {
		if l.Number != line {
			return true
		}
		s.Example, s.In, found = inert.Quote(patterns.Collapse(l.Text)), l.In, true
		return false
	})
	s.Source = fmt.Sprintf("seen in %s:%d", filepath.Base(name), line)
	switch {
	case err != nil:
		return s, err
	case !found:
		return s, wrongCall(fmt.Sprintf("%s has no line %d", name, line), "")
	case s.Example == "":
		return s, wrongCall(fmt.Sprintf("%s has no text in line %d", name, line), "")
	}
	return s, nil
}

// splitPlace splits "run.log:58".
func splitPlace(place string) (name string, line int, err error) {
	at := strings.LastIndexByte(place, ':')
	if at > 0 {
		line, err = strconv.Atoi(place[at+1:])
	}
	if at <= 0 || err != nil || line < 1 {
		return "", 0, wrongCall(fmt.Sprintf("--from-log is FILE:LINE, not %q", place), "pubmortem catalog new symptom --from-log run.log:58")
	}
	return place[:at], line, nil
}

// scaffold is the YAML of a new symptom or row.
func (e *env) scaffold(cat *patterns.Catalog, kind string, s catalog.Scaffold) (string, error) {
	known := explain.ShownBy(cat, s.Example)
	s.Taken = func(id string) bool {
		return slices.ContainsFunc(entries(cat), func(item entry) bool { return item.id == id })
	}
	if e.id != "" && s.Taken(e.id) {
		return "", wrongCall(fmt.Sprintf("the catalog has an entry %q already", e.id), "give it another --id")
	}
	s.ID = e.id
	if kind == "row" {
		if len(known) == 0 {
			return "", wrongCall("the line shows no symptom that a row could be for", "write one first: pubmortem catalog new symptom --from-log "+e.fromLog)
		}
		s.Symptom = known[0].ID
		s.Prior = freePrior(cat, s.Symptom)
		return s.RowYAML(), nil
	}
	if len(known) > 0 && !e.quiet {
		e.say(fmt.Sprintf("the line shows the symptom %s already; for another cause of it write a row: pubmortem catalog new row --from-log %s", known[0].ID, e.fromLog))
	}
	text, err := s.SymptomYAML()
	if err != nil {
		return "", wrongCall(err.Error(), "take another line of the message, or write the symptom by hand")
	}
	return text, nil
}

// freePrior is a prior that no row of a symptom has: rows that ask for the
// same are ranked by it.
func freePrior(cat *patterns.Catalog, symptom string) int {
	prior := 50
	for slices.ContainsFunc(cat.Rows, func(r patterns.Row) bool {
		return r.Prior == prior && slices.Contains(r.Symptoms, symptom)
	}) && prior > 1 {
		prior--
	}
	return prior
}

// appendTo adds a scaffold to a catalog file, or starts one.
func (e *env) appendTo(name, text string) error {
	before, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &outputError{name, err}
	}
	all, err := catalog.AppendTo(string(before), text)
	if err != nil {
		return wrongCall(fmt.Sprintf("%s: %v", name, err), "print the entry without --into, and paste it where it belongs")
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return &outputError{name, err}
	}
	err = writeFile(name, func(w io.Writer) error {
		_, err := io.WriteString(w, all)
		return err
	})
	if err != nil {
		return &outputError{name, err}
	}
	if !e.quiet {
		e.say("added to " + name + "; what is left to write: pubmortem catalog lint " + name)
	}
	return nil
}
