package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/patterns"
)

// completeCommand is what the shells' scripts call. Its words are those of the
// command line without the program, the last one being typed; it prints a
// candidate a line, with a tab and a description, and at the end what else the
// shell may offer: ":files", ":none", or ":nospace" when more of the word follows.
func completeCommand() command {
	return command{
		name:   "__complete",
		args:   "-- WORD…",
		short:  "candidates for a word, for shells",
		hidden: true,
		run: func(_ context.Context, e *env, args []string) (int, error) {
			return exitOK, e.print(e.complete(args).String())
		},
	}
}

// candidates are what a word may become.
type candidates struct {
	words []string // with a tab and a description, where there is one
	more  string   // files, none or nospace
}

func (c candidates) String() string {
	return strings.Join(append(slices.Clone(c.words), ":"+c.more), "\n") + "\n"
}

// complete finds the candidates for the last of the words.
func (e *env) complete(words []string) candidates {
	if len(words) == 0 {
		words = []string{""}
	}
	before, word := words[:len(words)-1], words[len(words)-1]
	if len(before) > 0 {
		last := before[len(before)-1]
		cmd, _ := find(before[:len(before)-1])
		if f := valueFlag(cmd, last); f != nil {
			return e.completeValue(f, word, "")
		}
	}
	cmd, operands := find(before)
	if name, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(name, "--") {
		if f := valueFlag(cmd, name); f != nil {
			return e.completeValue(f, value, name+"=")
		}
	}
	if strings.HasPrefix(word, "-") && word != "-" {
		return completeFlags(cmd, word)
	}
	return e.completeOperand(cmd, operands, word)
}

// valueFlag is the flag of a command that a word names, if it takes a value
// and the word does not bring it.
func valueFlag(cmd command, word string) *pflag.Flag {
	fs := flagSet(cmd, &options{})
	var f *pflag.Flag
	if name, ok := strings.CutPrefix(word, "--"); ok {
		f = fs.Lookup(name)
	} else if len(word) > 1 && word[0] == '-' {
		f = fs.ShorthandLookup(word[len(word)-1:])
	}
	if f == nil || f.NoOptDefVal != "" {
		return nil
	}
	return f
}

// completeFlags offers the flags of a command.
func completeFlags(cmd command, word string) candidates {
	c := candidates{more: "none"}
	flagSet(cmd, &options{}).VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		c.offer(word, "--"+f.Name, strings.TrimPrefix(usage, value+" "))
	})
	return c
}

// offer adds a candidate if it goes on from the word.
func (c *candidates) offer(word, candidate, description string) {
	if !strings.HasPrefix(candidate, word) {
		return
	}
	if description != "" {
		candidate += "\t" + firstLine(description)
	}
	c.words = append(c.words, candidate)
}

// firstLine is a description that fits a menu.
func firstLine(s string) string {
	s, _, _ = strings.Cut(shown(s), "\n")
	return strings.ReplaceAll(s, "\t", " ")
}

// completeValue offers values of a flag; before is what stands in the same
// word already.
func (e *env) completeValue(f *pflag.Flag, word, before string) candidates {
	c := candidates{more: "none"}
	offer := func(value, description string) {
		c.offer(before+word, before+value, description)
	}
	switch f.Name {
	case "format":
		for _, name := range render.Names() {
			offer(name, "")
		}
	case "color":
		for _, when := range []string{"auto", "always", "never"} {
			offer(when, "")
		}
	case "kind":
		for _, kind := range kinds {
			offer(kind, "")
		}
	case "cause":
		for _, item := range e.completable("cause") {
			offer(item.id, item.title)
		}
	case "tool":
		for _, tool := range tools(e.completionCatalog()) {
			offer(tool, "")
		}
	case "fact":
		c.more = e.completeFact(word, offer)
	default:
		if value, _ := pflag.UnquoteUsage(f); slices.Contains([]string{"FILE", "PATH", "DIR", "LOGS", "FILE:LINE"}, value) {
			c.more = "files"
		}
	}
	return c
}

// completeFact offers ids of facts, and values after an id.
func (e *env) completeFact(word string, offer func(value, description string)) (more string) {
	cat := e.completionCatalog()
	id, _, ok := strings.Cut(word, "=")
	if f, known := cat.Fact(id); ok && known {
		for _, value := range allowedValues(f) {
			offer(id+"="+value, "")
		}
		return "none"
	}
	for i := range cat.Facts {
		offer(cat.Facts[i].ID+"=", cat.Facts[i].Title)
	}
	return "nospace"
}

// completeOperand offers commands, ids and words that commands know; files
// otherwise.
func (e *env) completeOperand(cmd command, operands []string, word string) candidates {
	c := candidates{more: "none"}
	first := !slices.ContainsFunc(operands, func(s string) bool { return !strings.HasPrefix(s, "-") })
	switch cmd.name {
	case "":
		c.more = "files"
		if first {
			c.commands("", word)
			c.offer(word, "last", "the newest failed run")
		}
	case "catalog":
		c.commands("catalog ", word)
	case "catalog new":
		if first {
			c.offer(word, "symptom", "for a line that nothing recognises")
			c.offer(word, "row", "another cause for a line that shows a symptom")
		}
	case "explain":
		for _, item := range e.completable("") {
			c.offer(word, item.id, item.kind+": "+item.title)
		}
	case "help":
		c.commands("", word)
	case "completion":
		for _, shell := range shells {
			c.offer(word, shell, "")
		}
	case "man", "version", "catalog schema":
	default:
		c.more = "files"
	}
	return c
}

// commands offers the commands whose names begin with a group's.
func (c *candidates) commands(group, word string) {
	for _, cmd := range commands() {
		name, ok := strings.CutPrefix(cmd.name, group)
		if ok && name != "" && !cmd.hidden && !strings.Contains(name, " ") {
			c.offer(word, name, cmd.short)
		}
	}
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

// completable are the entries of a kind, or all; an id that names several is
// offered once.
func (e *env) completable(kind string) []entry {
	var all []entry
	seen := map[string]bool{}
	for _, item := range entries(e.completionCatalog()) {
		if (kind == "" || item.kind == kind) && !seen[item.id] {
			seen[item.id] = true
			all = append(all, item)
		}
	}
	return all
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

// shells are those that there is a completion script for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func completionCommand() command {
	return command{
		name:  "completion",
		args:  strings.Join(shells, "|"),
		short: "a script that completes commands, flags and ids in a shell",
		long: `Print a script for a shell, which completes commands, flags, formats and the ids of
the catalog, your own ones too:

  bash         source <(pubmortem completion bash)
  zsh          pubmortem completion zsh > "${fpath[1]}/_pubmortem"
  fish         pubmortem completion fish > ~/.config/fish/completions/pubmortem.fish
  powershell   pubmortem completion powershell | Out-String | Invoke-Expression`,
		examples: []string{"source <(pubmortem completion bash)"},
		run:      runCompletion,
	}
}

func runCompletion(_ context.Context, e *env, args []string) (int, error) {
	if len(args) == 1 {
		if script, ok := completionScripts[args[0]]; ok {
			return exitOK, e.print(script)
		}
		return exitUsage, wrongCall(suggest(fmt.Sprintf("there is no script for %q", args[0]), args[0], shells), "the shells are "+and(shells))
	}
	return exitUsage, wrongCall("completion needs the name of a shell", "the shells are "+and(shells))
}
