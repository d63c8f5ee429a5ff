// Package cli is the command line: it turns arguments, streams and the
// environment into one call of the analyzer or the catalog, and what comes of
// it into output, messages and an exit code.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/npm"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

const program = "pubmortem"

// IO is all that the command line knows of the world around it, so that tests
// can hand it another one.
type IO struct {
	In  io.Reader
	Out io.Writer // reports and what was asked for
	Err io.Writer // messages and advice
	// Env looks up an environment variable; empty means that it is not set.
	Env func(name string) string
	// InTerminal and OutTerminal tell whether a person sits at that end.
	InTerminal  bool
	OutTerminal bool
	// OutFile tells that Out is a regular file.
	OutFile bool
	// ErrTerminal tells whether progress shown on Err reaches a person.
	ErrTerminal bool
	// CacheDir keeps downloaded logs; empty means none are kept.
	CacheDir string
	// Registry and HTTP reach the world; nil means the real one.
	Registry *npm.Registry
	Now      func() time.Time
	// Output runs a command and returns what it prints (gh, git); nil runs none.
	Output func(ctx context.Context, name string, args ...string) (string, error)
	// Width is the number of columns of the terminal behind Out, or 0.
	Width int
}

// env is one call of the program: the world and the flags.
type env struct {
	IO
	options
	// started tells that a command runs, so that errors are no longer about the call.
	started bool
	// code is the exit code of the command that ran.
	code int
}

// Main runs the command line without the program's name and returns the exit
// code. Cancelling ctx interrupts it.
func Main(ctx context.Context, std IO, args []string) int {
	e := &env{IO: std}
	root := e.command()
	root.SetArgs(append([]string{}, args...)) // cobra takes nil for the process's own
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		e.completeFlags(root)
	}
	err := root.ExecuteContext(ctx)
	switch {
	case ctx.Err() != nil:
		return Interrupted(e.Err)
	case errors.Is(err, syscall.EPIPE):
		// Whoever read the output has seen enough, as in "pubmortem log | head".
		return e.code
	case err != nil && !e.started:
		err = asCallError(err)
	}
	if err != nil {
		return e.fail(err)
	}
	return e.code
}

// Interrupted tells that a signal ended the program, and returns its exit code.
func Interrupted(stderr io.Writer) int {
	fmt.Fprintln(stderr, program+": interrupted")
	unfinished.Range(func(name, _ any) bool {
		_ = os.Remove(name.(string)) // it stays where that fails
		return true
	})
	return exitInterrupted
}

// print writes what was asked for.
func (e *env) print(text string) error {
	if _, err := io.WriteString(e.Out, text); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

// say writes one message for people. What it quotes may come from anywhere, so
// it is made inert; that messages get lost is nothing to stop for.
func (e *env) say(sentence string) {
	fmt.Fprintf(e.Err, "%s: %s\n", program, clean(sentence))
}

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

func (e *env) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "print the version",
		Long:              "Print the version, the commit that it was built from and the version of Go.",
		Example:           examples("pubmortem version"),
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: e.runs(func(context.Context, *env, []string) (int, error) {
			return exitOK, e.printVersion()
		}),
	}
}

func (e *env) printVersion() error {
	return e.print(fmt.Sprintf("%s %s\n", program, currentBuild()))
}

type build struct {
	version   string // "v1.2.3", or "devel"
	commit    string // empty when it was not built from a repository
	date      string // of the commit, RFC 3339
	dirty     bool   // built with changes that are not in the commit
	goVersion string
}

// release is the version of a released program. The linker sets it, so that a
// program depends on nothing but the source and the version: whoever builds a
// release anew gets the same bytes.
var release string

// currentBuild reads what the linker and the go command wrote into this program.
var currentBuild = sync.OnceValue(func() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(info)
})

func buildOf(info *debug.BuildInfo) build {
	b := build{version: info.Main.Version, goVersion: info.GoVersion}
	switch {
	case release != "":
		b.version = "v" + release
	case b.version == "" || b.version == "(devel)":
		b.version = "devel"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.time":
			b.date = s.Value
		case "vcs.modified":
			b.dirty = s.Value == "true"
		}
	}
	return b
}

