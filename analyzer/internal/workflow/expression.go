package workflow

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// hasExpression tells whether a text is only known when the run starts.
func hasExpression(text string) bool {
	return strings.Contains(text, "${{")
}

// expression is what stands inside a text that is one expression and nothing else.
func expression(text string) (_ string, ok bool) {
	inner, found := strings.CutPrefix(strings.TrimSpace(text), "${{")
	inner, closed := strings.CutSuffix(inner, "}}")
	return strings.TrimSpace(inner), found && closed && !hasExpression(inner)
}

// isSecret tells whether a text is one secret: `${{ secrets.NAME }}`,
// `${{ secrets['NAME'] }}` or `${{ github.token }}`.
func isSecret(text string) bool {
	e, ok := expression(text)
	if !ok {
		return false
	}
	if e == "github.token" {
		return true
	}
	name, found := strings.CutPrefix(e, "secrets.")
	if !found {
		name, found = strings.CutPrefix(e, "secrets['")
		name = strings.TrimSuffix(name, "']")
	}
	return found && name != "" && !strings.ContainsFunc(name, notInName)
}

func notInName(r rune) bool {
	return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// values are the texts that a value can have in the job's matrix: its own one,
// or those of the key in `${{ matrix.key }}`. ok is false when the file does
// not say.
func (j *Job) values(n *yamltree.Node) (_ []*yamltree.Node, ok bool) {
	if n.Scalar() == "" {
		return nil, false
	}
	if !hasExpression(n.Text) {
		return []*yamltree.Node{n}, true
	}
	e, _ := expression(n.Text)
	key, ok := strings.CutPrefix(e, "matrix.")
	if !ok {
		return nil, false
	}
	all := j.matrix(key)
	return all, len(all) > 0 && !slices.ContainsFunc(all, isOpen)
}

// isOpen tells whether a value is no text, or one that the run decides.
func isOpen(n *yamltree.Node) bool {
	return n.Scalar() == "" || hasExpression(n.Text)
}

// matrix lists the values that the job's matrix gives to a key.
func (j *Job) matrix(key string) []*yamltree.Node {
	m := j.node.Get("strategy").Get("matrix")
	all := slices.Clone(m.Get(key).List())
	for _, extra := range m.Get("include").List() {
		if value := extra.Get(key); value != nil {
			all = append(all, value)
		}
	}
	return all
}

// literal is the one text that a value has in every job of the matrix.
func (j *Job) literal(n *yamltree.Node) (_ string, ok bool) {
	all, ok := j.values(n)
	if !ok {
		return "", false
	}
	for _, value := range all[1:] {
		if value.Scalar() != all[0].Scalar() {
			return "", false
		}
	}
	return all[0].Scalar(), true
}
