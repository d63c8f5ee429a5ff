package render

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf16"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// The runner keeps ten annotations of a kind per step and 4,096 UTF-16 units
// of a message (actions/runner src/Runner.Worker/ExecutionContext.cs).
const (
	maxAnnotations = 10
	maxMessage     = 4096
	maxQuoted      = 400
)

// maxEvidence is how many quoted lines are shown unless all are asked for.
const maxEvidence = 4

// maxTitle is how many characters of a title GitHub shows on one line, about.
const maxTitle = 100

// Annotations writes one workflow command per incident, which GitHub Actions
// shows as an annotation: an error for a failure, a warning for a publish
// without provenance, a notice for what recovered. Of more than ten of a kind,
// the tenth sums up the rest. A report without incidents has no output, unless
// its verdict is a failure.
//
// Every line is one of these commands. Texts are escaped as the runner
// unescapes them (actions/runner src/Runner.Common/ActionCommand.cs).
func Annotations(w io.Writer, r *report.Report, _ Options) error {
	var b strings.Builder
	for _, kind := range []report.Outcome{report.Failed, report.WithoutProvenance, report.Recovered} {
		for _, c := range commandsOf(r, kind) {
			b.WriteString(c.String() + "\n")
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write annotations: %w", err)
	}
	return nil
}

type command struct {
	name, title string
	// file is a path in the repository, with slashes; line is 1-based. Both may
	// be missing.
	file string
	line int
	// message has several lines and begins with a word of ours: the runner's
	// search for the colons before it heeds combining marks behind them.
	message string
}

func commandsOf(r *report.Report, kind report.Outcome) []command {
	var all []report.Incident
	for _, in := range r.Incidents {
		if tone(in.Outcome) == tone(kind) {
			all = append(all, in)
		}
	}
	if len(r.Incidents) == 0 && kind == report.Failed && r.Verdict == report.Unexplained {
		return []command{{name: "error", title: "publish failed", message: unknownMessage(r)}}
	}
	shown := all
	if len(all) > maxAnnotations {
		shown = all[:maxAnnotations-1]
	}
	var list []command
	for _, in := range shown {
		list = append(list, annotation(in, r))
	}
	if len(shown) < len(all) {
		list = append(list, summingUp(all[len(shown):]))
	}
	return list
}

func annotation(in report.Incident, r *report.Report) command {
	c := command{name: level(in.Outcome), title: join(" · ", outcomeText(in.Outcome), packagesText(in))}
	if len(in.Diagnoses) == 0 {
		c.message = join("\n", unknownMessage(r), label("Seen", strings.Join(in.Titles, "; ")), label("Where", where(in)))
		return c
	}
	d := in.Diagnoses[0]
	if fix := d.Fix; isRepositoryPath(fix.File) {
		c.file, c.line = fix.File, fix.Line
	}
	c.message = join("\n",
		label("Cause", withConfidence(d)),
		label("Check first", d.FirstCheck),
		label("Found", d.Checked),
		label("Fix", d.Fix.Text),
		label("Where", where(in)))
	return c
}

func summingUp(rest []report.Incident) command {
	var list []string
	for _, in := range rest {
		cause := ""
		if len(in.Diagnoses) > 0 {
			cause = withConfidence(in.Diagnoses[0])
		}
		list = append(list, "• "+join(" · ", where(in), packagesText(in), cause))
	}
	title := fmt.Sprintf("%s: %s more", outcomeText(rest[0].Outcome), words.Thousands(int64(len(rest))))
	return command{name: level(rest[0].Outcome), title: title, message: strings.Join(list, "\n")}
}

func unknownMessage(r *report.Report) string {
	text := []string{"Not in the catalog, so no cause is named."}
	for _, step := range openSteps(r.Unexplained) {
		for _, e := range step.lines {
			if len(text) <= maxEvidence {
				text = append(text, "│ "+inert.Cut(clean(e.Text), maxQuoted))
			}
		}
	}
	return strings.Join(append(text, whatNow(r)...), "\n")
}

func level(o report.Outcome) string {
	switch o {
	case report.WithoutProvenance, report.ForeseenWithoutProvenance:
		return "warning"
	case report.Recovered:
		return "notice"
	}
	return "error"
}

func outcomeText(o report.Outcome) string {
	switch o {
	case report.WithoutProvenance:
		return "published without provenance"
	case report.Recovered:
		return "publish failed, then recovered"
	case report.Foreseen:
		return "publish would fail"
	case report.ForeseenWithoutProvenance:
		return "publish would lack provenance"
	}
	return "publish failed"
}

// label puts a name before a text. No text, no name.
func label(name, text string) string {
	if text = clean(text); text == "" {
		return ""
	}
	return name + ": " + text
}

// isRepositoryPath reports whether a path names a file below the root of the
// repository, on every system.
func isRepositoryPath(s string) bool {
	return s != "." && fs.ValidPath(s) && !strings.ContainsAny(s, `\:`) && inert.Quote(s) == s && strings.TrimSpace(s) == s
}

// String is the line that the runner parses.
func (c command) String() string {
	s := "::" + c.name + " title=" + propertyEscapes.Replace(inert.Cut(c.title, maxTitle))
	if c.file != "" {
		s += ",file=" + propertyEscapes.Replace(c.file)
		if c.line > 0 {
			s += fmt.Sprintf(",line=%d", c.line)
		}
	}
	return s + "::" + escapeMessage(c.message)
}

// The characters that the runner unescapes in data, and in properties.
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// EscapeData writes a text as the message of a workflow command
// (actions/runner src/Runner.Common/ActionCommand.cs).
func EscapeData(s string) string { return dataEscapes.Replace(s) }

// escapeMessage escapes a message and cuts its end off if it is too long,
// never within an escape.
func escapeMessage(s string) string {
	const more = " …"
	used, fits := 0, 0
	for i, r := range s {
		used += escapedLen(r)
		if used <= maxMessage-len(more) {
			fits = i + len(string(r))
		}
		if used > maxMessage {
			return dataEscapes.Replace(strings.TrimRight(s[:fits], " \n")) + more
		}
	}
	return dataEscapes.Replace(s)
}

// escapedLen is the number of UTF-16 units of a rune in data.
func escapedLen(r rune) int {
	if r == '%' || r == '\r' || r == '\n' {
		return len("%25")
	}
	return max(1, utf16.RuneLen(r))
}