// String is "v1.2.3 (4f2a91c0b7d3, 2026-11-02) go1.26.0 linux/amd64".
func (b build) String() string {
	const shortCommit, day = 12, len("2006-01-02")
	var from []string
	if b.commit != "" {
		commit := b.commit[:min(shortCommit, len(b.commit))]
		if b.dirty {
			commit += " with changes"
		}
		from = append(from, commit)
	}
	if b.date != "" {
		from = append(from, b.date[:min(day, len(b.date))])
	}
	text := b.version
	if from != nil {
		text += " (" + strings.Join(from, ", ") + ")"
	}
	return fmt.Sprintf("%s %s %s/%s", text, b.goVersion, runtime.GOOS, runtime.GOARCH)
}

// The exit codes. They are the same for every format.
const (
	// exitOK: the failure is explained, or nothing failed. A publish that went
	// out without provenance counts as explained.
	exitOK = 0
	// exitUnexplained: something failed that the catalog does not explain, or
	// not all of it.
	exitUnexplained = 1
	// exitUsage: a wrong call, a bad catalog, or a place for the output that
	// cannot be written to.
	exitUsage = 2
	// exitNoLogs: the log could not be had or read, or is none, or a part of it
	// could not be read and the rest explains nothing.
	exitNoLogs = 3
	// exitNoAccess: it is there, but not for this user or this token.
	exitNoAccess = 4
	// exitInterrupted: stopped by a signal.
	exitInterrupted = 130
)

const exitHelp = `Exit codes:

    0    explained, or nothing failed
    1    a failure that the catalog does not explain, or not all of it
    2    wrong call, or a bad catalog
    3    the log, or a part that matters, could not be had or read
    4    no access
    130  interrupted
`

// reportCode is the exit code of a report. What a damaged log does not show may
// stand in the part that is missing: only what it explains is an answer.
func reportCode(r *report.Report) int {
	switch r.Verdict {
	case report.Explained, report.PublishedWithoutProvenance:
		return exitOK
	case report.PartlyExplained:
		return exitUnexplained
	}
	switch {
	case r.Source.Damaged:
		return exitNoLogs
	case r.Verdict == report.Unexplained:
		return exitUnexplained
	}
	return exitOK
}

// callError says what is wrong with a call, all at once, and what to do.
type callError struct {
	msgs []string
	hint string
}

func wrongCall(msg, hint string) error {
	return &callError{msgs: []string{msg}, hint: hint}
}

// asCallError takes an error that cobra has with a call for one of ours.
func asCallError(err error) error {
	if _, ok := errors.AsType[*callError](err); ok {
		return err
	}
	return wrongCall(err.Error(), "")
}

// Error is the first message; fail prints them all.
func (e *callError) Error() string {
	return e.msgs[0]
}

// fail tells what went wrong and what to do about it, and returns the exit code.
func (e *env) fail(err error) int {
	code, msgs, hint := explainError(err)
	if problems, ok := errors.AsType[*catalog.ProblemsError](err); ok {
		e.listProblems(e.Err, problems.Problems)
	}
	for _, msg := range msgs {
		e.say(msg)
	}
	if hint != "" {
		e.say("hint: " + hint)
	}
	return code
}

// explainError is the exit code of an error, with sentences and advice for people.
func explainError(err error) (code int, msgs []string, hint string) {
	if call, ok := errors.AsType[*callError](err); ok {
		return exitUsage, call.msgs, call.hint
	}
	if problems, ok := errors.AsType[*catalog.ProblemsError](err); ok {
		return exitUsage, []string{"the catalog cannot be used: " + tally(problems.Problems)}, ownHint(err)
	}
	if logs, ok := errors.AsType[*fault.Error](err); ok {
		return faultCode(logs.Kind), []string{logs.Msg}, logs.Hint
	}
	if out, ok := errors.AsType[*outputError](err); ok {
		return exitUsage, []string{out.Error()}, "name another file with -o, or leave it out"
	}
	return exitNoLogs, []string{err.Error()}, ""
}

// faultCode is the exit code for what kept the log away.
func faultCode(kind fault.Kind) int {
	switch kind {
	case fault.BadRef:
		return exitUsage
	case fault.NoAccess, fault.NoToken, fault.BadToken:
		return exitNoAccess
	case fault.Interrupted:
		return exitInterrupted
	}
	return exitNoLogs
}
