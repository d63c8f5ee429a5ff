package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/inert"
	"github.com/pubmortem/pubmortem/patterns"
)

// entry is anything in a catalog that has an id.
type entry struct {
	kind, id, title string
}

// kinds are the kinds of entries, in the order in which lists have them.
var kinds = []string{"symptom", "fact", "cause", "row"}

// entries lists a catalog. Rows have no title of their own: their cause's serves.
func entries(cat *patterns.Catalog) []entry {
	var all []entry
	for i := range cat.Symptoms {
		all = append(all, entry{"symptom", cat.Symptoms[i].ID, cat.Symptoms[i].Title})
	}
	for i := range cat.Facts {
		all = append(all, entry{"fact", cat.Facts[i].ID, cat.Facts[i].Title})
	}
	for i := range cat.Causes {
		all = append(all, entry{"cause", cat.Causes[i].ID, cat.Causes[i].Title})
	}
	for i := range cat.Rows {
		all = append(all, entry{"row", cat.Rows[i].ID, causeTitle(cat, cat.Rows[i].Cause)})
	}
	return all
}

func causeTitle(cat *patterns.Catalog, id string) string {
	if cause, ok := cat.Cause(id); ok {
		return cause.Title
	}
	return id
}

func runCatalogList(_ context.Context, e *env, args []string) (int, error) {
	if e.kind != "" && !slices.Contains(kinds, e.kind) {
		return exitUsage, wrongCall(suggest(fmt.Sprintf("there is no kind %q", e.kind), e.kind, kinds), "the kinds are "+and(kinds))
	}
	cat, err := listed(args)
	if err != nil {
		return exitUsage, err
	}
	var lines [][2]string
	for _, item := range entries(cat) {
		if e.kind == "" || e.kind == item.kind {
			lines = append(lines, [2]string{fmt.Sprintf("%-7s  %s", item.kind, item.id), inert.Text(item.title)})
		}
	}
	return exitOK, e.print(twoColumns(lines))
}

// listed is the built-in catalog, or those at the paths by themselves.
func listed(paths []string) (*patterns.Catalog, error) {
	if len(paths) == 0 {
		return patterns.Builtin(), nil
	}
	own, problems := load(paths)
	all := &patterns.Catalog{}
	for _, cat := range own {
		all.Symptoms = append(all.Symptoms, cat.Symptoms...)
		all.Facts = append(all.Facts, cat.Facts...)
		all.Causes = append(all.Causes, cat.Causes...)
		all.Rows = append(all.Rows, cat.Rows...)
	}
	return all, patterns.AsError(problems)
}
