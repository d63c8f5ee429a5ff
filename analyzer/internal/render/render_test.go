package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// golden is where reports and their renderings lie.
const golden = "../../../logs-testdata/golden/"

// fixtures are the names of the reports that renderers start from.
func fixtures(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(golden + "report/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no report fixtures: %v", err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".json")
	}
	return files
}

// fixtureBytes is the text of a fixture.
func fixtureBytes(tb testing.TB, name string) []byte {
	tb.Helper()
	src, err := os.ReadFile(golden + "report/" + name + ".json")
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

// fixture is a report that was saved as JSON.
func fixture(tb testing.TB, name string) *report.Report {
	tb.Helper()
	dec := json.NewDecoder(bytes.NewReader(fixtureBytes(tb, name)))
	dec.DisallowUnknownFields()
	var r report.Report
	if err := dec.Decode(&r); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return &r
}

func TestFor(t *testing.T) {
	names := Names()
	if names[0] != "text" || !slices.Contains(names, "json") {
		t.Errorf("Names() = %v", names)
	}
	for _, name := range names {
		render, ok := For(name)
		if !ok || render(&bytes.Buffer{}, fixture(t, "certain"), Options{}) != nil {
			t.Errorf("For(%q) does not render", name)
		}
	}
	if _, ok := For("xml"); ok {
		t.Error("For(xml) renders")
	}
}

// brokenPipe is a writer whose reader went away.
type brokenPipe struct{}

var errPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestWriteErrors(t *testing.T) {
	for _, name := range Names() {
		render, _ := For(name)
		if err := render(brokenPipe{}, fixture(t, "certain"), Options{}); !errors.Is(err, errPipe) {
			t.Errorf("%s: error = %v, want %v", name, err, errPipe)
		}
	}
}

// TestFixturesAreUsed fails when a golden file is compared with nothing.
func TestFixturesAreUsed(t *testing.T) {
	want := map[string]bool{}
	for _, c := range cases(t) {
		want[c.dir+"/"+c.name+".golden"] = true
	}
	for _, dir := range []string{"terminal", "ansi", "json"} {
		files, err := filepath.Glob(golden + dir + "/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if name := dir + "/" + filepath.Base(f); !want[name] {
				t.Errorf("%s is used by nobody", name)
			}
		}
	}
}

func TestMain(m *testing.M) {
	// Both would change what a renderer does that asks its surroundings.
	os.Setenv("CLICOLOR_FORCE", "1")
	os.Setenv("NO_COLOR", "1")
	os.Exit(m.Run())
}

func BenchmarkTerminal(b *testing.B) {
	benchmark(b, Terminal, Options{Width: 100, Color: true})
}

func BenchmarkJSON(b *testing.B) {
	benchmark(b, JSON, Options{})
}

func benchmark(b *testing.B, render Func, o Options) {
	for _, name := range []string{"folded", "hostile"} {
		r := fixture(b, name)
		b.Run(name, func(b *testing.B) {
			var out bytes.Buffer
			for b.Loop() {
				out.Reset()
				if err := render(&out, r, o); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(out.Len()))
		})
	}
}
