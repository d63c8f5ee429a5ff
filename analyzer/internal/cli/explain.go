package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

func (e *env) explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "explain [ID|TEXT]",
		Short: "what a symptom, fact, cause or row means; none: the decision table",
		Long: `Explain a symptom, fact, cause or row of the catalog by its id, or what a line of
a log means. Other words find the entries that speak of them. Without an argument,
print the whole decision table.`,
		Example: examples(
			"pubmortem explain npm-too-old",
			`pubmortem explain "npm error code ENEEDAUTH"`,
			`pubmortem explain "OIDC permission denied"`,
			"pubmortem explain | less",
		),
		RunE:              e.runs(runExplain),
		ValidArgsFunction: e.completeExplain,
	}
	fs := c.Flags()
	fs.SortFlags = false
	e.catalogFlags(fs)
	return c
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
		return wrongCall(words.DidYouMean(fmt.Sprintf("the catalog has nothing on %q", text), text, ids), `"pubmortem catalog list" lists all entries, "pubmortem catalog new" writes another`)
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
		for _, hit := range catalog.Search(x.cat, text) {
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

// symptom explains what a symptom looks like, what it says and what it may
// come from.
func (x *explainer) symptom(s *patterns.Symptom) {
	x.title("symptom", s.ID, s.Title)
	x.list("Printed by", s.Tools)
	x.list("Looks like", x.examples(s.Match))
	x.section("Meaning", s.Meaning)
	rows := x.rowsOf(func(r *patterns.Row) bool { return slices.Contains(r.Symptoms, s.ID) })
	if len(rows) > 0 {
		x.heading("Points to")
		x.rows(rows)
	}
	x.apart(rows)
	causes := x.causesOf(rows)
	for _, c := range causes {
		x.heading("If it is " + c.ID + ": " + c.Title)
		x.advice(c.FirstCheck, &c.Fix, len(causes) == 1 || x.verbose)
	}
	x.list("Seen in", sources(s.Match))
}

// mostFacts is how many facts are enough to tell causes apart.
const mostFacts = 5

// apart names the facts that tell the causes of rows apart, those that most
// rows ask for first, and how to find them out.
func (x *explainer) apart(rows []*patterns.Row) {
	if len(x.causesOf(rows)) < 2 {
		return
	}
	asked := map[string]int{}
	var facts []*patterns.FactDef
	for _, r := range rows {
		for _, cond := range r.When {
			if f, ok := x.cat.Fact(cond.Fact); ok && asked[f.ID] == 0 {
				facts = append(facts, f)
			}
			asked[cond.Fact]++
		}
	}
	if len(facts) == 0 {
		return
	}
	slices.SortStableFunc(facts, func(a, b *patterns.FactDef) int { return asked[b.ID] - asked[a.ID] })
	x.heading("What tells them apart")
	for _, f := range facts[:min(len(facts), mostFacts)] {
		text := strings.TrimSpace(f.Ask + " " + f.How)
		if text == "" {
			text = f.Title
		}
		x.hanging(2, "- ", f.ID+": "+shown(text))
	}
}

// fact explains how to find a fact out, how a log tells it and what depends on it.
func (x *explainer) fact(f *patterns.FactDef) {
	x.title("fact", f.ID, f.Title)
	x.section("Values", factValues(f))
	x.section("How to find out", strings.TrimSpace(f.Ask+" "+f.How))
	x.heading("How to tell")
	x.line(2, fmt.Sprintf("--fact %s=%s", f.ID, exampleValue(f)))
	x.list("A log tells it by", x.examples(f.From))
	rows := x.rowsOf(func(r *patterns.Row) bool {
		return slices.ContainsFunc(r.When, func(c patterns.Cond) bool { return c.Fact == f.ID })
	})
	var lines []string
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("%s: %s, %s", r.ID, strings.Join(conditions(r), " and "), x.verdict(r)))
	}
	x.list("Rows that ask for it", lines)
	x.list("Seen in", sources(f.From))
}

