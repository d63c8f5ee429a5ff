package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

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
		args, name, rest string
	}{
		{"", "", ""},
		{"run.log", "", "run.log"},
		{"explain", "explain", ""},
		{"explain npm-too-old", "explain", "npm-too-old"},
		{"--catalog explain run.log", "", "--catalog explain run.log"},
		{"-qv explain x", "explain", "-qv x"},
		{"--kind fact catalog list a.yaml", "catalog list", "--kind fact a.yaml"},
		{"catalog -v lint a.yaml", "catalog lint", "-v a.yaml"},
		{"catalog", "catalog", ""},
		{"catalog polish", "catalog", "polish"},
		{"-- explain", "", "-- explain"},
		{"explain -- version", "explain", "-- version"},
		{"--bogus explain", "", "--bogus explain"},
		{"version list", "version", "list"},
	}
	for _, test := range tests {
		cmd, rest := find(strings.Fields(test.args))
		if cmd.name != test.name || strings.Join(rest, " ") != test.rest {
			t.Errorf("%q: got command %q with %q", test.args, cmd.name, rest)
		}
	}
}

// TestFlagsAgree: a flag means the same in all commands, so that it may stand
// before a command's name.
func TestFlagsAgree(t *testing.T) {
	seen := map[string]*pflag.Flag{}
	for _, c := range commands() {
		flagSet(c, &options{}).VisitAll(func(f *pflag.Flag) {
			if same, ok := seen[f.Name]; ok && (same.Usage != f.Usage || same.Shorthand != f.Shorthand || same.Value.Type() != f.Value.Type()) {
				t.Errorf("%s has another --%s than the commands before", c.name, f.Name)
			}
			seen[f.Name] = f
			if name, usage := pflag.UnquoteUsage(f); f.Value.Type() != "bool" && !strings.HasPrefix(usage, name+" ") {
				t.Errorf("--%s: the usage has to begin with its value's name in back quotes", f.Name)
			}
		})
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	for _, c := range commands() {
		w := newWorld("", nil)
		if code := w.run(append(strings.Fields(c.name), "--help")...); code != exitOK || w.out.Len() == 0 {
			t.Errorf("%s --help: exit code %d, %d bytes", c.name, code, w.out.Len())
		}
		again := newWorld("", nil)
		if code := again.run(append([]string{"help"}, strings.Fields(c.name)...)...); code != exitOK || again.out.String() != w.out.String() {
			t.Errorf("help %s is not %s --help", c.name, c.name)
		}
	}
}

func TestMessagesAreInert(t *testing.T) {
	w := newWorld("", nil)
	w.run("##[error]\x1b[31mfoo")
	if got := w.err.String(); strings.Contains(got, "##[") || strings.Contains(got, "\x1b") {
		t.Errorf("got %q", got)
	}
}
