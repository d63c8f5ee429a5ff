package catalog

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pubmortem/pubmortem/patterns"
)

// loadText loads one file "c.yaml" with the text.
func loadText(text string) (*Catalog, []Problem) {
	return Load(fstest.MapFS{"c.yaml": &fstest.MapFile{Data: []byte(text)}}, ".")
}

func pos(file string, line, col int) patterns.Pos {
	return patterns.Pos{File: file, Line: line, Col: col}
}

// wantProblem fails unless one of the problems is at line:col with the fragment.
func wantProblem(t *testing.T, problems []Problem, at, fragment string) {
	t.Helper()
	for _, p := range problems {
		s := p.String()
		if strings.HasPrefix(s, "c.yaml"+at+": ") && strings.Contains(s, fragment) {
			return
		}
	}
	t.Errorf("no problem at %q that says %q in:\n%v", at, fragment, &ProblemsError{problems})
}

func TestLoadEveryField(t *testing.T) {
	got, problems := Load(os.DirFS("testdata"), "full")
	problems = append(problems, got.Lint()...)
	if len(problems) > 0 {
		t.Fatal(&ProblemsError{problems})
	}
	const file = "full/catalog.yaml"
	want := &patterns.Catalog{
		Symptoms: []patterns.Symptom{{
			ID:         "put-not-found",
			Title:      "The registry answered 404",
			Kind:       patterns.KindFailure,
			Stage:      patterns.StagePublish,
			Refines:    []string{"publish-failed"},
			Implies:    map[string]string{"tool.version": ">= 9.5.0", "registry.host": "${host}"},
			OnlyPasted: true,
			Fatal:      true,
			Prose:      true,
			Tools:      []string{"npm >=9.5.0", "pnpm"},
			Match: []patterns.Matcher{{
				Literal:    "404 Not Found - PUT ",
				Regex:      `404 Not Found - PUT https?://(?P<host>[^/\s]+)`,
				In:         patterns.InAny,
				Source:     "npm@12.2.0 lib/utils/error-message.js",
				Examples:   []string{"npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found"},
				NearMisses: []string{"npm error 404 Not Found - GET https://registry.npmjs.org/@acme%2fwidget"},
				Pos:        pos(file, 13, 9),
			}},
			Meaning: "The registry hides what one may not see.\n",
			Pos:     pos(file, 2, 5),
		}, {
			ID: "publish-failed", Title: "no", Kind: patterns.KindHint, Stage: patterns.StagePublish, Computed: true, Meaning: "1.20", Pos: pos(file, 21, 5),
		}},
		Facts: []patterns.FactDef{{
			ID: "tool.version", Title: "the tool's version", Type: patterns.TypeVersion, Scope: patterns.ScopeStep,
			Ask: "Which version?", How: "Run it.", Cost: 2,
			From: []patterns.Matcher{{
				Literal: "using tool@", Regex: `using tool@(?P<value>\d\S*)`, Rank: 90, Source: "tool 1.0",
				Examples: []string{"info using tool@11.5.1"}, NearMisses: []string{"using tool@latest"}, Pos: pos(file, 37, 9),
			}},
			Pos: pos(file, 29, 5),
		}, {
			ID: "token.kind", Title: "token", Type: patterns.TypeEnum, Values: []string{"secret", "absent", "empty"}, Scope: patterns.ScopeRun,
			From: []patterns.Matcher{{
				Literal: "TOKEN: ", Regex: `^TOKEN: (?P<value>\S*)$`, In: patterns.InEnv, Map: map[string]string{"***": "secret"}, Source: "actions/runner",
				Examples: []string{"TOKEN: ***"}, NearMisses: []string{"TOKEN: a b"}, Pos: pos(file, 49, 9),
			}, {
				Literal: "is no token", Value: "absent", Source: "tool 1.0",
				Examples: []string{"there is no token"}, NearMisses: []string{"there is a token"}, Pos: pos(file, 56, 9),
			}},
			Pos: pos(file, 43, 5),
		}, {
			ID: "registry.host", Title: "registry", Type: patterns.TypeString, Scope: patterns.ScopeAttempt, Pos: pos(file, 61, 5),
		}, {
			ID: "run.fork", Title: "fork", Type: patterns.TypeBool, Scope: patterns.ScopeRun, Pos: pos(file, 65, 5),
		}},
		Inferences: []patterns.Inference{{
			When:   []patterns.Cond{{Fact: "run.fork", Op: patterns.OpIs, Values: []string{"true"}, Pos: pos(file, 71, 12)}},
			Fact:   "token.kind",
			Value:  "empty",
			Source: "https://docs.github.com/",
			Pos:    pos(file, 71, 5),
		}},
		Causes: []patterns.Cause{{
			ID: "tool-too-old", Title: "The tool is too old", Summary: "It cannot do that.", Explain: "Since 11.5.1 it can.\n",
			FirstCheck: "Look at ${tool.version|the version}.",
			Fix:        patterns.Fix{Text: "Upgrade.", Snippet: "npm install -g npm@11\n", Language: "sh"},
			References: []string{"https://docs.npmjs.com/trusted-publishers"},
			Guide:      "3",
			Pos:        pos(file, 76, 5),
		}},
		Rows: []patterns.Row{{
			ID:       "put-404-old",
			Symptoms: []string{"put-not-found"},
			When: []patterns.Cond{
				{Fact: "tool.version", Op: patterns.OpRange, Values: []string{">= 9.5.0, < 11.5.1"}, Pos: pos(file, 91, 7)},
				{Fact: "token.kind", Op: patterns.OpIs, Values: []string{"secret", "absent"}, Pos: pos(file, 92, 7)},
				{Fact: "run.fork", Op: patterns.OpNot, Values: []string{"true"}, Pos: pos(file, 93, 7)},
			},
			Seen:       []string{"publish-failed"},
			Cause:      "tool-too-old",
			Confidence: "likely",
			Prior:      40,
			Why:        "${host} answered.",
			FirstCheck: "Run it.",
			Fix:        &patterns.Fix{Text: "Upgrade now."},
			Guide:      "faq",
			Source:     "https://github.com/npm/cli/issues/9722",
			Pos:        pos(file, 88, 5),
		}, {
			ID: "put-404-other", Symptoms: []string{"put-not-found"}, Unless: []string{"publish-failed"}, Cause: "tool-too-old",
			Confidence: "possible", Why: "Nothing else is known.", Guide: "1", Pos: pos(file, 104, 5),
		}},
	}
	if !reflect.DeepEqual(got.Catalog, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got.Catalog, want)
	}
}

