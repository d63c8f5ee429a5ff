package manifest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

const fullManifest = `{
  "name": "@acme/widget",
  "version": "1.2.3",
  "private": false,
  "repository": {
    "type": "git",
    "url": "https://github.com/acme/widget",
    "directory": "packages/widget"
  },
  "packageManager": "pnpm@10.12.4",
  "scripts": {
    "build": "tsc",
    "ship": "npm publish"
  },
  "publishConfig": {
    "access": "restricted",
    "registry": "https://Registry.npmjs.org/",
    "provenance": true,
    "tag": "next"
  }
}
`

func mustReadPackage(t testing.TB, src string) *Package {
	t.Helper()
	p, err := ReadPackage("package.json", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReadPackage(t *testing.T) {
	got := mustReadPackage(t, fullManifest)
	want := &Package{
		Path: "package.json", Name: Field{"@acme/widget", 2}, Private: Field{"false", 4},
		Repository: Repository{URL: Field{"https://github.com/acme/widget", 7}},
		PublishConfig: PublishConfig{
			Access: Field{"restricted", 16}, Registry: Field{"https://Registry.npmjs.org/", 17},
			Provenance: Field{"true", 18},
		},
		src: got.src, root: got.root,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestReadPackageErrors(t *testing.T) {
	tests := []struct{ src, want string }{
		{"{\n  \"name\": \"a\"\n  \"version\": 1\n}", "line 3: "},
		{"{\n", "line 1: "},
		{"", "line 1: "},
		{"[]", "no object"},
		{`{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "}", "too deeply"},
		{strings.Repeat(" ", maxSize+1), "too many"},
	}
	for _, tt := range tests {
		_, err := ReadPackage("package.json", []byte(tt.src))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "read package.json: ") {
			t.Errorf("ReadPackage(%.30q) error = %v, want %q", tt.src, err, tt.want)
		}
	}
}

func TestPackageFacts(t *testing.T) {
	fact := func(id, value, where string) report.Fact {
		return report.Fact{ID: id, Value: value, Origin: report.FromPackage, Where: where}
	}
	tests := []struct {
		name, src string
		want      []report.Fact
	}{
		{"full", fullManifest, []report.Fact{
			fact("package.name", "@acme/widget", "package.json:2"),
			fact("package.scoped", "true", "package.json:2"),
			fact("package.private", "false", "package.json:4"),
			fact("package.repository-url", "git+https://github.com/acme/widget.git", "package.json:7"),
			fact("provenance.requested", "true", "package.json:18"),
			fact("registry.host", "registry.npmjs.org", "package.json:17"),
		}},
		{"empty", "{}", []report.Fact{
			fact("package.private", "false", "package.json"),
			fact("package.repository-url", "", "package.json"),
		}},
		{"wrong types, after a byte order mark", "\ufeff{\"name\": 1, \"private\": \"yes\",\n\"repository\": [], \"publishConfig\": 3, \"scripts\": null}", []report.Fact{
			fact("package.private", "true", "package.json:1"),
			fact("package.repository-url", "", "package.json"),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mustReadPackage(t, tt.src).Facts(); !slices.Equal(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestEdits(t *testing.T) {
	setURL := func(p *Package) (Edit, bool) { return p.SetRepositoryURL("https://github.com/acme/gadget") }
	tests := []struct {
		name, src string
		edit      func(*Package) (Edit, bool)
		want      string
	}{
		{"url", fullManifest, setURL, strings.Replace(fullManifest, `"https://github.com/acme/widget"`, `"git+https://github.com/acme/gadget.git"`, 1)},
		{"text", `{"repository": "acme/widget"}`, setURL, `{"repository": "git+https://github.com/acme/gadget.git"}`},
		{"no url", "{\n\t\"repository\": {\n\t\t\"type\": \"git\"\n\t}\n}\n", setURL, "{\n\t\"repository\": {\n\t\t\"url\": \"git+https://github.com/acme/gadget.git\",\n\t\t\"type\": \"git\"\n\t}\n}\n"},
		{"no repository", "{\n    \"name\": \"a\",\n    \"version\": \"1.0.0\",\n    \"main\": \"a.js\"\n}\n", setURL, "{\n    \"name\": \"a\",\n    \"version\": \"1.0.0\",\n    \"repository\": {\n        \"type\": \"git\",\n        \"url\": \"git+https://github.com/acme/gadget.git\"\n    },\n    \"main\": \"a.js\"\n}\n"},
		{"in one line", `{"name":"a"}`, setURL, `{"name":"a", "repository": { "type": "git", "url": "git+https://github.com/acme/gadget.git" }}`},
		{"an empty repository", "{\"repository\": {}}", setURL, `{"repository": { "url": "git+https://github.com/acme/gadget.git" }}`},
		{"right already", `{"repository": "acme/gadget"}`, setURL, ""},
		{"an empty manifest", "{}", setURL, ""},

		{"access", fullManifest, (*Package).SetAccessPublic, strings.Replace(fullManifest, `"restricted"`, `"public"`, 1)},
		{"access missing", "{\"publishConfig\": {\"tag\": \"x\"}}", (*Package).SetAccessPublic, `{"publishConfig": {"access": "public", "tag": "x"}}`},
		{"no publishConfig", "{\r\n  \"name\": \"a\"\r\n}", (*Package).SetAccessPublic, "{\r\n  \"name\": \"a\",\r\n  \"publishConfig\": {\r\n    \"access\": \"public\"\r\n  }\r\n}"},
		{"no name either", "{\n  \"main\": \"a.js\"\n}", (*Package).SetAccessPublic, "{\n  \"publishConfig\": {\n    \"access\": \"public\"\n  },\n  \"main\": \"a.js\"\n}"},
		{"public", `{"publishConfig": {"access": "public"}}`, (*Package).SetAccessPublic, ""},

		{"private", "{\n  \"name\": \"a\",\n  \"private\": true,\n  \"main\": \"a.js\"\n}\n", (*Package).DropPrivate, "{\n  \"name\": \"a\",\n  \"main\": \"a.js\"\n}\n"},
		{"private at the end", "\ufeff{\n  \"name\": \"a\",\n  \"private\": true\n}\n", (*Package).DropPrivate, "\ufeff{\n  \"name\": \"a\"\n}\n"},
		{"private alone", `{"private": true}`, (*Package).DropPrivate, "{}"},
		{"not private", `{"name": "a"}`, (*Package).DropPrivate, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, ok := tt.edit(mustReadPackage(t, tt.src))
			if !ok && tt.want == "" {
				return
			}
			got, err := edit.Apply([]byte(tt.src), e.Diff)
			if err != nil || string(got) != tt.want {
				t.Errorf("%v, %v, got:\n%s\nwant:\n%s", ok, err, got, tt.want)
			}
		})
	}
}

func FuzzReadPackage(f *testing.F) {
	f.Add(fullManifest)
	f.Add("{\"private\":1,\"repository\":{}}")
	f.Add("\ufeff{\"repository\": \"git@x:a/b.git\", \"repository\": \"x\"}")
	f.Fuzz(func(t *testing.T, src string) {
		p, err := ReadPackage("package.json", []byte(src))
		if err != nil {
			return
		}
		p.Facts()
		for _, e := range []Edit{first(p.SetRepositoryURL("acme/widget")), first(p.SetAccessPublic()), first(p.DropPrivate())} {
			if got, err := edit.Apply([]byte(src), e.Diff); err != nil {
				t.Errorf("%v\n%s\n%s", err, e.Diff, got)
			}
		}
	})
}

func first(e Edit, _ bool) Edit { return e }
