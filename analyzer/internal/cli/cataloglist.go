package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

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
		all = append(all, entry{"row", cat.Rows[i].ID, explain.CauseTitle(cat, cat.Rows[i].Cause)})
	}
	return all
}

func runCatalogList(_ context.Context, e *env, args []string) (int, error) {
	if e.kind != "" && !slices.Contains(kinds, e.kind) {
		return exitUsage, wrongCall(words.DidYouMean(fmt.Sprintf("there is no kind %q", e.kind), e.kind, kinds), "the kinds are "+words.And(kinds))
	}
	cat, err := e.listed(args)
	if err != nil {
		return exitUsage, err
	}
	wanted, err := e.wanted(cat)
	if err != nil {
		return exitUsage, err
	}
	var lines [][2]string
	for _, item := range entries(cat) {
		if wanted(item.kind, item.id) {
			lines = append(lines, [2]string{fmt.Sprintf("%-7s  %s", item.kind, item.id), inert.Text(item.title)})
		}
	}
	return exitOK, e.print(twoColumns(lines))
}

// listed is the catalog that takes part in a diagnosis, or those at the paths
// by themselves.
func (e *env) listed(paths []string) (*patterns.Catalog, error) {
	if len(paths) == 0 {
		return e.wholeCatalog()
	}
	own, problems := load(paths)
	all := &patterns.Catalog{}
	for _, cat := range own {
		all.Symptoms = append(all.Symptoms, cat.Symptoms...)
		all.Facts = append(all.Facts, cat.Facts...)
		all.Causes = append(all.Causes, cat.Causes...)
		all.Rows = append(all.Rows, cat.Rows...)
	}
	return all, catalog.AsError(problems)
}

// wanted picks entries by --kind, --cause and --tool, which must all hold.
func (e *env) wanted(cat *patterns.Catalog) (func(kind, id string) bool, error) {
	byCause, err := e.byCause(cat)
	if err != nil {
		return nil, err
	}
	byTool, err := e.byTool(cat)
	if err != nil {
		return nil, err
	}
	return func(kind, id string) bool {
		return (e.kind == "" || e.kind == kind) && byCause.has(kind, id) && byTool.has(kind, id)
	}, nil
}

// selection is a set of entries by kind and id; nil has them all.
type selection map[[2]string]bool

func (s selection) has(kind, id string) bool {
	return s == nil || s[[2]string{kind, id}]
}

func (s selection) add(kind string, ids ...string) {
	for _, id := range ids {
		s[[2]string{kind, id}] = true
	}
}

func (s selection) row(r *patterns.Row) {
	s.add("row", r.ID)
	s.add("cause", r.Cause)
	s.add("symptom", slices.Concat(r.Symptoms, r.Seen, r.Unless)...)
	for _, cond := range r.When {
		s.add("fact", cond.Fact)
	}
}

// byCause selects a cause, the rows that lead to it and what they ask for.
func (e *env) byCause(cat *patterns.Catalog) (selection, error) {
	if e.cause == "" {
		return nil, nil
	}
	found := selection{}
	for i := range cat.Rows {
		if cat.Rows[i].Cause == e.cause {
			found.row(&cat.Rows[i])
		}
	}
	if _, ok := cat.Cause(e.cause); !ok && len(found) == 0 {
		var ids []string
		for i := range cat.Causes {
			ids = append(ids, cat.Causes[i].ID)
		}
		return nil, wrongCall(words.DidYouMean(fmt.Sprintf("there is no cause %q", e.cause), e.cause, ids), `"pubmortem catalog list --kind cause" lists the causes`)
	}
	found.add("cause", e.cause)
	return found, nil
}

// byTool selects the symptoms that a tool prints, the rows that they open and
// those rows' causes.
func (e *env) byTool(cat *patterns.Catalog) (selection, error) {
	if e.tool == "" {
		return nil, nil
	}
	name, number, _ := strings.Cut(e.tool, "@")
	if number != "" {
		if _, err := version.Parse(number); err != nil {
			return nil, wrongCall(fmt.Sprintf("--tool %s: %v", e.tool, err), "write --tool npm@11.6.2")
		}
	}
	found := selection{}
	var printed []string
	for i := range cat.Symptoms {
		s := &cat.Symptoms[i]
		for _, text := range s.Tools {
			tool, bounds := toolRange(text)
			if strings.EqualFold(tool, name) && allows(bounds, number) {
				printed = append(printed, s.ID)
			}
		}
	}
	if tools := tools(cat); !slices.ContainsFunc(tools, func(tool string) bool { return strings.EqualFold(tool, name) }) {
		return nil, wrongCall(words.DidYouMean(fmt.Sprintf("no symptom names the tool %q", name), name, tools), "the tools are "+words.And(tools))
	}
	found.add("symptom", printed...)
	for i := range cat.Rows {
		r := &cat.Rows[i]
		if slices.ContainsFunc(r.Symptoms, func(id string) bool { return slices.Contains(printed, id) }) {
			found.add("row", r.ID)
			found.add("cause", r.Cause)
		}
	}
	return found, nil
}

// toolRange splits "npm >=9.5.0" into the tool and the range.
func toolRange(text string) (tool, bounds string) {
	at := strings.IndexAny(text, "<>=~^")
	if at < 0 {
		return strings.TrimSpace(text), ""
	}
	return strings.TrimSpace(text[:at]), text[at:]
}