// cause explains what went wrong, how to check it and how to fix it.
func (x *explainer) cause(c *patterns.Cause) {
	x.title("cause", c.ID, c.Title)
	x.section("In short", c.Summary)
	rows := x.rowsOf(func(r *patterns.Row) bool { return r.Cause == c.ID })
	x.list("Looks like", x.signs(rows))
	x.section("Why it happens", c.Explain)
	x.heading("What to do")
	x.advice(c.FirstCheck, &c.Fix, true)
	var lines []string
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", r.ID, strings.Join(slices.Concat([]string{words.Or(r.Symptoms)}, conditions(r)), ", "), r.Confidence))
	}
	x.list("Rows that lead here", lines)
	x.list("References", slices.Concat(c.References, guide(c.Guide)))
}

// signs are lines that lead to rows, one of each symptom.
func (x *explainer) signs(rows []*patterns.Row) []string {
	var all, seen []string
	for _, r := range rows {
		for _, id := range r.Symptoms {
			s, ok := x.cat.Symptom(id)
			if !ok || slices.Contains(seen, id) || len(s.Match) == 0 || len(s.Match[0].Examples) == 0 {
				continue
			}
			seen = append(seen, id)
			all = append(all, s.Match[0].Examples[0])
		}
	}
	if more := len(all) - mostExamples; more > 1 && !x.verbose {
		all = append(all[:mostExamples], fmt.Sprintf("and %d more (-v)", more))
	}
	return all
}

// row explains one line of the decision table.
func (x *explainer) row(r *patterns.Row) {
	x.title("row", r.ID, x.verdict(r))
	var symptoms []string
	for _, id := range r.Symptoms {
		title := ""
		if s, ok := x.cat.Symptom(id); ok {
			title = ": " + s.Title
		}
		symptoms = append(symptoms, id+title)
	}
	x.list("Symptoms, one of", symptoms)
	x.list("When", conditions(r))
	x.section("Why", r.Why)
	if c, ok := x.cat.Cause(r.Cause); ok {
		check, fix := x.adviceOf(r)
		x.section("In short", c.Summary)
		x.heading("What to do")
		x.advice(check, fix, true)
		x.list("References", c.References)
	}
	x.list("Taken from", slices.DeleteFunc(slices.Concat([]string{r.Source}, guide(r.Guide)), func(s string) bool { return s == "" }))
}

// adviceOf is what a row says to check and to change: its own words, else its
// cause's.
func (x *explainer) adviceOf(r *patterns.Row) (check string, fix *patterns.Fix) {
	fix = &patterns.Fix{}
	if c, ok := x.cat.Cause(r.Cause); ok {
		check, fix = c.FirstCheck, &c.Fix
	}
	if r.FirstCheck != "" {
		check = r.FirstCheck
	}
	if r.Fix != nil {
		fix = r.Fix
	}
	return check, fix
}

// advice writes what to look at first and what to change.
func (x *explainer) advice(check string, fix *patterns.Fix, snippet bool) {
	if check != "" {
		x.hanging(2, "check: ", shown(check))
	}
	if fix.Text != "" {
		x.hanging(2, "fix:   ", shown(fix.Text))
	}
	if snippet && fix.Snippet != "" {
		x.b.WriteByte('\n')
		x.verbatim(4, fix.Snippet)
	}
}

// rows lists rows under their symptom: where they lead to, one cause after the
// other, and when. Much wanted, also their ids and what to check.
func (x *explainer) rows(rows []*patterns.Row) {
	var causes []string
	for _, r := range rows {
		if !slices.Contains(causes, r.Cause) {
			causes = append(causes, r.Cause)
		}
	}
	for _, id := range causes {
		x.hanging(2, "", id+": "+causeTitle(x.cat, id))
		for _, r := range rows {
			if r.Cause == id {
				x.when(r)
			}
		}
	}
}

// when says how firmly a row leads to its cause, and when.
func (x *explainer) when(r *patterns.Row) {
	text := strings.Join(conditions(r), ", ")
	switch {
	case text == "":
		text = "by itself"
	default:
		text = "when " + text
	}
	x.hanging(4, fmt.Sprintf("%-8s  ", r.Confidence), text)
	if x.verbose {
		check, _ := x.adviceOf(r)
		x.hanging(14, "row   ", r.ID)
		x.hanging(14, "check ", shown(check))
	}
}

