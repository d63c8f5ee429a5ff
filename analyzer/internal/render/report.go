package render

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Markdown writes the report for a job summary or for a comment on an issue or
// a pull request, in at most o.MaxBytes bytes. Details are folded, and the
// first to be left out.
func Markdown(w io.Writer, r *report.Report, o Options) error {
	limit := o.MaxBytes
	if limit <= 0 {
		limit = CommentBytes
	}
	marker := document.MarkerComment(o.Marker)
	if marker != "" {
		marker += "\n"
	}
	b := builder{r: r, o: o, folds: true}
	if _, err := io.WriteString(w, marker+b.document().Markdown(limit-len(marker))); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// The ranks of blocks: what is left out first has the highest one.
const (
	rankAlways    = iota
	rankOthers    // how many other causes there are
	rankNote      // what the deciding line means
	rankKnown     // the facts that the cause follows from
	rankLong      // code that fills half a screen
	rankOthersAll // which these are
	rankMore      // a second quoted line
	rankWhy       // why it is this cause
	rankContext   // further quoted lines, what else went out
	rankAsk       // the question that would settle it
	rankFold      // details
)

type builder struct {
	r *report.Report
	o Options
	// folds says that the page can fold details away.
	folds bool
}

// Document is the report for a page that can fold details and links to entries
// of the catalog and to lines of the log.
func Document(r *report.Report) document.Document {
	b := builder{r: r, folds: true}
	return b.document()
}

func (b builder) document() document.Document {
	var d document.Document
	r := b.r
	switch {
	case len(r.Incidents) > 1:
		d.Add(rankAlways, document.Title{Tone: tone(r.Incidents[0].Outcome), Text: b.summary()})
	case len(r.Incidents) == 0 && r.Source.Damaged && r.Source.Kind == "files":
		d.Add(rankAlways, document.Title{Tone: document.Warn, Text: "Only a part of the files could be read", Detail: sourceText(r)})
		d.AddText(rankAlways, "Nothing was found in that part. What could not be read may yet keep the publish from working.")
	case len(r.Incidents) == 0 && r.Source.Damaged && r.Verdict != report.Unexplained:
		d.Add(rankAlways, document.Title{Tone: document.Warn, Text: "Only a part of this log could be read", Detail: join(" · ", sourceText(r), words.Count(r.Source.Lines, "line"))})
		d.AddText(rankAlways, "No publish failed in that part. What is missing may show one that did.")
	case len(r.Incidents) == 0 && r.Verdict == report.Healthy:
		d.Add(rankAlways, document.Title{Tone: document.Good, Text: healthy(r.Published), Detail: join(" · ", sourceText(r), words.Count(r.Source.Lines, "line"))})
	case len(r.Incidents) == 0 && r.Verdict == report.WouldPublish:
		d.Add(rankAlways, document.Title{Tone: document.Good, Text: wouldPublish(r.Rehearsed), Detail: sourceText(r)})
	case len(r.Incidents) == 0 && r.Verdict == report.NoPublish && r.Source.Kind == "files":
		d.Add(rankAlways, document.Title{Text: "No workflow here publishes to npm's registry", Detail: sourceText(r)})
		d.AddText(rankAlways, "Nothing was checked. Publishes to other registries, and from other repositories' workflows, are not looked at.")
	case len(r.Incidents) == 0 && r.Verdict == report.NoPublish:
		d.Add(rankAlways, document.Title{Text: "No publish in this log", Detail: join(" · ", sourceText(r), words.Count(r.Source.Lines, "line"))})
		d.AddText(rankAlways, nothingHere)
	case len(r.Incidents) == 0:
		d.Add(rankAlways, document.Title{Tone: document.Bad, Text: "The publish failed", Detail: "Why is not in the catalog, so no cause is named"})
	}
	for i := range r.Incidents {
		d.Add(rankAlways, document.Gap{})
		b.incident(&d, r.Incidents[i], min(i, 1))
	}
	b.unexplained(&d)
	b.published(&d)
	if b.o.Verbose && !b.folds {
		b.facts(&d)
	}
	if len(r.Notes) > 0 {
		if len(r.Incidents) != 1 || b.folds || b.o.All || b.o.Verbose {
			d.Add(rankAlways, document.Gap{})
		}
		d.Add(rankAlways, document.Labelled{Label: "Note", Body: texts(r.Notes)})
	}
	return d
}

// texts is a text, or a list of several.
func texts(all []string) document.Document {
	if len(all) == 1 {
		return document.Document{{Body: document.Text{Text: all[0]}}}
	}
	return document.Document{{Body: document.List{Items: all}}}
}

// summary counts incidents of the first outcome and their causes.
func (b builder) summary() string {
	first := b.r.Incidents[0].Outcome
	n, causes := 0, map[string]bool{}
	for _, in := range b.r.Incidents {
		if in.Outcome == first {
			n++
			if len(in.Diagnoses) > 0 {
				causes[in.Diagnoses[0].Cause] = true
			}
		}
	}
	what := count(n, "publish failure")
	switch first {
	case report.WithoutProvenance:
		what = count(n, "time") + " published without provenance"
	case report.Foreseen:
		what = count(n, "reason") + " why a publish would fail"
	case report.ForeseenWithoutProvenance:
		what = count(n, "reason") + " why a publish would lack provenance"
	case report.Recovered:
		what = count(n, "failure") + " before it was published in the end"
	}
	if n == 1 {
		return "1 of several things found: " + headline(b.r.Incidents[0], b.r)
	}
	return what + ", " + count(len(causes), "cause")
}

// incident adds one incident. Later ones have one rank more for all that can
// be left out.
func (b builder) incident(d *document.Document, in report.Incident, later int) {
	title := document.Title{Tone: tone(in.Outcome), Text: headline(in, b.r)}
	if len(in.Diagnoses) == 0 {
		d.Add(rankAlways, title)
		b.quote(d, in)
		return
	}
	first := in.Diagnoses[0]
	fill := b.filler(in)
	title.Detail, title.Aside = causeName(first), sure(first.Confidence)
	d.Add(rankAlways, title)
	if b.o.Quiet {
		d.AddLabelled(rankAlways, "Fix", fill(first.Fix.Text))
		return
	}
	if why := b.why(first); why != "" {
		d.AddText(rankWhy+later, fill(why))
	}
	if len(in.Packages) > 1 {
		d.Add(rankAlways, document.Labelled{Label: "Packages", Body: names(b, in.Packages, packageText)})
	}
	if len(in.Jobs) > 1 {
		d.Add(rankAlways, document.Labelled{Label: "Jobs", Body: names(b, in.Jobs, clean)})
	}
	d.Add(rankAlways, document.Gap{})
	b.quote(d, in)
	b.known(d, first)
	d.Add(rankAlways, document.Gap{})
	b.check(d, first, fill)
	b.fix(d, first.Fix, fill)
	b.question(d, in)
	d.Add(rankAlways, document.Gap{})
	b.others(d, in)
	b.details(d, in, fill)
}

// why is the sentence that says why it is this cause, else what the cause is:
// as long as facts are missing, the sentence speaks of what is not known.
func (b builder) why(first report.Diagnosis) string {
	open := first.Confidence == report.Possible && len(first.Missing) > 0
	if n := len(first.Because); n > 0 && !isFact(first.Because[n-1]) && !open {
		return first.Because[n-1]
	}
	return first.Summary
}

func (b builder) known(d *document.Document, first report.Diagnosis) {
	list := document.Inline{Lines: 1, Rest: func(int) string { return "" }} // --all has the others
	for _, s := range first.Because {
		if isFact(s) {
			list.Items = append(list.Items, factText(clean(s), b.r.Facts))
		}
	}
	if len(list.Items) > 0 && !b.folds {
		d.Add(rankKnown, document.Labelled{Label: "Known", Body: document.Document{{Body: list}}})
	}
}

// onlyIf adds what would have to hold for a cause, and is not known.
func (b builder) onlyIf(d *document.Document, of report.Diagnosis) {
	if len(of.OnlyIf) > 0 {
		d.Add(0, document.Labelled{Label: "Only if", Body: texts(of.OnlyIf)})
	}
}

func isFact(reason string) bool {
	id, _, ok := strings.Cut(reason, " = ")
	return ok && !strings.Contains(id, " ")
}

// names lists what one incident folds, in two lines unless more is asked for.
func names[T any](b builder, all []T, text func(T) string) document.Document {
	list := document.Inline{Lines: 2, Rest: more("")}
	if b.o.Verbose {
		list.Lines = 1000
	}
	for _, one := range all {
		list.Items = append(list.Items, text(one))
	}
	return document.Document{{Body: list}}
}

func more(how string) func(int) string {
	return func(left int) string {
		switch {
		case left == 0:
			return how
		case how == "":
			return fmt.Sprintf("and %d more", left)
		}
		return fmt.Sprintf("%d more: %s", left, how)
	}
}

// quote adds the deciding lines: of each symptom one, in the order in which
// the incident names them.
func (b builder) quote(d *document.Document, in report.Incident) {
	q := document.Quote{Place: document.Place(in.Job, in.Step), Source: sourceText(b.r)}
	seen := map[string]bool{}
	for i, e := range in.Evidence {
		if len(q.Lines) > 0 && (e.Beside || seen[e.Symptom] || len(q.Lines) >= maxEvidence) {
			continue
		}
		seen[e.Symptom] = true
		l := document.Line{Number: e.Line, Text: e.Text, Deciding: i == 0, Note: words.Capital(shorter(clean(e.Meaning))), NoteRank: rankNote, Target: target(in.File, e)}
		if n := len(q.Lines); n > 0 {
			l.Rank = min(rankMore+n, rankContext)
			l.NoteRank = l.Rank
		}
		q.Lines = append(q.Lines, l)
	}
	d.Add(rankAlways, q)
}

// shorter is what a line means to the first of the symptoms that it shows; the
// details have what it means to all.
func shorter(meaning string) string {
	if first, _, ok := strings.Cut(meaning, "; "); ok && len(meaning) > 2*len(first) {
		return first
	}
	return meaning
}

// check says what to look at, and what the program found when it looked.
func (b builder) check(d *document.Document, first report.Diagnosis, fill func(string) string) {
	var body document.Document
	body.AddText(0, fill(first.FirstCheck))
	_, found, _ := strings.Cut(first.Checked, " = ")
	found, _, _ = strings.Cut(found, " (")
	if first.Checked != "" && (b.o.All || found == "" || !strings.Contains(first.FirstCheck, found)) {
		speaks := " (this does not fit)"
		if first.CheckedOK {
			speaks = " (this fits)"
		}
		body.AddText(rankLong, "Found: "+factText(clean(first.Checked), b.r.Facts)+speaks)
	}
	if len(body) > 0 {
		d.Add(rankAlways, document.Labelled{Label: "Check", Body: body})
	}
}

// maxCode is how many lines of code are shown whatever room there is.
const maxCode = 8

// fix says what to change, with the edit or the text to paste.
func (b builder) fix(d *document.Document, f report.Fix, fill func(string) string) {
	var body document.Document
	body.AddText(0, fill(f.Text))
	code := document.Code{Title: clean(f.File), Language: f.Language, Text: fill(f.Snippet)}
	if f.File != "" && f.Line > 0 {
		code.Title += ":" + number(int64(f.Line))
	}
	if f.Diff != "" {
		code.Language, code.Text = "diff", f.Diff
	}
	if code.Title != "" || strings.TrimSpace(code.Text) != "" {
		rank := rankAlways
		if n := strings.Count(code.Text, "\n"); n > maxCode {
			rank = rankLong
			body = append(body, document.Block{Until: rank, Body: document.Text{
				Text: fmt.Sprintf("The %d lines to paste: %s", n, b.again("--all"))}})
		}
		body.Add(rank, code)
	}
	if len(body) > 0 {
		d.Add(rankAlways, document.Labelled{Label: "Fix", Body: body})
	}
}

func (b builder) question(d *document.Document, in report.Incident) {
	q := in.Question
	if q == nil || len(q.Answers) < 2 || in.Diagnoses[0].Confidence == report.Certain {
		return
	}
	var body document.Document
	body.AddText(0, q.Text)
	choices := document.Choices{Fact: q.Fact}
	for _, a := range q.Answers {
		cause := clean(a.Cause)
		for _, d := range in.Diagnoses {
			if d.Cause == a.Cause {
				cause = causeName(d)
			}
		}
		choices.Answers = append(choices.Answers, document.Choice{Value: a.Value, Means: cause})
	}
	body.Add(0, choices)
	rank := rankAsk
	if b.folds {
		rank = rankFold
	}
	d.Add(rank, document.Labelled{Label: "Know it?", Body: body})
}

// others names the rest of the differential, and how to read on.
func (b builder) others(d *document.Document, in report.Incident) {
	if b.folds || b.o.All {
		return
	}
	how := b.again("--all")
	rest := in.Diagnoses[1:]
	switch {
	case in.Diagnoses[0].Confidence == report.Certain:
		d.AddLabelled(rankOthers, "More", "For the evidence: "+how)
	case len(rest) == 0:
		d.AddLabelled(rankOthers, "Not it?", "No other known cause fits these lines. For the evidence: "+how)
	default:
		list := document.Inline{Lines: 3, Rest: more(how)}
		for _, other := range rest {
			list.Items = append(list.Items, causeName(other))
		}
		d.Add(rankOthersAll, document.Labelled{Label: "Not it?", Body: document.Document{{Body: list}}})
		if len(how) > shortCommand {
			how = "`--all`"
		}
		list.Lines, list.Rest = 1, func(left int) string {
			if left == len(rest) {
				return count(left, "other cause") + ": " + how
			}
			return more(how)(left)
		}
		*d = append(*d, document.Block{Rank: rankOthers, Until: rankOthersAll,
			Body: document.Labelled{Label: "Not it?", Body: document.Document{{Body: list}}}})
	}
}

// again is the command that reads the same log with one more option, or says
// that it is the same where the command is long or its log came by a pipe.
func (b builder) again(option string) string {
	if b.r.Source.Kind == "files" {
		return "`pubmortem check " + option + "`"
	}
	if s := b.r.Source; s.Kind != "stdin" && s.Name != "" && len(s.Name) <= longName {
		return "`pubmortem " + words.ShellWord(clean(s.Name)) + " " + option + "`"
	}
	return "the same command with `" + option + "`"
}

// shortCommand is the longest command that stands beside the name of a cause.
const shortCommand = 34

// longName is the length from which on the name of a log is not repeated.
const longName = 48

// details adds what is for those who doubt or want to know more.
func (b builder) details(d *document.Document, in report.Incident, fill func(string) string) {
	first := in.Diagnoses[0]
	if b.folds || b.o.All || b.o.Verbose {
		var body document.Document
		var reasons []string
		for _, s := range first.Because {
			reasons = append(reasons, fill(factText(s, b.r.Facts)))
		}
		if len(reasons) > 0 {
			body.Add(0, document.Labelled{Label: "Because", Body: document.Document{{Body: document.List{Items: reasons}}}})
		}
		b.onlyIf(&body, first)
		if len(in.Evidence) > 1 {
			body.Add(0, allLines(in.File, in.Evidence))
		}
		body.AddLabelled(0, "Guide", first.Guide)
		if len(first.References) > 0 {
			body.Add(0, document.Labelled{Label: "Read", Body: document.Document{{Body: document.Links{Addresses: first.References}}}})
		}
		d.Add(rankFold, document.Details{Summary: "What this rests on", Body: body})
	}
	if rest := in.Diagnoses[1:]; len(rest) > 0 && (b.folds || b.o.All) {
		var body document.Document
		for _, other := range rest {
			body.Add(0, document.Heading{Level: 4, Text: withConfidence(other)})
			body.AddText(0, fill(b.why(other)))
			b.onlyIf(&body, other)
			b.check(&body, other, fill)
			b.fix(&body, other.Fix, fill)
			body.Add(0, document.Gap{})
		}
		d.Add(rankFold, document.Details{Summary: "Other causes", Body: body})
	}
}

// target names the place of a quoted line: where the log has a file for each
// step, the line in that.
func target(file string, e report.Evidence) string {
	at := url.Values{"file": {cmp.Or(e.File, file)}, "job": {e.Job}, "line": {number(e.Line)}}
	if e.StepLine > 0 {
		at["step"], at["line"] = []string{strconv.Itoa(e.StepNumber)}, []string{number(e.StepLine)}
	}
	return "line?" + at.Encode()
}

func allLines(file string, list []report.Evidence) document.Quote {
	var q document.Quote
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b report.Evidence) int { return strings.Compare(a.Job+a.Step, b.Job+b.Step) })
	last := ""
	for _, e := range list {
		if at := document.Place(e.Job, e.Step); at != last {
			last = at
			if q.Place == "" {
				q.Place = at
			} else {
				q.Lines = append(q.Lines, document.Line{Text: at})
			}
		}
		q.Lines = append(q.Lines, lineOf(file, e))
	}
	return q
}

