package match

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// find looks for the catalog's patterns on the current line.
func (t *tracker) find(in patterns.In) { t.findIn(t.text.Text, in) }

func (t *tracker) findIn(raw string, in patterns.In) {
	text := runlog.Collapse(raw)
	if text == "" {
		return
	}
	lower := asciiLower(text)
	t.whole = t.whole[:0]
	for _, id := range t.ids.list {
		for _, m := range t.e.byLiteral[id] {
			t.try(m, text, lower, raw, in)
		}
	}
	for _, m := range t.e.regional[in] {
		t.try(m, text, lower, raw, in)
	}
	if in == patterns.InTitle {
		for _, m := range t.e.regional[patterns.InScript] {
			t.try(m, text, lower, raw, in)
		}
	}
	if t.walking() || in == patterns.InDebug {
		for _, m := range t.e.short {
			t.try(m, text, lower, raw, in)
		}
	}
	if in == patterns.InOutput && t.walking() {
		t.findWrapped(text, in)
	}
}

// try reports the matcher's owner when it holds on the line.
func (t *tracker) try(m *matcher, text, lower, raw string, in patterns.In) {
	if !m.holdsIn(in) || t.enough(m) || !t.direct.pays(m, text, t.seen) {
		return
	}
	if _, caps, ok := m.match(text, lower); ok {
		t.whole = append(t.whole, m)
		t.report(m, caps, t.place(raw), in)
	}
}

// enough tells whether a symptom was seen so often in this step that more of
// it says nothing new; what comes then costs next to nothing.
func (t *tracker) enough(m *matcher) bool {
	return m.symptom != nil && t.step.counts[m.symptom] >= maxEventsPerStep
}

func (t *tracker) report(m *matcher, caps map[string]string, at Place, in patterns.In) {
	if m.symptom != nil {
		t.afterSymptom(m.symptom)
		t.step.Published = t.step.Published || m.symptom.Kind == patterns.KindSuccess && m.symptom.Stage == patterns.StagePublish && caps["version"] != ""
		if t.repeated(m, at) {
			return
		}
		t.step.count(m.symptom)
	}
	if len(t.scan.Events) >= maxEvents || !t.room.holds(len(at.Text)) {
		t.scan.Dropped++
		t.step.Overfull = true
		return
	}
	at.Text = strings.Clone(at.Text) // or the line's blanks stay with it
	for name, value := range caps {
		caps[name] = strings.Clone(value)
	}
	ev := Event{Job: t.job, Step: t.step, Place: at, In: in, Symptom: m.symptom, Fact: m.fact, Matcher: m.Matcher, Captures: caps}
	if m.fact != nil {
		ev.Value = m.value(caps)
	}
	t.scan.Events = append(t.scan.Events, ev)
}

// repeated tells whether the same symptom was already reported for this line:
// several matchers of one symptom may hold on it. The first one wins.
func (t *tracker) repeated(m *matcher, at Place) bool {
	for i := len(t.scan.Events) - 1; i >= 0; i-- {
		ev := &t.scan.Events[i]
		if ev.Line != at.Line || ev.Step != t.step {
			return false
		}
		if ev.Symptom == m.symptom {
			return true
		}
	}
	return false
}

// afterSymptom decides how many of the following lines are walked.
func (t *tracker) afterSymptom(s *patterns.Symptom) {
	if t.region != regionOutput {
		return
	}
	switch s.Kind {
	case patterns.KindStart:
		t.walkLeft = max(t.walkLeft, afterStart)
	case patterns.KindFailure, patterns.KindHint:
		t.walkLeft = max(t.walkLeft, afterFailure)
	}
}

// asciiLower lowers ASCII letters only, so that offsets stay.
func asciiLower(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; 'A' <= c && c <= 'Z' {
					b[i] = c | 0x20
				}
			}
			return string(b)
		}
	}
	return s
}

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

// maxWrapped is how many lines a message may be broken into.
const maxWrapped = 4

// maxWindow bounds the joined text, in bytes.
const maxWindow = 4 << 10

// window keeps the last lines of output, so that messages that a person's
// editor or a client broke into lines can be read as one.
type window struct {
	texts [maxWrapped - 1]string
	raws  [maxWrapped - 1]Place
	whole [maxWrapped - 1][]*matcher // that hold on the line by itself
	n     int
	hits  []filter.Hit
}