// rowsOf are the rows that want picks, those that say most first.
func (x *explainer) rowsOf(want func(*patterns.Row) bool) []*patterns.Row {
	var rows []*patterns.Row
	for i := range x.cat.Rows {
		if want(&x.cat.Rows[i]) {
			rows = append(rows, &x.cat.Rows[i])
		}
	}
	order := []string{"certain", "likely", "possible"}
	slices.SortStableFunc(rows, func(a, b *patterns.Row) int {
		if c := slices.Index(order, a.Confidence) - slices.Index(order, b.Confidence); c != 0 {
			return c
		}
		return b.Prior - a.Prior
	})
	return rows
}

// causesOf are the causes of rows, each once.
func (x *explainer) causesOf(rows []*patterns.Row) []*patterns.Cause {
	var causes []*patterns.Cause
	for _, r := range rows {
		if c, ok := x.cat.Cause(r.Cause); ok && !slices.Contains(causes, c) {
			causes = append(causes, c)
		}
	}
	return causes
}

// verdict is what a row says: "likely npm-too-old (npm is too old)".
func (x *explainer) verdict(r *patterns.Row) string {
	return fmt.Sprintf("%s %s (%s)", r.Confidence, r.Cause, causeTitle(x.cat, r.Cause))
}

// conditions are all that has to hold beside a row's symptom.
func conditions(r *patterns.Row) []string {
	var all []string
	for _, c := range r.When {
		all = append(all, c.String())
	}
	for _, id := range r.Seen {
		all = append(all, "after "+id)
	}
	for _, id := range r.Unless {
		all = append(all, "without "+id)
	}
	return all
}

// mostExamples is how many examples are enough to recognise something.
const mostExamples = 6

// examples are those of all matchers: one of each first, where not all are shown.
func (x *explainer) examples(matchers []patterns.Matcher) []string {
	var all []string
	for nth, more := 0, true; more; nth++ {
		more = false
		for i := range matchers {
			if nth < len(matchers[i].Examples) {
				all, more = append(all, matchers[i].Examples[nth]), true
			}
		}
	}
	if more := len(all) - mostExamples; more > 1 && !x.verbose {
		all = append(all[:mostExamples], fmt.Sprintf("and %d more (-v)", more))
	}
	return all
}

// sources are those of all matchers, each once.
func sources(matchers []patterns.Matcher) []string {
	var all []string
	for i := range matchers {
		if s := matchers[i].Source; s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// guide cites the guide's reason with a number, if there is one.
func guide(reason string) []string {
	const title = `the guide "npm publish --provenance failed: the 8 most common reasons" (2026-05-14), `
	switch reason {
	case "":
		return nil
	case "faq":
		return []string{title + "FAQ"}
	}
	return []string{title + "reason " + reason}
}

func factValues(f *patterns.FactDef) string {
	switch allowed := allowedValues(f); {
	case len(allowed) > 0:
		return words.Or(allowed)
	case f.Type == patterns.TypeVersion:
		return `a version, or what is known of it: 11.5.1, 12, "< 11.5.0"`
	}
	return "any text"
}

// stages are the parts of a publish in the order in which a run passes them.
var stages = []struct {
	stage patterns.Stage
	title string
}{
	{patterns.StageStartup, "The workflow does not start"},
	{patterns.StageUpgrade, "npm is replaced by another npm"},
	{patterns.StageInstall, "Dependencies are installed"},
	{patterns.StageAuth, "Who is logged in; the exchange of the OIDC token"},
	{patterns.StageCheck, "The client's own checks"},
	{patterns.StageSign, "Provenance is signed"},
	{patterns.StagePublish, "The upload"},
	{patterns.StageAfter, "After the upload"},
	{patterns.StageAttest, "Attestations"},
	{patterns.StageVerify, "Verification"},
}

// table writes the whole decision table, by stage and symptom.
func (x *explainer) table() {
	x.prose(0, `The decision table: what a log shows, what it points to, and when. Of several
rows, the one whose conditions are known to hold comes first; a row with an unknown condition
stays possible, and what is unknown is what to check next.

pubmortem explain ID says more about a symptom, cause or fact.`)
	for _, stage := range stages {
		first := true
		for i := range x.cat.Symptoms {
			s := &x.cat.Symptoms[i]
			rows := x.rowsOf(func(r *patterns.Row) bool { return slices.Contains(r.Symptoms, s.ID) })
			if s.Stage != stage.stage || len(rows) == 0 {
				continue
			}
			if first {
				x.heading("== " + stage.title)
				first = false
			}
			x.heading(s.ID + ": " + s.Title)
			x.rows(rows)
		}
	}
}

// page is a text for people, wrapped to a width. Every line is made inert: a
// catalog quotes lines of logs, and people's own come from anywhere.
type page struct {
	b     strings.Builder
	width int
	bold  bool // headings are bold
}

// newPage starts an empty page that fits standard output.
func (e *env) newPage() *page {
	const noTerminal = 80
	width := e.columns()
	if width == 0 {
		width = noTerminal
	}
	return &page{width: width, bold: e.useColor()}
}

// String is the page without blank lines at its end.
func (p *page) String() string {
	return strings.TrimRight(p.b.String(), "\n") + "\n"
}

// heading starts a section, with a blank line before it.
func (p *page) heading(text string) {
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	for _, line := range wrap(inert.Text(text), p.width) {
		if p.bold {
			line = "\x1b[1m" + line + "\x1b[0m"
		}
		p.b.WriteString(line + "\n")
	}
}

// line writes one line as it is.
func (p *page) line(indent int, text string) {
	p.b.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+inert.Text(text), " ") + "\n")
}

