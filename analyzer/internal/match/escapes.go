package match

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
)

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
