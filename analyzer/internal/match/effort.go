package match

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
