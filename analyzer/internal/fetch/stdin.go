package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// stdinName is what messages and reports call standard input.
const stdinName = "stdin"

// Stdin opens what comes from r, as a rule standard input: a log, gzipped or
// not, or a log archive. An archive cannot be read as a stream; it is copied
// to a temporary file, at most lim.MaxTotal bytes, which is gone after Close.
//
// Its errors are of type *Error. r is not closed.
func Stdin(r io.Reader, lim runlog.Limits) (*runlog.Log, error) {
	l, err := stream("stdin", stdinName, r, lim)
	if err != nil {
		return nil, streamError(err)
	}
	return l, nil
}

// streamError is localError with the advice for a pipe.
func streamError(err error) error {
	err = localError(stdinName, err)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != BadContent {
		e.Hint = "save the log to a file and give that"
	}
	return err
}

func stream(kind, name string, r io.Reader, lim runlog.Limits) (*runlog.Log, error) {
	br := bufio.NewReader(r)
	magic, err := br.Peek(zipMagicLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !isZip(magic) {
		return runlog.OpenText(kind, name, br)
	}
	s, err := spool(name, br, lim)
	if err != nil {
		return nil, err
	}
	l, err := runlog.OpenZip(name, s.f, s.size, lim)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	l.OnClose(s)
	return l, nil
}

// spooled is a stream's copy in a temporary file.
type spooled struct {
	f    *os.File
	size int64
}

func spool(name string, r io.Reader, lim runlog.Limits) (*spooled, error) {
	most := lim.MaxTotal
	if most <= 0 || most == math.MaxInt64 {
		most = runlog.DefaultLimits().MaxTotal
	}
	f, err := os.CreateTemp("", "pubmortem-*.zip")
	if err != nil {
		return nil, err
	}
	s := &spooled{f: f}
	s.size, err = io.Copy(f, io.LimitReader(r, most+1))
	if err == nil && s.size > most {
		err = &runlog.ContentError{
			Msg:  fmt.Sprintf("the archive on %s is larger than %d bytes", name, most),
			Hint: "save it to a file and give that",
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close removes the copy. It is closed first, since Windows removes no open file.
func (s *spooled) Close() error {
	return errors.Join(s.f.Close(), os.Remove(s.f.Name()))
}
