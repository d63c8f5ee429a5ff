package match

import (
	"bytes"
	"context"
	"fmt"
	"runtime"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// alonePieces is how many pieces are handled before other goroutines are asked
// for help: most logs are smaller.
const alonePieces = 2

// maxWorkers bounds the goroutines that filter: more of them would only wait for
// the one that reads, and hold memory.
const maxWorkers = 4

// Scan reads all members of a log. A member that breaks off is noted, and what
// was read of it counts. Large logs are read and filtered on all cores; what
// is found does not depend on how many there are.
func (e *Engine) Scan(ctx context.Context, log *runlog.Log) (*Scan, error) {
	s := &Scan{}
	t := newTracker(e, s)
	src := &pieces{sizes: e.sizes, members: log.Members}
	defer src.stop()
	var p piece
	for n := 0; ctx.Err() == nil; n++ {
		if n == alonePieces && runtime.GOMAXPROCS(0) > 1 {
			e.scanTogether(ctx, t, src, min(runtime.GOMAXPROCS(0), maxWorkers))
			break
		}
		if !src.next(&p) {
			break
		}
		p.find(e.set)
		t.piece(&p)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.leaveJob()
	s.Publishers.Close()
	for _, j := range s.Jobs {
		for _, step := range j.Steps {
			step.Publications = e.publishing.Step(step.Script)
		}
	}
	t.noteBounds()
	return s, nil
}

// noteBounds says what was left out.
func (t *tracker) noteBounds() {
	s := t.scan
	if s.Dropped > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("the log holds more than %d signs of anything; %d more were not looked at", len(s.Events), s.Dropped))
	}
	if s.LeftOut > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("the log holds %d jobs; %d of them, nearly all without a sign of a publish, were left out", len(s.Jobs)+s.LeftOut, s.LeftOut))
	}
	if t.room.fullSteps {
		s.Notes = append(s.Notes, fmt.Sprintf("the log holds more than %d steps; what came after them counts as one step", maxSteps))
	}
	if t.room.fullText && s.Dropped == 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("the log's long lines of interest hold more than %d MB; further ones are not quoted", maxText>>20))
	}
}

// piece handles the next piece of the log.
func (t *tracker) piece(p *piece) {
	if p.first {
		t.open(p.member)
	}
	t.scan.Bytes += int64(p.fresh)
	t.lines(p)
	if p.last {
		t.close()
	}
	if p.err != nil {
		t.scan.Damaged = true
		t.scan.Notes = append(t.scan.Notes, fmt.Sprintf("%s: only a part could be read (%v)", p.member.Name, p.err))
	}
}

// lines handles a piece: it walks the regions where every line counts and
// jumps from literal to literal elsewhere.
func (t *tracker) lines(p *piece) {
	block, hits, pos := p.data, p.hits, 0
	if p.within {
		hits, pos = t.longRest(p)
	}
	for pos < len(block) {
		start := pos
		if !t.walking() && !p.partial {
			if len(hits) == 0 {
				break
			}
			start = pos + 1 + bytes.LastIndexByte(block[pos:max(pos, hits[0].Pos)], '\n')
			t.skip(int64(bytes.Count(block[pos:start], newline)))
		}
		end := start + lineLength(block[start:])
		n := 0
		for n < len(hits) && hits[n].Pos < end {
			n++
		}
		for i := range hits[:n] {
			hits[i].Pos -= start
		}
		t.oneLine(block[start:end], hits[:n], p.partial)
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

// oneLine handles a line, or as much of it as there is, and its literals.
func (t *tracker) oneLine(line []byte, hits []filter.Hit, partial bool) {
	if !partial {
		line = trimCR(line)
	}
	if len(line) <= t.e.sizes.line {
		t.line(line, hits)
		return
	}
	t.long(line, hits, partial)
}

func trimCR(line []byte) []byte {
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line
}

var newline = []byte{'\n'}

func lineLength(b []byte) int {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return n
	}
	return len(b)
}
