package render

import (
	"fmt"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// How much of a list is shown unless Options.Verbose or Options.All asks for
// all of it: what a tired person reads in ten seconds.
const (
	maxSymptoms = 3
	maxReasons  = 4
	maxPackages = 3
	maxEvidence = 3
	maxOthers   = 4
	maxSettles  = 2
)

// roomy is the number of columns from which on a check stands right below the
// title of its cause.
const roomy = 60

// incident writes one incident under a heading that says where it happened: a
// block on what is known, one on what to do, one on what else there is.
func (p *page) incident(in report.Incident) {
	p.heading(in)
	p.packages(in)
	p.seen(in)
	if len(in.Diagnoses) > 0 {
		d := in.Diagnoses[0]
		p.cause(d)
		p.because(d)
		p.blank()
		p.firstCheck(d)
		p.question(in)
		p.fix(d.Fix)
		p.blank()
		p.others(in)
	}
	p.evidence(in)
	if p.opts.Verbose {
		p.blank()
		p.background(in)
	}
}

func (p *page) heading(in report.Incident) {
	mark := outcomeMark(in.Outcome)
	text := join(" · ", place(in.Job, in.Step), packagesText(in), ending(in))
	if text == "" {
		text = "pasted log"
	}
	p.hanging(mark+" ", text, p.markStyle(mark), p.bold)
}

// packagesText names the package of an incident, or says how many it folds.
func packagesText(in report.Incident) string {
	switch {
	case len(in.Packages) > 1:
		return count(len(in.Packages), "package")
	case len(in.Packages) == 1:
		return packageText(in.Packages[0])
	case in.Package != nil:
		return packageText(*in.Package)
	}
	return ""
}

// ending says how an incident ended, unless it just failed once.
func ending(in report.Incident) string {
	how := ""
	switch in.Outcome {
	case report.WithoutProvenance:
		how = "published without provenance"
	case report.Recovered:
		how = "failed, then recovered"
	}
	if in.Attempts > 1 {
		how = join(", ", how, count(in.Attempts, "attempt"))
	}
	return how
}

// packages lists what an incident folds.
func (p *page) packages(in report.Incident) {
	if len(in.Packages) < 2 {
		return
	}
	var names []string
	for _, pkg := range in.Packages {
		names = append(names, packageText(pkg))
	}
	p.section("packages", p.faint, p.text(p.some(names, maxPackages, ", "), p.plain))
}

// some joins the first n of a list, or all of it in a verbose report, and says
// how many are left out.
func (p *page) some(list []string, n int, sep string) string {
	if p.opts.Verbose || len(list) <= n {
		return strings.Join(list, sep)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], sep), len(list)-n)
}

func (p *page) seen(in report.Incident) {
	var lines []string
	for i, title := range titlesOf(in) {
		if i == maxSymptoms && !p.opts.Verbose {
			break
		}
		lines = append(lines, p.text(clean(title), p.plain)...)
	}
	p.section("seen", p.faint, lines)
}

// titlesOf is what was seen: the symptoms' titles, else their ids.
func titlesOf(in report.Incident) []string {
	if len(in.Titles) > 0 {
		return in.Titles
	}
	return in.Symptoms
}

func (p *page) cause(d report.Diagnosis) {
	lines := p.text(withConfidence(d), p.bold)
	lines = append(lines, p.text(clean(d.Summary), p.plain)...)
	p.section("cause", p.bold, lines)
}

func (p *page) because(d report.Diagnosis) {
	p.section("because", p.faint, p.bullets(d.Because, maxReasons))
}

// bullets makes a list of the first n texts, or of all in a verbose report.
func (p *page) bullets(texts []string, n int) []string {
	var lines []string
	for i, s := range texts {
		if i == n && !p.opts.Verbose {
			rest := fmt.Sprintf("and %d more (-v)", len(texts)-n)
			return append(lines, p.text(rest, p.faint)...)
		}
		lines = append(lines, p.item("• ", clean(s), p.plain)...)
	}
	return lines
}

// firstCheck says what to look at, and what the program found when it looked.
func (p *page) firstCheck(d report.Diagnosis) {
	lines := p.text(clean(d.FirstCheck), p.plain)
	if found := clean(d.Checked); found != "" {
		mark, style := "✗ ", p.bad
		if d.CheckedOK {
			mark, style = "✓ ", p.good
		}
		lines = append(lines, p.item(mark, found, style)...)
	}
	p.section("check first", p.bold, lines)
}

func (p *page) fix(f report.Fix) {
	lines := p.text(clean(f.Text), p.plain)
	lines = append(lines, p.frame(f)...)
	p.section("fix", p.bold, lines)
}