func lineOf(file string, e report.Evidence) document.Line {
	return document.Line{Number: e.Line, Text: e.Text, Deciding: e.Deciding, Note: words.Capital(clean(e.Meaning)), Target: target(file, e)}
}

// home is where people send what the catalog does not know.
const home = "https://github.com/pubmortem/pubmortem"

// unexplained shows the decisive lines that no symptom claimed, and says what
// to do about them.
func (b builder) unexplained(d *document.Document) {
	if len(b.r.Unexplained) > 0 {
		d.Add(rankContext, document.Gap{})
		d.Add(rankContext, document.Heading{Level: 3, Text: "Not explained"})
		var q document.Quote
		for i, step := range openSteps(b.r.Unexplained) {
			if i == maxOpenSteps && !b.folds && !b.o.All && !b.o.Verbose {
				q.Lines = append(q.Lines, document.Line{Text: "and others: --all"})
				break
			}
			at := document.Place(step.lines[0].Job, step.lines[0].Step)
			if step.alike > 0 {
				at += ", and " + count(step.alike, "more job") + " alike"
			}
			if i == 0 {
				q.Place = at
			} else {
				q.Lines = append(q.Lines, document.Line{Text: at})
			}
			for _, e := range step.lines {
				q.Lines = append(q.Lines, lineOf("", e))
			}
		}
		d.Add(rankContext, q)
	}
	if advice := whatNow(b.r); len(advice) > 0 {
		d.Add(rankContext, document.Labelled{Label: "Next", Body: texts(advice)})
	}
}

