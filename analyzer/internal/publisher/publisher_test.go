package publisher

import (
	"reflect"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	widget := Publisher{Type: "github", ID: "9b1c6c5e-1111-4222-8333-444455556666", Repository: "acme/widget", Workflow: "publish.yml", Environment: "npm", Permissions: []string{"publish", "stage publish"}}
	for name, text := range map[string]string{
		"text":    "\ntype: github\nid: 9b1c6c5e-1111-4222-8333-444455556666\nfile: publish.yml\nrepository: acme/widget\nenvironment: npm\npermissions: publish, stage publish\n",
		"json":    "{\n  \"id\": \"9b1c6c5e-1111-4222-8333-444455556666\",\n  \"type\": \"github\",\n  \"file\": \"publish.yml\",\n  \"repository\": \"acme/widget\",\n  \"environment\": \"npm\",\n  \"permissions\": [\n    \"publish\",\n    \"stage publish\"\n  ]\n}\n",
		"compact": `{"id":"9b1c6c5e-1111-4222-8333-444455556666","type":"github","file":"publish.yml","repository":"acme/widget","environment":"npm","permissions":["publish","stage publish"]}`,
	} {
		r, ok := Read("npm error code E404\n" + text + "\ndone\n")
		if !ok || len(r.Publishers) != 1 || !reflect.DeepEqual(r.Publishers[0], widget) {
			t.Errorf("%s: %v %+v", name, ok, r.Publishers)
		}
		if r, _ := Read(text + "\n" + text); len(r.Publishers) != 2 {
			t.Errorf("%s twice: %d publishers", name, len(r.Publishers))
		}
	}
	if r, ok := Read("No trust configurations found for package (@acme/widget)"); !ok || !r.None || r.Package != "@acme/widget" {
		t.Errorf("empty list: %+v", r)
	}
	for _, text := range []string{"", "type: github", "type: module\nfile: a.yml\nrepository: b/c", "type: github\nname: x\n\nfile: a.yml\nrepository: b/c"} {
		if r, ok := Read(text); ok {
			t.Errorf("%q: read as %+v", text, r.Publishers)
		}
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
		r := &Reader{Publishers: []Publisher{{Type: "github", Repository: "a/b", Workflow: "c.yml"}, p}}
		near, differences, whole := r.Nearest(run)
		if field, text := Words(differences); field != want || !whole || !reflect.DeepEqual(near, p) {
			t.Errorf("%+v: %q (%s), want %q", p, field, text, want)
		}
	}
	r := &Reader{Publishers: []Publisher{{Type: "github", Repository: "acme/widget", Workflow: "npm.yml"}}}
	if _, d, whole := r.Nearest(Run{Workflow: "release.yml", Called: "acme/widget/.github/workflows/npm.yml"}); whole || len(d) != 1 || d[0].Field != "called-workflow" {
		t.Errorf("called: %+v", d)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("type: github\nid: 1\nfile: a.yml\nrepository: b/c\npermissions: publish\n\ntype: gitlab\nid: 2\n")
	f.Add("[{\"type\":\"github\",\"file\":\"a.yml\",\"repository\":\"b/c\"}]")
	f.Add("{\n\"id\": \"1\",\n\"type\": \"circleci\",\n\"permissions\": [\n\"createPackage\"\n]\n}")
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := Read(text)
		if len(r.Publishers) > maxPublishers || ok != (r.None || len(r.Publishers) > 0) {
			t.Fatalf("%d publishers, %v", len(r.Publishers), ok)
		}
		for _, p := range r.Publishers {
			if len(p.Permissions) > maxPublishers || len(p.Repository) > 2*maxValue || !strings.Contains("github gitlab circleci", p.Type) {
				t.Fatalf("%+v", p)
			}
		}
	})
}
