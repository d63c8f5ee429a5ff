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

// importers say who may import what: for each package path, or path prefix that
// ends in a slash, the packages that may. Packages are paths below the module.
var importers = []struct {
	imported string
	packages []string
}{
	{"net/http", []string{"analyzer/internal/github", "analyzer/internal/github/fakegithub", "analyzer/internal/npm", "analyzer/internal/web"}},
	{"github.com/getkin/", []string{"analyzer/internal/github/fakegithub"}},
	{module + "/analyzer/internal/github/fakegithub", nil},
	{"github.com/google/go-github/", []string{"analyzer/internal/github"}},
	{"go.yaml.in/yaml/", []string{"analyzer/internal/yamltree"}},
	{"github.com/charmbracelet/", []string{"analyzer/internal/document"}},
	{"github.com/muesli/", []string{"analyzer/internal/document"}},
	{"github.com/spf13/pflag", []string{"analyzer/internal/cli"}},
	{"github.com/spf13/cobra/doc", []string{"analyzer/internal/genman"}},
	{"github.com/spf13/cobra", []string{"analyzer/internal/cli", "analyzer/internal/genman"}},
	{"golang.org/x/term", []string{"analyzer/internal/cli"}},
	{"os", []string{"analyzer/internal/benchcompare", "analyzer/internal/browsertest", "analyzer/internal/genman", "analyzer/internal/gennpm", "analyzer/internal/genpage", "analyzer/internal/github", "analyzer/internal/runlog", "analyzer/internal/tempfile", "analyzer/internal/cli", "cmd/", "analyzer/internal/gencatalog"}},
	{"os/exec", []string{"analyzer/internal/browsertest", "analyzer/internal/cli", "analyzer/internal/benchcompare"}},
	{"regexp", []string{"analyzer/internal/genpage", "analyzer/internal/benchcompare", "patterns", "analyzer/internal/findings", "analyzer/internal/catalog", "analyzer/internal/commands", "analyzer/internal/match", "analyzer/internal/inert", "analyzer/internal/lazy"}},
	{"reflect", []string{"analyzer/internal/benchcompare", "analyzer/internal/many", "patterns", "analyzer/internal/catalog", "analyzer/internal/gencatalog"}},
	{"unsafe", nil},
	{"github.com/chromedp/", []string{"analyzer/internal/browsertest"}},
	{"github.com/schollz/progressbar/", []string{"analyzer/internal/cli"}},
	{"github.com/sebdah/", nil},
	{"github.com/rogpeppe/go-internal/diff", []string{"analyzer/internal/edit"}},
	{"github.com/rogpeppe/go-internal/txtar", nil},
	{"github.com/rogpeppe/go-internal/testscript", nil},
	{"mvdan.cc/sh/", []string{"analyzer/internal/commands"}},
	{"github.com/google/go-cmp/", nil},
	{"github.com/yuin/goldmark", nil},
	{"testing", []string{"analyzer/internal/browsertest"}},
	{module + "/analyzer/internal/browsertest", nil},
	{module + "/analyzer/internal/cli", []string{"analyzer/command", "analyzer/internal/genman"}},
	{module + "/analyzer", []string{"analyzer/internal/cli", "analyzer/internal/page"}},
	{module + "/analyzer/internal/render", []string{"analyzer/internal/cli", "analyzer/internal/page"}},
	{module + "/analyzer/internal/web", []string{"analyzer/internal/cli", "analyzer/internal/github", "analyzer/internal/npm"}},
	{module + "/analyzer/internal/github", []string{"analyzer/internal/cli"}},
	{module + "/analyzer/internal/npm", []string{"analyzer/internal/cli"}},
	{module + "/analyzer/internal/decide", []string{"analyzer", "analyzer/internal/probe"}},
}

// alone lists the packages that import nothing of this module, and of others
// only what stands here.
var alone = map[string][]string{
	"analyzer/report":            nil,
	"analyzer/internal/runlog":   {"github.com/klauspost/compress/flate", "golang.org/x/text/encoding/unicode", module + "/analyzer/internal/inert", module + "/analyzer/internal/lazy", module + "/analyzer/internal/tempfile", module + "/analyzer/internal/words"},
	"analyzer/internal/inert":    {module + "/analyzer/internal/lazy"},
	"analyzer/internal/filter":   nil,
	"analyzer/internal/tempfile": nil,
	"analyzer/internal/version":  {"golang.org/x/mod/semver"},
	"analyzer/internal/lazy":     nil,
	"analyzer/internal/words":    nil,
	"analyzer/internal/yamltree": {"go.yaml.in/yaml/v4"},
	"patterns":                   nil,
}

// calls say in which files a function may be used: package, or package/file.go.
var calls = []struct {
	function string
	places   []string
}{
	{"os.Exit", []string{"analyzer/internal/genman", "analyzer/internal/genpage", "analyzer/internal/gennpm/main.go", "cmd/pubmortem/main.go", "analyzer/internal/benchcompare/main.go", "analyzer/internal/gencatalog/main.go"}},
	{"os.Getenv", []string{"analyzer/internal/cli", "analyzer/internal/browsertest"}},
	{"os.LookupEnv", []string{"analyzer/internal/cli"}},
	{"os.Environ", []string{"analyzer/internal/cli", "analyzer/internal/benchcompare"}},
	{"time.Now", []string{"analyzer/internal/cli", "analyzer/internal/browsertest", "analyzer/internal/benchcompare"}},
	{"time.Since", []string{"analyzer/internal/github/download.go", "analyzer/internal/cli", "analyzer/internal/benchcompare"}},
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

// path is the package's path below the module.
func (p listed) path() string {
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
			for _, rule := range importers {
				if within(imported, []string{rule.imported}) && !within(p.path(), rule.packages) {
					t.Errorf("%s must not import %s", p.path(), imported)
				}
			}
			extra, isAlone := alone[p.path()]
			if isAlone && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") && !slices.Contains(extra, imported) {
				t.Errorf("%s must not import %s: it stands alone", p.path(), imported)
			}
		}
	}
}

func TestCalls(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, name := range p.GoFiles {
			checkCalls(t, p.path(), filepath.Join(p.Dir, name))
		}
	}
}

func checkCalls(t *testing.T, pkgPath, path string) {
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
			if pkg.Name+"."+selector.Sel.Name == call.function && !within(pkgPath, call.places) && !within(pkgPath+"/"+filepath.Base(path), call.places) {
				t.Errorf("%s: %s must not be used in %s", fset.Position(n.Pos()), call.function, pkgPath)
			}
		}
		return true
	})
}
