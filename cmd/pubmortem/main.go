// Command pubmortem explains from the first failed log why an npm publish with
// provenance or trusted publishing failed.
package main

import (
	"context"
	"math"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/command"
)

// memory is what the program tries to get along with, whatever it reads. What a
// scan keeps is well below: a limit near it would have the collector run always.
const memory = 42 << 20

// percent has small logs, which are most, end before the first collection.
const percent = 400

// boundMemory sets the limit, and a higher one after each collection that left
// nearly as much: the work of a few thousand publishes needs it. A command that
// sets another limit moves it.
func boundMemory(least, limit int64) {
	debug.SetMemoryLimit(limit)
	runtime.AddCleanup(new([16]byte), func(int) {
		if now := debug.SetMemoryLimit(-1); now != limit {
			least = now
		}
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		const room = 8 << 20
		boundMemory(least, max(least, int64(live[0].Value.Uint64())*5/4+room))
	}, 0)
}

// grace is how long an interrupted program may take to clean up. Some of what
// it does cannot be broken off: opening a pipe that nobody writes to.
const grace = 30 * time.Millisecond

func main() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // nobody set GOMEMLIMIT
		boundMemory(memory, memory)
	}
	if given := debug.SetGCPercent(percent); given != 100 { // somebody set GOGC
		debug.SetGCPercent(given)
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
