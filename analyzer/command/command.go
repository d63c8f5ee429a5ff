// Package command is the program as a function: what cmd/pubmortem runs, for
// other programs that want to run it without a process of its own.
package command

import (
	"context"
	"io"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/cli"
	"github.com/pubmortem/pubmortem/analyzer/internal/tempfile"
)

// Main runs the command line args (without the program's name) on the
// process's own streams and environment and returns the exit code.
func Main(ctx context.Context, args []string) int {
	return cli.Main(ctx, cli.System(), args)
}

// grace is how long Interrupted may take: whoever reads messages may have
// stopped to, and a disk may hang.
const grace = 50 * time.Millisecond

// Interrupted is for a process that a signal ends while Main goes on: it removes
// Main's temporary files, says what Main says when ctx ends, and returns the
// same exit code. Main can do nothing useful after it.
func Interrupted(stderr io.Writer) (code int) {
	done := make(chan bool)
	go func() {
		tempfile.DropAll()
		cli.Interrupted(stderr)
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(grace):
	}
	return cli.Interrupted(io.Discard)
}