// maxOpenSteps is how many steps that nothing explains are shown at first.
const maxOpenSteps = 3

// openStep is a step that nothing explains, by its lines, and the number of
// those that failed alike.
type openStep struct {
	lines []report.Evidence
	alike int
}

// openSteps puts lines that nothing explains together by their steps, and those
// of steps that failed alike in other jobs away.
func openSteps(list []report.Evidence) []openStep {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b report.Evidence) int {
		return strings.Compare(a.Job+"\x00"+a.Step+a.File, b.Job+"\x00"+b.Step+b.File)
	})
	var steps []openStep
	known := map[string]int{} // what the lines of a step have in common → index
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(e report.Evidence) bool {
			return e.Job != list[0].Job || e.Step != list[0].Step || e.File != list[0].File
		})
		if n < 0 {
			n = len(list)
		}
		var common strings.Builder
		for _, e := range list[:n] {
			common.WriteString(unnamed(e.Text) + "\n")
		}
		if i, ok := known[common.String()]; ok {
			steps[i].alike++
		} else {
			known[common.String()] = len(steps)
			steps = append(steps, openStep{lines: list[:n]})
		}
		list = list[n:]
	}
	return steps
}

// unnamed is a line without the names that differ between jobs: packages, paths
// and versions. Codes of errors stay.
func unnamed(text string) string {
	all := strings.Fields(text)
	for i, word := range all {
		if strings.ContainsAny(word, "@/") || strings.ContainsAny(word, "-._") && strings.ContainsAny(word, "0123456789") {
			all[i] = "…"
		}
	}
	return strings.Join(all, " ")
}

