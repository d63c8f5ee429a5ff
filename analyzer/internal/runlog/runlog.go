// Package runlog turns the bytes of a run's logs, however they were saved,
// into members whose lines know their job, step, number and kind.
//
// It opens containers and cleans lines; it never decides what a line means.
package runlog

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	// Among is how many runs' logs are read together with it, itself among them.
	Among int
	// Damaged tells that a part of it could not be read: what was not seen may
	// yet be there. It is complete once the members are read.
	Damaged bool

	mu      sync.Mutex // guards Notes and closers while members are read
	closers []io.Closer
	// outer is told what is noted of a log that is part of another.
	outer *Log
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

// mostNotes is how many notes are kept: a damaged archive could give one for
// each member.
const mostNotes = 50

// AddNote adds one sentence to l.Notes, once however often it is said. It may
// be called while other goroutines read members; read l.Notes itself only
// after they have finished.
func (l *Log) AddNote(sentence string) {
	if l.outer != nil {
		l.outer.AddNote(sentence)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.Notes) > mostNotes || slices.Contains(l.Notes, sentence):
	case len(l.Notes) == mostNotes:
		l.Notes = append(l.Notes, "further notes on damaged or skipped files were left out")
	default:
		l.Notes = append(l.Notes, sentence)
	}
}

// AddDamage notes that a part of the log could not be read, and why.
func (l *Log) AddDamage(sentence string) {
	l.AddNote(sentence)
	for ; l.outer != nil; l = l.outer {
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Damaged = true
}

// OnClose hands c to l, which closes it in Close. What is handed over last is
// closed first.
func (l *Log) OnClose(c io.Closer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closers = append(l.closers, c)
}

// Close releases what l reads from. A second call does nothing.
func (l *Log) Close() error {
	l.mu.Lock()
	closers := l.closers
	l.closers = nil
	l.mu.Unlock()

	var errs []error
	for _, c := range slices.Backward(closers) {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

var errOpenedTwice = errors.New("the member was opened before and can be read once only")

// handOut makes the Open of a member whose bytes were already peeked at.
func handOut(r io.Reader) func() (io.ReadCloser, error) {
	var taken atomic.Bool
	return func() (io.ReadCloser, error) {
		if taken.Swap(true) {
			return nil, errOpenedTwice
		}
		return io.NopCloser(r), nil
	}
}

// Part is the members of one run, and the file or folder that holds them.
type Part struct {
	File string
	Log  *Log
}

// Runs splits a log by the runs that its files belong to, in reading order.
// npm's own log beside a single other one belongs to it. The parts share what
// they read from with l, which is the one to close.
func (l *Log) Runs() []Part {
	index := map[string]int{}
	var parts []Part
	for _, m := range l.Members {
		if m.Format == FormatNpmDebug && m.Run == m.Name {
			continue
		}
		if _, ok := index[m.Run]; !ok {
			index[m.Run] = len(index)
		}
	}
	if len(index) < 2 {
		return []Part{{l.Name, l}}
	}
	among := len(index)
	index = map[string]int{}
	for _, m := range l.Members {
		i, ok := index[m.Run]
		if !ok {
			i = len(parts)
			index[m.Run] = i
			parts = append(parts, Part{m.Run, &Log{Kind: l.Kind, Name: l.Name, Among: among}})
		}
		parts[i].Log.Members = append(parts[i].Log.Members, m)
	}
	return parts
}

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

// Limits bound what is read of a container, whatever it declares of itself. A
// field that is zero means the default.
type Limits struct {
	// MaxMembers is how many files are looked at.
	MaxMembers int
	// MaxTotal is how many bytes are read of all members together, inflated.
	MaxTotal int64
	// MaxRatio is how many inflated bytes one packed byte may stand for.
	MaxRatio int64

	// inside tells that the container is itself in one: none is opened in it.
	inside bool
}

// DefaultLimits are far above what the service writes: the largest known job
// logs have some 500 MB (https://github.com/cli/cli/issues/11059), and logs
// shrink to a tenth or a thirtieth.
func DefaultLimits() Limits {
	return Limits{MaxMembers: 20_000, MaxTotal: 4 << 30, MaxRatio: 32}
}

// ratioGrace is what may be inflated before the ratio counts: a short log of
// equal lines packs better than any sensible ratio.
const ratioGrace = 32 << 20

func (lim Limits) orDefault() Limits {
	def := DefaultLimits()
	if lim.MaxMembers <= 0 {
		lim.MaxMembers = def.MaxMembers
	}
	if lim.MaxTotal <= 0 {
		lim.MaxTotal = def.MaxTotal
	}
	if lim.MaxRatio <= 0 {
		lim.MaxRatio = def.MaxRatio
	}
	return lim
}

// budget is what is left of the Limits of one container; its members share it
// and may be read at the same time.
type budget struct {
	lim Limits
	// packed tells the container's packed bytes read so far or in all; nil
	// when nothing is packed.
	packed func() int64
	used   atomic.Int64
}

// left returns how many bytes may still be read, and the sentence's end that
// says why there are no more.
func (b *budget) left() (int64, string) {
	bound, why := b.lim.MaxTotal, "more than "+byteCount(b.lim.MaxTotal)
	if b.packed != nil {
		if packed := b.packed(); packed < (bound-ratioGrace)/b.lim.MaxRatio {
			bound = ratioGrace + packed*b.lim.MaxRatio
			why = fmt.Sprintf("more than %d times its packed size", b.lim.MaxRatio)
		}
	}
	return bound - b.used.Load(), why
}

// reader bounds one member. What stops it before its end becomes a note of l,
// and the member then simply ends: a diagnosis goes on with what there is.
func (b *budget) reader(l *Log, name string, rc io.ReadCloser) io.ReadCloser {
	return &boundedReader{b: b, l: l, name: name, rc: rc}
}

type boundedReader struct {
	b    *budget
	l    *Log
	name string
	rc   io.ReadCloser
	done bool
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if r.done {
		return 0, io.EOF
	}
	left, why := r.b.left()
	if left <= 0 {
		return 0, r.overdrawn(why)
	}
	n, err := r.rc.Read(p[:min(int64(len(p)), left)])
	r.b.used.Add(int64(n))
	if err != nil {
		r.end(err)
		err = io.EOF
	}
	return n, err
}

// overdrawn ends the member; a member that ends just here was not cut.
func (r *boundedReader) overdrawn(why string) error {
	var next [1]byte
	if n, err := io.ReadFull(r.rc, next[:]); n == 0 && errors.Is(err, io.EOF) {
		r.done = true
		return io.EOF
	}
	r.done = true
	r.l.AddDamage(fmt.Sprintf("%s holds %s; the rest was not read", inertName(r.l.Name), why))
	return io.EOF
}

func (r *boundedReader) end(err error) {
	r.done = true
	if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.l.AddDamage(fmt.Sprintf("%s is damaged (%v); it was read up to there", r.name, err))
	}
}

func (r *boundedReader) Close() error {
	return r.rc.Close()
}

// byteCount writes n with a binary unit, rounded down.
func byteCount(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// inertName makes a name that came from an archive fit for a message: one
// line, no control bytes, of bounded length.
func inertName(name string) string {
	const most = 200
	clean := []rune(strings.Join(strings.Fields(scrub([]byte(name))), " "))
	if len(clean) > most {
		clean = append(clean[:most], '…')
	}
	return string(clean)
}
