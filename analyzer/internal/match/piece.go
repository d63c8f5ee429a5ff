package match

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
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

// find looks for the literals of a piece. Escape sequences inside words hide
// literals, so lines that hold any are searched without them as well.
func (p *piece) find(set *filter.Set) {
	p.hits = set.Scan(p.data, p.hits[:0])
	if !hasEscapes(p.data) {
		return
	}
	n := len(p.hits)
	p.hits = p.stripped.scan(set, p.data, p.hits)
	if len(p.hits) > n {
		slices.SortFunc(p.hits, func(a, b filter.Hit) int {
			return cmp.Or(a.Pos-b.Pos, a.ID-b.ID)
		})
		p.hits = slices.Compact(p.hits)
	}
}

var caretEscape = []byte("^[[")

func hasEscapes(b []byte) bool {
	return bytes.IndexByte(b, 0x1b) >= 0 || bytes.Contains(b, caretEscape)
}

// strippedView is a copy of those lines of a block that hold escape
// sequences, without them.
type strippedView struct {
	text []byte
	runs []inert.Kept
	hits []filter.Hit
}

// scan appends the literals of the copy to dst, at their places in block.
func (v *strippedView) scan(set *filter.Set, block []byte, dst []filter.Hit) []filter.Hit {
	v.build(block)
	v.hits = set.Scan(v.text, v.hits[:0])
	i := 0
	for _, h := range v.hits {
		for i+1 < len(v.runs) && v.runs[i+1].At <= h.Pos {
			i++
		}
		dst = append(dst, filter.Hit{Pos: v.runs[i].From + h.Pos - v.runs[i].At, ID: h.ID})
	}
	return dst
}

func (v *strippedView) build(block []byte) {
	v.text, v.runs = v.text[:0], v.runs[:0]
	next := escapeFinder{block: block}
	for pos := 0; pos < len(block); {
		at := next.from(pos)
		if at == len(block) {
			return
		}
		start := pos + 1 + bytes.LastIndexByte(block[pos:at], '\n')
		end := start + lineLength(block[start:])
		v.text, v.runs = inert.StripANSIKept(v.text, block[start:end], v.runs, start)
		v.text = append(v.text, '\n')
		pos = end + 1
	}
}

// escapeFinder finds where escape sequences begin. It remembers how far it
// looked for each form, so that a block is searched once.
type escapeFinder struct {
	block      []byte
	esc, caret int // the next of each form, once looked for
	looked     bool
}

// from is the place of the next escape at pos or behind it, or the block's end.
func (f *escapeFinder) from(pos int) int {
	if !f.looked || f.esc < pos {
		f.esc = pos + indexOr(bytes.IndexByte(f.block[pos:], 0x1b), len(f.block)-pos)
	}
	if !f.looked || f.caret < pos {
		f.caret = pos + indexOr(bytes.Index(f.block[pos:], caretEscape), len(f.block)-pos)
	}
	f.looked = true
	return min(f.esc, f.caret)
}

// indexOr is i, or none when that is negative.
func indexOr(i, none int) int {
	if i < 0 {
		return none
	}
	return i
}

// scanTogether reads ahead in one goroutine, filters in several and handles
// what they found in this one, in the order of the log.
func (e *Engine) scanTogether(ctx context.Context, t *tracker, src *pieces, workers int) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	team := newTeam(workers)
	go team.read(ctx, src)
	for range workers {
		go team.filter(e)
	}
	for p := range team.inOrder {
		<-p.ready
		if ctx.Err() == nil {
			t.piece(p)
		}
		if t.exhausted() {
			stop()
		}
		team.free <- p
	}
}

// team is the pieces on their way between the goroutines.
type team struct {
	free    chan *piece // to be filled
	found   chan *piece // to be filtered
	inOrder chan *piece // the same, in the order of the log
}

// newTeam makes two pieces for each worker and two for the ends, so that
// nobody waits for long and memory stays bounded.
func newTeam(workers int) *team {
	n := 2*workers + 2
	m := &team{free: make(chan *piece, n), found: make(chan *piece, n), inOrder: make(chan *piece, n)}
	for range n {
		m.free <- &piece{ready: make(chan struct{}, 1)}
	}
	return m
}

// read fills pieces until there are no more, or nobody wants any.
func (m *team) read(ctx context.Context, src *pieces) {
	defer close(m.inOrder)
	defer close(m.found)
	for ctx.Err() == nil {
		p := <-m.free
		if !src.next(p) {
			return
		}
		m.found <- p
		m.inOrder <- p
	}
}

// filter finds the literals of pieces.
func (m *team) filter(e *Engine) {
	for p := range m.found {
		p.find(e.set)
		p.ready <- struct{}{}
	}
}
