package cli

import (
	"errors"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

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
	// exitNoLogs: the log could not be had or read, or is none.
	exitNoLogs = 3
	// exitNoAccess: it is there, but not for this user or this token.
	exitNoAccess = 4
	// exitInterrupted: stopped by a signal.
	exitInterrupted = 130
)

// exitHelp is the same for readers of the help.
const exitHelp = `Exit codes:
  0    explained, or nothing failed
  1    a failure that the catalog does not explain, or not all of it
  2    wrong call, or a bad catalog
  3    the log could not be had or read
  4    no access
  130  interrupted
`

// verdictCode is the exit code of a report.
func verdictCode(v report.Verdict) int {
	switch v {
	case report.Unexplained, report.PartlyExplained:
		return exitUnexplained
	}
	return exitOK
}

// callError says what is wrong with a call, all at once, and what to do.
type callError struct {
	msgs []string
	hint string
}

// wrongCall is a callError with one message.
func wrongCall(msg, hint string) error {
	return &callError{msgs: []string{msg}, hint: hint}
}

// Error is the first message; fail prints them all.
func (e *callError) Error() string {
	return e.msgs[0]
}

// fail tells what went wrong and what to do about it, and returns the exit code.
func (e *env) fail(err error) int {
	code, msgs, hint := explainError(err)
	if problems, ok := errors.AsType[*patterns.ProblemsError](err); ok {
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
	if problems, ok := errors.AsType[*patterns.ProblemsError](err); ok {
		return exitUsage, []string{"the catalog cannot be used: " + tally(problems.Problems)}, ownHint(err)
	}
	if logs, ok := errors.AsType[*fault.Error](err); ok {
		return fetchCode(logs.Kind), []string{logs.Msg}, logs.Hint
	}
	if out, ok := errors.AsType[*outputError](err); ok {
		return exitUsage, []string{out.Error()}, "name another file with -o, or leave it away"
	}
	return exitNoLogs, []string{err.Error()}, ""
}

// fetchCode is the exit code for what kept the log away.
func fetchCode(kind fault.Kind) int {
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
