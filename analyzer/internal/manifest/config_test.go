package manifest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

func TestReadNpmrc(t *testing.T) {
	const secret = "npm_abcdefghijklmnopqrstuvwxyz0123456789"
	src := "\ufeff; _authToken=no\n# registry=no\n//registry.npmjs.org/:_authToken=${NODE_AUTH_TOKEN}\r\n//npm.acme.example/:_authToken = \"" + secret + "\"\n" +
		"registry = https://registry.npmjs.org/\n@acme:registry=https://npm.acme.example\nprovenance=true\njunk\n"
	got := ReadNpmrc(".npmrc", []byte(src))
	want := &Npmrc{
		Path: ".npmrc", Tokens: []Field{{"NODE_AUTH_TOKEN", 3}, {"", 4}}, Registry: Field{"https://registry.npmjs.org/", 5},
		Scopes: map[string]Field{"@acme": {"https://npm.acme.example", 6}}, Provenance: Field{"true", 7},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for pkg, want := range map[string]int{"@acme/widget": 6, "widget": 5, "@zenith/widget": 5} {
		if got := got.RegistryFor(pkg); got.Line != want {
			t.Errorf("RegistryFor(%q) = %+v, want line %d", pkg, got, want)
		}
	}
	facts := []report.Fact{
		{ID: "npmrc.token", Value: "true", Origin: report.FromPackage, Where: ".npmrc:3"},
		{ID: "provenance.requested", Value: "true", Origin: report.FromPackage, Where: ".npmrc:7"},
	}
	if !slices.Equal(got.Facts(), facts) {
		t.Errorf("Facts = %+v", got.Facts())
	}
	if facts := ReadNpmrc(".npmrc", []byte("save-exact=true\n")).Facts(); len(facts) > 0 {
		t.Errorf("Facts without a token = %+v", facts)
	}
}

func TestReadConfigs(t *testing.T) {
	c, err := ReadChangesets("config.json", []byte("{\n\"access\": \"restricted\"\n}"))
	if err != nil || c.Access != (Field{"restricted", 2}) {
		t.Errorf("changesets: %+v, %v", c, err)
	}
	l, err := ReadLerna("lerna.json", []byte("{\"npmClient\": \"pnpm\",\n\"command\": {\"publish\": {\"registry\": \"https://x\"}}}"))
	if err != nil || l.NpmClient != (Field{"pnpm", 1}) || l.Registry != (Field{"https://x", 2}) {
		t.Errorf("lerna: %+v, %v", l, err)
	}
	s, err := ReadSemanticRelease(".releaserc", []byte("{\"plugins\": [\"a\",\n[\"@semantic-release/npm\", {\"npmPublish\": false}]]}"))
	if err != nil || s.Npm != (Field{"@semantic-release/npm", 2}) || s.Publishes != (Field{"false", 2}) {
		t.Errorf("semantic-release: %+v, %v", s, err)
	}
	if s, err := ReadSemanticRelease(".releaserc", []byte("{}")); err != nil || s.Npm.Given() {
		t.Errorf("semantic-release by default: %+v, %v", s, err)
	}
	for name, read := range map[string]func(string, []byte) error{
		"changesets":       func(p string, b []byte) error { _, err := ReadChangesets(p, b); return err },
		"lerna":            func(p string, b []byte) error { _, err := ReadLerna(p, b); return err },
		"semantic-release": func(p string, b []byte) error { _, err := ReadSemanticRelease(p, b); return err },
	} {
		if err := read("x.json", []byte("{\n a: 1}")); err == nil || !strings.HasPrefix(err.Error(), "read x.json: line 2: ") {
			t.Errorf("%s: error = %v", name, err)
		}
	}
}

func FuzzReadNpmrc(f *testing.F) {
	f.Add("//r/:_authToken=${A}\n@a:registry='x'\n")
	f.Fuzz(func(_ *testing.T, src string) {
		ReadNpmrc(".npmrc", []byte(src)).Facts()
	})
}
