package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/fetch"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// input is a log with what is known beside it, and where more can be asked.
type input struct {
	log   *runlog.Log
	known analyzer.Options
	// run is set when the log was downloaded.
	run *fetch.Run
}

// open gets the log that an argument names: "-" is standard input, a file or
// folder that exists is that, and a number, "last" or an address is a run.
// Close the log when it is read.
func (e *env) open(ctx context.Context, arg string) (*input, error) {
	if arg == "-" {
		log, err := fetch.Stdin(e.stdin(ctx), runlog.DefaultLimits())
		return &input{log: log}, err
	}
	log, err := fetch.Local(arg, runlog.DefaultLimits())
	missing, ok := errors.AsType[*fetch.Error](err)
	if !ok || missing.Kind != fetch.NotFound {
		return &input{log: log}, err
	}
	defaults, err := e.refDefaults(ctx)
	if err != nil {
		return nil, err
	}
	ref, isRef, err := fetch.ParseRef(arg, defaults)
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
