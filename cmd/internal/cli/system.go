package cli

import (
	"os"

	"golang.org/x/term"
)

// System is the world of this process.
func System() IO {
	std := IO{
		In:          os.Stdin,
		Out:         os.Stdout,
		Err:         os.Stderr,
		Env:         os.Getenv,
		InTerminal:  isTerminal(os.Stdin),
		OutTerminal: isTerminal(os.Stdout),
	}
	if info, err := os.Stdout.Stat(); err == nil {
		std.OutFile = info.Mode().IsRegular()
	}
	if std.OutTerminal {
		// A terminal that does not tell its width has width 0: unknown.
		std.Width, _, _ = term.GetSize(int(os.Stdout.Fd()))
	}
	return std
}

func isTerminal(f *os.File) bool {
	return term.IsTerminal(int(f.Fd()))
}
