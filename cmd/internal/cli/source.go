package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/fetch"
	"github.com/pubmortem/pubmortem/analyzer/runlog"
)

// open gets the log that an argument names, with what is known beside it: "-"
// is standard input, anything else a path. Close the log when it is read.
func (e *env) open(ctx context.Context, arg string) (*runlog.Log, analyzer.Options, error) {
	var known analyzer.Options
	if arg == "-" {
		log, err := fetch.Stdin(e.stdin(ctx), runlog.DefaultLimits())
		return log, known, err
	}
	log, err := fetch.Local(arg, runlog.DefaultLimits())
	if missing, ok := errors.AsType[*fetch.Error](err); ok && missing.Kind == fetch.NotFound {
		return nil, known, noSuchFile(arg, missing)
	}
	return log, known, err
}

// noSuchFile says what an argument that is no file was probably meant to be.
func noSuchFile(arg string, missing error) error {
	if isNumber(arg) {
		return saveFirst(arg, arg)
	}
	if repository, id, job, ok := runAddress(arg); ok {
		return saveFirst("this address", strings.TrimSpace(strings.Join([]string{id, job}, " "))+" -R "+repository)
	}
	if strings.ContainsAny(arg, `/\.`) {
		return missing
	}
	return wrongCall(suggest(fmt.Sprintf("there is no file, zip, directory or command named %q", arg), arg, names()),
		"the commands are "+and(names()))
}

func saveFirst(what, args string) error {
	return wrongCall(what+" is no saved log", "save the log first: gh run view "+args+" --log > run.log")
}

// runAddress takes the address of a run or of one of its jobs apart, as gh
// wants to have it: https://HOST/OWNER/NAME/actions/runs/ID[/job/ID].
func runAddress(arg string) (repository, id, job string, ok bool) {
	rest, ok := strings.CutPrefix(arg, "https://")
	if !ok {
		return "", "", "", false
	}
	parts := strings.Split(strings.SplitN(rest, "?", 2)[0], "/")
	if len(parts) < 6 || parts[3] != "actions" || parts[4] != "runs" || !isNumber(parts[5]) {
		return "", "", "", false
	}
	if len(parts) > 7 && parts[6] == "job" && isNumber(parts[7]) {
		job = "--job " + parts[7]
	}
	repository = parts[1] + "/" + parts[2]
	if parts[0] != "github.com" {
		repository = parts[0] + "/" + repository
	}
	return repository, parts[5], job, true
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// stdin is standard input whose reads end when ctx does: a read of a terminal
// or a pipe cannot be broken off otherwise.
func (e *env) stdin(ctx context.Context) io.Reader {
	if e.InTerminal && !e.quiet {
		e.say("reading the log from the terminal; end it with Ctrl-D")
	}
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(w, e.In)
		w.CloseWithError(err)
	}()
	return r
}
