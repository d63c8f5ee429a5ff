package manifest

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Npmrc is what an .npmrc says that bears on publishing.
type Npmrc struct {
	Path string
	// Tokens are the _authToken lines. Their Value is the variable that the line
	// refers to, "NODE_AUTH_TOKEN", or "" for a token written out.
	Tokens []Field
	// Provenance is `provenance=`, "true" or "false".
	Provenance Field
}

// ReadNpmrc reads an .npmrc. Lines that are no `key=value` are passed over, as
// npm does.
//
// Source: https://docs.npmjs.com/cli/v11/configuring-npm/npmrc
func ReadNpmrc(path string, src []byte) *Npmrc {
	n := &Npmrc{Path: path}
	line := 0
	for text := range strings.SplitSeq(strings.TrimPrefix(string(src), "\ufeff"), "\n") {
		line++
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, ";") || strings.HasPrefix(text, "#") {
			continue
		}
		if key, value, ok := strings.Cut(text, "="); ok {
			n.set(strings.TrimSpace(key), Field{unquote(strings.TrimSpace(value)), line})
		}
	}
	return n
}

func (n *Npmrc) set(key string, f Field) {
	switch {
	case key == "_authToken" || strings.HasSuffix(key, ":_authToken"):
		n.Tokens = append(n.Tokens, Field{variable(f.Value), f.Line})
	case key == "provenance" && (f.Value == "true" || f.Value == "false"):
		n.Provenance = f
	}
}

// unquote takes the quotes off a value that has a pair of them.
func unquote(text string) string {
	if len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		return text[1 : len(text)-1]
	}
	return text
}

// variable is the NAME of "${NAME}" or "${NAME?}", or "".
func variable(text string) string {
	name, opened := strings.CutPrefix(text, "${")
	name, closed := strings.CutSuffix(name, "}")
	if !opened || !closed || strings.Contains(name, "$") {
		return ""
	}
	return strings.TrimSuffix(name, "?")
}

// Facts states npmrc.token, at the first line that has one, and provenance.requested.
func (n *Npmrc) Facts() []report.Fact {
	b := factsOf{path: n.Path}
	if len(n.Tokens) > 0 {
		b.add(facts.NpmrcToken, Field{"true", n.Tokens[0].Line})
	}
	b.add(facts.ProvenanceRequested, n.Provenance)
	return b.facts
}
