//go:build linux || darwin

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestSignals ends the program where it is blocked for ever: in reading a pipe
// that nobody writes to, with messages that nobody reads.
func TestSignals(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	full, messages, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	_ = messages.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
	if n, err := messages.Write(make([]byte, 8<<20)); err == nil {
		t.Fatalf("a pipe takes %d bytes", n)
	}
	for _, args := range [][]string{
		{"--offline", "PIPE"},
		{"--offline", "--publisher", "PIPE", "main.go"},
		{"--offline", "--catalog", "PIPE", "main.go"},
		{"render", "PIPE"},
		{"excerpt", "PIPE"},
		{"scan", "PIPE"},
	} {
		for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o666); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, self)
			cmd.Args, cmd.Stderr = []string{"pubmortem"}, messages
			for _, a := range args {
				if a == "PIPE" {
					a = pipe
				}
				cmd.Args = append(cmd.Args, a)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// It can be opened once the program has opened it, and stays empty.
			for ctx.Err() == nil {
				if fd, err := syscall.Open(pipe, syscall.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
					defer syscall.Close(fd)
					break
				}
				time.Sleep(time.Millisecond)
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Error(err)
			}
			_ = cmd.Wait() // the code tells
			if code := cmd.ProcessState.ExitCode(); code != 130 {
				t.Errorf("%v: %v ends it with %d", args, sig, code)
			}
		}
	}
}
