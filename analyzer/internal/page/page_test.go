package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/patterns"
)

func opened(t *testing.T, logs map[string]string) *Session {
	t.Helper()
	s := New("devel")
	var files []File
	for name, text := range logs {
		files = append(files, File{name, int64(len(text)), strings.NewReader(text)})
	}
	if err := s.Open(files); err != nil {
		t.Fatal(err)
	}
	return s
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../logs-testdata/jobs", name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func ask[A any](t *testing.T, s *Session, question, about string) A {
	t.Helper()
	a, err := s.Ask(question, []byte(about))
	if err != nil {
		t.Fatal(err)
	}
	return a.(A)
}

// walk visits elements, and those in them.
func walk(all []document.Element, visit func(document.Element)) {
	for _, e := range all {
		visit(e)
		walk(e.Kids, visit)
	}
}

func TestDiagnose(t *testing.T) {
	s := opened(t, map[string]string{"a.log": "npm error code ENEEDAUTH\n"})
	first := ask[*Diagnosis](t, s, "diagnose", "{}")
	var fact, value string
	walk(first.Elements, func(e document.Element) {
		if e.Tag == "button" && fact == "" {
			fact, value = e.Fact, e.Value
		}
	})
	if fact == "" {
		t.Fatal("no question is asked")
	}
	then := ask[*Diagnosis](t, s, "diagnose", `{"facts":{"`+fact+`":"`+value+`"}}`)
	if then.Markdown == first.Markdown {
		t.Errorf("%s=%s changes nothing", fact, value)
	}
	for _, about := range []string{`{"facts":{"no.such":"x"}}`, `{"facts":{"npm.version":"<b>"}}`, `{"publishers":"no list"}`, `[`} {
		if _, err := s.Ask("diagnose", []byte(about)); err == nil {
			t.Errorf("%s is taken", about)
		}
	}
}

// TestFilesBeside checks that files alone are checked, and that beside a log
// they tell more.
func TestFilesBeside(t *testing.T) {
	const files = `{"manifest":"{\"name\":\"@acme/widget\",\"version\":\"1.0.0\"}",` +
		`"workflow":"on: push\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm publish --provenance\n"}`
	s := New("devel")
	if err := s.Open(nil); err != nil {
		t.Fatal(err)
	}
	if got := ask[*Diagnosis](t, s, "diagnose", files).Verdict; got != "would-fail" {
		t.Errorf("the files alone: %s", got)
	}
	if _, err := s.Ask("diagnose", []byte("{}")); err == nil {
		t.Error("nothing is diagnosed")
	}
	s = opened(t, map[string]string{"a.log": fixture(t, "npm-too-old-need-auth")})
	if got := ask[*Diagnosis](t, s, "diagnose", files); !strings.Contains(got.JSON, `"origin": "workflow"`) {
		t.Error("the workflow file tells nothing")
	}
}

func TestLines(t *testing.T) {
	log := strings.Repeat("ok\n", 500) + fixture(t, "repository-url-mismatch")
	for _, logs := range []map[string]string{{"a.log": log}, {"a.log": log, "b.log": "hello\n"}} {
		s := opened(t, logs)
		d := ask[*Diagnosis](t, s, "diagnose", "{}")
		at := ask[*Lines](t, s, "lines", `{"at":"`+strings.TrimPrefix(d.Line, "#line?")+`"}`)
		here := ""
		for _, l := range at.Lines {
			if l.Here {
				here = l.Text
			}
		}
		if !strings.Contains(here, "422 Unprocessable Entity") || len(at.Lines) <= lead/2 {
			t.Errorf("%d logs: %d lines around %q", len(logs), len(at.Lines), here)
		}
	}
	s := opened(t, map[string]string{"a.log": log})
	ask[*Diagnosis](t, s, "diagnose", "{}")
	if top := ask[*Lines](t, s, "lines", `{"member":0,"from":1}`); len(top.Lines) != window || !top.More || top.Lines[0].Number != 1 {
		t.Errorf("from the top: %d lines, more: %v", len(top.Lines), top.More)
	}
	if _, err := s.Ask("lines", []byte(`{"member":7,"from":1}`)); err == nil {
		t.Error("there is no such member")
	}
}

// TestShare checks that an excerpt of each log leads to the same answer, and
// that it holds no secret.
func TestShare(t *testing.T) {
	for _, name := range []string{"repository-url-mismatch", "npm-too-old-need-auth", "id-token-permission-missing-json"} {
		s := opened(t, map[string]string{"a.log": fixture(t, name) + "//registry.npmjs.org/:_authToken=npm_" + strings.Repeat("a1B2", 9) + "\n"})
		ask[*Diagnosis](t, s, "diagnose", "{}")
		shared := ask[*Shared](t, s, "share", "")
		if !shared.Same || strings.Contains(shared.Log, "a1B2a1B2") {
			t.Errorf("%s: same: %v\n%s", name, shared.Same, shared.Log)
		}
	}
}

// TestExplain checks that every entry has a page, and that no link leads nowhere.
func TestExplain(t *testing.T) {
	s := New("devel")
	cat := patterns.Whole()
	about := []Entry{{"causes", ""}, {"table", ""}, {"search", "the tokn has expird"}}
	for i := range cat.Causes {
		about = append(about, Entry{"cause", cat.Causes[i].ID})
	}
	for i := range cat.Symptoms {
		about = append(about, Entry{"symptom", cat.Symptoms[i].ID})
	}
	for _, e := range about {
		p, err := s.explain(e)
		if err != nil {
			t.Fatal(err)
		}
		walk(p.Elements, func(element document.Element) {
			kind, id, ok := strings.Cut(strings.TrimPrefix(element.Href, "#"), "/")
			if strings.HasPrefix(element.Href, "#") && (!ok || len((explain.Explainer{Catalog: cat}).Entry(kind, id)) == 0) {
				t.Errorf("%v leads to %s", e, element.Href)
			}
		})
	}
	if _, err := s.explain(Entry{"cause", "no-such"}); err == nil {
		t.Error("there is no such cause")
	}
}

func TestFolder(t *testing.T) {
	f := folder{{"a.log", 1, strings.NewReader("a")}, {"run/b.log", 2, strings.NewReader("bc")}, {"run/deep/c.txt", 0, strings.NewReader("")}}
	if err := fstest.TestFS(f, "a.log", "run/b.log", "run/deep/c.txt"); err != nil {
		t.Error(err)
	}
}
