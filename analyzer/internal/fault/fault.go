// Package fault is the one vocabulary of errors of all that is read from
// elsewhere: files, GitHub, npm registries and status pages.
package fault

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ErrNotFound is in the chain of an *Error of kind NotFound where the thing
// itself that was asked for is not there: a file, a package, a statement.
var ErrNotFound = errors.New("not found")

// Kind says what kept something away; the command line maps it to exit codes.
type Kind int

// The kinds of errors.
const (
	// NotFound: there is nothing under that name, number or address.
	NotFound Kind = iota + 1
	// Unreadable: it is there, but reading it failed.
	Unreadable
	// NoAccess: it is there, but not for this user or this token.
	NoAccess
	// BadContent: it was read and is no log.
	BadContent
	// BadRef: what was given names no run.
	BadRef
	// NoToken: GitHub wants a token and there is none.
	NoToken
	// BadToken: GitHub refused the token.
	BadToken
	// Expired: the logs were there once and are gone.
	Expired
	// InProgress: the run or the job goes on, and nothing has finished.
	InProgress
	// NotStarted: no job ran, so there is no log.
	NotStarted
	// RateLimited: the server wants fewer requests; see Error.Until.
	RateLimited
	// Unavailable: the server did not answer, or failed to.
	Unavailable
	// Interrupted: the context ended; Err is its error.
	Interrupted
)

// Error says in one sentence why something could not be had, and what to do
// next.
type Error struct {
	Kind Kind
	// Msg says what is wrong with what; no capital, no full stop.
	Msg string
	// Hint says what to do next.
	Hint string
	// Until is when a RateLimited server answers again, in UTC; zero when it
	// did not say.
	Until time.Time
	// Err is the cause, or nil. It holds neither tokens nor signed addresses.
	Err error
}

// NewBadRef is an Error of kind BadRef.
func NewBadRef(msg, hint string) error {
	return &Error{Kind: BadRef, Msg: msg, Hint: hint}
}

// Shown writes a name as it is, or quoted when it holds what a terminal should
// not get.
func Shown(name string) string {
	odd := func(r rune) bool { return !unicode.IsPrint(r) }
	if name == "" || strings.ContainsFunc(name, odd) {
		return strconv.QuoteToGraphic(name)
	}
	return name
}

// Error is the message and the hint.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Msg
	}
	return e.Msg + "; " + e.Hint
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	return e.Err
}
