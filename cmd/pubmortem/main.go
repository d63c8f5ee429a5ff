// Command pubmortem explains from the first failed log why an npm publish with
// provenance or trusted publishing failed.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/pubmortem/pubmortem/cmd/internal/cli"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error of the write instead
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(cli.Main(ctx, cli.System(), os.Args[1:]))
}
