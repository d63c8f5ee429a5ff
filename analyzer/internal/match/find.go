package match

import (
	"strings"

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
