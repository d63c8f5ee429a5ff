package publisher

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	widget := Publisher{Type: "github", ID: "9b1c6c5e-1111-4222-8333-444455556666", Repository: "acme/widget", Workflow: "publish.yml", Environment: "npm", Permissions: []string{"publish", "stage publish"}}
	for name, text := range map[string]string{
		"text":     "\ntype: github\nid: 9b1c6c5e-1111-4222-8333-444455556666\nfile: publish.yml\nrepository: acme/widget\nenvironment: npm\npermissions: publish, stage publish\n",
		"json":     "{\n  \"id\": \"9b1c6c5e-1111-4222-8333-444455556666\",\n  \"type\": \"github\",\n  \"file\": \"publish.yml\",\n  \"repository\": \"acme/widget\",\n  \"environment\": \"npm\",\n  \"permissions\": [\n    \"publish\",\n    \"stage publish\"\n  ]\n}\n",
		"sorted":   "{\n  \"environment\": \"npm\",\n  \"file\": \"publish.yml\",\n  \"id\": \"9b1c6c5e-1111-4222-8333-444455556666\",\n  \"permissions\": [\n    \"publish\",\n    \"stage publish\"\n  ],\n  \"repository\": \"acme/widget\",\n  \"type\": \"github\"\n}\n",
		"answer":   `[{"id":"9b1c6c5e-1111-4222-8333-444455556666","type":"github","claims":{"repository":"acme/widget","workflow_ref":{"file":"publish.yml"},"environment":"npm"},"permissions":["publish","stage publish"]}]`,
		"indented": "[\n  {\n    \"id\": \"9b1c6c5e-1111-4222-8333-444455556666\",\n    \"type\": \"github\",\n    \"claims\": {\n      \"repository\": \"acme/widget\",\n      \"workflow_ref\": {\n        \"file\": \"publish.yml\"\n      },\n      \"environment\": \"npm\"\n    },\n    \"permissions\": [\n      \"publish\",\n      \"stage publish\"\n    ]\n  }\n]\n",
		"coloured": "\ntype: \x1b[32mgithub\x1b[39m\nid: \x1b[32m9b1c6c5e-1111-4222-8333-444455556666\x1b[39m\n\x1b[0mfile\x1b[0m: \x1b[32mpublish.yml\x1b[39m\n\x1b[0mrepository\x1b[0m: \x1b[32macme/widget\x1b[39m\nenvironment: npm\n\x1b[0mpermissions\x1b[0m: \x1b[32mpublish, stage publish\x1b[39m\r\n",
		"quoted":   "> \n> type: github\n> id: 9b1c6c5e-1111-4222-8333-444455556666\n> file: publish.yml\n> repository: acme/widget\n> environment: npm\n> permissions: publish, stage publish\n",
		"yaml":     "- type: github\n  id: 9b1c6c5e-1111-4222-8333-444455556666\n  file: publish.yml\n  repository: acme/widget\n  environment: npm\n  permissions: [publish, stage publish]\n",
		"spaced":   `[{"id": "9b1c6c5e-1111-4222-8333-444455556666", "type": "github", "file": "publish.yml", "repository": "acme/widget", "environment": "npm", "permissions": ["publish", "stage publish"]}]`,
		"compact":  `{"id":"9b1c6c5e-1111-4222-8333-444455556666","type":"github","file":"publish.yml","repository":"acme/widget","environment":"npm","permissions":["publish","stage publish"]}`,
	} {
		r, ok := Read("npm error code E404\n" + text + "\ndone\n")
		if !ok || len(r.Publishers) != 1 || !reflect.DeepEqual(r.Publishers[0], widget) {
			t.Errorf("%s: %v %+v", name, ok, r.Publishers)
		}
		if r, _ := Read(text + "\n" + text); len(r.Publishers) != 2 {
			t.Errorf("%s twice: %d publishers", name, len(r.Publishers))
		}
	}
	if r, ok := Read("No trust configurations found for package (@acme/widget)"); !ok || !slices.Equal(r.None, []string{"@acme/widget"}) {
		t.Errorf("empty list: %+v", r)
	}
	for _, text := range []string{"", "type: github", "type: module\nfile: a.yml\nrepository: b/c", "type: github\nname: x\n\nfile: a.yml\nrepository: b/c"} {
		if r, ok := Read(text); ok {
			t.Errorf("%q: read as %+v", text, r.Publishers)
		}
	}
}

