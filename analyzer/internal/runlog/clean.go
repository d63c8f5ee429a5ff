package runlog

import "strings"

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