// hanging writes text that begins with a lead, its further lines under the
// text.
func (p *page) hanging(indent int, lead, text string) {
	under := utf8.RuneCountInString(lead)
	for i, line := range wrap(inert.Text(text), p.width-indent-under) {
		if i > 0 {
			lead = strings.Repeat(" ", under)
		}
		p.line(indent, lead+line)
	}
}

// prose writes paragraphs, which blank lines part, wrapped. Lines that are
// indented are an example and stay as they are.
func (p *page) prose(indent int, text string) {
	for i, paragraph := range strings.Split(strings.Trim(shown(text), "\n"), "\n\n") {
		if i > 0 {
			p.b.WriteByte('\n')
		}
		if strings.HasPrefix(paragraph, " ") {
			p.verbatim(indent, paragraph)
			continue
		}
		p.paragraph(indent, paragraph)
	}
}

// paragraph wraps lines into one, and those that begin with "- " into one each.
func (p *page) paragraph(indent int, text string) {
	var parts []string
	for line := range strings.SplitSeq(text, "\n") {
		if len(parts) > 0 && !strings.HasPrefix(line, "- ") {
			parts[len(parts)-1] += " " + line
			continue
		}
		parts = append(parts, line)
	}
	for _, part := range parts {
		if item, ok := strings.CutPrefix(part, "- "); ok {
			p.hanging(indent, "- ", item)
		} else {
			p.hanging(indent, "", part)
		}
	}
}

// verbatim writes lines that must not be wrapped.
func (p *page) verbatim(indent int, text string) {
	for line := range strings.SplitSeq(strings.Trim(shown(text), "\n"), "\n") {
		p.line(indent, line)
	}
}

// section writes a heading and prose under it, if there is any.
func (p *page) section(title, text string) {
	if strings.TrimSpace(text) != "" {
		p.heading(title)
		p.prose(2, text)
	}
}

// list writes a heading and one item for each text, if there are any.
func (p *page) list(title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	p.heading(title)
	for _, text := range texts {
		p.hanging(2, "- ", shown(text))
	}
}

// shown is a catalog's text about no run in particular: what it would quote is
// named instead, ‹npm.version›, unless it says what to say then.
func shown(text string) string {
	for _, q := range patterns.Placeholders(text) {
		if q.Fallback == "" {
			text = strings.ReplaceAll(text, "${"+q.Name+"}", "‹"+q.Name+"›")
		}
	}
	return patterns.Expand(text, func(string) (string, bool) { return "", false })
}

// wrap breaks text at blanks into lines of at most width columns; longer words
// get a line of their own.
func wrap(text string, width int) []string {
	var lines []string
	used := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n <= width {
			lines[len(lines)-1] += " " + word
			used += 1 + n
			continue
		}
		lines = append(lines, word)
		used = n
	}
	return lines
}
