package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/patterns"
)

func explainCommand() command {
	return command{
		name:  "explain",
		args:  "[ID|TEXT]",
		short: "what a symptom, fact, cause or row means; none: the decision table",
		long: `Explain a symptom, fact, cause or row of the catalog by its id, or what a line of
a log means. Other words find the entries that speak of them. Without an argument,
print the whole decision table.`,
		examples: []string{
			"pubmortem explain npm-too-old",
			`pubmortem explain "npm error code ENEEDAUTH"`,
			`pubmortem explain "OIDC permission denied"`,
			"pubmortem explain | less",
		},
		flags: catalogFlag,
		run:   runExplain,
	}
}

func runExplain(_ context.Context, e *env, args []string) (int, error) {
	cat, err := e.catalog()
	if err != nil {
		return exitUsage, err
	}
	p := e.newPage()
	x := &explainer{page: p, cat: cat, verbose: e.verbose}
	if len(args) == 0 {
		x.table()
		return exitOK, e.print(p.String())
	}
	if err := x.answer(strings.Join(args, " ")); err != nil {
		return exitUsage, err
	}
	return exitOK, e.print(p.String())
}

// explainer writes entries of a catalog for people.
type explainer struct {
	*page
	cat     *patterns.Catalog
	verbose bool
}

// answer explains what a person asked for: an id, else the symptoms that a
// line shows, else the entries that have the words.
func (x *explainer) answer(text string) error {
	all := entries(x.cat)
	found := slices.DeleteFunc(slices.Clone(all), func(item entry) bool { return item.id != text })
	if len(found) > 0 {
		x.entries(found)
		return nil
	}
	if found = x.shownBy(text); len(found) == 0 {
		found = withWords(all, text)
	}
	if len(found) == 0 {
		found = x.searched(text)
	}
	switch len(found) {
	case 0:
		var ids []string
		for _, item := range all {
			ids = append(ids, item.id)
		}
		return wrongCall(suggest(fmt.Sprintf("the catalog has nothing on %q", text), text, ids), `"pubmortem catalog list" lists all entries, "pubmortem catalog new" writes another`)
	case 1:
		x.entries(found)
	default:
		x.choice(found)
	}
	return nil
}

// shownBy are the symptoms that a line of a log shows, without those that
// another one says more precisely, and without mere context if there is more.
func (x *explainer) shownBy(line string) []entry {
	var found []*patterns.Symptom
	for i := range x.cat.Symptoms {
		if s := &x.cat.Symptoms[i]; shows(s, line) {
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
func (x *explainer) searched(text string) []entry {
	var found []entry
	if strings.Contains(text, " ") {
		for _, hit := range x.cat.Search(text) {
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
func (x *explainer) choice(found []entry) {
	x.heading("Several entries speak of this. pubmortem explain ID says more about one:")
	for _, item := range found {
		x.hanging(2, fmt.Sprintf("%-7s  ", item.kind), item.id+": "+item.title)
	}
}

// entries explains each of the entries.
func (x *explainer) entries(found []entry) {
	for _, item := range found {
		switch item.kind {
		case "symptom":
			s, _ := x.cat.Symptom(item.id)
			x.symptom(s)
		case "fact":
			f, _ := x.cat.Fact(item.id)
			x.fact(f)
		case "cause":
			c, _ := x.cat.Cause(item.id)
			x.cause(c)
		case "row":
			r, _ := x.cat.Row(item.id)
			x.row(r)
		}
	}
}

// title begins an entry: its kind and id, then what it is in words.
func (x *explainer) title(kind, id, title string) {
	x.heading(kind + " " + id)
	x.hanging(2, "", shown(title))
}
