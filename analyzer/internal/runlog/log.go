package runlog

import (
	"errors"
	"io"
	"slices"
	"sync/atomic"
)

// mostNotes is how many notes are kept: a damaged archive could give one for
// each member.
const mostNotes = 50

// AddNote adds one sentence to l.Notes, once however often it is said. It may
// be called while other goroutines read members; read l.Notes itself only
// after they have finished.
func (l *Log) AddNote(sentence string) {
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
	index = map[string]int{}
	for _, m := range l.Members {
		i, ok := index[m.Run]
		if !ok {
			i = len(parts)
			index[m.Run] = i
			parts = append(parts, Part{m.Run, &Log{Kind: l.Kind, Name: l.Name}})
		}
		parts[i].Log.Members = append(parts[i].Log.Members, m)
	}
	return parts
}
