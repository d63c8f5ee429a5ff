package runlog

// ContentError says that the bytes were there but are no log: empty, binary,
// a web page, an API's error answer, a damaged archive. It unwraps to
// ErrNoLogs, and to what went wrong, if anything did.
type ContentError struct {
	// Msg says what the bytes are; it starts with the container's name.
	Msg string
	// Hint says what to do instead.
	Hint string
	// Err is the cause, or nil.
	Err error
}

// Error is the message and the hint in one sentence.
func (e *ContentError) Error() string {
	if e.Hint == "" {
		return e.Msg
	}
	return e.Msg + "; " + e.Hint
}

// Unwrap makes errors.Is(err, ErrNoLogs) true.
func (e *ContentError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrNoLogs}
	}
	return []error{ErrNoLogs, e.Err}
}
