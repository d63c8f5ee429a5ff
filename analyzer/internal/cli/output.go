package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/tempfile"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

type target struct {
	format string
	// file is where it goes; empty means standard output.
	file string
}

// targets reads -f and -o: a format with a file goes there, one without to -o,
// else to standard output. Where every format has a file, standard output or
// -o still gets the first of the known formats. All mistakes are reported at once.
func (e *env) targets(known []string) ([]target, error) {
	var all []target
	var msgs []string
	open := false
	for _, f := range e.formats {
		name, file, hasFile := strings.Cut(f, "=")
		switch {
		case !slices.Contains(known, name):
			msgs = append(msgs, words.DidYouMean(fmt.Sprintf("-f is %s, not %q", words.Or(known), name), name, known))
			continue
		case hasFile && file == "":
			msgs = append(msgs, fmt.Sprintf("-f %s= names no file", name))
			continue
		case !hasFile:
			open, file = true, e.output
		}
		all = append(all, target{name, file})
	}
	if !open {
		all = append(all, target{known[0], e.output})
	}
	if msgs = append(msgs, settle(all)...); msgs != nil {
		return nil, &callError{msgs: msgs, hint: "each format goes to its own place: -f text -f json=report.json"}
	}
	return all, nil
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

// write writes the report to all targets.
func (e *env) write(r *report.Report, targets []target) error {
	return e.writeAll(targets, func(format string, w io.Writer, o render.Options) error {
		write, _ := render.For(format) // e.targets knows it
		return write(w, r, o)
	})
}

// writeAll writes to all targets, files first: nothing that happens to standard
// output then keeps them from being complete.
func (e *env) writeAll(targets []target, write func(format string, w io.Writer, o render.Options) error) error {
	for _, t := range targets {
		if t.file == "" {
			continue
		}
		err := writeFile(t.file, func(w io.Writer) error { return write(t.format, w, e.fileOptions()) })
		if err != nil {
			return &outputError{t.file, err}
		}
	}
	for _, t := range targets {
		if t.file != "" {
			continue
		}
		if err := write(t.format, e.Out, e.renderOptions()); err != nil {
			return &outputError{"standard output", err}
		}
	}
	return nil
}

func (e *env) renderOptions() render.Options {
	return render.Options{Width: e.columns(), Color: e.useColor(), All: e.all, Verbose: e.verbose, Quiet: e.quiet}
}

// fileOptions are for files, which have no width and no colours of their own.
func (e *env) fileOptions() render.Options {
	o := e.renderOptions()
	o.Width, o.Color = e.width, e.color == "always"
	return o
}

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

// writeFile writes a file whole or not at all: what was there stays until the
// new content is complete. Devices and pipes, which cannot be replaced, are
// written to directly.
func writeFile(name string, write func(io.Writer) error) error {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.Mode().IsRegular():
		return replaceFile(name, write, info.Mode().Perm())
	case err != nil && errors.Is(err, fs.ErrNotExist):
		return replaceFile(name, write, 0o666)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	return errors.Join(buffered(f, write), f.Close())
}

func buffered(f *os.File, write func(io.Writer) error) error {
	out := bufio.NewWriter(f)
	return errors.Join(write(out), out.Flush())
}

// replaceFile writes beside the file and then takes its name.
func replaceFile(name string, write func(io.Writer) error, perm fs.FileMode) error {
	f, err := tempfile.Beside(name, perm)
	if err != nil {
		return err
	}
	if err := buffered(f, write); err != nil {
		return errors.Join(err, tempfile.Drop(f))
	}
	return tempfile.Keep(f, name)
}

// reason is an error without the names of calls and files, which messages give
// themselves.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

// useColor decides whether standard output gets colours. In falling order:
// --color, NO_COLOR (https://no-color.org), CLICOLOR_FORCE and FORCE_COLOR,
// TERM=dumb and CLICOLOR=0, then whether a person looks on: at a terminal, or
// at the page of an Actions run, which shows colours although it is no
// terminal. A file gets none unless told so.
func (e *env) useColor() bool {
	switch e.color {
	case "always":
		return true
	case "never":
		return false
	}
	force := e.Env("FORCE_COLOR")
	switch {
	case e.Env("NO_COLOR") != "":
		return false
	case isOn(e.Env("CLICOLOR_FORCE")) || isOn(force):
		return true
	case force != "" || e.Env("TERM") == "dumb" || e.Env("CLICOLOR") == "0":
		return false
	case e.OutFile:
		return false
	}
	return e.OutTerminal || e.Env("GITHUB_ACTIONS") == "true"
}

// isOn tells whether a variable says yes: 0 and false say no.
func isOn(value string) bool {
	return value != "" && value != "0" && value != "false"
}

// columns is the width of standard output: --width, the terminal's, COLUMNS,
// or 0 when nobody knows.
func (e *env) columns() int {
	switch {
	case e.width > 0:
		return e.width
	case e.Width > 0:
		return e.Width
	}
	n, err := strconv.Atoi(e.Env("COLUMNS"))
	if err != nil || n < minWidth {
		return 0
	}
	return n
}

func twoColumns(lines [][2]string) string {
	width := 0
	for _, line := range lines {
		width = max(width, utf8.RuneCountInString(line[0]))
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %-*s   %s", width, line[0], line[1]), " ") + "\n")
	}
	return b.String()
}

func (e *env) renderCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "render REPORT.json|-",
		Short: "print a saved report in another format",
		Long: `Print a report that was saved with "-f json" in another format. The exit code is
that of the report.`,
		Example: examples(
			"pubmortem render report.json",
			"pubmortem render report.json --all --verbose",
		),
		RunE: e.runs(runRender),
	}
	e.outputFlags(c.Flags(), render.Names())
	e.allFlag(c.Flags())
	return c
}

