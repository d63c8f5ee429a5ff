package match

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/patterns"
)

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
