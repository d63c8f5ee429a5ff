// Package cli is the command line: it turns arguments, streams and the
// environment into one call of the analyzer or the catalog, and what comes of
// it into output, messages and an exit code.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/npm"
)

// program is what messages begin with.
const program = "pubmortem"

// IO is all that the command line knows of the world around it, so that tests
// can hand it another one.
type IO struct {
	In  io.Reader
	Out io.Writer // reports and what was asked for
	Err io.Writer // messages and advice
	// Env looks up an environment variable; empty means that it is not set.
	Env func(name string) string
	// InTerminal and OutTerminal tell whether a person sits at that end.
	InTerminal  bool
	OutTerminal bool
	// OutFile tells that Out is a regular file.
	OutFile bool
	// ErrTerminal tells whether progress shown on Err reaches a person.
	ErrTerminal bool
	// CacheDir keeps downloaded logs; empty means none are kept.
	CacheDir string
	// Registry and HTTP reach the world; nil means the real one.
	Registry *npm.Registry
	Now      func() time.Time
	// Output runs a command and returns what it prints (gh, git); nil runs none.
	Output func(ctx context.Context, name string, args ...string) (string, error)
	// Width is the number of columns of the terminal behind Out, or 0.
	Width int
}

// env is one call of the program: the world and the flags.
type env struct {
	IO
	options
}

// Main runs the command line without the program's name and returns the exit
// code. Cancelling ctx interrupts it.
func Main(ctx context.Context, std IO, args []string) int {
	e := &env{IO: std}
	code, err := e.dispatch(ctx, args)
	switch {
	case ctx.Err() != nil:
		e.say("interrupted")
		return exitInterrupted
	case errors.Is(err, syscall.EPIPE):
		// Whoever read the output has seen enough, as in "pubmortem log | head".
		return code
	case err != nil:
		return e.fail(err)
	}
	return code
}

// dispatch finds the command, reads its flags and runs it. The code counts
// unless there is an error.
func (e *env) dispatch(ctx context.Context, args []string) (int, error) {
	cmd, args := find(args)
	fs := flagSet(cmd, &e.options)
	if err := fs.Parse(args); err != nil {
		return exitUsage, flagError(cmd, fs, err)
	}
	switch {
	case e.help:
		return exitOK, e.print(commandHelp(cmd, fs))
	case e.version:
		return exitOK, e.printVersion()
	}
	if err := e.check(); err != nil {
		return exitUsage, err
	}
	return cmd.run(ctx, e, fs.Args())
}

// print writes what was asked for.
func (e *env) print(text string) error {
	if _, err := io.WriteString(e.Out, text); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

// say writes one message for people. What it quotes may come from anywhere, so
// it is made inert; that messages get lost is nothing to stop for.
func (e *env) say(sentence string) {
	fmt.Fprintf(e.Err, "%s: %s\n", program, inert.Text(sentence))
}
