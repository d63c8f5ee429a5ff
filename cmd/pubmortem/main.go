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

// endOnSignal ends the program, whatever it does at the time, since some of it
// cannot be broken off: opening a pipe that nobody writes to.
func endOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		signal.Reset() // a second signal ends it at once
		os.Exit(command.Interrupted(os.Stderr))
	}()
}

func main() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // nobody set GOMEMLIMIT
		boundMemory(memory, memory)
	}
	if given := debug.SetGCPercent(percent); given != 100 { // somebody set GOGC
		debug.SetGCPercent(given)
	}
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error of the write instead
	endOnSignal()
	os.Exit(command.Main(context.Background(), os.Args[1:]))
}
