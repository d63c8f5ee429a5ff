package catalog

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/patterns"
)

// ownProblems are the problems of a person's own catalog on top of the sound
// one, as the command line finds them.
func ownProblems(own string) []Problem {
	base, _ := loadText(sound)
	extra, problems := loadText(own)
	merged, more := Merge(base, extra)
	return slices.Concat(problems, more, merged.LintLenient())
}

const ownSymptom = `symptoms:
  - id: shipit-closed
    title: t
    kind: failure
    stage: check
    match:
      - literal: "the release window is closed"
        regex: 'window is closed'
        source: shipit 2
        examples: ["shipit: the release window is closed"]
        near_misses: ["shipit: the release window is open"]
    meaning: m
rows:
  - {id: shipit-row, symptoms: [shipit-closed], cause: npm-too-old, confidence: likely, why: w, source: s}
`

// ownEdit is a sound own catalog with one part changed.
func ownEdit(old, now string) string {
	if strings.Count(ownSymptom, old) != 1 {
		panic("not once in the own catalog: " + old)
	}
	return strings.Replace(ownSymptom, old, now, 1)
}

func factWith(rest string) string {
	return "facts:\n  - {id: acme.kind, title: t, scope: run, ask: a, " + rest + "}\n"
}

var ownMistakes = []struct{ name, own, at, want string }{
	{"scaffold's title", ownEdit("title: t", "title: FILL IN a title"), ":3:12", "this is still the scaffold's text; write it"},
	{"scaffold's near miss", ownEdit(`["shipit: the release window is open"]`, "[FILL IN a line]"), ":11:23", "still the scaffold's text"},
	{"tag in a literal", ownEdit("\"the release", "\"##[error]the release"), ":7:18", `the literal asks for "##[error]", which is taken off`},
	{"tag in a regex", ownEdit("'window", `'##\[error\].*window`), ":8:16", `the regex asks for "##[error]"`},
	{"time stamp", ownEdit("\"the release", "\"2026-01-05T10:00:00Z the release"), ":7:18", "time stamp"},
	{"version in a literal", ownEdit("\"the release", "\"shipit 2.4.1 the release"), ":7:18", `the literal holds the version "2.4.1"`},
	{"double blank in a regex", ownEdit("'window is", "'window  is"), ":8:16", "demands a tab or a double blank"},
	{"tab in a regex", ownEdit("'window is", `'window\t+is`), ":8:16", "demands a tab or a double blank"},
	{"same pattern", ownEdit("match:\n      - literal: \"the release window is closed\"\n        regex: 'window is closed'", "match:\n      - literal: \"404 not found - PUT \"\n        regex: 'PUT (?P<url>\\S+)'"), ":7:9", `the symptom "put-not-found" at c.yaml:2:5 has the same pattern`},
	{"computed by nobody", "symptoms:\n  - {id: acme-absent, title: t, kind: failure, stage: sign, meaning: m, computed: true}\n", ":2:83", `nothing computes the symptom "acme-absent"`},
	{"condition against a proof", ownEdit("    meaning: m\n", "    meaning: m\n    implies: {npm.version: \">= 12\"}\n") +
		"  - {id: old-npm, symptoms: [shipit-closed], when: {npm.version: \"< 11.5.0\"}, cause: npm-too-old, confidence: likely, why: w, source: s}\n", ":16:53", `the row can never hold: "shipit-closed" implies npm.version >= 12`},
	{"condition against an exact proof", ownEdit("    meaning: m\n", "    meaning: m\n    implies: {npm.version: v11.5}\n") +
		"  - {id: old-npm, symptoms: [shipit-closed], when: {npm.version: \">= 11.6.0\"}, cause: npm-too-old, confidence: likely, why: w, source: s}\n", ":16:53", "can never hold"},
	{"condition against a word", ownEdit("    meaning: m\n", "    meaning: m\n    implies: {token.kind: absent}\n") +
		"  - {id: a-token, symptoms: [shipit-closed], when: {token.kind: secret}, cause: npm-too-old, confidence: likely, why: w, source: s}\n", ":16:53", "only holds when more is known than the log says"},
	{"fact that nothing tells", "facts:\n  - {id: acme.kind, title: t, scope: run, type: bool}\n", ":2:5", `nothing tells the fact "acme.kind"; add from:, or ask:`},
	{"value that reads as a negation", factWith("type: enum, values: [a, not b]"), ":2:75", `the value "not b" is ambiguous`},
	{"value that reads as a range", factWith("type: enum, values: ['>5', a]"), ":2:72", `the value ">5" is ambiguous`},
	{"value with a comma", factWith("type: enum, values: ['a, b', c]"), ":2:72", "is ambiguous"},
	{"values of equal letters", factWith("type: enum, values: [Open, open]"), ":2:78", `letter case does not tell it from "Open"`},
	{"example read twice", "facts:\n  - id: acme.kind\n    title: t\n    type: enum\n    values: [a, b]\n    scope: run\n    from:\n" +
		"      - {literal: kind is a, value: a, source: s, examples: [the kind is a], near_misses: [x]}\n" +
		"      - {literal: kind is, value: b, source: s, examples: [the kind is unknown], near_misses: [x]}\n", ":8:62", `the example is ambiguous: it reads "a" here and "b" by the matcher at c.yaml:9:9`},
	{"check of an unknown fact", "causes:\n  - {id: c, title: t, summary: s, first_check: c, fix: {text: f}, explain: e, checks: [npm.versoin]}\n", ":2:88", `did you mean "npm.version"?`},
}

