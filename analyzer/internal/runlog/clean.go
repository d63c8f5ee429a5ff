package runlog

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Clean turns one raw line of a member in this format, without its line end,
// into dst. Whatever the bytes are, the strings of dst are valid UTF-8 without
// control characters and escape sequences.
//
// The forms are those of actions/runner (src/Runner.Common/Logging.cs,
// src/Runner.Worker/ExecutionContext.cs), of gh (pkg/cmd/run/view/view.go), of
// nektos/act (pkg/runner/logger.go) and of npm (lib/utils/log-file.js).
func (f Format) Clean(dst *Line, raw []byte) {
	*dst = Line{}
	if f == FormatAct && dst.actJSON(raw) {
		return
	}
	s := scrub(raw)
	switch f {
	case FormatRaw:
		dst.finish(dst.raw(s))
	case FormatGH:
		dst.finish(dst.gh(s))
	case FormatAct:
		dst.act(s)
	case FormatNpmDebug:
		dst.finish(npmDebug(s))
	case FormatWeb:
		dst.finish(dst.pasted(s))
		dst.webTag()
	default:
		dst.finish(dst.pasted(s))
	}
}

// CleanPart turns a piece out of the middle of a line into dst: it has neither
// prefix nor tag, whatever it begins with.
func CleanPart(dst *Line, raw []byte) {
	*dst = Line{Text: strings.Trim(strings.ReplaceAll(scrub(raw), "\t", " "), " ")}
}

// raw takes the stamp off a line of a job log. A line without one goes on with
// the message above and stays whole.
func (line *Line) raw(s string) string {
	if rest, ok := line.takeStamp(s); ok {
		return rest
	}
	if rest, ok := line.stampAfterGrep(unquote(s)); ok {
		return rest
	}
	return s
}

// gh takes the columns and the stamp off a line of gh's output.
func (line *Line) gh(s string) string {
	rest, ok := line.columns(s)
	if !ok {
		return line.raw(s)
	}
	rest, _ = line.takeStamp(rest)
	return rest
}

// columns moves the two columns of gh into the line. What grep -n or a quote
// put before them is dropped.
func (line *Line) columns(s string) (rest string, ok bool) {
	job, after, ok := strings.Cut(s, "\t")
	if !ok {
		return s, false
	}
	step, rest, ok := strings.Cut(after, "\t")
	if !ok {
		return s, false
	}
	job = unquote(job)
	line.Job = strings.TrimSpace(job[ghGrepLen(job):])
	if step = strings.TrimSpace(step); step != unknownStep {
		line.Step = step
	}
	return rest, true
}

// unknownStep is what gh writes when the archive had no file for the step.
const unknownStep = "UNKNOWN STEP"

// pasted cleans a line that went through a clipboard: any stamp, gh's columns,
// quote marks and line numbers may stand before the text, or nothing at all.
func (line *Line) pasted(s string) string {
	s = unquote(dropBareSGR(s))
	if rest, ok := line.stampAfterGrep(s); ok {
		return rest
	}
	if rest, ok := line.stampedColumns(s); ok {
		return rest
	}
	if n := lineNumberLen(s); n > 0 {
		s = s[n:]
		if rest, ok := line.takeStamp(s); ok {
			return rest
		}
	}
	return s
}

// stampedColumns takes gh's columns only where its stamp proves them: other
// programs print tabs too.
func (line *Line) stampedColumns(s string) (rest string, ok bool) {
	var probe Line
	rest, ok = probe.columns(s)
	if !ok {
		return s, false
	}
	if rest, ok = probe.takeStamp(rest); !ok {
		return s, false
	}
	*line = probe
	return rest, true
}

// finish sets what is the same in all formats: indentation, tag and text.
func (line *Line) finish(s string) {
	if strings.IndexByte(s, '\t') >= 0 {
		s = strings.ReplaceAll(s, "\t", " ")
	}
	text := strings.TrimLeft(s, " ")
	line.Indent = len(s) - len(text)
	line.Text = strings.TrimRight(text, " ")
	line.tag()
}

// tag takes the runner's mark off the text: "##[error]" and its like
// (actions/runner src/Runner.Worker/ExecutionContext.cs, WellKnownTags), and
// "[command]", which @actions/exec prints before a command that it runs.
// The marks around the steps of a composite action, "##[start-action …]" and
// "##[end-action …]", become sections with their attributes as text.
func (line *Line) tag() {
	if text, ok := strings.CutPrefix(line.Text, "[command]"); ok {
		line.Kind, line.Text = KindCommand, strings.TrimLeft(text, " ")
		return
	}
	if !strings.HasPrefix(line.Text, "##[") {
		return
	}
	name, text, ok := strings.Cut(line.Text[len("##["):], "]")
	if !ok {
		return
	}
	if strings.HasPrefix(name, "start-action ") || strings.HasPrefix(name, "end-action ") {
		line.Kind, line.Text = KindSection, name
		return
	}
	if kind := tagKind(name); kind != KindOutput {
		line.Kind, line.Text = kind, strings.TrimLeft(text, " ")
	}
}

// tagKind maps the name of a tag or of a workflow command to the kind of its
// line; KindOutput for any other.
func tagKind(name string) Kind {
	switch name {
	case "group":
		return KindGroup
	case "endgroup":
		return KindEndGroup
	case "error":
		return KindError
	case "warning":
		return KindWarning
	case "notice":
		return KindNotice
	case "debug":
		return KindDebug
	case "command":
		return KindCommand
	case "section":
		return KindSection
	}
	return KindOutput
}

