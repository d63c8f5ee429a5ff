package match

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// find looks for the catalog's patterns on the current line.
func (t *tracker) find(in patterns.In) { t.findIn(t.text.Text, in) }

func (t *tracker) findIn(raw string, in patterns.In) {
	text := patterns.Collapse(raw)
	if text == "" || len(t.scan.Jobs) > maxJobs { // the job will not be kept
		return
	}
	lower := patterns.Lower(text)
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
	if !m.holdsIn(in) || t.enough(m) {
		return
	}
	if t.full(m) {
		t.direct.pays(len(text)/filtering, t.soFar()) // for the walk: the reading of such a log ends, too
		return
	}
	if found, ok := m.match(text, lower, &t.direct, t.soFar()); ok && !(m.symptom != nil && m.symptom.Kind == patterns.KindFailure && compares(text)) {
		t.whole = append(t.whole, m)
		t.report(m, found, t.place(raw), in)
	}
}

// compares tells whether a line quotes what a test compared.
func compares(line string) bool {
	return line != "" && strings.IndexByte("-+ERA", line[0]) >= 0 && compared().MatchString(line)
}

var compared = lazy.Regexp(`^(?:[-+] )?(?:Expected|Received)\b[^:]{0,40}: |^(?:E +)?AssertionError\b`)

// needs are what the regex needs beside the literal.
func (m *matcher) needs() *filter.Needs {
	m.once.Do(func() { m.need = filter.NeedsOf("(?i)" + m.Regex) })
	return &m.need
}

// found is where a matcher holds in a collapsed line, and its groups.
type found struct {
	text   string
	at     []int
	groups []string
}

// match looks for the literal, then for the regex if the effort pays for it.
func (m *matcher) match(text, lower string, e *effort, lines int64) (found, bool) {
	if i := strings.Index(lower, m.lower); i < 0 || m.Regex == "" {
		return found{text: text, at: []int{i, i + len(m.lower)}}, i >= 0
	}
	at, key := e.missed(m, text)
	if *at == key {
		e.used += int64(len(text) / filtering)
		return found{}, false
	}
	if may := e.spent(lines) || m.needs().Hold(lower); !may && e.pays(len(text)/filtering, lines) || !e.pays(len(text), lines) {
		return found{}, false
	}
	if e.tired(m) {
		e.refused = true
		return found{}, false
	}
	loc, groups := m.FindRegex(text)
	if loc == nil {
		*at = key
		e.lose(m, len(text))
	}
	return found{text, loc, groups}, loc != nil
}

// captures are the groups that took part.
func (f *found) captures(text string) Captures {
	var caps Captures
	for i, name := range f.groups {
		if name != "" && f.at[2*i] >= 0 {
			caps = append(caps, name, text[f.at[2*i]:f.at[2*i+1]])
		}
	}
	return caps
}

// enough tells whether a symptom was seen so often in this step that more of
// it says nothing new; what comes then costs next to nothing. Each start and
// each success may be another package's.
func (t *tracker) enough(m *matcher) bool {
	if m.fact != nil {
		last := t.lastFact[m.fact]
		return last.times >= maxEventsPerStep && last.step == t.step
	}
	return m.symptom.Kind != patterns.KindStart && m.symptom.Kind != patterns.KindSuccess && t.step.counts[m.symptom] >= maxEventsPerStep
}

// sated is the count of a symptom that is not looked for in a step any more.
const sated = 1 << 30

// full tells whether an event of a matcher would be dropped, as one of the step
// was before.
func (t *tracker) full(m *matcher) bool {
	if !t.step.Overfull {
		return false
	}
	return len(t.scan.Events) >= t.mostEvents() || m.symptom != nil && t.step.counts[m.symptom] >= sated
}

// mostEvents is how many events may be kept by now.
func (t *tracker) mostEvents() int {
	const fewest = 5000
	return max(fewest, maxEvents.at(t.reach())/t.among)
}

// mostPerStep is how many starts or successes of one kind a step may have by
// now. One that stands for all further steps may not have as many.
func (t *tracker) mostPerStep() int {
	if t.room.fullSteps {
		return maxPerStep.least / 4
	}
	return maxPerStep.at(t.reach())
}

