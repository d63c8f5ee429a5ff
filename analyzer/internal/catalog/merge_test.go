package catalog

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// mergeTexts merges the texts, the first one is the base, as files base.yaml,
// c.yaml, d.yaml.
func mergeTexts(t *testing.T, texts ...string) (*Catalog, []Problem) {
	t.Helper()
	var catalogs []*Catalog
	for i, text := range texts {
		name := []string{"base.yaml", "c.yaml", "d.yaml"}[i]
		c, problems := Load(fstest.MapFS{name: &fstest.MapFile{Data: []byte(text)}}, ".")
		if len(problems) > 0 {
			t.Fatal(&ProblemsError{problems})
		}
		catalogs = append(catalogs, c)
	}
	return Merge(catalogs[0], catalogs[1:]...)
}

func wantIDs(t *testing.T, c *Catalog, want string) {
	t.Helper()
	if got := strings.Join(c.ids(), " "); got != want {
		t.Errorf("ids %s\nwant %s", got, want)
	}
}

const (
	soundIDs   = "put-not-found npm.version token.kind run.fork npm-too-old put-404-old"
	ownCause   = "causes:\n  - {id: our-proxy, title: t, summary: s, explain: e, first_check: c, fix: {text: f}}\n"
	ownRow     = "rows:\n  - {id: put-404-proxy, symptoms: [put-not-found], when: {run.fork: true}, cause: our-proxy, confidence: possible, why: w, source: s}\n"
	otherCause = "causes:\n  - {id: npm-too-old, title: t, summary: s, explain: e, first_check: c, fix: {text: f}}\n"
)

func TestMergeAdds(t *testing.T) {
	c, problems := mergeTexts(t, sound, ownRow+"inferences:\n  - {when: {run.fork: true}, fact: token.kind, value: absent, source: s}\n", ownCause)
	if problems = append(problems, c.Lint()...); len(problems) > 0 {
		t.Fatal(&ProblemsError{problems})
	}
	wantIDs(t, c, "put-not-found npm.version token.kind run.fork npm-too-old our-proxy put-404-old put-404-proxy")
	if len(c.Inferences) != 1 {
		t.Errorf("inferences %v", c.Inferences)
	}
}

func TestMergeKeepsPlaces(t *testing.T) {
	c, _ := mergeTexts(t, sound, strings.Replace(ownRow, "cause: our-proxy", "cause: npm-to-old", 1))
	wantProblem(t, c.LintLenient(), ":2:83", `there is no cause "npm-to-old"`)
}

func TestMergeReplaces(t *testing.T) {
	c, problems := mergeTexts(t, sound, strings.Replace(otherCause, "title: t", "title: ours, replaces: npm-too-old", 1))
	if problems = append(problems, c.LintLenient()...); Errors(problems) {
		t.Fatal(&ProblemsError{problems})
	}
	wantIDs(t, c, soundIDs)
	if c.Causes[0].Title != "ours" {
		t.Errorf("cause %+v", c.Causes[0])
	}
}

func TestMergeReplacesByAnotherID(t *testing.T) {
	own := `symptoms:
  - {id: our-404, title: t, kind: failure, stage: publish, computed: true, meaning: m, replaces: put-not-found}
facts:
  - {id: our.npm, title: t, type: version, scope: step, replaces: npm.version}
causes:
  - {id: our-npm, title: t, summary: s, explain: e, first_check: c, fix: {text: f}, replaces: npm-too-old}
`
	c, problems := mergeTexts(t, sound, own)
	if problems = append(problems, c.LintLenient()...); Errors(problems) {
		t.Fatal(&ProblemsError{problems})
	}
	wantIDs(t, c, "our-404 our.npm token.kind run.fork our-npm put-404-old")
	r := c.Rows[0]
	if r.Symptoms[0] != "our-404" || r.When[0].Fact != "our.npm" || r.Cause != "our-npm" {
		t.Errorf("row %+v", r)
	}
}

