package patterns

import (
	"reflect"
	"strings"
	"testing"
)

func TestMatchText(t *testing.T) {
	put := Matcher{Literal: "404 Not Found - PUT ", Regex: `PUT (?P<url>https?://(?P<host>[^/\s]+)\S*)(?: - (?P<reason>.+))?`}
	for _, test := range []struct {
		name string
		m    Matcher
		text string
		want map[string]string
		ok   bool
	}{
		{"literal alone", Matcher{Literal: "EOTP"}, "npm error code eotp", nil, true},
		{"literal missing", Matcher{Literal: "EOTP", Regex: "code"}, "npm error code E404", nil, false},
		{"captures keep their case", put, "npm ERR! 404 not found - put https://A.example/x - Gone", map[string]string{"url": "https://A.example/x", "host": "A.example", "reason": "Gone"}, true},
		{"groups that took no part", put, "404 Not Found - PUT http://a/", map[string]string{"url": "http://a/", "host": "a"}, true},
		{"blanks collapse", put, "  404  Not Found\t- PUT   http://a/ ", map[string]string{"url": "http://a/", "host": "a"}, true},
		{"regex decides", put, "404 Not Found - PUT ftp://a/", nil, false},
		{"broken regex", Matcher{Literal: "some", Regex: "("}, "some (", nil, false},
	} {
		got, ok := MatchText(&test.m, test.text)
		if ok != test.ok || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %v, %v", test.name, got, ok)
		}
	}
}

func TestFactValue(t *testing.T) {
	m := Matcher{Map: map[string]string{"***": "secret", "none": ""}}
	for _, test := range []struct {
		m       Matcher
		capture string
		want    string
	}{
		{Matcher{Value: "fixed"}, "x", "fixed"},
		{m, "***", "secret"},
		{m, "NONE", ""},
		{m, "Other", "Other"},
	} {
		if got, ok := test.m.FactValue(map[string]string{"value": test.capture}); got != test.want || !ok {
			t.Errorf("got %q, %v, want %q", got, ok, test.want)
		}
	}
	if got, ok := (&Matcher{}).FactValue(nil); ok {
		t.Errorf("got %q from nothing", got)
	}
}

func TestCompileErrorQuotesWhatWasWritten(t *testing.T) {
	for range 2 { // the second one comes from the cache
		if _, err := Compile("a(b"); err == nil || strings.Contains(err.Error(), "(?i)") || !strings.Contains(err.Error(), "`a(b`") {
			t.Errorf("got %v", err)
		}
	}
}

func TestParseRange(t *testing.T) {
	for text, want := range map[string]string{
		"< 11.5.0":          "<11.5.0",
		">=9.5.0,<9.6.1":    ">=9.5.0 <9.6.1",
		" = 12 ":            "=12",
		"<= 12.0.0-rc.1":    "<=12.0.0-rc.1",
		"^ 22.x":            "^22.x",
		"":                  `error: "" has no operator such as < or >=`,
		"11.5.0":            `error: "11.5.0" has no operator such as < or >=`,
		"== 1":              `error: the operator "==" is none of <, <=, >, >=, =, ^ and ~`,
		">= 1,":             `error: "" has no operator such as < or >=`,
		"< v1.2.3":          `error: "v1.2.3" is not a version such as 11.5.1`,
		"< 1.2.3.4":         `error: "1.2.3.4" is not a version such as 11.5.1`,
		"< 12-rc.1":         `error: "12-rc.1" is not a version such as 11.5.1`,
		"< 1..2":            `error: "1..2" is not a version such as 11.5.1`,
		"< 99999999999.0.0": `error: "99999999999.0.0" is not a version such as 11.5.1`,
	} {
		bounds, err := ParseRange(text)
		var got []string
		for _, b := range bounds {
			got = append(got, b.Op+b.Version)
		}
		if err != nil {
			got = []string{"error: " + err.Error()}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("ParseRange(%q) = %v, want %s", text, got, want)
		}
	}
}

