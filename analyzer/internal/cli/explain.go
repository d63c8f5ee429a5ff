package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

func (e *env) explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "explain [ID|TEXT]",
		Short: "what a symptom, fact, cause or row means; none: all causes",
		Long: `Explain a symptom, fact, cause or row of the catalog by its id, or what a line of
a log means. Other words find the entries that speak of them. Without an argument,
list the causes, the most common ones first.`,
		Example: examples(
			"pubmortem explain npm-too-old",
			`pubmortem explain "npm error code ENEEDAUTH"`,
			`pubmortem explain "OIDC permission denied"`,
			"pubmortem explain --table | less",
		),
		RunE:              e.runs(runExplain),
		ValidArgsFunction: e.completeExplain,
	}
	fs := c.Flags()
	fs.BoolVar(&e.table, "table", false, "print the decision table")
	e.catalogFlags(fs)
	return c
}

func runExplain(_ context.Context, e *env, args []string) (int, error) {
	cat, err := e.catalog()
	if err != nil {
		return exitUsage, err
	}
	x := explain.Explainer{Catalog: cat, Verbose: e.verbose}
	var d document.Document
	switch {
	case e.table:
		d = x.Table()
	case len(args) == 0:
		d = x.Causes()
	default:
		if d, err = answer(x, strings.Join(args, " ")); err != nil {
			return exitUsage, err
		}
	}
	return exitOK, e.print(d.Terminal(document.TerminalOptions{Width: e.columns(), Color: e.useColor()}))
}

// answer explains what a person asked for: an id, else the symptoms that a
// line shows, else the entries that have the words.
func answer(x explain.Explainer, text string) (document.Document, error) {
	all := entries(x.Catalog)
	found := slices.DeleteFunc(slices.Clone(all), func(item entry) bool { return item.id != text })
	if len(found) > 0 {
		return explained(x, found), nil
	}
	if found = shownBy(x.Catalog, text); len(found) == 0 {
		found = withWords(all, text)
	}
	if len(found) == 0 {
		found = searched(x.Catalog, text)
	}
	switch len(found) {
	case 0:
		var ids []string
		for _, item := range all {
			ids = append(ids, item.id)
		}
		return nil, wrongCall(words.DidYouMean(fmt.Sprintf("the catalog has nothing on %q", text), text, ids), `"pubmortem catalog list" lists all entries, "pubmortem catalog new" writes another`)
	case 1:
		return explained(x, found), nil
	}
	return choice(found), nil
}

// shownBy are the symptoms that a line of a log shows, without those that
// another one says more precisely, and without mere context if there is more.
func shownBy(cat *patterns.Catalog, line string) []entry {
	var found []*patterns.Symptom
	for i := range cat.Symptoms {
		if s := &cat.Symptoms[i]; shows(s, line) {
			found = append(found, s)
		}
	}
	refined := slices.DeleteFunc(slices.Clone(found), func(s *patterns.Symptom) bool {
		return s.Kind == patterns.KindContext || slices.ContainsFunc(found, func(other *patterns.Symptom) bool {
			return slices.Contains(other.Refines, s.ID)
		})
	})
	if len(refined) > 0 {
		found = refined
	}
	var list []entry
	for _, s := range found {
		list = append(list, entry{"symptom", s.ID, s.Title})
	}
	return list
}

// mostFound is how many entries are worth reading through.
const mostFound = 10

// searched are the entries that speak of a text, the best ones first. Words
// that are an id but for a letter are left to the suggestion.
func searched(cat *patterns.Catalog, text string) []entry {
	var found []entry
	if strings.Contains(text, " ") {
		for _, hit := range catalog.Search(cat, text) {
			found = append(found, entry{hit.Kind, hit.ID, hit.Title})
		}
	}
	return found[:min(len(found), mostFound)]
}

func shows(s *patterns.Symptom, line string) bool {
	for i := range s.Match {
		if _, ok := patterns.MatchText(&s.Match[i], line); ok {
			return true
		}
	}
	return false
}

// withWords are the entries that have all the words in their id or title.
// Rows are left out: their titles are those of their causes.
func withWords(all []entry, text string) []entry {
	words := strings.Fields(strings.ToLower(text))
	var found []entry
	for _, item := range all {
		in := strings.ToLower(item.id + " " + item.title)
		missing := func(word string) bool { return !strings.Contains(in, word) }
		if item.kind != "row" && len(words) > 0 && !slices.ContainsFunc(words, missing) {
			found = append(found, item)
		}
	}
	return found
}

// choice lists entries to pick one of.
func choice(found []entry) document.Document {
	var d document.Document
	var refs document.Refs
	for _, item := range found {
		refs.Items = append(refs.Items, document.Ref{Lead: item.kind, ID: item.id, Text: item.title})
	}
	d.AddText(0, "Several entries speak of this. `pubmortem explain ID` says more about one:")
	d.Add(0, refs)
	return d
}

// explained explains each of the entries.
func explained(x explain.Explainer, found []entry) document.Document {
	var d document.Document
	for _, item := range found {
		d = append(d, x.Entry(item.kind, item.id)...)
	}
	return d
}
