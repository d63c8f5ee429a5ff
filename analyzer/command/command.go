// Package command is the program as a function: what cmd/pubmortem runs, for
// other programs that want to run it without a process of its own.
package command

import (
	"context"
	"io"

	"github.com/pubmortem/pubmortem/analyzer/internal/cli"
)

// Main runs the command line args (without the program's name) on the
// process's own streams and environment and returns the exit code.
func Main(ctx context.Context, args []string) int {
	return cli.Main(ctx, cli.System(), args)
}

// Interrupted says what Main says when ctx ends, and returns the same exit
// code, for a process that cannot wait for it.
func Interrupted(stderr io.Writer) int {
	return cli.Interrupted(stderr)
}
