package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

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
		ErrTerminal: isTerminal(os.Stderr),
		Now:         time.Now,
		Output:      output,
	}
	if dir, err := os.UserCacheDir(); err == nil {
		std.CacheDir = filepath.Join(dir, program)
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

// output runs a program and returns what it prints, without the line's end.
func output(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second / 2 // a child of it may keep the pipe open
	text, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, exec.ErrWaitDelay):
		err = nil // it ended well, only the child did not
	}
	return strings.TrimSpace(string(text)), err
}
