package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

func renderCommand() command {
	return command{
		name:  "render",
		args:  "REPORT.json|-",
		short: "print a saved report in another format",
		long: `Print a report that was saved with "-f json" in another format. The exit code is
that of the report.`,
		examples: []string{
			"pubmortem render report.json",
			"pubmortem render report.json --all --verbose",
		},
		flags: outputFlags,
		run:   runRender,
	}
}

func runRender(ctx context.Context, e *env, args []string) (int, error) {
	if len(args) != 1 {
		return exitUsage, wrongCall("render needs one saved report", "pubmortem render report.json")
	}
	targets, err := e.targets()
	if err != nil {
		return exitUsage, err
	}
	r, err := e.savedReport(ctx, args[0])
	if err != nil {
		return exitNoLogs, err
	}
	return verdictCode(r.Verdict), e.write(r, targets)
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

// openError says why a file could not be read.
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

// maxReport is more than any report has: its quotes are cut and counted.
const maxReport = 64 << 20

// decodeReport reads one report and refuses what is none, or a later one.
func decodeReport(name string, r io.Reader) (*report.Report, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	if err != nil {
		return nil, openError(name, err)
	}
	if len(data) > maxReport {
		return nil, noReport(name, fmt.Errorf("it has more than %d MiB", maxReport>>20))
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
		Msg:  fmt.Sprintf("%s is no saved report: %v", name, why),
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