// The command before a list names its package.
func TestOf(t *testing.T) {
	r, _ := Read("$ npm trust list @acme/widget\n\ntype: github\nid: 1\nfile: publish.yml\nrepository: acme/widget\n\n$ npm trust list --json gadget | jq -c\n" +
		`{"id":"2","type":"github","file":"release.yml","repository":"acme/gadget"}` + "\n$ npm trust list acme-old\nNo trust configurations found for package (acme-old)\n")
	for name, want := range map[string]string{"@acme/widget": "publish.yml", "gadget": "release.yml", "acme-old": "none", "other": ""} {
		got := ""
		list, none := r.Of(name)
		for _, p := range list {
			got += p.Workflow
		}
		if none {
			got += "none"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if r.Unnamed() {
		t.Error("a list without a package")
	}
	if r.Name("other"); len(r.Publishers) != 2 || r.Publishers[0].Package != "other" {
		t.Errorf("named: %+v", r.Publishers)
	}
}

func TestNearest(t *testing.T) {
	run := Run{Repository: "acme/widget", Workflow: ".github/workflows/release.yml", Called: None, Environment: "npm"}
	for want, p := range map[string]Publisher{
		"":            {Repository: "acme/widget", Workflow: "release.yml", Environment: "npm"},
		"workflow":    {Repository: "acme/widget", Workflow: "release.yaml", Environment: "npm"},
		"letter-case": {Repository: "Acme/widget", Workflow: "Release.yml", Environment: "npm"},
		"owner":       {Repository: "acme-old/widget", Workflow: "release.yml", Environment: "npm"},
		"repository":  {Repository: "acme/gadget", Workflow: "release.yml", Environment: "npm"},
		"environment": {Repository: "acme/widget", Workflow: "release.yml"},
		"several":     {Repository: "acme/gadget", Workflow: "publish.yml", Environment: "npm"},
	} {
		p.Type = "github"
		list := []Publisher{{Type: "github", Repository: "a/b", Workflow: "c.yml"}, {Type: "gitlab", ID: "1"}, p}
		near, differences, whole := Nearest(list, run)
		if field, text := Words(differences); field != want || !whole || !reflect.DeepEqual(near, p) {
			t.Errorf("%+v: %q (%s), want %q", p, field, text, want)
		}
	}
	list := []Publisher{{Type: "github", Repository: "acme/widget", Workflow: "npm.yml"}}
	if _, d, whole := Nearest(list, Run{Workflow: "release.yml", Called: "acme/widget/.github/workflows/npm.yml"}); whole || len(d) != 1 || d[0].Field != "called-workflow" {
		t.Errorf("called: %+v", d)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("type: github\nid: 1\nfile: a.yml\nrepository: b/c\npermissions: publish\n\ntype: gitlab\nid: 2\n")
	f.Add("[{\"type\":\"github\",\"file\":\"a.yml\",\"repository\":\"b/c\"}]")
	f.Add("{\n\"id\": \"1\",\n\"type\": \"circleci\",\n\"permissions\": [\n\"createPackage\"\n]\n}")
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := Read(text)
		if len(r.Publishers) > maxPublishers || ok != (len(r.None)+len(r.Publishers) > 0) {
			t.Fatalf("%d publishers, %v", len(r.Publishers), ok)
		}
		for _, p := range r.Publishers {
			if len(p.Permissions) > maxPublishers || len(p.Repository) > 2*maxValue || !strings.Contains("github gitlab circleci", p.Type) {
				t.Fatalf("%+v", p)
			}
		}
	})
}
