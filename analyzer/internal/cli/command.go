package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/many"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

// about is the first sentence of every help.
const about = `pubmortem explains why an npm publish with provenance or trusted publishing
failed in GitHub Actions, from the log of the first failed run.
`

const shortHelp = about + `
Give it a log:
  gh run view RUN-ID --log | pubmortem    the log of a run
  pubmortem run.log                       a saved log, whole or in part
  pubmortem logs.zip                      an archive from "Download log archive"
  pubmortem - < pasted.txt                a few pasted lines
  pubmortem explain                       the decision table, to read

"pubmortem --help" lists commands and flags.
`

type options struct {
	formats   []string
	output    string
	facts     []string
	catalogs  []string
	offline   bool
	repo      string
	job       string
	attempt   int
	allJobs   bool
	workflow  string
	branch    string
	source    string
	publisher string
	askPublic bool // check: ask the registry
	port      int  // serve
	noCache   bool
	all       bool
	table     bool // explain: the decision table
	reports   bool // catalog schema: that of reports
	kind      string
	noOwn     bool
	bench
	step
	scan scanFlags

	color   string
	width   int
	quiet   bool
	verbose bool
	version bool
}

// Command is the whole tree of commands, for what documents them.
func Command() *cobra.Command {
	return (&env{}).command()
}

// command is the program as cobra knows it. What the calls of it leave to do
// lies in e.
func (e *env) command() *cobra.Command {
	root := e.diagnoseCommand()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(flagError)
	root.SetIn(e.In)
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	fs := root.PersistentFlags()
	fs.SortFlags = false
	fs.StringVar(&e.color, "color", "auto", "use colour `WHEN`: auto, always or never")
	fs.IntVar(&e.width, "width", 0, "wrap text to `N` columns; otherwise to the terminal's, to COLUMNS or to 80")
	fs.BoolVarP(&e.quiet, "quiet", "q", false, "say only what matters most")
	fs.BoolVarP(&e.verbose, "verbose", "v", false, "say more: facts, references, more quoted lines")
	fs.BoolVar(&e.version, "version", false, "print the version")
	fs.BoolP("help", "h", false, "print this help")
	root.AddCommand(e.explainCommand(), e.checkCommand(), e.scanCommand(), e.rehearseCommand(), e.excerptCommand(), e.catalogCommand(), e.renderCommand(), e.serveCommand(), e.versionCommand())
	root.SetHelpCommand(e.helpCommand())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	keepOrder(root)
	for _, c := range root.Commands() {
		if c.HasSubCommands() {
			c.Args, c.RunE = cobra.ArbitraryArgs, e.runs(needsCommand(c))
		}
	}
	c := completion(root)
	c.Short, c.Example = "write the completions for a shell", examples("source <(pubmortem completion bash)", "pubmortem completion fish > ~/.config/fish/completions/pubmortem.fish")
	return root
}

// keepOrder lets the help of a tree of commands list flags as they were defined.
func keepOrder(c *cobra.Command) {
	c.Flags().SortFlags = false
	for _, sub := range c.Commands() {
		keepOrder(sub)
	}
}

// completion is the command that cobra adds for the shells' scripts.
func completion(root *cobra.Command) *cobra.Command {
	c, _, _ := root.Find([]string{"completion"}) // it is there
	return c
}

func examples(lines ...string) string {
	return "  " + strings.Join(lines, "\n  ")
}

// runFunc does what a command is for. The exit code counts unless there is an
// error.
type runFunc func(ctx context.Context, e *env, args []string) (int, error)

func (e *env) runs(run runFunc) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		e.started = true
		if e.version {
			return e.printVersion()
		}
		if err := e.check(); err != nil {
			return err
		}
		e.code, err = run(cmd.Context(), e, args)
		return err
	}
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return wrongCall(strings.TrimPrefix(cmd.CommandPath(), program+" ")+" takes no arguments", "")
	}
	return nil
}

