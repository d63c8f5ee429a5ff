// Package render writes a finished report: as text and Markdown for
// people, JSON for programs, annotations for GitHub Actions.
//
// A renderer reads nothing but the report. Whatever stands in one may have
// been copied out of a hostile log, so each renderer makes every text inert
// again before it prints it, whoever made the report.
package render

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Options say how a report is to look.
type Options struct {
	// Width is the number of columns of the terminal. 0 means that there is no
	// terminal: prose is wrapped to 80 columns and nothing is cut.
	Width int
	// Color allows the 16 ANSI colours, which the reader's theme defines.
	Color bool
	// All shows the whole differential, also behind a certain diagnosis.
	All bool
	// Verbose adds facts, references and more quoted lines.
	Verbose bool
	// Quiet shows the verdict and one line per incident.
	Quiet bool
	// MaxBytes is the most that Markdown writes; 0 means CommentBytes.
	MaxBytes int
	// Marker is the key of the hidden comment that Markdown begins with, so that
	// a bot finds its comment again; see [MarkerComment]. Empty: no comment.
	Marker string
}

// CommentBytes and SummaryBytes are limits for Options.MaxBytes. An issue or
// pull-request comment holds 65,536 characters, of which a few are left to
// whoever posts it. A job summary holds 1,024 KiB (actions/runner
// src/Runner.Worker/FileCommandManager.cs).
const (
	CommentBytes = 60_000
	SummaryBytes = 1 << 20
)

