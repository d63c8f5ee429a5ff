package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

func manCommand() command {
	return command{
		name:     "man",
		short:    "print the manual page",
		long:     "Print the manual page, in the language of man(1).",
		examples: []string{"pubmortem man | man -l -"},
		run: func(_ context.Context, e *env, args []string) (int, error) {
			if len(args) > 0 {
				return exitUsage, wrongCall("man takes no arguments", "pubmortem man | man -l -")
			}
			return exitOK, e.print(manPage())
		},
	}
}

// manPage is the manual page in the macros of man(7). It names no date and no
// version, so that the same program always prints the same page.
func manPage() string {
	all := commands()
	var m manual
	m.macro("TH", "PUBMORTEM", "1", "", program, "User Commands")
	m.macro("SH", "NAME")
	m.text(program + ` \- explain why an npm publish failed in GitHub Actions`)
	m.macro("SH", "SYNOPSIS")
	for i, c := range all {
		if !c.hidden {
			if i > 0 {
				m.macro("br")
			}
			m.bold(c.usage())
		}
	}
	m.macro("SH", "DESCRIPTION")
	m.prose(about)
	m.macro("SH", "OPTIONS")
	m.flags(all[0])
	m.macro("SH", "COMMANDS")
	for _, c := range all[1:] {
		if !c.hidden {
			m.command(c)
		}
	}
	m.macro("SH", "EXAMPLES")
	for _, example := range all[0].examples {
		m.example(example)
	}
	m.macro("SH", "EXIT STATUS")
	for line := range strings.Lines(strings.TrimSpace(strings.TrimPrefix(exitHelp, "Exit codes:\n"))) {
		code, meaning, _ := strings.Cut(strings.TrimSpace(line), " ")
		m.item(code, strings.TrimSpace(meaning))
	}
	m.macro("SH", "FILES")
	m.item(".pubmortem/", "Catalogs of the repository that the working directory is in.")
	m.item("$XDG_CONFIG_HOME/pubmortem/", "Catalogs of the user.")
	m.macro("SH", "SEE ALSO")
	m.text("npm(1), gh(1)")
	return m.b.String()
}

// manual writes roff.
type manual struct{ b strings.Builder }

// macro writes a request with its arguments.
func (m *manual) macro(name string, args ...string) {
	m.b.WriteString("." + name)
	for _, arg := range args {
		fmt.Fprintf(&m.b, " \"%s\"", roff(arg))
	}
	m.b.WriteByte('\n')
}

// text writes a line that is roff already.
func (m *manual) text(line string) {
	m.b.WriteString(line + "\n")
}

// bold writes a line in bold.
func (m *manual) bold(line string) {
	m.text(`\fB` + roff(line) + `\fR`)
}

// prose writes paragraphs; lines that are indented stay as they are.
func (m *manual) prose(text string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			m.macro("PP")
		}
		if strings.HasPrefix(paragraph, "  ") {
			m.example(paragraph)
			continue
		}
		for line := range strings.SplitSeq(paragraph, "\n") {
			m.text(roff(line))
		}
	}
}

// example writes lines that must not be filled.
func (m *manual) example(text string) {
	m.macro("PP")
	m.macro("nf")
	for line := range strings.SplitSeq(text, "\n") {
		m.text(roff(line))
	}
	m.macro("fi")
}

// item writes a term and what it means.
func (m *manual) item(term, text string) {
	m.macro("TP")
	m.bold(term)
	m.text(roff(text))
}

// command writes a subsection on a command.
func (m *manual) command(c command) {
	m.macro("SS", strings.TrimPrefix(c.usage(), program+" "))
	text := c.long
	if text == "" {
		text = strings.ToUpper(c.short[:1]) + c.short[1:] + "."
	}
	m.prose(text)
	if c.flags != nil {
		m.flags(command{name: c.name, flags: c.flags})
	}
	for _, example := range c.examples {
		m.example(example)
	}
}

// flags writes the flags of a command: of the nameless one all, of others
// those that are not common to all.
func (m *manual) flags(c command) {
	common := flagSet(command{}, &options{})
	flagSet(c, &options{}).VisitAll(func(f *pflag.Flag) {
		if c.name != "" && common.Lookup(f.Name) != nil {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		term := "--" + f.Name
		if f.Shorthand != "" {
			term = "-" + f.Shorthand + ", " + term
		}
		m.item(strings.TrimRight(term+" "+value, " "), strings.TrimPrefix(usage, value+" "))
	})
}

// roff makes a line of text inert: what would be a request or an escape is
// written out, and hyphens stay hyphens when they are copied.
func roff(line string) string {
	line = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "…", `\&...`, "›", `\(fc`).Replace(line)
	if strings.HasPrefix(line, ".") {
		line = `\&` + line
	}
	return line
}
