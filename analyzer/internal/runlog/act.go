package runlog

import (
	"bytes"
	"encoding/json"
	"strings"
)

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
	return strings.TrimSpace(job), strings.TrimPrefix(rest, " "), true
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