// JSON writes the report for programs, as [Schema] describes it: indented by
// two blanks, empty lists as [], secrets redacted.
//
// The text is as inert as that of the other formats, while the values stay what
// they are: whatever a terminal or the runner could act on is written as an
// escape, "##[" as "#\u0023[".
//
// Incidents and facts are written one after the other: the text of a folder of
// ten thousand runs is many times what its report takes.
func JSON(w io.Writer, r *report.Report, _ Options) error {
	out := inertWriter{w: bufio.NewWriter(w), known: map[string]string{}}
	frame := *r
	frame.Incidents, frame.Facts, frame.Unexplained = []report.Incident{}, []report.Fact{}, list(r.Unexplained)
	text, err := encode(frame)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	// No string has a bare quote in it, and both keys are always there.
	before, text, _ := bytes.Cut(text, []byte(`"incidents":[]`))
	between, after, _ := bytes.Cut(text, []byte(`"facts":[]`))
	out.write(before)
	incidents := writeList(&out, "incidents", r.Incidents, withLists)
	out.write(between)
	facts := writeList(&out, "facts", r.Facts, func(f report.Fact) report.Fact { return f })
	out.write(after)
	if err := errors.Join(incidents, facts); err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	out.w.WriteByte('\n')
	if err := out.w.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// writeList writes a field of a report that is a list.
func writeList[T any](out *inertWriter, name string, all []T, change func(T) T) error {
	out.write([]byte(`"` + name + `":`))
	for i := range all {
		text, err := encode(change(all[i]))
		if err != nil {
			return err
		}
		out.write(append([]byte{"[,"[min(i, 1)]}, text...))
	}
	if len(all) == 0 {
		out.write([]byte("[]"))
	} else {
		out.write([]byte("]"))
	}
	return nil
}

func encode(r any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(r)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// withLists is an incident with empty lists where there are none. It leaves that
// of the report alone.
func withLists(in report.Incident) report.Incident {
	in.Symptoms = list(in.Symptoms)
	in.Evidence = list(in.Evidence)
	in.Diagnoses = list(in.Diagnoses)
	for j := range in.Diagnoses {
		d := &in.Diagnoses[j]
		d.Because = list(d.Because)
		d.Missing = list(d.Missing)
		d.References = list(d.References)
	}
	return in
}

// list is a copy of s that is never nil.
func list[S ~[]E, E any](s S) S {
	return append(S{}, s...)
}

// inertWriter writes compact JSON text indented, and its strings rewritten. It
// holds no second copy, since a report may have many thousand packages. Most
// strings come again: keys, and the names of jobs and facts.
type inertWriter struct {
	w     *bufio.Writer
	depth int
	known map[string]string
	buf   []byte
}

// write writes a part of a text that begins and ends between two tokens.
func (o *inertWriter) write(src []byte) {
	const remembered = 2000
	newLine := func() {
		o.w.WriteByte('\n')
		for range o.depth {
			o.w.WriteString("  ")
		}
	}
	for len(src) > 0 {
		n := 1
		switch c := src[0]; c {
		case '"':
			n = literalLen(src)
			text, ok := o.known[string(src[:n])]
			if !ok {
				o.buf = appendLiteral(o.buf[:0], src[:n])
				text = string(o.buf)
				if len(o.known) < remembered {
					o.known[string(src[:n])] = text
				}
			}
			o.w.WriteString(text)
		case '{', '[':
			o.w.WriteByte(c)
			if src[1] == '}' || src[1] == ']' { // the encoder leaves none open
				o.w.WriteByte(src[1])
				n = 2
				break
			}
			o.depth++
			newLine()
		case '}', ']':
			o.depth--
			newLine()
			o.w.WriteByte(c)
		case ',':
			o.w.WriteByte(c)
			newLine()
		case ':':
			o.w.WriteString(": ")
		default:
			o.w.WriteByte(c)
		}
		src = src[n:]
	}
}

// literalLen is the length of the string literal that src begins with.
func literalLen(src []byte) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

// appendLiteral writes a literal without secrets and without anything that
// acts.
func appendLiteral(out, literal []byte) []byte {
	var s string
	if len(literal) >= 2 && bytes.IndexByte(literal, '\\') < 0 {
		s = string(literal[1 : len(literal)-1])
	} else if json.Unmarshal(literal, &s) != nil {
		return append(out, literal...)
	}
	return appendString(out, redact(s))
}

// redact is inert.Redact that also sees secrets with something invisible in
// them. Such a line loses what it hides.
func redact(s string) string {
	s = inert.Redact(s)
	if !strings.ContainsFunc(s, hides) {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if quoted := inert.Quote(line); quoted != inert.Text(line) {
			lines[i] = quoted
		}
	}
	return strings.Join(lines, "\n")
}

func hides(r rune) bool {
	return acts(r) || unicode.IsControl(r) && r != '\n'
}

// acts reports whether a rune is escaped although JSON allows it: controls,
// invisible and direction-changing characters and line separators.
func acts(r rune) bool {
	return r >= utf8.RuneSelf && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector) || r == '\x7f'
}

func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	var last, before rune
	for _, r := range s {
		switch {
		case r == '[' && last == '#' && before == '#':
			out = append(out[:len(out)-1], `\u0023[`...)
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\r':
			out = append(out, `\r`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r < ' ' || acts(r):
			out = appendEscape(out, r)
		default:
			out = utf8.AppendRune(out, r)
		}
		before, last = last, r
	}
	return append(out, '"')
}

// appendEscape writes r as one or two UTF-16 escapes.
func appendEscape(out []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		return fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
	}
	return fmt.Appendf(out, `\u%04x`, r)
}

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of what [JSON] writes. It allows
// additional fields everywhere; the values of enumerations are final.
func Schema() []byte {
	return bytes.Clone(schema)
}

// Func writes a report in one format. Its errors are the writer's.
type Func func(io.Writer, *report.Report, Options) error

// formats lists the renderers in the order in which help names them.
var formats = []struct {
	name   string
	render Func
}{
	{"text", Terminal},
	{"json", JSON},
	{"markdown", Markdown},
	{"github", Annotations},
	{"sarif", SARIF},
}

// Names lists the formats, the default first.
func Names() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// For is the renderer of a format, and whether there is one of that name.
func For(name string) (func(io.Writer, *report.Report, Options) error, bool) {
	for _, f := range formats {
		if f.name == name {
			return f.render, true
		}
	}
	return nil, false
}

// screen is how many lines a terminal shows without scrolling.
const screen = 24

// Terminal writes the report for people: what happened and why, where in the
// log it shows, what to check, how to mend it and what else it could be. One
// incident fits on a screen of 24 lines where its fix does, unless more is
// asked for.
func Terminal(w io.Writer, r *report.Report, o Options) error {
	height := 0
	if !o.All && !o.Verbose && !o.Quiet {
		height = screen * max(1, len(r.Incidents))
	}
	b := builder{r: r, o: o}
	text := b.document().Terminal(document.TerminalOptions{Width: o.Width, Height: height, Color: o.Color})
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