func runRender(ctx context.Context, e *env, args []string) (int, error) {
	if len(args) != 1 {
		return exitUsage, wrongCall("render needs one saved report", "pubmortem render report.json")
	}
	targets, err := e.targets(render.Names())
	if err != nil {
		return exitUsage, err
	}
	r, err := e.savedReport(ctx, args[0])
	if err != nil {
		return exitNoLogs, err
	}
	return reportCode(r), e.write(r, targets)
}

// savedReport reads a report from a file or, as "-", from standard input.
func (e *env) savedReport(ctx context.Context, name string) (*report.Report, error) {
	if name == "-" {
		return decodeReport("standard input", e.stdin(ctx))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, openError(name, err)
	}
	defer f.Close() // it was only read
	return decodeReport(name, f)
}

func openError(name string, err error) *fault.Error {
	name = fault.Shown(name)
	e := &fault.Error{Kind: fault.Unreadable, Msg: fmt.Sprintf("%s cannot be read: %v", name, reason(err)), Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Msg = fault.NotFound, name+" does not exist"
	case errors.Is(err, fs.ErrPermission):
		e.Kind = fault.NoAccess
	}
	return e
}

// A report's quotes are cut and counted: none has as many bytes, objects or
// commas. Three bytes of JSON can be hundreds in memory.
const (
	maxReport  = 8 << 20
	maxObjects = 30_000
	maxCommas  = 200_000
)

// decodeReport reads one report and refuses what is none, or a later one.
func decodeReport(name string, r io.Reader) (*report.Report, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	if err != nil {
		return nil, openError(name, err)
	}
	if len(data) > maxReport {
		return nil, noReport(name, fmt.Errorf("it has more than %d MiB", maxReport>>20))
	}
	if bytes.Count(data, []byte("{")) > maxObjects || bytes.Count(data, []byte(",")) > maxCommas {
		return nil, noReport(name, errors.New("it lists more than any report does"))
	}
	// Only what is a report otherwise can be one of another schema.
	var head struct{ Schema int }
	switch err := json.Unmarshal(data, &head); {
	case err != nil:
		return nil, noReport(name, jsonReason(data, err))
	case head.Schema == 0:
		return nil, noReport(name, errors.New(`it has no number "schema"`))
	case head.Schema != report.SchemaVersion:
		return nil, &fault.Error{
			Kind: fault.BadContent,
			Msg:  fmt.Sprintf("%s has schema %d, and this program knows %d", name, head.Schema, report.SchemaVersion),
			Hint: "use the version of pubmortem that wrote it",
		}
	}
	var saved report.Report
	if err := json.Unmarshal(data, &saved); err != nil {
		return nil, noReport(name, jsonReason(data, err))
	}
	return &saved, nil
}

func noReport(name string, why error) error {
	return &fault.Error{
		Kind: fault.BadContent,
		Msg:  fmt.Sprintf("%s is not a saved report: %v", name, why),
		Hint: "save one with: pubmortem LOG -f json=report.json",
		Err:  why,
	}
}

// jsonReason says in plain words what is wrong with a JSON text.
func jsonReason(data []byte, err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return errors.New("it is no JSON object")
		}
		return fmt.Errorf("the field %q must not be a %s", wrong.Field, wrong.Value)
	}
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return errors.New("it is empty")
	case ok && syntax.Offset >= int64(len(data)):
		return errors.New("its JSON ends in the middle")
	}
	return errors.New("it is no JSON")
}