func TestLintOwnMistakes(t *testing.T) {
	if problems := ownProblems(ownSymptom); Errors(problems) {
		t.Fatal(&ProblemsError{problems})
	}
	for _, test := range ownMistakes {
		t.Run(test.name, func(t *testing.T) { wantProblem(t, ownProblems(test.own), test.at, test.want) })
	}
}

// TestSeededMistakes finds every mistake of all tables at its place in a
// person's own catalog, too.
func TestSeededMistakes(t *testing.T) {
	n := 0
	for _, table := range [][]struct{ name, text, at, want string }{malformed, senseless} {
		for _, test := range table {
			if strings.Contains(test.want, "people's own catalogs") || strings.HasPrefix(test.name, "lines' ") {
				continue // what only they may have
			}
			own, problems := loadText(test.text)
			merged, more := Merge(Of(&patterns.Catalog{}), own)
			wantProblem(t, slices.Concat(problems, more, merged.LintLenient()), test.at, test.want)
			n++
		}
	}
	if n < 40 {
		t.Errorf("only %d mistakes", n)
	}
}

func TestMergeWarnsOfDisablingTwo(t *testing.T) {
	base, _ := loadText(sound + "  - {id: npm-too-old, symptoms: [put-not-found], cause: npm-too-old, confidence: possible, why: w, source: s}\n")
	extra, _ := loadText("disable: [npm-too-old]\n")
	_, problems := Merge(base, extra)
	wantProblem(t, problems, ":1:11", `"npm-too-old" names a cause and a row: all of them are disabled`)
	if Errors(problems) {
		t.Error("an error")
	}
}

func TestOverlaps(t *testing.T) {
	const other = `symptoms:
  - id: window
    title: t
    kind: failure
    stage: check
    match: [{literal: release window, source: s, examples: [the release window], near_misses: [x]}]
    meaning: m
`
	tests := []struct{ name, own, want string }{
		{"unrelated", other, "shipit-closed window"},
		{"refined", strings.Replace(other, "    meaning: m\n", "    meaning: m\n    refines: [shipit-closed]\n", 1), ""},
		{"a row names both", other + "rows:\n  - {id: r, symptoms: [window, shipit-closed], cause: c, confidence: likely, why: w}\n", ""},
		{"another part of the log", strings.Replace(other, "source: s", "source: s, in: env", 1), ""},
		{"any part of the log", strings.Replace(other, "source: s", "source: s, in: any", 1), "shipit-closed window"},
		{"no failure", strings.Replace(other, "kind: failure", "kind: hint", 1), ""},
	}
	base, _ := loadText(ownSymptom)
	for _, test := range tests {
		own, _ := loadText(test.own)
		merged, _ := Merge(base, own)
		got := ""
		for _, o := range merged.Overlaps() {
			got += o.Symptom.ID + " " + o.Other.ID
			if o.Pos != pos("c.yaml", 10, 20) {
				t.Errorf("%s: at %v", test.name, o.Pos)
			}
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// TestReadmeExample keeps the example that people start from free of mistakes.
func TestReadmeExample(t *testing.T) {
	readme, err := os.ReadFile("../../../patterns/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```yaml\n# yaml-language-server")
	_, rest, _ = strings.Cut(rest, "\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("README.md has no example")
	}
	own, problems := loadText(example)
	merged, more := Merge(Of(patterns.Whole()), own)
	before := Of(patterns.Whole()).LintLenient()
	for _, p := range slices.Concat(problems, more, merged.LintLenient()) {
		if !slices.Contains(before, p) {
			t.Error(p)
		}
	}
	if err := validate(compiledSchema(t), example); err != nil {
		t.Error(err)
	}
}

func TestAsError(t *testing.T) {
	warning := Problem{pos("a.yaml", 1, 2), SeverityWarning, "odd", ""}
	mistake := Problem{patterns.Pos{File: "b.yaml"}, SeverityError, "wrong", "do it right"}
	if err := AsError([]Problem{warning}); err != nil {
		t.Errorf("got %v for a warning", err)
	}
	if err := AsError([]Problem{warning, mistake}); err == nil || err.Error() != "a.yaml:1:2: odd\nb.yaml: wrong; do it right" {
		t.Errorf("got %v", err)
	}
}