func (w *window) reset() { w.n = 0 }

func (w *window) push(text string, at Place, whole []*matcher) {
	if w.n == len(w.texts) {
		copy(w.texts[:], w.texts[1:])
		copy(w.raws[:], w.raws[1:])
		spare := w.whole[0]
		copy(w.whole[:], w.whole[1:])
		w.whole[w.n-1] = spare
		w.n--
	}
	w.texts[w.n], w.raws[w.n] = text, at
	w.whole[w.n] = append(w.whole[w.n][:0], whole...)
	w.n++
}

// continued is what clients put before every line of a message of several
// lines: npm's prefix, changesets' butterfly, pnpm's bar, a quote mark.
var continued = lazy.Regexp(`^(?:(?:🦋|[│|>])\s*|(?:error|info|warn)\s+|npm (?:error|ERR!|warn|WARN|notice)\s*(?:(?:code|network|engine|notsup|need auth|\d{3})(?:\s+|$))?|lerna ERR!\s*)+`)

// findWrapped looks for messages that begin on an earlier line and end on
// this one.
func (t *tracker) findWrapped(text string, in patterns.In) {
	w := &t.recent
	if t.joined.spent(t.seen) {
		return
	}
	last := continued().ReplaceAllString(text, "")
	for from := range w.n {
		head := w.texts[from]
		for i := from + 1; i < w.n; i++ {
			head += " " + continued().ReplaceAllString(w.texts[i], "")
		}
		if joined := head + " " + last; last != "" && len(joined) <= maxWindow {
			t.findSpanning(joined, len(head), from, in)
		}
	}
	w.push(text, t.place(t.text.Text), t.whole)
}

// findSpanning reports matches in joined that begin in its first line, which
// is the recent one of that number, and end in its last, which begins after
// head bytes.
func (t *tracker) findSpanning(joined string, head, from int, in patterns.In) {
	first, at := len(t.recent.texts[from]), t.recent.raws[from]
	t.recent.hits = t.e.set.Scan([]byte(joined), t.recent.hits[:0])
	if len(t.recent.hits) == 0 {
		return
	}
	lower := asciiLower(joined)
	for _, h := range t.recent.hits {
		for _, m := range t.e.byLiteral[h.ID] {
			if !m.holdsIn(in) || m.onlyFrames() || t.enough(m) || t.isWhole(m, from) || t.repeated(m, t.place("")) || !t.joined.pays(m, joined, t.seen) {
				continue
			}
			span, caps, ok := m.match(joined, lower)
			if ok && span[0] < first && span[1] > head+1 {
				at.Text = strings.TrimSpace(joined)
				t.report(m, caps, at, in)
			}
		}
	}
}

// onlyFrames tells whether a matcher's symptom says nothing by itself: such
// lines are not put together from pieces.
func (m *matcher) onlyFrames() bool {
	return m.symptom != nil && m.symptom.Kind == patterns.KindContext && len(m.symptom.Implies) == 0
}

// isWhole tells whether a matcher holds by itself on the current line or on a
// recent one from that number on: then its message is not broken.
func (t *tracker) isWhole(m *matcher, from int) bool {
	if slices.Contains(t.whole, m) {
		return true
	}
	for i := from; i < t.recent.n; i++ {
		if slices.Contains(t.recent.whole[i], m) {
			return true
		}
	}
	return false
}

// effort bounds the bytes that regular expressions are run over in a member. A
// recorded job needs 41 KB at most on lines, and 113 KB on joined ones; two
// hundred of them in one log 45 and 56 bytes a line. In a hostile log every line
// could hold every literal.
type effort struct {
	start, perLine int64
	used           int64
	refused        bool
}

// spent tells whether nothing is left after so many lines.
func (e *effort) spent(lines int64) bool { return e.used > e.start+e.perLine*lines }

// pays takes the cost of trying a matcher on text; false when nothing is left.
// Literals alone cost nothing to speak of.
func (e *effort) pays(m *matcher, text string, lines int64) bool {
	if m.Regex == "" {
		return true
	}
	if e.spent(lines) {
		e.refused = true
		return false
	}
	e.used += int64(len(text))
	return true
}
