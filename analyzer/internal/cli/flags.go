package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"
)

// options are the values of all flags of all commands.
type options struct {
	formats  []string
	output   string
	facts    []string
	catalogs []string
	offline  bool
	repo     string
	job      string
	attempt  int
	allJobs  bool
	workflow string
	branch   string
	source   string
	noCache  bool
	all      bool
	kind     string
	noOwn    bool
	bench
	step

	color   string
	width   int
	quiet   bool
	verbose bool
	version bool
	help    bool
}

// flagSet is the flags of a command with those that all commands share, bound to o.
func flagSet(c command, o *options) *pflag.FlagSet {
	fs := pflag.NewFlagSet(program, pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.SortFlags = false
	if c.flags != nil {
		c.flags(fs, o)
	}
	fs.StringVar(&o.color, "color", "auto", "`WHEN` use colour: auto, always or never")
	fs.IntVar(&o.width, "width", 0, "`N` wrap text to N columns; otherwise to the terminal's, to COLUMNS or to 80")
	fs.BoolVarP(&o.quiet, "quiet", "q", false, "say only what matters most")
	fs.BoolVarP(&o.verbose, "verbose", "v", false, "say more: facts, references, more quoted lines")
	fs.BoolVar(&o.version, "version", false, "print the version")
	fs.BoolVarP(&o.help, "help", "h", false, "print this help")
	return fs
}

// outputFlags are those of the commands that write reports.
func outputFlags(fs *pflag.FlagSet, o *options) {
	fs.StringArrayVarP(&o.formats, "format", "f", nil, "`FORMAT[=FILE]` text, json, markdown or github, and the file for it; repeat it to write several")
	fs.StringVarP(&o.output, "output", "o", "", "`FILE` write the report there, not to standard output")
	fs.BoolVar(&o.all, "all", false, "show the whole differential, not only its first causes")
}

// catalogFlag is that of the commands that use people's own catalogs.
func catalogFlag(fs *pflag.FlagSet, o *options) {
	fs.StringArrayVar(&o.catalogs, "catalog", nil, "`PATH` add your own catalog, a file or a folder; may be repeated")
	fs.BoolVar(&o.noOwn, "no-user-catalog", false, "leave out the catalogs of .pubmortem and of the user's configuration")
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
func flagError(c command, fs *pflag.FlagSet, err error) error {
	hint := fmt.Sprintf("%q lists the flags", helpCall(c))
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return wrongCall(unknownFlag(c, fs, unknown), hint)
	}
	if wanting, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return wrongCall(fmt.Sprintf("--%s needs a value", wanting.GetFlag().Name), hint)
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return wrongCall(fmt.Sprintf("--%s is %s, not %q", bad.GetFlag().Name, typeName(bad.GetFlag()), bad.GetValue()), hint)
	}
	if syntax, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return wrongCall(fmt.Sprintf("%q is not how a flag is written", syntax.GetSpecifiedFlag()), hint)
	}
	return wrongCall(err.Error(), hint)
}

// unknownFlag says which flag a command does not have, and which it may have
// been meant to be.
func unknownFlag(c command, fs *pflag.FlagSet, unknown *pflag.NotExistError) string {
	name := "--" + unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		name = name[1:]
	}
	var known []string
	fs.VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	msg := "unknown flag " + name
	if c.name != "" {
		msg = c.name + " has no flag " + name
	}
	return suggest(msg, name, known)
}

// typeName is what a flag's value has to be.
func typeName(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int":
		return "a number"
	case "bool":
		return "true or false"
	}
	return "a text"
}
