package cli

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// command is one thing that the program does.
type command struct {
	// name is one word, or two for a command of a group.
	name string
	// args are the operands, as help shows them.
	args string
	// short is the line in the overview; long is for the command's own help.
	short, long string
	examples    []string
	// flags declares what is not common to all commands; nil for none.
	flags func(*pflag.FlagSet, *options)
	// hidden commands are for programs and stand in no list.
	hidden bool
	run    func(ctx context.Context, e *env, args []string) (int, error)
}

// commands lists all commands in the order in which help names them. The first
// one has no name: it is what the program does when no other is named.
func commands() []command {
	return slices.Concat([]command{diagnoseCommand(), explainCommand(), excerptCommand()}, catalogCommands(),
		[]command{renderCommand(), completionCommand(), manCommand(), versionCommand(), helpCommand(), completeCommand()})
}

// find picks the command that args name, and returns the arguments without the
// words of its name. Flags may stand before the name.
func find(args []string) (command, []string) {
	all := commands()
	found, name := all[0], ""
	for {
		at, ok := firstOperand(all, args)
		if !ok {
			return found, args
		}
		longer := args[at]
		if name != "" {
			longer = name + " " + args[at]
		}
		i := slices.IndexFunc(all, func(c command) bool { return c.name != "" && c.name == longer })
		if i < 0 {
			return found, args
		}
		found, name = all[i], longer
		args = slices.Delete(slices.Clone(args), at, at+1)
	}
}

// firstOperand is the index of the first argument that is neither a flag nor a
// flag's value. There is none when a flag is unknown, which parsing will tell,
// or when "--" says that no command follows.
func firstOperand(all []command, args []string) (int, bool) {
	// Most calls name no command: they need no look at all the flags there are.
	if !slices.ContainsFunc(args, func(arg string) bool { return namesCommand(all, arg) }) {
		return 0, false
	}
	var o options
	fs := pflag.NewFlagSet(program, pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.SetInterspersed(false)
	for _, c := range all {
		fs.AddFlagSet(flagSet(c, &o))
	}
	if fs.Parse(args) != nil || fs.NArg() == 0 || fs.ArgsLenAtDash() >= 0 {
		return 0, false
	}
	return len(args) - fs.NArg(), true
}

// namesCommand tells whether a word is part of a command's name.
func namesCommand(all []command, word string) bool {
	return slices.ContainsFunc(all, func(c command) bool { return slices.Contains(strings.Fields(c.name), word) })
}

// names are the commands' names, without those of the groups' members.
func names() []string {
	var list []string
	for _, c := range commands() {
		if c.name != "" && !c.hidden && !strings.Contains(c.name, " ") {
			list = append(list, c.name)
		}
	}
	return list
}

// usage is the call of a command: "pubmortem explain [ID|TEXT]".
func (c command) usage() string {
	return strings.Join(slices.DeleteFunc([]string{program, c.name, c.args}, func(s string) bool { return s == "" }), " ")
}
