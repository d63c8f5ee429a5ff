// Package render turns a finished report into ink: text and Markdown for
// people, JSON for programs, annotations for GitHub Actions.
//
// A renderer reads nothing but the report. Whatever stands in one may have
// been copied out of a hostile log, so each renderer makes every text inert
// again before it prints it, whoever made the report.
package render

import (
	"io"

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