func TestHoldsNothing(t *testing.T) {
	for text, want := range map[string]bool{
		"< 2":                      false,
		">= 1, < 2":                false,
		"> 1, < 2":                 true, // > 1 starts at 2.0.0
		"> 1.2.3, < 1.2.4":         false,
		"> 1.2.3, < 1.2.3":         true,
		"> 1.2.3, <= 1.2.3":        true,
		">= 1.2.3, <= 1.2.3":       false,
		"<= 12, >= 12.9":           false,
		"< 12, >= 12":              true,
		"= 12, < 12.1":             false,
		"= 12, >= 13":              true,
		"^ 11.5, >= 12":            true,
		"~ 11.5, >= 11.6":          true,
		"~ 11, >= 11.6":            false,
		">= 1.0.0, < 1.0.0-rc.1":   true,
		"> 1.0.0-rc.2, < 1.0.0":    false,
		">= 1.0.0-2, < 1.0.0-10":   false,
		">= 1.0.0-a, < 1.0.0-1":    true,
		">= 1.0.0-a.1, < 1.0.0-a":  true,
		"< 3, >= 1, < 2, >= 2":     true,
		">= 1.0.0-b, < 1.0.0-a.b1": true,
	} {
		bounds, err := ParseRange(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := holdsNothing(bounds); got != want {
			t.Errorf("holdsNothing(%s) = %v", text, got)
		}
	}
}

func TestExpand(t *testing.T) {
	values := map[string]string{"npm.version": "10.8.2", "host": "a.example"}
	value := func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	for text, want := range map[string]string{
		"plain":                               "plain",
		"npm ${npm.version} is old":           "npm 10.8.2 is old",
		"open ${run.workflow|the file}: look": "open the file: look",
		"${unknown}${host|x}":                 "a.example",
		"${{ secrets.NPM_TOKEN }}":            "${{ secrets.NPM_TOKEN }}",
		"_authToken=${NODE_AUTH_TOKEN}":       "_authToken=${NODE_AUTH_TOKEN}",
		"${A ${host}":                         "${A a.example",
		"${host":                              "${host",
		"${}$":                                "${}$",
	} {
		if got := Expand(text, value); got != want {
			t.Errorf("Expand(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTableMarkdown(t *testing.T) {
	c, problems := loadText(edit("npm --version", "Run `npm -v | cat` <in> ${run.fork} a_b | ${token.kind|the *job*}") +
		"  - {id: two, symptoms: [put-not-found, gone], when: {token.kind: [secret, absent], run.fork: not true}, seen: [a], unless: [b], cause: lost, confidence: possible, why: w, first_check: 'an odd `'}\n")
	if len(problems) > 0 {
		t.Fatal(&ProblemsError{problems})
	}
	want := "| Symptom | When | Likely cause | Confidence | First check |\n" +
		"| --- | --- | --- | --- | --- |\n" +
		"| The registry answered 404 `put-not-found` | npm.version &lt; 11.5.0 | npm is too old `npm-too-old` | likely | Run `npm -v \\| cat` &lt;in> ‹run.fork› a\\_b \\| the \\*job\\* |\n" +
		"| The registry answered 404 `put-not-found`<br>`gone` | token.kind is secret or absent<br>run.fork is not true<br>after `a`<br>without `b` | `lost` | possible | an odd \\` |\n"
	if got := c.TableMarkdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLookups(t *testing.T) {
	c, _ := loadText(sound)
	s, ok := c.Symptom("put-not-found")
	f, ok2 := c.Fact("run.fork")
	cause, ok3 := c.Cause("npm-too-old")
	r, ok4 := c.Row("put-404-old")
	if !ok || !ok2 || !ok3 || !ok4 || s != &c.Symptoms[0] || f != &c.Facts[2] || cause != &c.Causes[0] || r != &c.Rows[0] {
		t.Error("an entry was not found")
	}
	if _, ok := c.Row("put-not-found"); ok {
		t.Error("a symptom's id found a row")
	}
}

func TestAsError(t *testing.T) {
	warning := Problem{Pos{"a.yaml", 1, 2}, SeverityWarning, "odd", ""}
	mistake := Problem{Pos{File: "b.yaml"}, SeverityError, "wrong", "do it right"}
	if err := AsError([]Problem{warning}); err != nil {
		t.Errorf("got %v for a warning", err)
	}
	if err := AsError([]Problem{warning, mistake}); err == nil || err.Error() != "a.yaml:1:2: odd\nb.yaml: wrong; do it right" {
		t.Errorf("got %v", err)
	}
}

func TestBuiltinHasNoMistakes(t *testing.T) {
	if problems := Builtin().Lint(); Errors(problems) {
		t.Error(&ProblemsError{problems})
	}
}