func TestLoadOrderAndFolders(t *testing.T) {
	cause := func(id string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("causes: [{id: " + id + ", title: t, summary: s, first_check: c, fix: {text: f}}]")}
	}
	fsys := fstest.MapFS{
		"b.yaml": cause("three"), "a/z.yml": cause("two"), "a.yaml": cause("one"), "a/notes.txt": cause("x"), ".git/c.yaml": cause("y"),
		"empty.yaml": &fstest.MapFile{Data: []byte("# nothing yet\n")},
	}
	c, problems := Load(fsys, ".")
	if len(problems) > 0 {
		t.Fatal(&ProblemsError{problems})
	}
	if got := strings.Join(idsOf(c.Causes), " "); got != "one two three" {
		t.Errorf("causes %s", got)
	}
	c, problems = Load(fsys, "b.yaml", "a")
	if got := strings.Join(idsOf(c.Causes), " "); got != "three two" || len(problems) > 0 {
		t.Errorf("causes %s, problems %v", got, problems)
	}
}

func TestLoadWithoutFiles(t *testing.T) {
	for root, want := range map[string]string{
		"nowhere": "nowhere: cannot be read: file does not exist",
		"notes":   "notes: no catalog files here; name a folder",
		"../up":   "../up: cannot be read: file does not exist",
	} {
		_, problems := Load(fstest.MapFS{"notes/a.txt": &fstest.MapFile{}}, root)
		if len(problems) != 1 || !strings.HasPrefix(problems[0].String(), want) {
			t.Errorf("Load(%q): %v, want %s", root, problems, want)
		}
	}
}

