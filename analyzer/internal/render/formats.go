package render

import (
	"fmt"
	"io"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

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
