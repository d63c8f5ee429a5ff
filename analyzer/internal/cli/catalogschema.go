package cli

import (
	"context"

	"github.com/pubmortem/pubmortem/patterns"
)

func runCatalogSchema(_ context.Context, e *env, args []string) (int, error) {
	if len(args) > 0 {
		return exitUsage, wrongCall("catalog schema takes no arguments", "")
	}
	return exitOK, e.print(string(patterns.Schema()))
}
