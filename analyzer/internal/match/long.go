package match

import (
	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// maxPlaces bounds the places that are looked at behind a long line's head.
const maxPlaces = 16

// longLine is how far a long line was handled: its head like a line, and of the
// rest what stands around literals. All counts from the line's own start, so
// that it does not matter how a stream was cut into pieces.
type longLine struct {
	offset int // of the next piece's first byte, from the line's start
	until  int // offset that was looked at up to
	places int
}

// long handles a long line, or as much of it as there is, and its literals.
func (t *tracker) long(line []byte, hits []filter.Hit, partial bool) {
	n := 0
	for n < len(hits) && hits[n].Pos < t.e.sizes.line {
		n++
	}
	if n > 0 || t.walking() {
		t.line(line[:t.e.sizes.line], hits[:n])
	} else {
		t.skip(1)
	}
	t.longLine = longLine{until: t.e.sizes.line}
	t.places(line, hits, partial)
}

// longRest handles the part of a piece that lies within a long line. It
// returns the literals behind that, and where the next line begins.
func (t *tracker) longRest(p *piece) (hits []filter.Hit, pos int) {
	end := lineLength(p.data)
	n := 0
	for n < len(p.hits) && p.hits[n].Pos < end {
		n++
	}
	line := p.data[:end]
	if !p.partial {
		line = trimCR(line)
	}
	seen := 0 // in the piece before
	for seen < n && p.hits[seen].Pos < t.e.sizes.before {
		seen++
	}
	t.places(line, p.hits[seen:n], p.partial)
	return p.hits[n:], end + 1
}

// places looks around the literals of a part of a long line. What is near the
// end of a part that goes on comes again with the next.
func (t *tracker) places(part []byte, hits []filter.Hit, partial bool) {
	l, before, after := &t.longLine, t.e.sizes.before, t.e.sizes.after
	for _, h := range hits {
		if partial && h.Pos >= len(part)-after || l.places == maxPlaces {
			break
		}
		if l.offset+h.Pos+len(t.e.set.Literal(h.ID)) <= l.until {
			continue
		}
		stop := min(h.Pos+after, len(part))
		t.part(part[max(0, h.Pos-before):stop])
		l.until = l.offset + stop
		l.places++
	}
	l.offset += len(part) - after - before
}

// part looks at a piece out of the middle of the current line.
func (t *tracker) part(raw []byte) {
	t.text = runlog.Line{}
	runlog.CleanPart(&t.text, raw)
	t.ids.reset(len(t.e.byLiteral))
	t.addIDs(runlog.Collapse(t.text.Text))
	if in, ok := t.section(); ok {
		t.find(in)
	}
}

// section is the part of the log that the current line belongs to, and whether
// anything may be found there.
func (t *tracker) section() (in patterns.In, ok bool) {
	switch {
	case t.region == regionRun:
		return t.group.section, t.group.section != ""
	case t.region == regionSetup:
		return patterns.InSetup, true
	case t.region == regionDetails:
		return patterns.InDetails, true
	case t.member.System:
		return patterns.InSystem, true
	case t.member.Format == runlog.FormatNpmDebug:
		return patterns.InDebug, true
	}
	return patterns.InOutput, true
}
