package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// target is one report to write.
type target struct {
	render render.Func
	// file is where it goes; empty means standard output.
	file string
}

// targets reads -f and -o: a format with a file goes there, one without to -o,
// else to standard output. Where every format has a file, standard output or
// -o still gets the text. All mistakes are reported at once.
func (e *env) targets() ([]target, error) {
	var all []target
	var msgs []string
	open := false
	for _, f := range e.formats {
		name, file, hasFile := strings.Cut(f, "=")
		write, err := renderer(name, hasFile && file == "")
		if err != nil {
			msgs = append(msgs, err.Error())
			continue
		}
		if !hasFile {
			open, file = true, e.output
		}
		all = append(all, target{write, file})
	}
	if !open {
		write, _ := render.For(render.Names()[0])
		all = append(all, target{write, e.output})
	}
	if msgs = append(msgs, settle(all)...); msgs != nil {
		return nil, &callError{msgs: msgs, hint: "each format goes to its own place: -f text -f json=report.json"}
	}
	return all, nil
}

// renderer finds the format that -f names.
func renderer(name string, noFile bool) (render.Func, error) {
	write, ok := render.For(name)
	switch {
	case !ok:
		return nil, errors.New(suggest(fmt.Sprintf("-f is %s, not %q", or(render.Names()), name), name, render.Names()))
	case noFile:
		return nil, fmt.Errorf("-f %s= names no file", name)
	}
	return write, nil
}

// settle takes "-" for standard output and says which places two reports share.
func settle(all []target) []string {
	var msgs []string
	taken := map[string]bool{}
	for i := range all {
		if all[i].file == "-" {
			all[i].file = ""
		}
		file := all[i].file
		switch {
		case taken[file] && file == "":
			msgs = append(msgs, "only one format can go to standard output")
		case taken[file]:
			msgs = append(msgs, "two formats go to the file "+file)
		}
		taken[file] = true
	}
	return msgs
}

// write writes the report to all targets, files first: nothing that happens to
// standard output then keeps them from being complete.
func (e *env) write(r *report.Report, targets []target) error {
	for _, t := range targets {
		if t.file == "" {
			continue
		}
		err := writeFile(t.file, func(w io.Writer) error { return t.render(w, r, e.fileOptions()) })
		if err != nil {
			return &outputError{t.file, err}
		}
	}
	for _, t := range targets {
		if t.file != "" {
			continue
		}
		if err := t.render(e.Out, r, e.renderOptions()); err != nil {
			return &outputError{"standard output", err}
		}
	}
	return nil
}

// renderOptions are for standard output.
func (e *env) renderOptions() render.Options {
	return render.Options{Width: e.columns(), Color: e.useColor(), All: e.all, Verbose: e.verbose, Quiet: e.quiet}
}

// fileOptions are for files, which have no width and no colours of their own.
func (e *env) fileOptions() render.Options {
	o := e.renderOptions()
	o.Width, o.Color = e.width, e.color == "always"
	return o
}

// outputError says that a report could not be written.
type outputError struct {
	place string
	err   error
}

func (e *outputError) Error() string {
	return fmt.Sprintf("the report cannot be written to %s: %v", e.place, reason(e.err))
}

func (e *outputError) Unwrap() error {
	return e.err
}
