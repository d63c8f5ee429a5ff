package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// input is a log with what is known beside it, and where more can be asked.
type input struct {
	log   *runlog.Log
	known analyzer.Options
	// run is set when the log was downloaded.
	run *github.Run
}

// open gets the log that an argument names: "-" is standard input, a file or
// folder that exists is that, and a number, "last" or an address is a run.
// Close the log when it is read.
func (e *env) open(ctx context.Context, arg string) (*input, error) {
	if arg == "-" {
		log, err := runlog.OpenStdin(e.stdin(ctx), runlog.DefaultLimits())
		if err != nil {
			err = logError("stdin", "save the log to a file and give that", err)
		}
		return &input{log: log}, err
	}
	log, err := openLog(arg)
	missing, ok := errors.AsType[*fault.Error](err)
	if !ok || missing.Kind != fault.NotFound {
		return &input{log: log}, err
	}
	defaults, err := e.refDefaults(ctx)
	if err != nil {
		return nil, err
	}
	ref, isRef, err := repo.Parse(arg, defaults)
	switch {
	case !isRef:
		return nil, noSuchFile(arg, missing)
	case err != nil:
		return nil, err
	case e.offline:
		return nil, wrongCall("--offline keeps the program from downloading a run", "save the log first, or leave --offline away")
	}
	return e.download(ctx, ref)
}

// openLog opens the file or the folder of a log. Its errors are *fault.Error.
func openLog(name string) (*runlog.Log, error) {
	log, err := runlog.Open(name, runlog.DefaultLimits())
	if err != nil {
		return nil, logError(name, "check that it is a readable file", err)
	}
	return log, nil
}

// logError says why a log could not be opened, and hint what to do where
// nothing better is known.
func logError(name, hint string, err error) error {
	if content, ok := errors.AsType[*runlog.ContentError](err); ok {
		return &fault.Error{Kind: fault.BadContent, Msg: content.Msg, Hint: content.Hint, Err: err}
	}
	e := openError(name, err)
	switch e.Hint = hint; e.Kind {
	case fault.NotFound:
		e.Hint = "give a file, a folder, a run id or a run's address"
	case fault.NoAccess:
		e.Hint = "check who may read it"
	}
	return e
}

// noSuchFile says what an argument that is no file was probably meant to be.
func noSuchFile(arg string, missing error) error {
	if strings.ContainsAny(arg, `/\.`) {
		return missing
	}
	return wrongCall(suggest(fmt.Sprintf("there is no file, zip, directory or command named %q", arg), arg, names()),
		"the commands are "+and(names()))
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
