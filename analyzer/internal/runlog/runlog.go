// Package runlog turns the bytes of a run's logs, however they were saved,
// into members whose lines know their job, step, number and kind.
//
// It opens containers and cleans lines; it never decides what a line means.
package runlog

import (
	"errors"
	"io"
	"sync"
)

// Format is the way the lines of one member are written.
type Format int

// The formats.
const (
	FormatText     Format = iota // bare lines, pasted or printed by a program
	FormatRaw                    // a job log or step file: every message stamped
	FormatGH                     // gh run view --log: JOB<TAB>STEP<TAB>line
	FormatWeb                    // copied from the web page
	FormatAct                    // nektos/act output
	FormatNpmDebug               // npm's own _logs/*-debug-N.log
)

// String names the format as the report's source.format does.
func (f Format) String() string {
	switch f {
	case FormatRaw:
		return "raw"
	case FormatGH:
		return "gh"
	case FormatWeb:
		return "web"
	case FormatAct:
		return "act"
	case FormatNpmDebug:
		return "npm-debug"
	}
	return "text"
}

// Log is an opened container.
type Log struct {
	// Kind is file, stdin, zip or dir; Name is what the user called it.
	Kind string
	Name string
	// Members in reading order: jobs by their ordinal, steps by number.
	Members []Member
	// Notes are sentences on what was skipped, damaged or cut.
	Notes []string
	// Damaged tells that a part of it could not be read: what was not seen may
	// yet be there. It is complete once the members are read.
	Damaged bool

	mu      sync.Mutex // guards Notes and closers while members are read
	closers []io.Closer
}

// Member is one stream of lines.
type Member struct {
	// Name is the member's own name (a path in an archive), for messages.
	Name string
	// Run tells the runs in a folder or archive apart: the folder of a run's
	// files, or the path of a file that stands by itself.
	Run string
	// Job and Step are known from the archive's names; empty when only the lines tell.
	Job  string
	Step string
	// StepNumber is the API's step number, 0 when unknown.
	StepNumber int
	// System marks the service's own file (JOB/system.txt).
	System bool
	Format Format
	// Size is the declared size in bytes, or -1.
	Size int64
	// Open returns the bytes, decompressed. It may be called once only.
	Open func() (io.ReadCloser, error)
}

// ErrNoLogs says that the container holds nothing that reads as a log.
var ErrNoLogs = errors.New("no log found")

// Kind is what the runner marked a line as.
type Kind int

// The kinds of lines.
const (
	KindOutput Kind = iota
	KindError
	KindWarning
	KindNotice
	KindDebug
	KindCommand
	KindGroup
	KindEndGroup
	KindSection
)

// Line is one cleaned line.
type Line struct {
	// Job and Step are set when the line itself names them (gh, act).
	Job  string
	Step string
	Kind Kind
	// Stamped tells whether the line carried a time stamp; without one it
	// continues the message above, where the format stamps lines.
	Stamped bool
	// Stamp is the raw time stamp text, empty when there was none.
	Stamp string
	// Indent counts the blanks before the text.
	Indent int
	// Text is the line without prefix, stamp, tag, colour and control bytes;
	// trailing blanks are gone. For a group it is the title.
	Text string
}

// MaxLine is how much of one line is looked at, in bytes. Longer lines are cut
// around the place of interest; nothing is lost of the rest of the log.
const MaxLine = 64 << 10
