package analyzer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/pubmortem/pubmortem"

// walls say who may import what: for each package path, or path prefix that
// ends in a slash, the rooms that may. Rooms are paths below the module.
var walls = []struct {
	imported string
	rooms    []string
}{
	{"net/http", []string{"analyzer/fetch", "analyzer/fetch/", "analyzer/post"}},
	{"github.com/google/go-github/", []string{"analyzer/fetch", "analyzer/fetch/", "analyzer/post"}},
	{"go.yaml.in/yaml/", []string{"patterns", "analyzer/workflow"}},
	{"github.com/charmbracelet/", []string{"analyzer/render"}},
	{"github.com/muesli/", []string{"analyzer/render"}},
	{"github.com/spf13/pflag", []string{"cmd/internal/cli"}},
	{"golang.org/x/term", []string{"cmd/internal/cli"}},
	{"os", []string{"analyzer/fetch", "analyzer/fetch/", "cmd/internal/cli", "cmd/", "patterns/internal/"}},
	{"os/exec", []string{"analyzer/fetch", "cmd/internal/cli", "cmd/internal/benchcompare"}},
	{"regexp", []string{"cmd/internal/benchcompare", "patterns", "analyzer", "analyzer/match", "analyzer/inert", "analyzer/lazy"}},
	{"reflect", []string{"patterns/internal/"}},
	{"unsafe", nil},
	{"github.com/sebdah/", nil},
	{"github.com/rogpeppe/", nil},
	{"github.com/google/go-cmp/", nil},
	{"github.com/yuin/goldmark", nil},
	{"testing", nil},
	{module + "/cmd/internal/cli", []string{"cmd/"}},
	{module + "/analyzer", []string{"cmd/"}},
	{module + "/analyzer/render", []string{"cmd/"}},
	{module + "/analyzer/fetch", []string{"cmd/", "analyzer/fetch/", "analyzer/probe"}},
	{module + "/analyzer/post", []string{"cmd/"}},
	{module + "/analyzer/decide", []string{"analyzer"}},
}

// alone lists the packages that import nothing of this module, and of others
// only what stands here.
var alone = map[string][]string{
	"analyzer/report":  nil,
	"analyzer/runlog":  {"github.com/klauspost/compress/flate"},
	"analyzer/inert":   {module + "/analyzer/lazy"},
	"analyzer/filter":  nil,
	"analyzer/version": {"golang.org/x/mod/semver"},
	"analyzer/lazy":    nil,
	"patterns":         {"go.yaml.in/yaml/v4", module + "/analyzer/lazy"},
}

// calls say in which files a function may be used: room, or room/file.go.
var calls = []struct {
	function string
	places   []string
}{
	{"os.Exit", []string{"cmd/pubmortem/main.go", "cmd/internal/benchcompare/main.go", "patterns/internal/gencatalog/main.go"}},
	{"os.Getenv", []string{"cmd/internal/cli"}},
	{"os.LookupEnv", []string{"cmd/internal/cli"}},
	{"os.Environ", []string{"cmd/internal/cli", "cmd/internal/benchcompare"}},
	{"time.Now", []string{"cmd/internal/cli", "cmd/internal/benchcompare"}},
	{"time.Since", []string{"cmd/internal/cli", "cmd/internal/benchcompare"}},
	{"log.Fatal", nil},
	{"log.Fatalf", nil},
}

// listed is what the go command says of a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

// room is the package's path below the module.
func (p listed) room() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// within tells whether a path is one of the places; a place that ends in a
// slash stands for all that is below it.
func within(path string, places []string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		return path == place || strings.HasSuffix(place, "/") && strings.HasPrefix(path, place)
	})
}

func TestWalls(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, imported := range p.Imports {
			for _, wall := range walls {
				if within(imported, []string{wall.imported}) && !within(p.room(), wall.rooms) {
					t.Errorf("%s must not import %s", p.room(), imported)
				}
			}
			extra, isAlone := alone[p.room()]
			if isAlone && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") && !slices.Contains(extra, imported) {
				t.Errorf("%s must not import %s: it stands alone", p.room(), imported)
			}
		}
	}
}

func TestCalls(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, name := range p.GoFiles {
			checkCalls(t, p.room(), filepath.Join(p.Dir, name))
		}
	}
}

func checkCalls(t *testing.T, room, path string) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := selector.X.(*ast.Ident)
		if !ok {
			return true
		}
		for _, call := range calls {
			if pkg.Name+"."+selector.Sel.Name == call.function && !within(room, call.places) && !within(room+"/"+filepath.Base(path), call.places) {
				t.Errorf("%s: %s must not be used in %s", fset.Position(n.Pos()), call.function, room)
			}
		}
		return true
	})
}
