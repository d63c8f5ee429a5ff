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

func TestLookups(t *testing.T) {
	c := &Catalog{
		Symptoms: []Symptom{{ID: "put-not-found"}}, Facts: []FactDef{{ID: "npm.version"}, {ID: "run.fork"}},
		Causes: []Cause{{ID: "npm-too-old"}}, Rows: []Row{{ID: "put-404-old"}},
	}
	s, ok := c.Symptom("put-not-found")
	f, ok2 := c.Fact("run.fork")
	cause, ok3 := c.Cause("npm-too-old")
	r, ok4 := c.Row("put-404-old")
	if !ok || !ok2 || !ok3 || !ok4 || s != &c.Symptoms[0] || f != &c.Facts[1] || cause != &c.Causes[0] || r != &c.Rows[0] {
		t.Error("an entry was not found")
	}
	if _, ok := c.Row("put-not-found"); ok {
		t.Error("a symptom's id found a row")
	}
}

func TestPackReadsBack(t *testing.T) {
	want := &Catalog{
		Symptoms: []Symptom{{
			ID: "a", Kind: KindHint, Fatal: true, Refines: []string{"b", "a"}, Implies: map[string]string{"x": "1", "b": "a"},
			Match: []Matcher{{Literal: "a", Rank: 300, Examples: []string{"a", "c"}, NearMisses: []string{"d"}, Pos: Pos{"a.yaml", 1000, 2}}, {}},
		}},
		Rows: []Row{{ID: strings.Repeat("é", 200), Fix: &Fix{Text: "a"}, When: []Cond{{Fact: "x", Op: OpNot, Values: []string{"b"}}}}},
	}
	got, packed := new(Catalog), Pack(want)
	// The first part makes the entries; the others fill in their own fields.
	for _, part := range []struct{ name, file string }{{"", "catalog.bin"}, {"examples", "examples.bin"}, {"checks", "checks.bin"}} {
		if err := unpack(got, part.name, string(packed[part.file])); err != nil {
			t.Error(err)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, data := range []string{"", "abcdefg"} {
		if err := unpack(new(Catalog), "", data); err == nil {
			t.Errorf("no error for %q", data)
		}
	}
}

func TestCollapse(t *testing.T) {
	tests := map[string]string{
		"":                          "",
		"  ":                        "",
		"npm error":                 "npm error",
		"  npm   error\t\tcode ":    "npm error code",
		"npm error 404  '@acme/w' ": "npm error 404 '@acme/w'",
	}
	for in, want := range tests {
		if got := Collapse(in); got != want {
			t.Errorf("Collapse(%q) = %q, want %q", in, got, want)
		}
	}
}