// needsCommand is for a call that names none of a group's commands.
func needsCommand(group *cobra.Command) runFunc {
	return func(_ context.Context, _ *env, args []string) (int, error) {
		msg := group.Name() + " needs one of " + words.And(names(group))
		if len(args) > 0 {
			msg = words.DidYouMean(msg, args[0], names(group))
		}
		return exitUsage, wrongCall(msg, fmt.Sprintf("%q says more", group.CommandPath()+" --help"))
	}
}

func names(c *cobra.Command) []string {
	var list []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			list = append(list, sub.Name())
		}
	}
	return list
}

func (e *env) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND]",
		Short:             "how to call a command",
		Long:              "Print how a command is called.",
		Example:           examples("pubmortem help catalog new"),
		ValidArgsFunction: completeHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			e.started = true
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				name := strings.Join(args, " ")
				return wrongCall(words.DidYouMean(fmt.Sprintf("there is no command %q", name), name, names(cmd.Root())),
					"the commands are "+words.And(names(cmd.Root())))
			}
			return about.Help()
		},
	}
}

func (e *env) outputFlags(fs *pflag.FlagSet, formats []string) {
	fs.StringArrayVarP(&e.formats, "format", "f", nil, "write `FORMAT[=FILE]`: "+words.Or(formats)+", and the file for it; repeat it to write several")
	fs.StringVarP(&e.output, "output", "o", "", "write the report to `FILE`, not to standard output")
}

func (e *env) allFlag(fs *pflag.FlagSet) {
	fs.BoolVar(&e.all, "all", false, "show all causes that fit, and the evidence")
}

// catalogFlags are those of the commands that use people's own catalogs.
func (e *env) catalogFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&e.catalogs, "catalog", nil, "add your own catalog, the file or folder `PATH`; may be repeated")
	fs.BoolVar(&e.noOwn, "no-user-catalog", false, "leave out the catalogs of .pubmortem and of the user's configuration")
}

// minWidth is the fewest columns that text can be wrapped to and still be read.
const minWidth = 20

// check refuses values of the common flags that make no sense.
func (e *env) check() error {
	var msgs []string
	if e.color != "auto" && e.color != "always" && e.color != "never" {
		msgs = append(msgs, fmt.Sprintf("--color is auto, always or never, not %q", e.color))
	}
	if e.width != 0 && e.width < minWidth {
		msgs = append(msgs, fmt.Sprintf("--width %d is too narrow; the least is %d", e.width, minWidth))
	}
	if e.quiet && e.verbose {
		msgs = append(msgs, "--quiet and --verbose exclude each other")
	}
	if msgs != nil {
		return &callError{msgs: msgs}
	}
	return nil
}

// flagError says in plain words what is wrong with a flag.
func flagError(c *cobra.Command, err error) error {
	hint := fmt.Sprintf("%q lists the flags", c.CommandPath()+" --help")
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return wrongCall(unknownFlag(c, unknown), hint)
	}
	if wanting, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return wrongCall(fmt.Sprintf("--%s needs a value", wanting.GetFlag().Name), hint)
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		kind := map[string]string{"int": "a number", "bool": "true or false"}[bad.GetFlag().Value.Type()]
		return wrongCall(fmt.Sprintf("--%s is %s, not %q", bad.GetFlag().Name, kind, bad.GetValue()), hint)
	}
	if syntax, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return wrongCall(fmt.Sprintf("%q is not how a flag is written", syntax.GetSpecifiedFlag()), hint)
	}
	return wrongCall(err.Error(), hint)
}

// unknownFlag says which flag a command does not have, and which it may have
// been meant to be: cobra suggests commands only.
func unknownFlag(c *cobra.Command, unknown *pflag.NotExistError) string {
	name := "--" + unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		name = name[1:]
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	msg := "unknown flag " + name
	if c.HasParent() {
		msg = strings.TrimPrefix(c.CommandPath(), program+" ") + " has no flag " + name
	}
	return words.DidYouMean(msg, name, known)
}

// pathValues are what helps call the values of flags that are paths, which
// shells complete by themselves.
var pathValues = []string{"FILE", "PATH", "DIR", "LOGS", "FILE:LINE"}