// webTag takes off the words that the web page shows in place of tags. They
// stand at the very start of a line; indented ones are part of a group's text.
func (line *Line) webTag() {
	if line.Kind != KindOutput || line.Indent > 0 {
		return
	}
	word, text, ok := strings.Cut(line.Text, ": ")
	if !ok {
		return
	}
	switch word {
	case "Error":
		line.Kind = KindError
	case "Warning":
		line.Kind = KindWarning
	case "Notice":
		line.Kind = KindNotice
	default:
		return
	}
	line.Text = strings.TrimLeft(text, " ")
}

// npmDebug turns a line of npm's debug log, "36 error code E404", into what
// npm prints on a console, "npm error code E404" (npm lib/utils/log-file.js,
// lib/utils/format.js). The prefix is the one of npm 10 and newer, whatever
// version wrote the log: it says nothing about the version.
func npmDebug(s string) string {
	if rest, ok := npmDebugEvent(s); ok {
		return "npm " + rest
	}
	return s
}

// npmDebugEvent cuts the counter off an event of the debug log.
func npmDebugEvent(s string) (event string, ok bool) {
	n := digits(s)
	if n == 0 || n > 6 || n == len(s) || s[n] != ' ' {
		return "", false
	}
	event = s[n+1:]
	level, _, _ := strings.Cut(event, " ")
	switch level {
	case "silly", "verbose", "info", "timing", "http", "notice", "warn", "error", "silent":
		return event, true
	}
	return "", false
}

// act cleans a line as nektos/act prints it (pkg/runner/logger.go):
// "[workflow/job] message", "[workflow/job]   | program output", on a coloured
// terminal "| program output" without the job.
func (line *Line) act(s string) {
	s = strings.TrimPrefix(s, "*DRYRUN* ")
	if job, rest, ok := actPrefix(s); ok {
		line.Job, s = job, rest
	}
	if out, ok := actOutput(s); ok {
		line.finish(out)
		return
	}
	if rest, ok := strings.CutPrefix(s, "[DEBUG] "); ok {
		line.finish(rest)
		line.Kind = KindDebug
		return
	}
	line.actMessage(s)
}

// actPrefix cuts "[workflow/job] " off s.
func actPrefix(s string) (job, rest string, ok bool) {
	inner, ok := strings.CutPrefix(s, "[")
	if !ok {
		return "", s, false
	}
	job, rest, ok = strings.Cut(inner, "]")
	if !ok || !strings.Contains(job, "/") {
		return "", s, false
	}
	return strings.TrimSpace(strings.ReplaceAll(job, "\t", " ")), strings.TrimPrefix(rest, " "), true
}

// actOutput cuts the bar off a line of program output.
func actOutput(s string) (string, bool) {
	out, ok := strings.CutPrefix(strings.TrimLeft(s, " "), "|")
	return strings.TrimPrefix(out, " "), ok
}

// actMessage cleans what act itself says: the start and the end of a step, and
// workflow commands, each behind a pictograph.
func (line *Line) actMessage(s string) {
	line.finish(s)
	mark, rest, _ := strings.Cut(line.Text, " ")
	rest = strings.TrimLeft(rest, " ")
	switch strings.TrimSuffix(mark, "\ufe0f") {
	case "⭐":
		line.actStart(rest)
	case "✅", "❌":
		line.actEnd(rest)
	case "❗", "🚧", "💬", "❓", "⚙":
		line.actCommand(rest)
	}
}

// actStart turns "Run Main TITLE" into the group that the runner would open.
func (line *Line) actStart(s string) {
	step, ok := strings.CutPrefix(s, "Run ")
	if !ok {
		return
	}
	line.Kind, line.Text = KindGroup, step
	if main, ok := strings.CutPrefix(step, "Main "); ok {
		line.Text, step = "Run "+main, main
	}
	line.Step = step
}

// actEnd turns "Failure - Main TITLE [1.2s]" into an error, without the time.
func (line *Line) actEnd(s string) {
	if i := strings.LastIndex(s, " ["); i >= 0 && strings.HasSuffix(s, "]") {
		s = s[:i]
	}
	result, step, ok := strings.Cut(s, " - ")
	if !ok || result != "Success" && result != "Failure" {
		return
	}
	line.Text, line.Step = s, strings.TrimPrefix(step, "Main ")
	if result == "Failure" {
		line.Kind = KindError
	}
}

// actCommand turns "::error file=x::text" into a line of that kind. Commands
// without a kind keep their text.
func (line *Line) actCommand(s string) {
	inner, ok := strings.CutPrefix(s, "::")
	if !ok {
		return
	}
	line.Text = s
	command, text, ok := strings.Cut(inner, "::")
	if !ok {
		return
	}
	name, _, _ := strings.Cut(command, " ")
	if kind := tagKind(name); kind != KindOutput {
		line.Kind, line.Text = kind, strings.TrimSpace(text)
	}
}

// actJSON cleans a line of act --json, one logrus entry; false when raw is none.
func (line *Line) actJSON(raw []byte) bool {
	if !bytes.HasPrefix(bytes.TrimLeft(raw, " \ufeff"), []byte("{")) {
		return false
	}
	var entry struct {
		Job, Step, Level string
		Msg              *string
		RawOutput        bool `json:"raw_output"`
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if err := json.Unmarshal(raw, &entry); err != nil || entry.Msg == nil {
		return false
	}
	text := strings.TrimRight(scrub([]byte(*entry.Msg)), " ")
	if entry.RawOutput {
		line.finish(text)
	} else {
		line.actMessage(text)
	}
	line.Job = scrub([]byte(entry.Job))
	if entry.Step != "" {
		line.Step = scrub([]byte(entry.Step))
	}
	if line.Kind == KindOutput && entry.Level == "debug" {
		line.Kind = KindDebug
	}
	return true
}