func (t *tracker) report(m *matcher, f found, at Place, in patterns.In) {
	line := strings.Clone(f.text) // or the block's lines stay with it
	if at.Text == line {
		at.Text = line
	} else {
		at.Text = strings.Clone(at.Text)
	}
	ev := Event{Job: t.job, Step: t.step, Place: at, In: in, Symptom: m.symptom, Fact: m.fact, Matcher: m.Matcher, Captures: f.captures(line)}
	if m.symptom != nil {
		t.afterSymptom(m.symptom)
		t.step.Published = t.step.Published || m.symptom.Kind == patterns.KindSuccess && m.symptom.Stage == patterns.StagePublish && ev.Captures.Get("version") != ""
		if t.repeated(m, at) {
			return
		}
		t.step.count(m.symptom)
	} else {
		ev.Value, _ = m.FactValue(map[string]string{"value": ev.Captures.Get("value")})
		if t.said(&ev) {
			return
		}
	}
	tooMany := m.symptom != nil && t.step.counts[m.symptom] > t.mostPerStep()
	if tooMany { // what were taken as the limit grows would stand alone
		t.step.counts[m.symptom] = sated
	}
	if tooMany || len(t.scan.Events) >= t.mostEvents() || !t.room.holds(len(at.Text)) {
		t.scan.Dropped++
		t.step.Overfull = true
		return
	}
	t.scan.Events = append(t.scan.Events, ev)
}

// said tells whether the step said the same of a fact before, and nothing else
// since. Facts of attempts count for each attempt.
func (t *tracker) said(ev *Event) bool {
	if ev.Fact.Scope == patterns.ScopeAttempt {
		return false
	}
	last := t.lastFact[ev.Fact]
	now := factSaid{ev.Step, ev.Matcher, ev.Value, last.times}
	again := now == last
	if now.times++; now.step != last.step {
		now.times = 1
	}
	t.lastFact[ev.Fact] = now
	return again
}

// factSaid is what a step said last of a fact.
type factSaid struct {
	step    *Step
	matcher *patterns.Matcher
	value   string
	times   int // how often the step said anything of it
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
	t.addIDs(patterns.Collapse(t.text.Text))
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
	bare  [maxWrapped - 1]string // without what is put before every line
	raws  [maxWrapped - 1]Place
	whole [maxWrapped - 1][]*matcher // that hold on the line by itself
	n     int
	hits  []filter.Hit
	text  []byte // the lines joined
}

func (w *window) reset() { w.n = 0 }

func (w *window) push(text, bare string, at Place, whole []*matcher) {
	if w.n == len(w.texts) {
		copy(w.texts[:], w.texts[1:])
		copy(w.bare[:], w.bare[1:])
		copy(w.raws[:], w.raws[1:])
		spare := w.whole[0]
		copy(w.whole[:], w.whole[1:])
		w.whole[w.n-1] = spare
		w.n--
	}
	w.texts[w.n], w.bare[w.n], w.raws[w.n] = text, bare, at
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
	if t.joined.spent(t.soFar()) {
		return
	}
	last := text
	if text[0] >= utf8.RuneSelf || strings.IndexByte("|>einwl", text[0]|0x20) >= 0 {
		last = text[len(continued().FindString(text)):]
	}
	joined := joinedLines{}
	for from := 0; from < w.n && last != ""; from++ {
		if joined.join(w, from, last); len(joined.bytes) <= maxWindow {
			t.findSpanning(&joined, len(joined.bytes)-len(last)-1, from, in)
		}
	}
	w.push(text, last, t.place(t.text.Text), t.whole)
}

// joinedLines are recent lines and the current one, with what was found out
// about them. Most often those from the next line on are their end.
type joinedLines struct {
	bytes       []byte
	text, lower string // where literals occur
	hits        []filter.Hit
	scanned     bool
}

// join puts the recent lines from that number on before the last one.
func (j *joinedLines) join(w *window, from int, last string) {
	if from > 0 && len(w.texts[from]) == len(w.bare[from]) && j.scanned {
		cut := len(w.texts[from-1]) + 1
		j.bytes = j.bytes[cut:]
		j.hits = slices.DeleteFunc(j.hits, func(h filter.Hit) bool { return h.Pos < cut })
		for i := range j.hits {
			j.hits[i].Pos -= cut
		}
		if j.text != "" {
			j.text, j.lower = j.text[cut:], j.lower[cut:]
		}
		return
	}
	w.text = append(w.text[:0], w.texts[from]...)
	for i := from + 1; i < w.n; i++ {
		w.text = append(append(w.text, ' '), w.bare[i]...)
	}
	w.text = append(append(w.text, ' '), last...)
	*j = joinedLines{bytes: w.text}
}