// question asks for the fact that settles an open differential.
func (p *page) question(in report.Incident) {
	q := in.Question
	if q == nil || in.Diagnoses[0].Confidence == report.Certain {
		return
	}
	lines := p.text(clean(q.Text), p.bold)
	lines = append(lines, p.text(clean(q.How), p.plain)...)
	lines = append(lines, p.answers(in)...)
	lines = append(lines, p.rerun(*q)...)
	p.section("settle it", p.bold, lines)
}

// rerun says how to tell the answer to the program. The option stays on one
// line where it can, so that it can be copied.
func (p *page) rerun(q report.Question) []string {
	const lead = "then run again with"
	option := factOption(q)
	if columns(lead)+1+columns(option) <= p.prose() {
		return p.text(lead+" "+option, p.name)
	}
	return append(p.text(lead, p.name), p.text(option, p.name)...)
}

// factOption is the option that tells the program an answer.
func factOption(q report.Question) string {
	value := "VALUE"
	if len(q.Answers) > 0 {
		value = shellWord(clean(q.Answers[0].Value))
	}
	return "--fact " + shellWord(clean(q.Fact)) + "=" + value
}

// shellWord quotes s where a shell would read more than a word: it may have
// come out of a log, and it stands where people copy it from.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, wordChars) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

const wordChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:+-"

// answers lists what each answer to the question would mean, as a table.
func (p *page) answers(in report.Incident) []string {
	var values []string
	widest := 0
	for _, a := range in.Question.Answers {
		value := clip(clean(a.Value), p.prose()/2)
		values = append(values, value)
		widest = max(widest, columns(value))
	}
	var lines []string
	for i, a := range in.Question.Answers {
		mark := pad(values[i], widest) + " → "
		lines = append(lines, p.item(mark, causeTitle(in, a.Cause), p.plain)...)
	}
	return lines
}

// causeTitle is the title of a cause of this incident, else its id.
func causeTitle(in report.Incident, id string) string {
	for _, d := range in.Diagnoses {
		if d.Cause == id && d.Title != "" {
			return clean(d.Title)
		}
	}
	return clean(id)
}

// others lists the rest of the differential. Behind a certain diagnosis it is
// shown on demand only.
func (p *page) others(in report.Incident) {
	rest := in.Diagnoses[1:]
	if !p.opts.All && in.Diagnoses[0].Confidence == report.Certain {
		return
	}
	var lines []string
	for i, d := range rest {
		if i == maxOthers && !p.opts.All {
			more := fmt.Sprintf("and %d more (--all)", len(rest)-i)
			lines = append(lines, p.text(more, p.faint)...)
			break
		}
		lines = append(lines, p.other(d)...)
	}
	p.section("or else", p.faint, lines)
}

// other is one line for a cause and at most maxSettles for what would settle it;
// without a terminal and with Options.All, as many as it takes.
func (p *page) other(d report.Diagnosis) []string {
	mark := pad(clip(clean(string(d.Confidence)), len(report.Possible)), len(report.Possible)+2)
	under := pad("", columns(mark))
	if p.prose() < roomy {
		under = "  "
	}
	if p.opts.All || p.opts.Width <= 0 {
		return append(p.item(mark, causeName(d), p.plain), p.item(under, settles(d), p.faint)...)
	}
	lines := []string{mark + shorten(causeName(d), p.prose()-columns(mark))}
	for _, line := range firstLines(settles(d), maxSettles, p.prose()-columns(under)) {
		lines = append(lines, under+p.faint.Render(line))
	}
	return lines
}

// settles is what to look at to accept or drop a cause.
func settles(d report.Diagnosis) string {
	if check := clean(d.FirstCheck); check != "" {
		return check
	}
	unknown := clean(strings.Join(d.Missing, ", "))
	if unknown == "" {
		return ""
	}
	return "unknown: " + unknown
}

// background is for those who want to know more.
func (p *page) background(in report.Incident) {
	var read []string
	for _, d := range in.Diagnoses[:min(1, len(in.Diagnoses))] {
		read = append(read, d.References...)
		if d.Guide != "" {
			read = append(read, d.Guide)
		}
		p.section("row", p.faint, p.text(clean(d.Row), p.plain))
		p.section("unknown", p.faint, p.text(clean(strings.Join(d.Missing, ", ")), p.plain))
	}
	for _, e := range in.Evidence[:min(1, len(in.Evidence))] {
		if e.URL != "" {
			read = append(read, e.URL)
		}
	}
	p.section("read", p.faint, p.bullets(read, len(read)))
}
