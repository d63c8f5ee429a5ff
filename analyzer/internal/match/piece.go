package match

import (
	"bytes"
	"errors"
	"io"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// sizes are those that decide how a log is cut, in bytes. None of them changes
// what is found but line, after and walked; tests use small ones.
type sizes struct {
	// block is how much is read and filtered at once.
	block int
	// line is how much of a line is handled as one, see tracker.long.
	line int
	// before and after are how much is looked at around a place in the rest of
	// a longer line. after is longer than any literal.
	before, after int
	// walked is how much of a text without time stamps is looked at line by
	// line: pastes are short, and re-wrapped lines hide literals from the filter.
	walked int
}

func defaultSizes() sizes {
	return sizes{block: 256 << 10, line: runlog.MaxLine, before: runlog.MaxLine / 16, after: runlog.MaxLine / 2, walked: 1 << 20}
}

// piece is a part of a member's bytes: whole lines, or a part of one line that
// is longer than a block.
type piece struct {
	buf  []byte
	data []byte
	hits []filter.Hit
	// fresh counts the bytes of data that were in no piece before.
	fresh int

	member      *runlog.Member
	first, last bool
	// within tells that data begins inside a line, with the last context bytes
	// of the piece before; partial, that it ends inside one.
	within, partial bool
	// err is why the member ends here, other than that it is over.
	err error

	stripped strippedView
	ready    chan struct{} // a token when hits are found, where workers find them
}

// pieces cuts the members of a log into pieces.
type pieces struct {
	sizes   sizes
	members []runlog.Member
	r       io.ReadCloser
	opened  bool
	within  bool
	tail    []byte // what the last piece left over
}

// next fills p with the next piece; false when there is none.
func (s *pieces) next(p *piece) bool {
	if len(s.members) == 0 {
		return false
	}
	p.member, p.first, p.within = &s.members[0], !s.opened, s.within
	err := s.open()
	if err == nil {
		err = s.fill(p)
	} else {
		p.data, p.fresh = nil, 0
	}
	p.last, p.err = err != nil, nil
	if err == nil {
		s.cut(p)
		return true
	}
	if !errors.Is(err, io.EOF) {
		p.err = err
	}
	p.partial = false
	s.close()
	return true
}

func (s *pieces) open() error {
	if s.opened {
		return nil
	}
	s.opened = true
	r, err := s.members[0].Open()
	s.r = r
	return err
}

// close ends the current member, or all of them when no more are wanted.
func (s *pieces) close() {
	if s.r != nil {
		s.r.Close() // it was only read
	}
	s.members, s.r, s.opened, s.within, s.tail = s.members[1:], nil, false, false, s.tail[:0]
}

// stop closes what is open.
func (s *pieces) stop() {
	if s.r != nil {
		s.close()
	}
}

// fill reads until the block is full; the error is the member's end.
func (s *pieces) fill(p *piece) (err error) {
	if p.buf == nil {
		p.buf = make([]byte, s.sizes.block)
	}
	n := copy(p.buf, s.tail)
	p.fresh = -n
	for err == nil && n < len(p.buf) {
		var more int
		more, err = s.r.Read(p.buf[n:])
		n += more
	}
	p.fresh += n
	p.data = p.buf[:n]
	return err
}

// cut ends a full piece at a line's end, or keeps as much of a line that is
// longer for the next piece as places at the seam need around them.
func (s *pieces) cut(p *piece) {
	end := bytes.LastIndexByte(p.data, '\n') + 1
	p.partial = end == 0
	s.within = p.partial
	keep := end
	if p.partial {
		end = len(p.data)
		keep = end - s.sizes.after - s.sizes.before
	}
	s.tail = append(s.tail[:0], p.data[keep:]...)
	p.data = p.data[:end]
}
