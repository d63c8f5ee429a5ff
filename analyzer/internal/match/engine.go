// Package match finds the catalog's symptoms and facts in a log.
//
// Blocks of text are filtered for the catalog's literals first; only lines
// that hold one, and the few regions where every line counts (a job's set-up,
// the head of a step, the lines after the start of a publish), become lines
// with job, step, number and kind.
package match

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/publisher"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// Engine recognises one catalog's patterns. It is safe for concurrent use.
type Engine struct {
	set   *filter.Set
	sizes sizes
	// byLiteral lists, for each literal of the set, the matchers it gates.
	byLiteral [][]*matcher
	// regional lists matchers that hold only in a part of the log that is
	// walked line by line; short ones have literals that the filter cannot find.
	regional map[patterns.In][]*matcher
	short    []*matcher
	marks    [markCount]int
	markIDs  []mark // of the first literals
	// errors are the beginnings of publishing tools' error lines.
	errors []string
	// publishing recognises what steps publish with.
	publishing *commands.Recogniser
	// pieces are for the next scan: most logs are smaller than one.
	pieces sync.Pool
}

// mark is a line that the engine itself needs to see.
type mark int

const (
	markGroup mark = iota
	markEndGroup
	markError
	markJobName
	markPost
	markRunner
	markLabels
	markDefined
	markCount
	// markTool is an error line of a publishing tool, by the catalog's tools.
	markTool = markCount
	// markPublishers is in a list of trusted publishers.
	markPublishers = markCount + 1
)

var markLiterals = [markCount]string{
	markGroup:    "##[group]",
	markEndGroup: "##[endgroup]",
	markError:    "##[error]",
	markJobName:  "Complete job name:",
	markPost:     "Post job cleanup.",
	// A job's first lines, wherever in a stream of several jobs they stand.
	markRunner:  "Current runner version:",
	markLabels:  "Requested labels:",
	markDefined: "Job defined at:",
}

// matcher is a catalog matcher with its owner.
type matcher struct {
	*patterns.Matcher
	symptom *patterns.Symptom
	fact    *patterns.FactDef
	lower   string // its literal
	number  uint64
	once    sync.Once
	need    filter.Needs
}

// New prepares an engine. Matchers whose regexp does not compile never match;
// the catalog's lint reports them before.
func New(cat *patterns.Catalog) *Engine {
	e := &Engine{publishing: commands.New(cat), sizes: defaultSizes(), regional: map[patterns.In][]*matcher{}}
	b := newBuilder(e, count(cat))
	for i, text := range markLiterals {
		e.marks[i] = b.literal(patterns.Lower(text))
		e.mark(e.marks[i], mark(i))
	}
	for i := range cat.Tools {
		for _, text := range cat.Tools[i].Errors {
			e.errors = append(e.errors, patterns.Lower(text))
			e.mark(b.literal(patterns.Lower(text)), markTool)
		}
	}
	for _, text := range publisher.Openers {
		e.mark(b.literal(text), markPublishers)
	}
	for i := range cat.Symptoms {
		s := &cat.Symptoms[i]
		for j := range s.Match {
			b.add(&s.Match[j], s, nil)
		}
	}
	for i := range cat.Facts {
		f := &cat.Facts[i]
		for j := range f.From {
			b.add(&f.From[j], nil, f)
		}
	}
	e.set = filter.New(b.texts)
	return e
}

func (e *Engine) mark(literal int, m mark) {
	for len(e.markIDs) <= literal {
		e.markIDs = append(e.markIDs, -1)
	}
	e.markIDs[literal] = m
}

// count is how many matchers a catalog has.
func count(cat *patterns.Catalog) int {
	n := 0
	for i := range cat.Symptoms {
		n += len(cat.Symptoms[i].Match)
	}
	for i := range cat.Facts {
		n += len(cat.Facts[i].From)
	}
	return n
}

// builder makes an engine. Its room is made at once, since every run pays for it.
type builder struct {
	e     *Engine
	ids   map[string]int
	texts []string
	room  []matcher
	lists []*matcher // room for byLiteral's lists, which nearly all hold one
}