func TestLoadDisable(t *testing.T) {
	c, problems := loadText("disable: [one, two-more]\n")
	want := []patterns.Disabled{{ID: "one", Pos: pos("c.yaml", 1, 11)}, {ID: "two-more", Pos: pos("c.yaml", 1, 16)}}
	if len(problems) > 0 || !reflect.DeepEqual(c.Disable, want) {
		t.Errorf("got %v, %v", c.Disable, problems)
	}
}

// causeWith is a cause in a file of its own; extra lines are indented below it.
func causeWith(extra string) string {
	return "causes:\n  - id: some-cause\n    title: t\n    summary: s\n    first_check: c\n    fix: {text: f}\n" + extra
}

// rowWith is a row likewise, its extra lines start at line 6.
func rowWith(extra string) string {
	return "rows:\n  - id: some-row\n    symptoms: [s]\n    cause: c\n    why: w\n" + extra
}

var malformed = []struct{ name, text, at, want string }{
	{"unknown top key", "symptom: []\n", ":1:1", `unknown key "symptom" in a catalog file; did you mean "symptoms"?`},
	{"unknown key", causeWith("    sumary: x\n"), ":7:5", `unknown key "sumary" in a cause; did you mean "summary"?`},
	{"unknown key far from all", causeWith("    zzzzzzzzzz: x\n"), ":7:5", "known are id, title, summary"},
	{"unknown key in a matcher", "symptoms:\n  - match:\n      - litteral: x\n", ":3:9", `did you mean "literal"?`},
	{"fact's key in a symptom's matcher", "symptoms:\n  - match:\n      - {literal: some, value: x}\n", ":3:25", `unknown key "value" in a matcher`},
	{"unknown key in a fix", "causes:\n  - fix: {text: x, lang: yaml}\n", ":2:20", `unknown key "lang" in a fix`},
	{"comma in a text", "causes:\n  - fix: {text: Wait, or ask for help}\n", ":2:23", `quote a text that contains ", "`},
	{"merge key", "causes:\n  - <<: {id: a}\n", ":2:5", `unknown key "<<"`},
	{"missing field", "causes:\n  - id: some-cause\n", ":2:5", `the cause lacks "title"; add title:`},
	{"missing literal", "symptoms:\n  - match:\n      - regex: x\n", ":3:9", `the matcher lacks "literal"`},
	{"blank literal", "symptoms:\n  - match:\n      - literal: ' '\n", ":3:18", `"literal" is empty`},
	{"missing fix text", "causes:\n  - fix: {snippet: x}\n", ":2:10", `the fix lacks "text"`},
	{"missing symptoms", "rows:\n  - id: some-row\n", ":2:5", `the row lacks "symptoms"`},
	{"missing when", "inferences:\n  - fact: a\n    value: b\n", ":2:5", `the inference lacks "when"`},
	{"empty text", "causes:\n  - id: ''\n", ":2:9", `"id" is empty`},
	{"empty list", "rows:\n  - symptoms: []\n", ":2:15", `"symptoms" is empty`},
	{"empty item", "rows:\n  - symptoms: [' ']\n", ":2:16", `an item of "symptoms" is empty`},
	{"null", causeWith("    explain:\n"), ":7:5", `"explain" has no value`},
	{"list for text", "causes:\n  - title: [a]\n", ":2:12", `"title" must be text, this is a list`},
	{"text for list", "rows:\n  - symptoms: put-404\n", ":2:15", `"symptoms" must be a list, this is text; write [a, b]`},
	{"list for mapping", "rows:\n  - when: [a]\n", ":2:11", `"when" must be a mapping, this is a list`},
	{"mapping for list item", "rows:\n  - symptoms: [{a: b}]\n", ":2:16", "must be text, this is a mapping"},
	{"list in a map", "symptoms:\n  - implies: {a: [b]}\n", ":2:18", `"a" must be text`},
	{"text for entry", "causes:\n  - some-cause\n", ":2:5", "a cause must be a mapping, this is text"},
	{"text for fix", "causes:\n  - fix: upgrade\n", ":2:10", "a fix must be a mapping"},
	{"list for file", "- a\n", ":1:1", "a catalog file must be a mapping, this is a list"},
	{"flag", "symptoms:\n  - fatal: yes\n", ":2:12", `"fatal" must be true or false`},
	{"number", rowWith("    prior: many\n"), ":6:12", `"prior" must be a whole number from 0 to 100`},
	{"prior range", rowWith("    prior: 101\n"), ":6:12", `"prior" must be a whole number from 0 to 100`},
	{"rank", "facts:\n  - from: [{rank: -1}]\n", ":2:19", `"rank" must be a whole number`},
	{"kind", "symptoms:\n  - kind: failur\n", ":2:11", `"kind" must be failure, hint, start, success or context, not "failur"; did you mean "failure"?`},
	{"stage", "symptoms:\n  - stage: upload\n", ":2:12", `"stage" must be startup`},
	{"in", "symptoms:\n  - match: [{in: stdout}]\n", ":2:18", `"in" must be output`},
	{"type", "facts:\n  - type: boole\n", ":2:11", `"type" must be version, enum, bool or string, not "boole"; did you mean "bool"?`},
	{"scope", "facts:\n  - scope: jobs\n", ":2:12", `did you mean "job"?`},
	{"confidence", rowWith("    confidence: sure\n"), ":6:17", `"confidence" must be certain, likely or possible`},
	{"guide", causeWith("    guide: 9\n"), ":7:12", `"guide" must be 1, 2`},
	{"bad id", "causes:\n  - id: Some_Cause\n", ":2:9", `must be kebab-case: lower-case words and numbers joined by hyphens; write "some-cause"`},
	{"bad fact id", "facts:\n  - id: npm..Version\n", ":2:9", "must be kebab-case words joined by dots"},
	{"dotted row id", "rows:\n  - id: a.b\n", ":2:9", `write "a-b"`},
	{"duplicate id", causeWith("  - id: some-cause\n"), ":7:9", `a second cause "some-cause", the first is at c.yaml:2:9`},
	{"duplicate key", causeWith("    title: u\n"), ":7:5", `key "title" again, first at line 3`},
	{"duplicate condition", rowWith("    when:\n      a: b\n      a: c\n"), ":8:7", `key "a" again`},
	{"key that is no text", "? [a]\n: b\n", ":1:3", "a key must be text"},
	{"empty condition", rowWith("    when:\n      npm.version: not \n"), ":7:20", `the condition on "npm.version" says nothing`},
	{"condition without values", rowWith("    when: {a: 'not ,'}\n"), ":6:15", `the condition on "a" says nothing`},
	{"condition in a list", rowWith("    when: {a: ['not b']}\n"), ":6:16", `"not b" cannot stand in a list`},
	{"condition that is a mapping", rowWith("    when: {a: {b: c}}\n"), ":6:15", `the condition on "a" says nothing`},
	{"second document", "causes: []\n---\nrows: []\n", ":2:1", "a second document"},
	{"syntax", "causes:\n  - title: npm: too old\n", ":2:15", `mapping values are not allowed in this context; quote a text that contains ": "`},
	{"tab", "causes:\n\t- id: a\n", ":2:1", "indent with blanks"},
	{"escape", "rows:\n  - why: \"\\d\"\n", ":2:11", "single quotes"},
	{"unclosed", "rows: [\n", ":2:1", "YAML: "},
	{"alias", "disable: &x [a]\nrows: *x\n", ":2:7", "aliases are not supported"},
	{"unknown alias", "disable: *.log\n", ":1:10", "quote a text that starts with *"},
	{"control byte", "rows:\n  - why: é \x1b[31m\n", ":2:12", `control character 0x1b in the file; write it as "\x1b"`},
	{"bad UTF-8", "rows:\n  - why: \xc3\x28\n", "", "YAML: "},
}