func TestMergeDisables(t *testing.T) {
	more := strings.Replace(sound, "    meaning: Not found.\n", "    meaning: Not found.\n    refines: [old-404]\n    implies: {npm.version: '>= 9', run.fork: 'true'}\n"+
		"  - {id: old-404, title: t, kind: failure, stage: publish, computed: true, meaning: m}\n", 1) +
		"  - {id: two-symptoms, symptoms: [old-404, put-not-found], unless: [old-404], cause: npm-too-old, confidence: likely, why: w, source: s}\n" +
		"  - {id: only-old, symptoms: [old-404], cause: npm-too-old, confidence: likely, why: w, source: s}\n" +
		"  - {id: old-seen, symptoms: [put-not-found], seen: [old-404], cause: npm-too-old, confidence: likely, why: w, source: s}\n" +
		"inferences:\n  - {when: {npm.version: '> 11'}, fact: token.kind, value: absent, source: s}\n"
	for _, test := range []struct{ id, want string }{
		{"old-404", "put-not-found npm.version token.kind run.fork npm-too-old put-404-old two-symptoms"},
		{"npm.version", "put-not-found old-404 token.kind run.fork npm-too-old two-symptoms only-old old-seen"},
		{"npm-too-old", "put-not-found old-404 npm.version token.kind run.fork"},
		{"only-old", "put-not-found old-404 npm.version token.kind run.fork npm-too-old put-404-old two-symptoms old-seen"},
	} {
		c, problems := mergeTexts(t, more, "disable: ["+test.id+"]\n")
		if len(problems) > 0 {
			t.Error(&ProblemsError{problems})
		}
		wantIDs(t, c, test.want)
		if gone := test.id == "npm.version"; gone != (len(c.Inferences) == 0) || gone != (len(c.Symptoms[0].Implies) == 1) {
			t.Errorf("without %s: inferences %v, implies %v", test.id, c.Inferences, c.Symptoms[0].Implies)
		}
		if problems := c.LintLenient(); Errors(problems) {
			t.Errorf("without %s: %v", test.id, &ProblemsError{problems})
		}
	}
}

func TestMergeDisablesAndAddsAgain(t *testing.T) {
	c, problems := mergeTexts(t, sound, "disable: [npm-too-old]\n"+otherCause)
	if problems = append(problems, c.LintLenient()...); Errors(problems) {
		t.Error(&ProblemsError{problems})
	}
	wantIDs(t, c, soundIDs)
}

func TestMergeMistakes(t *testing.T) {
	for _, test := range []struct{ name, own, at, want string }{
		{"equal id", otherCause, ":2:5", `a second cause "npm-too-old", the first is at base.yaml:34:5; write "replaces: npm-too-old"`},
		{"replaces nothing", strings.Replace(ownCause, "title", "replaces: npm-to-old, title", 1), ":2:5", `there is no cause "npm-to-old" to replace; did you mean "npm-too-old"?`},
		{"replaces another kind", strings.Replace(ownCause, "title", "replaces: put-404-old, title", 1), ":2:5", `there is no cause "put-404-old"`},
		{"replaces and takes an id", strings.Replace(ownRow, "id: put-404-proxy", "id: put-404-old, replaces: put-404-proxy", 1), ":2:5", `there is no row "put-404-proxy"`},
		{"lines", "lines:\n  - {kind: trouble, title: t, regex: x}\n", ":2:5", `"lines" is for the built-in catalog`},
		{"disables nothing", "disable: [put-404-odl]\n", ":1:11", `nothing to disable has the id "put-404-odl"; did you mean "put-404-old"?`},
		{"id is taken", ownCause + strings.Replace(otherCause, "causes:\n  - {", "  - {replaces: our-proxy, ", 1), ":3:5", "its own id is taken"},
	} {
		_, problems := mergeTexts(t, sound, test.own)
		if !Errors(problems) {
			t.Errorf("%s: no error", test.name)
		}
		wantProblem(t, problems, test.at, test.want)
	}
}

func TestMergeLeavesItsArguments(t *testing.T) {
	base, _ := loadText(sound)
	fresh, _ := loadText(sound)
	extra, _ := Load(fstest.MapFS{"d.yaml": &fstest.MapFile{Data: []byte("disable: [put-not-found, run.fork]\n")}}, ".")
	if _, problems := Merge(base, extra); len(problems) > 0 {
		t.Error(&ProblemsError{problems})
	}
	if !reflect.DeepEqual(base, fresh) {
		t.Error("Merge changed its base")
	}
}