func newBuilder(e *Engine, n int) *builder {
	most := n + int(markCount)
	e.byLiteral = make([][]*matcher, 0, most)
	return &builder{e: e, ids: make(map[string]int, most), texts: make([]string, 0, most), room: make([]matcher, n), lists: make([]*matcher, most)}
}

func (b *builder) literal(text string) int {
	if id, ok := b.ids[text]; ok {
		return id
	}
	id := len(b.texts)
	b.ids[text] = id
	b.texts = append(b.texts, text)
	var list []*matcher
	if len(b.lists) > 0 {
		list, b.lists = b.lists[:0:1], b.lists[1:]
	}
	b.e.byLiteral = append(b.e.byLiteral, list)
	return id
}

func (b *builder) add(of *patterns.Matcher, s *patterns.Symptom, f *patterns.FactDef) {
	m := &b.room[0]
	b.room = b.room[1:]
	m.Matcher, m.symptom, m.fact, m.lower, m.number = of, s, f, patterns.Lower(of.Literal), uint64(len(b.room))
	switch where := m.where(); {
	case where != patterns.InOutput && where != patterns.InAny && where != patterns.InDebug:
		b.e.regional[where] = append(b.e.regional[where], m)
	case len(m.Literal) < filter.MinLen:
		b.e.short = append(b.e.short, m)
	default:
		id := b.literal(m.lower)
		b.e.byLiteral[id] = append(b.e.byLiteral[id], m)
	}
}

func (m *matcher) where() patterns.In {
	if m.In == "" {
		return patterns.InOutput
	}
	return m.In
}

// holdsIn tells whether the matcher may hold in that part of a log.
func (m *matcher) holdsIn(in patterns.In) bool {
	where := m.where()
	return where == in ||
		where == patterns.InAny && (in == patterns.InOutput || in == patterns.InSetup || in == patterns.InSystem || in == patterns.InDetails || in == patterns.InDebug) ||
		where == patterns.InOutput && (in == patterns.InDebug || in == patterns.InDetails) ||
		where == patterns.InScript && in == patterns.InTitle
}

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
	t.share(max(log.Among, 1))
	src := &pieces{sizes: e.sizes, members: log.Members}
	defer src.stop()
	p, _ := e.pieces.Get().(*piece)
	if p == nil {
		p = new(piece)
	}
	defer e.pieces.Put(p)
	for n := 0; ctx.Err() == nil && !t.exhausted(); n++ {
		if n == alonePieces && runtime.GOMAXPROCS(0) > 1 {
			e.scanTogether(ctx, t, src, min(runtime.GOMAXPROCS(0), maxWorkers))
			break
		}
		if !src.next(p) {
			break
		}
		p.find(e.set)
		t.piece(p)
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
		s.Notes = append(s.Notes, fmt.Sprintf("the log holds more than %d signs of anything; further ones were not looked at", len(s.Events)))
	}
	if s.LeftOut > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("the log holds %d jobs; %d of them were left out: without a sign of a publish, or after the first %d with one", len(s.Jobs)+s.LeftOut, s.LeftOut, maxJobs))
	}
	if t.room.fullSteps {
		s.Notes = append(s.Notes, fmt.Sprintf("the log holds more than %d steps; what came after them counts as one step", t.room.steps))
	}
	switch {
	case t.exhausted():
		s.Damaged = true
		s.Notes = append(s.Notes, fmt.Sprintf("nearly all of the log's first %d lines look like messages; the rest was not read", s.Lines+t.seen))
	case t.direct.refused || t.joined.refused:
		s.Notes = append(s.Notes, "so many lines of the log look like messages that some were not looked at")
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
	if !t.scan.Damaged && runlog.HasNoise(p.data) {
		t.scan.Damaged = true
		t.scan.Notes = append(t.scan.Notes, fmt.Sprintf("%s: binary data stands in the midst of the log; what it took the place of is not known", p.member.Name))
	}
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