func TestLoadMistakes(t *testing.T) {
	for _, test := range malformed {
		t.Run(test.name, func(t *testing.T) {
			_, problems := loadText(test.text)
			if !Errors(problems) {
				t.Error("no errors")
			}
			wantProblem(t, problems, test.at, test.want)
		})
	}
}

func TestLoadReportsAllAtOnce(t *testing.T) {
	fsys := fstest.MapFS{
		"a.yaml": &fstest.MapFile{Data: []byte("rows: [\n")},
		"c.yaml": &fstest.MapFile{Data: []byte("causes:\n  - id: A\n    titel: x\n")},
	}
	_, problems := Load(fsys, ".")
	var got []string
	for _, p := range problems {
		got = append(got, p.Pos.String())
	}
	want := "a.yaml:2:1 c.yaml:2:5 c.yaml:2:5 c.yaml:2:5 c.yaml:2:5 c.yaml:2:9 c.yaml:3:5"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestLoadKeepsText(t *testing.T) {
	c, problems := loadText("causes:\n  - id: no\n    title: 1.20\n    summary: 0o12\n    first_check: ~x\n    fix: {text: yes}\n    guide: 1\n")
	if len(problems) > 0 {
		t.Fatal(&ProblemsError{problems})
	}
	got := c.Causes[0]
	if got.ID != "no" || got.Title != "1.20" || got.Summary != "0o12" || got.Fix.Text != "yes" || got.Guide != "1" {
		t.Errorf("got %+v", got)
	}
}

func FuzzLoad(f *testing.F) {
	full, err := os.ReadFile("testdata/full/catalog.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(full))
	for _, test := range malformed {
		f.Add(test.text)
	}
	for _, test := range senseless {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, problems := loadText(text)
		problems = append(problems, c.Lint()...)
		merged, more := Merge(c, c)
		problems = append(append(problems, more...), merged.LintLenient()...)
		for _, p := range problems {
			if p.Msg == "" || p.Pos.File == "" {
				t.Errorf("problem without place or text: %#v", p)
			}
		}
	})
}

// What a broken file declares is not called unknown elsewhere.
func TestLintOfIncompleteCatalog(t *testing.T) {
	fsys := fstest.MapFS{
		"a.yaml": &fstest.MapFile{Data: []byte("causes: [\n")},
		"c.yaml": &fstest.MapFile{Data: []byte(strings.ReplaceAll(edit("npm --version", "${gone}"), "cause: npm-too-old", "cause: broken"))},
	}
	c, problems := Load(fsys, ".")
	merged, more := Merge(Of(&patterns.Catalog{}), c)
	problems = append(append(problems, more...), merged.Lint()...)
	if len(problems) != 1 || problems[0].Pos.File != "a.yaml" {
		t.Error(&ProblemsError{problems})
	}
}

func TestLoadLargeAndDeep(t *testing.T) {
	for name, text := range map[string]string{
		"lists":   strings.Repeat("[", 100_000),
		"dashes":  strings.Repeat("- ", 100_000),
		"maps":    strings.Repeat("{a: ", 100_000),
		"entries": "rows:\n" + strings.Repeat("  - {}\n", 500),
	} {
		if _, problems := loadText(text); !Errors(problems) {
			t.Errorf("%s: no error", name)
		}
	}
}