// whatNow is what to do about lines or a failure that the catalog does not
// know.
func whatNow(r *report.Report) []string {
	var advice []string
	verbose := r.Source.Format == "npm-debug" || slices.ContainsFunc(r.Unexplained, func(e report.Evidence) bool {
		return strings.HasPrefix(strings.TrimSpace(e.Text), "npm verb")
	})
	if r.Verdict == report.Unexplained && r.Verbose != "" && !verbose {
		advice = append(advice, "Publish once more with "+r.Verbose+". Without it, the tool keeps most of its reasons to itself.")
	}
	switch {
	case len(r.Unexplained) > 0:
		advice = append(advice, "Please send these lines to "+home+", so that the next reader gets an answer. "+
			"Look through them first: known kinds of secrets are already taken out.")
	case r.Verdict == report.Unexplained:
		advice = append(advice, "No line here says why. Please send the log of the step to "+home+", without its secrets.")
	}
	return advice
}

// nothingHere says what it means that a log shows no publish.
const nothingHere = "Nothing here starts a publish, a signature or a check of who is logged in. " +
	"If a publish failed, its log belongs to another job or run."

// published lists what the log shows as uploaded, unless the title said it.
func (b builder) published(d *document.Document) {
	r := b.r
	if b.o.Quiet || len(r.Published) == 0 || len(r.Published) == 1 && r.Verdict == report.Healthy && !r.Source.Damaged && r.Published[0].Provenance == "yes" {
		return
	}
	var list document.Inline
	same := !slices.ContainsFunc(r.Published, func(p report.Published) bool { return p.Provenance != r.Published[0].Provenance })
	for _, out := range r.Published {
		text := cmp.Or(packageText(out.Package), "one that the log does not name")
		if out.Staged {
			text += ", staged: a maintainer has to approve it"
		} else if !same || r.Verdict != report.Healthy && out.Provenance != "unknown" {
			text += ", " + provenanceText(out.Provenance)
		}
		list.Items = append(list.Items, text)
	}
	list.Lines, list.Rest = 3, more("")
	if b.o.Verbose {
		list.Lines = 1000
	}
	d.Add(rankContext, document.Gap{})
	d.Add(rankContext, document.Labelled{Label: "Published", Body: document.Document{{Body: list}}})
}

