package match

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/filter"
	"github.com/pubmortem/pubmortem/analyzer/runlog"
)

const (
	blockSize = 256 << 10
	// walkedText is how much of a text without time stamps is looked at line by
	// line: pastes are short, and re-wrapped lines hide literals from the filter.
	walkedText = 1 << 20
	// hitsPerLongLine bounds the places that are looked at in a line longer than a block.
	hitsPerLongLine = 16
)

// Scan reads all members of a log. A member that breaks off is noted, and what
// was read of it counts.
func (e *Engine) Scan(ctx context.Context, log *runlog.Log) (*Scan, error) {
	s := &Scan{}
	t := newTracker(e, s)
	for i := range log.Members {
		if err := e.member(ctx, t, &log.Members[i]); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			s.Notes = append(s.Notes, fmt.Sprintf("%s: only a part could be read (%v)", log.Members[i].Name, err))
		}
	}
	return s, nil
}

func (e *Engine) member(ctx context.Context, t *tracker, m *runlog.Member) error {
	r, err := m.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	t.open(m)
	b := blocks{r: r, buf: make([]byte, 0, blockSize+runlog.MaxLine), keep: e.set.Longest()}
	for ctx.Err() == nil {
		block, whole, err := b.next()
		t.scan.Bytes += int64(len(block))
		if whole {
			e.lines(t, block)
		} else {
			e.longLine(t, block)
		}
		if err != nil {
			t.close()
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
	return ctx.Err()
}

// blocks cuts a stream into pieces that end at a line's end; only a line that
// is longer than a block comes in several pieces.
type blocks struct {
	r    io.Reader
	buf  []byte
	used int // bytes of buf that the last piece took
	keep int // overlap of the pieces of one long line
	err  error
}

// next returns the next piece and whether it consists of whole lines. The
// piece is valid until the next call. The error comes with the last piece.
func (b *blocks) next() (piece []byte, whole bool, err error) {
	b.buf = b.buf[:copy(b.buf, b.buf[b.used:])]
	b.used = 0
	for b.err == nil && len(b.buf) < blockSize {
		n := 0
		n, b.err = b.r.Read(b.buf[len(b.buf):blockSize])
		b.buf = b.buf[:len(b.buf)+n]
	}
	if b.err != nil {
		b.used = len(b.buf)
		return b.buf, true, b.err
	}
	if end := bytes.LastIndexByte(b.buf, '\n'); end >= 0 {
		b.used = end + 1
		return b.buf[:b.used], true, nil
	}
	b.used = len(b.buf) - b.keep
	return b.buf, false, nil
}

// lines handles a piece of whole lines: walks the regions where every line
// counts and jumps from hit to hit elsewhere.
func (e *Engine) lines(t *tracker, block []byte) {
	hits := e.hits(block, &t.stripped, t.hits[:0])
	t.hits = hits
	pos := 0
	for pos < len(block) {
		start := pos
		if !t.walking() {
			if len(hits) == 0 {
				break
			}
			start = pos + 1 + bytes.LastIndexByte(block[pos:max(pos, hits[0].Pos)], '\n')
			t.skip(int64(bytes.Count(block[pos:start], newline)))
		}
		end := start + lineLength(block[start:])
		n := 0
		for n < len(hits) && hits[n].Pos <= end {
			n++
		}
		t.line(block[start:end], hits[:n])
		hits = hits[n:]
		pos = end + 1
	}
	if pos < len(block) {
		t.skip(int64(bytes.Count(block[pos:], newline)))
		if block[len(block)-1] != '\n' {
			t.skip(1)
		}
	}
}

var newline = []byte{'\n'}

func lineLength(b []byte) int {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return n
	}
	return len(b)
}

// longLine handles a piece of a line that is longer than a block: only the
// surroundings of its first hits are looked at.
func (e *Engine) longLine(t *tracker, piece []byte) {
	hits := e.hits(piece, &t.stripped, t.hits[:0])
	t.hits = hits
	until := -1
	for _, h := range hits {
		if h.Pos <= until || t.longHits >= hitsPerLongLine {
			continue
		}
		t.longHits++
		start := max(0, h.Pos-runlog.MaxLine/16)
		until = min(len(piece), h.Pos+runlog.MaxLine/2)
		t.part(piece[start:until], []filter.Hit{h})
	}
}

// hits finds the literals of a block. Escape sequences inside words hide
// literals, so lines that hold any are searched without them as well.
func (e *Engine) hits(block []byte, stripped *strippedView, dst []filter.Hit) []filter.Hit {
	dst = e.set.Scan(block, dst)
	if !hasEscapes(block) {
		return dst
	}
	n := len(dst)
	dst = stripped.scan(e.set, block, dst)
	if len(dst) > n {
		slices.SortFunc(dst, func(a, b filter.Hit) int {
			if a.Pos != b.Pos {
				return a.Pos - b.Pos
			}
			return a.ID - b.ID
		})
	}
	return dst
}

var caretEscape = []byte("^[[")

func hasEscapes(b []byte) bool {
	return bytes.IndexByte(b, 0x1b) >= 0 || bytes.Contains(b, caretEscape)
}

// strippedView is a copy of those lines of a block that hold escape
// sequences, without them.
type strippedView struct {
	text  []byte
	lines []strippedLine
	hits  []filter.Hit
}

// strippedLine maps the copy's offset of a line to the block's.
type strippedLine struct{ copied, start int }

func (v *strippedView) scan(set *filter.Set, block []byte, dst []filter.Hit) []filter.Hit {
	v.build(block)
	v.hits = set.Scan(v.text, v.hits[:0])
	i := 0
	for _, h := range v.hits {
		for i+1 < len(v.lines) && v.lines[i+1].copied <= h.Pos {
			i++
		}
		dst = append(dst, filter.Hit{Pos: v.lines[i].start, ID: h.ID})
	}
	return dst
}

func (v *strippedView) build(block []byte) {
	v.text, v.lines = v.text[:0], v.lines[:0]
	for pos := 0; pos < len(block); {
		at := nextEscape(block[pos:])
		if at < 0 {
			return
		}
		start := pos + 1 + bytes.LastIndexByte(block[pos:pos+at], '\n')
		end := start + lineLength(block[start:])
		v.lines = append(v.lines, strippedLine{len(v.text), start})
		v.text = append(runlog.StripANSI(v.text, block[start:end]), '\n')
		pos = end + 1
	}
}

func nextEscape(b []byte) int {
	esc, caret := bytes.IndexByte(b, 0x1b), bytes.Index(b, caretEscape)
	if esc < 0 || caret >= 0 && caret < esc {
		return caret
	}
	return esc
}
