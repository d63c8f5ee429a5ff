package document

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestElements(t *testing.T) {
	tests := []struct {
		name string
		body Body
		want string
	}{
		{"prose", Text{"Run `npm -v` first. ``a`b`` <b>"}, `[{"tag":"p","kids":[{"tag":"span","text":"Run "},{"tag":"code","text":"npm -v"},` +
			`{"tag":"span","text":" first. "},{"tag":"code","text":"a` + "`" + `b"},{"tag":"span","text":" \u003cb\u003e"}]}]`},
		{"open code", Text{"a ` b"}, `[{"tag":"p","kids":[{"tag":"span","text":"a ` + "`" + ` b"}]}]`},
		{"links", Links{[]string{"https://docs.npmjs.com/x", "javascript:alert(1)"}}, `[{"tag":"ul","kids":[{"tag":"li","kids":[{"tag":"a","text":"docs.npmjs.com/x",` +
			`"href":"https://docs.npmjs.com/x"}]},{"tag":"li","kids":[{"tag":"code","text":"javascript:alert(1)"}]}]}]`},
		{"choices", Choices{"npm.version", []Choice{{"< 11.5.1", "npm is too old"}}}, `[{"tag":"div","class":"choices","kids":[{"tag":"button","text":"\u003c 11.5.1",` +
			`"fact":"npm.version","value":"\u003c 11.5.1"},{"tag":"span","text":"npm is too old"}]}]`},
		{"refs", Refs{[]Ref{{Lead: "likely", Kind: "cause", ID: "npm-too-old"}}}, `[{"tag":"ul","class":"refs","kids":[{"tag":"li","kids":[{"tag":"span","class":"lead",` +
			`"text":"likely"},{"tag":"a","text":"npm-too-old","href":"#cause/npm-too-old"}]}]}]`},
		{"quote", Quote{Lines: []Line{{Number: 7, Text: "\x1b[31mE404\x1b[0m\u202e", Deciding: true, Target: "line?line=7"}}}, `[{"tag":"figure","class":"quote","kids":[` +
			`{"tag":"div","class":"lines","kids":[{"tag":"div","class":"line deciding","kids":[{"tag":"a","class":"number","text":"7","href":"#line?line=7"},{"tag":"code","text":"E404"}]}]}]}]`},
		{"nothing", Labelled{"Fix", Document{{Body: Text{""}}}}, `null`},
	}
	for _, test := range tests {
		got, err := json.Marshal(Document{{Body: test.body}}.Elements())
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", test.name, err, got, test.want)
		}
	}
}

// FuzzProseElements checks that prose keeps all of its words.
func FuzzProseElements(f *testing.F) {
	for _, s := range []string{"a `b` c", "`` ` ``", "```", "a `\u202e` b", "`a``b`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var words string
		for _, e := range proseElements(s[:min(len(s), maxProse)]) {
			words += e.Text
		}
		plain := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "`", "")), "") }
		if got, want := plain(words), plain(Clean(s[:min(len(s), maxProse)])); got != want {
			t.Errorf("%q became %q", want, got)
		}
	})
}
