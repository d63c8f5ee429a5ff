package runlog

import "strings"

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
