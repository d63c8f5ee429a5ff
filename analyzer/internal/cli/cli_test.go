package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// world is a call of the program that sees nothing of this process.
type world struct {
	IO
	out, err bytes.Buffer
}

func newWorld(in string, vars map[string]string) *world {
	w := &world{}
	w.IO = IO{In: strings.NewReader(in), Out: &w.out, Err: &w.err, Env: func(name string) string { return vars[name] }}
	return w
}

func (w *world) run(args ...string) int {
	return Main(context.Background(), w.IO, args)
}

func TestNoArgumentAtTerminal(t *testing.T) {
	w := newWorld("", nil)
	w.InTerminal = true
	if code := w.run(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if got := w.out.String(); got != shortHelp {
		t.Errorf("got %q", got)
	}
}

func TestDashAtTerminalSaysWhatItWaitsFor(t *testing.T) {
	w := newWorld("", nil)
	w.InTerminal = true
	if code := w.run("-"); code != exitNoLogs {
		t.Errorf("exit code %d", code)
	}
	if got := w.err.String(); !strings.Contains(got, "Ctrl-D") {
		t.Errorf("got %q", got)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	w := newWorld("", nil)
	blocked, release := io.Pipe() // a terminal at which nobody types
	defer release.Close()
	w.In = blocked
	done := make(chan int)
	go func() { done <- Main(ctx, w.IO, []string{"-"}) }()
	cancel()
	if code := <-done; code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if got := w.err.String(); got != "pubmortem: interrupted\n" {
		t.Errorf("got %q", got)
	}
}

// closedPipe is a reader that went away.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestClosedPipeIsQuiet(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"version"}, {"explain"}, {"catalog", "list"}, {"-"}} {
		w := newWorld("hello\n", nil)
		w.Out = closedPipe{}
		if code := w.run(args...); code != exitOK {
			t.Errorf("%v: exit code %d", args, code)
		}
		if got := w.err.String(); got != "" {
			t.Errorf("%v: got %q", args, got)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	w := newWorld("hello\n", nil)
	w.Out = fullDisk{}
	if code := w.run("-"); code != exitUsage {
		t.Errorf("exit code %d", code)
	}
	if got := w.err.String(); !strings.Contains(got, "no space left") {
		t.Errorf("got %q", got)
	}
}

func TestFind(t *testing.T) {
	tests := []struct {
		args, path, rest string
	}{
		{"", "", ""},
		{"run.log", "", "run.log"},
		{"explain npm-too-old", "explain", "npm-too-old"},
		{"--catalog explain run.log", "", "--catalog explain run.log"},
		{"-qv explain x", "explain", "-qv x"},
		{"--kind fact catalog list a.yaml", "catalog list", "--kind fact a.yaml"},
		{"catalog -v lint a.yaml", "catalog lint", "-v a.yaml"},
		{"catalog polish", "catalog", "polish"},
		{"-- explain", "", "-- explain"},
		{"explain -- version", "explain", "-- version"},
		{"--bogus explain", "", "--bogus explain"},
		{"version list", "version", "list"},
	}
	for _, test := range tests {
		c, rest, err := Command().Find(strings.Fields(test.args))
		path := strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), program), " ")
		if err != nil || path != test.path || strings.Join(rest, " ") != test.rest {
			t.Errorf("%q: got command %q with %q, %v", test.args, path, rest, err)
		}
	}
}

// eachCommand visits all commands that help lists.
func eachCommand(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			eachCommand(sub, visit)
		}
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	eachCommand(Command(), func(c *cobra.Command) {
		words := strings.Fields(c.CommandPath())[1:]
		w, again := newWorld("", nil), newWorld("", nil)
		if code := w.run(append(words, "--help")...); code != exitOK || w.err.Len() > 0 {
			t.Errorf("%s --help: exit code %d, %s", c.CommandPath(), code, w.err.String())
		}
		if c.Short == "" || c.Example == "" && c.Parent().Name() != "completion" {
			t.Errorf("%s has no short description, or no example", c.CommandPath())
		}
		if code := again.run(append([]string{"help"}, words...)...); code != exitOK || again.out.String() != w.out.String() {
			t.Errorf("help %v is not %s --help", words, c.CommandPath())
		}
	})
}

// TestFlagsNameTheirValues: help shows what cobra calls string otherwise.
func TestFlagsNameTheirValues(t *testing.T) {
	eachCommand(Command(), func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() != "bool" && !strings.Contains(f.Usage, "`") {
				t.Errorf("%s --%s: its usage has no value's name in back quotes", c.CommandPath(), f.Name)
			}
		})
	})
}

func TestMessagesAreInert(t *testing.T) {
	w := newWorld("", nil)
	w.run("##[error]\x1b[31mfoo")
	if got := w.err.String(); strings.Contains(got, "##[") || strings.Contains(got, "\x1b") {
		t.Errorf("got %q", got)
	}
}
