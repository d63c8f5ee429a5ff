package cli

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"
)

// about is the first sentence of every help.
const about = `pubmortem explains why an npm publish with provenance or trusted publishing
failed in GitHub Actions, from the log of the first failed run.
`

// shortHelp is for a person who gave nothing to read.
const shortHelp = about + `
Give it a log:
  gh run view RUN-ID --log | pubmortem    the log of a run
  pubmortem run.log                       a saved log, whole or in part
  pubmortem logs.zip                      an archive from "Download log archive"
  pubmortem - < pasted.txt                a few pasted lines
  pubmortem explain                       the decision table, to read

"pubmortem --help" lists commands and flags.
`

func helpCommand() command {
	return command{
		name:  "help",
		args:  "[COMMAND]",
		short: "how to call a command",
		run:   runHelp,
	}
}

func runHelp(_ context.Context, e *env, args []string) (int, error) {
	name := strings.Join(args, " ")
	for _, c := range commands() {
		if c.name == name {
			return exitOK, e.print(commandHelp(c, flagSet(c, &options{})))
		}
	}
	return exitUsage, wrongCall(suggest(fmt.Sprintf("there is no command %q", name), name, names()), "the commands are "+and(names()))
}

// helpCall is how to get the help of a command.
func helpCall(c command) string {
	return strings.TrimSpace(program+" "+c.name) + " --help"
}

// commandHelp is the help of a command; that of the nameless one is the overview.
func commandHelp(c command, fs *pflag.FlagSet) string {
	var b strings.Builder
	if c.name == "" {
		b.WriteString(about + "\nUsage:\n")
		b.WriteString(overview())
	} else {
		fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", strings.TrimSpace(c.long), c.usage())
	}
	fmt.Fprintf(&b, "\nFlags:\n%s", flagHelp(fs))
	if len(c.examples) > 0 {
		fmt.Fprintf(&b, "\nExamples:\n  %s\n", strings.Join(c.examples, "\n  "))
	}
	if c.name == "" {
		b.WriteString("\n" + exitHelp)
	}
	return b.String()
}

// overview lists how the commands are called.
func overview() string {
	var lines [][2]string
	for _, c := range commands() {
		if !c.hidden && !strings.Contains(c.name, " ") {
			lines = append(lines, [2]string{c.usage(), c.short})
		}
	}
	return twoColumns(lines)
}

// flagHelp lists the flags in the order in which they were declared. Usages
// begin with the name of the value in back quotes, if the flag has one.
func flagHelp(fs *pflag.FlagSet) string {
	var lines [][2]string
	fs.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		short := "    "
		if f.Shorthand != "" {
			short = "-" + f.Shorthand + ", "
		}
		usage = strings.TrimPrefix(usage, value+" ")
		lines = append(lines, [2]string{strings.TrimRight(short+"--"+f.Name+" "+value, " "), usage})
	})
	return twoColumns(lines)
}

// twoColumns aligns the second of each pair.
func twoColumns(lines [][2]string) string {
	width := 0
	for _, line := range lines {
		width = max(width, utf8.RuneCountInString(line[0]))
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %-*s   %s", width, line[0], line[1]), " ") + "\n")
	}
	return b.String()
}

// and is "a, b and c".
func and(words []string) string {
	return enumerate(words, "and")
}

// or is "a, b or c".
func or(words []string) string {
	return enumerate(words, "or")
}

func enumerate(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
