// Command pubmortem explains from the first failed log why an npm publish with
// provenance or trusted publishing failed.
package main

import (
	"context"
	"math"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/command"
)

// memory is what the program tries to get along with, whatever it reads. What a
// scan keeps is well below: a limit near it would have the collector run always.
const memory = 48 << 20

// percent has small logs, which are most, end before the first collection.
const percent = 400

// grace is how long an interrupted program may take to clean up. Some of what
// it does cannot be broken off: opening a pipe that nobody writes to.
const grace = 30 * time.Millisecond

func main() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 && os.Getenv("GOGC") == "" { // nobody set other bounds
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(memory)
	}
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error of the write instead
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the program at once
		time.Sleep(grace)
		os.Exit(command.Interrupted(os.Stderr))
	})
	os.Exit(command.Main(ctx, os.Args[1:]))
}
