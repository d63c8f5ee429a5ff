package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/patterns"
)

// isCompletion tells whether a shell asks for candidates.
func isCompletion(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
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
		"fact": e.completeFact,
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
		for _, value := range allowedValues(f) {
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

// completeExplain offers the ids of all entries.
func (e *env) completeExplain(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return starting(word, e.completeEntries(kinds...)), cobra.ShellCompDirectiveNoFileComp
}

// completeHelp offers the commands below those that are named.
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

// starting are the candidates that go on from a word.
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