// completeFlags gives all flags of a tree of commands their candidates. It is
// left to the calls by shells, since the others need none.
func (e *env) completeFlags(c *cobra.Command) {
	fixed := func(choices ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)
	}
	known := map[string]cobra.CompletionFunc{
		"format":    fixed(render.Names()...),
		"color":     fixed("auto", "always", "never"),
		"kind":      fixed(kinds...),
		"fail-on":   fixed(failOns...),
		"report-to": fixed(slices.Concat(stepPlaces, notePlaces)...),
		"cause": func(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return starting(word, e.completeEntries("cause")), cobra.ShellCompDirectiveNoFileComp
		},
		"tool": func(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return starting(word, tools(e.completionCatalog())), cobra.ShellCompDirectiveNoFileComp
		},
		"fact":       e.completeFact,
		"by":         fixed(many.Keys()...),
		"conclusion": fixed("failure", "success", "cancelled", "timed_out"),
	}
	if c.Name() == "scan" {
		known["format"] = fixed(scanFormats...)
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		complete, ok := known[f.Name]
		value, _ := pflag.UnquoteUsage(f)
		if !ok && slices.Contains(pathValues, value) && f.Name != "workflow" {
			return
		}
		if !ok {
			complete = cobra.NoFileCompletions
		}
		_ = c.RegisterFlagCompletionFunc(f.Name, complete) // a flag that cobra has seen to already stays as it is
	})
	for _, sub := range c.Commands() {
		e.completeFlags(sub)
	}
}

// completeFact offers ids of facts, and values after an id.
func (e *env) completeFact(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	cat := e.completionCatalog()
	var list []cobra.Completion
	id, _, ok := strings.Cut(word, "=")
	if f, known := cat.Fact(id); ok && known {
		for _, value := range facts.Allowed(f) {
			list = append(list, id+"="+value)
		}
		return starting(word, list), cobra.ShellCompDirectiveNoFileComp
	}
	for i := range cat.Facts {
		list = append(list, candidate(cat.Facts[i].ID+"=", cat.Facts[i].Title))
	}
	return starting(word, list), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeRun offers what a diagnosis may be about, beside files and commands.
func completeRun(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []cobra.Completion{candidate("last", "the newest failed run")}, cobra.ShellCompDirectiveDefault
}

func (e *env) completeExplain(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return starting(word, e.completeEntries(kinds...)), cobra.ShellCompDirectiveNoFileComp
}

func completeHelp(cmd *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	group, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var list []cobra.Completion
	for _, sub := range group.Commands() {
		if sub.IsAvailableCommand() {
			list = append(list, candidate(sub.Name(), sub.Short))
		}
	}
	return starting(word, list), cobra.ShellCompDirectiveNoFileComp
}

func starting(word string, list []cobra.Completion) []cobra.Completion {
	return slices.DeleteFunc(list, func(c cobra.Completion) bool { return !strings.HasPrefix(c, word) })
}

// candidate is a word with a description that fits a menu.
func candidate(word, description string) cobra.Completion {
	return cobra.CompletionWithDesc(word, strings.ReplaceAll(explain.Shown(description), "\t", " "))
}

// completeEntries are the ids of entries of some kinds; an id that names
// several is offered once.
func (e *env) completeEntries(of ...string) []cobra.Completion {
	var list []cobra.Completion
	seen := map[string]bool{}
	for _, item := range entries(e.completionCatalog()) {
		if slices.Contains(of, item.kind) && !seen[item.id] {
			seen[item.id] = true
			list = append(list, candidate(item.id, item.kind+": "+item.title))
		}
	}
	return list
}

// completionCatalog is the catalog whose ids are offered; one that has
// mistakes is left out without a word, since nobody reads any.
func (e *env) completionCatalog() *patterns.Catalog {
	cat, err := e.catalog()
	if err != nil {
		return patterns.Builtin()
	}
	return cat
}

// tools are the names of all tools that print symptoms, sorted.
func tools(cat *patterns.Catalog) []string {
	var names []string
	for i := range cat.Symptoms {
		for _, text := range cat.Symptoms[i].Tools {
			name, _ := toolRange(text)
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
