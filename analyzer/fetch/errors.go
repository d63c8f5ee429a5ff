package fetch

// Kind says what kept the logs away; the command line maps it to exit codes.
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
)

// String names the kind for messages of tests and logs.
func (k Kind) String() string {
	switch k {
	case NotFound:
		return "not found"
	case Unreadable:
		return "unreadable"
	case NoAccess:
		return "no access"
	case BadContent:
		return "bad content"
	}
	return "unknown"
}

// Error says in one sentence why logs could not be had, and what to do next.
type Error struct {
	Kind Kind
	// Msg says what is wrong with what; no capital, no full stop.
	Msg string
	// Hint says what to do next.
	Hint string
	// Err is the cause, or nil.
	Err error
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