// facts lists all that is known, with the ids that --fact takes.
func (b builder) facts(d *document.Document) {
	var rows [][]string
	for _, f := range b.r.Facts {
		value := clean(f.Value) + " (" + join(", ", string(f.Origin), clean(f.Where)) + ")"
		if f.Contradicts != "" {
			value += ", but " + clean(f.Contradicts)
		}
		rows = append(rows, []string{clean(f.ID), value})
	}
	if len(rows) > 0 {
		d.Add(rankFold, document.Details{Summary: "Facts", Body: document.Document{{Body: document.Table{Rows: rows}}}})
	}
}

// filler puts what is known of an incident in the place of the catalog's
// <package>, <owner>, <repo> and so on. Logs are hostile: only values that
// look like names are let in.
func (b builder) filler(in report.Incident) func(string) string {
	known := map[string]string{}
	for _, f := range b.r.Facts {
		if f.Job == "" || f.Job == in.Job || in.Job == "" {
			if known[f.ID] == "" {
				known[f.ID] = f.Value
			}
		}
	}
	repository, workflow, run := known[facts.RunRepository], known[facts.RunWorkflow], ""
	if r := b.r.Run; r != nil {
		repository, workflow = cmp.Or(r.Repository, repository), cmp.Or(r.Workflow, workflow)
		if r.ID > 0 {
			run = number(r.ID)
		}
	}
	owner, repo, _ := strings.Cut(repository, "/")
	name, version := "", ""
	if in.Package != nil && len(in.Packages) < 2 {
		name, version = in.Package.Name, in.Package.Version
	}
	var pairs []string
	for _, p := range [][2]string{
		{"<package>", name}, {"<version>", version}, {"<owner>", owner}, {"<repo>", repo},
		{"<workflow>.yml", base(workflow)}, {"<run-id>", run}, {"<registry host>", known[facts.RegistryHost]}, {"<environment>", known[facts.RunEnvironment]},
	} {
		if v := p[1]; v != "" && len(v) <= 200 && strings.Trim(v, wordChars) == "" && v[0] != '-' {
			pairs = append(pairs, p[0], v)
		}
	}
	// Without an id, gh lists the runs to choose from.
	pairs = append(pairs, "<run-id> ", "")
	return strings.NewReplacer(pairs...).Replace
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