// findSpanning reports matches in the joined lines that begin in the first of
// them, which is the recent one of that number, and end in the last, which
// begins after head bytes.
func (t *tracker) findSpanning(j *joinedLines, head, from int, in patterns.In) {
	if !j.scanned {
		t.recent.hits = t.e.set.Scan(j.bytes, t.recent.hits[:0])
		j.hits, j.scanned = t.recent.hits, true
	}
	t.joined.used += int64(len(j.bytes) / filtering)
	if len(j.hits) == 0 {
		return
	}
	if j.text == "" {
		j.text = string(j.bytes)
		j.lower = patterns.Lower(j.text)
	}
	first, at := len(t.recent.texts[from]), t.recent.raws[from]
	for _, h := range j.hits {
		for _, m := range t.e.byLiteral[h.ID] {
			if !m.holdsIn(in) || m.onlyFrames() || t.enough(m) || t.full(m) || t.isWhole(m, from) || t.repeated(m, t.place("")) {
				continue
			}
			if m.Regex != "" && !m.needs().MaySpan(j.lower, first, head) {
				t.joined.used += int64(len(j.bytes) / filtering)
				continue
			}
			f, ok := m.match(j.text, j.lower, &t.joined, t.soFar())
			if ok && f.at[0] < first && f.at[1] > head+1 {
				at.Text = strings.TrimSpace(j.text)
				t.report(m, f, at, in)
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

// filtering is how much faster a text is searched for literals than by a
// regular expression.
const filtering = 16

// effort bounds the bytes that regular expressions are run over. A recorded job
// needs 41 KB at most on lines, and 128 KB on joined ones; two hundred of them
// in one log 45 and 56 bytes a line, a release of 9,000 packages 65 MB on its
// 1.6 million lines. In a hostile log every line could hold every literal.
type effort struct {
	start, perLine, most int64
	used                 int64
	refused              bool
	// misses are regular expressions that do not match a text, the latest at
	// each place: some logs say the same a million times.
	misses [512]uint64
	// lost is what each matcher was run over for nothing, in bytes.
	lost map[*matcher]int
	// text is what was hashed last: several matchers look at the same one.
	text string
	hash uint64
}

// lose counts what a matcher was run over for nothing. An expression with a
// fixed beginning costs a tenth.
func (e *effort) lose(m *matcher, n int) {
	if e.lost == nil {
		e.lost = map[*matcher]int{}
	}
	if strings.HasPrefix(m.Regex, "^") {
		n = (n + 9) / 10
	}
	e.lost[m] += n
}

// tired tells whether a matcher did not match so often that it is not tried any
// more: a release of 9,000 packages loses 2 MB, a hostile log 70.
func (e *effort) tired(m *matcher) bool { return e.lost[m] > 8<<20 }

// missed is the place of a matcher and a text in misses, and what stands there
// if the one is known not to match the other.
func (e *effort) missed(m *matcher, text string) (at *uint64, key uint64) {
	const prime = 1099511628211 // of FNV-1a
	if text != e.text {
		e.text, e.hash = text, 14695981039346656037
		for i := range len(text) {
			e.hash = (e.hash ^ uint64(text[i])) * prime
		}
	}
	key = (e.hash ^ m.number) * prime
	return &e.misses[key>>32%uint64(len(e.misses))], key
}

// share leaves what one of several logs may take that are read together.
func (e *effort) share(among int) {
	const least = 256 << 10 // twice what a recorded job needs
	e.start = max(least, e.start/int64(among))
	e.most = max(e.start, e.most/int64(among))
}

// spent tells whether nothing is left after so many lines.
func (e *effort) spent(lines int64) bool { return e.used > min(e.start+e.perLine*lines, e.most) }

// exhausted tells whether more lines would bring no more.
func (e *effort) exhausted() bool { return e.refused && e.used > e.most }

// pays takes the cost of running a regular expression over n bytes; false when
// nothing is left.
func (e *effort) pays(n int, lines int64) bool {
	if e.spent(lines) {
		e.refused = true
		return false
	}
	e.used += int64(n)
	return true
}