// allows tells whether a version, when one is given, may be inside a range.
func allows(bounds, number string) bool {
	if bounds == "" || number == "" {
		return true
	}
	have, err := version.Parse(number)
	if err != nil {
		return false
	}
	allowed, err := version.Parse(bounds)
	return err != nil || have.Within(allowed) != version.False
}

func runCatalogLint(ctx context.Context, e *env, args []string) (int, error) {
	var problems []catalog.Problem
	paths := slices.Concat(e.catalogs, args)
	if len(args) == 0 {
		paths = e.ownPaths(ctx, "")
	}
	if len(paths) == 0 {
		problems = catalog.Of(patterns.Whole()).Lint()
	} else {
		_, problems = merge(paths)
	}
	e.listProblems(e.Out, problems)
	code := exitOK
	if catalog.Errors(problems) {
		code = exitUsage
	}
	if e.quiet {
		return code, nil
	}
	return code, e.print(tally(problems) + "\n")
}

func runCatalogTest(ctx context.Context, e *env, args []string) (int, error) {
	cat, err := e.listed(args)
	if err != nil {
		return exitUsage, err
	}
	all, problems := e.extended(ctx, args)
	t := trial{overlaps: overlapsOf(cat, all)}
	for i := range cat.Symptoms {
		t.entry(cat.Symptoms[i].ID, cat.Symptoms[i].Match, false)
	}
	for i := range cat.Facts {
		t.entry(cat.Facts[i].ID, cat.Facts[i].From, true)
	}
	code := exitOK
	if len(t.failures) > 0 {
		code = exitUsage
	}
	if err := e.print(t.text(e.quiet)); err != nil || e.against == "" {
		return code, err
	}
	if err := catalog.AsError(problems); err != nil {
		return exitUsage, err
	}
	return code, e.runAgainst(ctx, all.Catalog)
}

// extended is the built-in catalog with those at the paths; without paths, the
// one that takes part in a diagnosis.
func (e *env) extended(ctx context.Context, paths []string) (*catalog.Catalog, []catalog.Problem) {
	if len(paths) == 0 {
		paths = e.ownPaths(ctx, "")
	} else {
		paths = slices.Concat(e.catalogs, paths)
	}
	if len(paths) == 0 {
		return catalog.Of(patterns.Whole()), nil
	}
	return merge(paths)
}

// overlapsOf are the overlaps in the catalog all that an entry of cat has a
// part in.
func overlapsOf(cat *patterns.Catalog, all *catalog.Catalog) []catalog.Overlap {
	in := func(s *patterns.Symptom) bool {
		_, ok := cat.Symptom(s.ID)
		return ok
	}
	return slices.DeleteFunc(all.Overlaps(), func(o catalog.Overlap) bool { return !in(o.Symptom) && !in(o.Other) })
}

// trial counts what matchers did on their examples and near misses.
type trial struct {
	entries, examples, nearMisses int
	failures                      []string
	overlaps                      []catalog.Overlap
}

// text lists what is wrong, what is doubtful and, unless little is wanted, the
// sum.
func (t *trial) text(quiet bool) string {
	text := ""
	for _, f := range t.failures {
		text += inert.Text(f) + "\n"
	}
	if quiet {
		return text
	}
	for _, o := range t.overlaps {
		text += inert.Text(fmt.Sprintf("%s: warning: %s", o.Pos, o.Msg())) + "\n"
	}
	return text + t.String()
}

// entry tries the matchers of a symptom or, where they also have to yield a
// value, of a fact.
func (t *trial) entry(id string, matchers []patterns.Matcher, value bool) {
	if len(matchers) > 0 {
		t.entries++
	}
	for i := range matchers {
		m := &matchers[i]
		for _, text := range m.Examples {
			t.examples++
			captures, ok := patterns.MatchText(m, text)
			if !ok {
				t.fail(m, id, "does not match its example %q", text)
			} else if _, ok := m.FactValue(captures); value && !ok {
				t.fail(m, id, "reads no value from its example %q", text)
			}
		}
		for _, text := range m.NearMisses {
			t.nearMisses++
			if _, ok := patterns.MatchText(m, text); ok {
				t.fail(m, id, "matches its near miss %q", text)
			}
		}
	}
}

func (t *trial) fail(m *patterns.Matcher, id, format string, args ...any) {
	t.failures = append(t.failures, fmt.Sprintf("%s: %s %s", m.Pos, id, fmt.Sprintf(format, args...)))
}

// String sums up: "12 entries, 40 examples, 31 near misses: all right".
func (t *trial) String() string {
	result := "all right"
	if n := len(t.failures); n > 0 {
		result = fmt.Sprintf("%d wrong", n)
	}
	if n := len(t.overlaps); n > 0 {
		result += ", " + words.Count(n, "overlap")
	}
	return fmt.Sprintf("%s, %s, %s: %s\n", words.Count(t.entries, "entry"),
		words.Count(t.examples, "example"), words.Count(t.nearMisses, "near miss"), result)
}

func runCatalogSchema(_ context.Context, e *env, _ []string) (int, error) {
	if e.reports {
		return exitOK, e.print(string(render.Schema()))
	}
	return exitOK, e.print(string(patterns.Schema()))
}
