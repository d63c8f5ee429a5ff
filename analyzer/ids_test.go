package analyzer_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/patterns"
)

// idsFile alone may spell ids of the catalog.
const idsFile = "analyzer/internal/facts/ids.go"

// vocabulary are words of the report or of a table that are ids by chance:
// package path and text.
var vocabulary = map[string][]string{
	"analyzer/report": {"published-without-provenance"},   // a verdict and an outcome
	"patterns":        {"id-token", "provenance-skipped"}, // roles
}

// Code asks for the roles of symptoms, the edits and status pages of causes,
// and facts by constants: an entry's id may change without changing what the
// program does.
func TestNoBareIDs(t *testing.T) {
	cat := patterns.Builtin()
	ids := map[string]string{}
	for _, s := range cat.Symptoms {
		ids[s.ID] = "symptom"
	}
	for _, c := range cat.Causes {
		ids[c.ID] = "cause"
	}
	known := map[string]bool{}
	for _, f := range cat.Facts {
		ids[f.ID], known[f.ID] = "fact", true
	}
	for _, p := range listPackages(t) {
		for _, name := range p.GoFiles {
			if strings.HasSuffix(name, "_gen.go") {
				continue
			}
			path := p.path() + "/" + name
			for text, pos := range literals(t, filepath.Join(p.Dir, name)) {
				switch {
				case path == idsFile && !known[text]:
					t.Errorf("%s: the catalog has no fact %q", pos, text)
				case path != idsFile && ids[text] != "" && !slices.Contains(vocabulary[p.path()], text):
					t.Errorf("%s: the %s %q is spelled out; use its constant in %s, or a role, edit or status of the catalog", pos, ids[text], text, idsFile)
				}
			}
		}
	}
}

// literals are the texts in a file's code, without imports and tags of fields,
// and where each stands.
func literals(t *testing.T, path string) map[string]token.Position {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]token.Position{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			return n.Tag == nil
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
				found[text] = fset.Position(n.Pos())
			}
		}
		return true
	})
	return found
}
