package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// inJSON is a report as JSON writes it.
func inJSON(tb testing.TB, r *report.Report) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := JSON(&out, r, Options{}); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// TestJSONRoundTrip checks that a harmless report comes out as it was saved.
func TestJSONRoundTrip(t *testing.T) {
	for _, name := range fixtures(t) {
		if name == "hostile" {
			continue
		}
		if got, want := inJSON(t, fixture(t, name)), fixtureBytes(t, name); !bytes.Equal(got, want) {
			t.Errorf("%s changes:\n%s", name, got)
		}
	}
}

func TestJSONStrings(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "a <b> & 'c'", `"a <b> & 'c'"`},
		{"quotes", `say "x\y"`, `"say \"x\\y\""`},
		{"command", "x ##[error]y", `"x #\u0023[error]y"`},
		{"command, more hashes", "####[x]", `"###\u0023[x]"`},
		{"several commands", "##[a]##[b]", `"#\u0023[a]#\u0023[b]"`},
		{"separators", "a\u2028b\u2029c", `"a\u2028b\u2029c"`},
		{"controls", "a\x1b[0m\x00\b\n\r\t", `"a\u001b[0m\u0000\u0008\n\r\t"`},
		{"delete", "a\x7f", `"a\u007f"`},
		{"controls beside a command", "##[x]\x1b\b\n\r\t", `"#\u0023[x]\u001b\u0008\n\r\t"`},
		{"C1", "a\u009b0m", `"a\u009b0m"`},
		{"bidi and zero width", "a\u202e\u200bb\ufeff", `"a\u202e\u200bb\ufeff"`},
		{"tag characters", "a\U000e0041", `"a\udb40\udc41"`},
		{"emoji", "🦋", `"🦋"`},
		{"secret", "NODE_AUTH_TOKEN: s3cret", `"NODE_AUTH_TOKEN: ***"`},
		{"secret with an escape in it", "npm_AbCd\x1b[0mEfGh1234567890", `"npm_***"`},
		{"several lines", "env:\n  NPM_TOKEN: s3cret\n  CI: \"1\"", `"env:\n  NPM_TOKEN: ***\n  CI: \"1\""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(inJSON(t, &report.Report{Notes: []string{tt.in}}))
			if !strings.Contains(got, "\n    "+tt.want+"\n") {
				t.Errorf("%q is not written as %s:\n%s", tt.in, tt.want, got)
			}
		})
	}
}

func TestJSONHasNoNull(t *testing.T) {
	r := &report.Report{Incidents: []report.Incident{{Diagnoses: []report.Diagnosis{{}}}, {}}}
	if got := inJSON(t, r); bytes.Contains(got, []byte("null")) {
		t.Errorf("null in\n%s", got)
	}
	if r.Facts != nil || r.Incidents[0].Evidence != nil || r.Incidents[0].Diagnoses[0].Because != nil {
		t.Error("the report was changed")
	}
}

func TestSchema(t *testing.T) {
	s := compiledSchema(t)
	for _, name := range fixtures(t) {
		if err := validate(s, fixtureBytes(t, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := validate(s, inJSON(t, fixture(t, name))); err != nil {
			t.Errorf("%s, rendered: %v", name, err)
		}
	}
	if err := validate(s, inJSON(t, maximal())); err != nil {
		t.Errorf("a report with everything in it: %v", err)
	}
	empty := report.Report{Schema: report.SchemaVersion, Source: report.Source{Kind: "stdin"}, Verdict: report.NoPublish}
	if err := validate(s, inJSON(t, &empty)); err != nil {
		t.Errorf("a report with nothing in it: %v", err)
	}
}

func TestSchemaIsStrictAboutValues(t *testing.T) {
	s := compiledSchema(t)
	for name, spoil := range map[string]func(*report.Report){
		"schema":     func(r *report.Report) { r.Schema = 2 },
		"verdict":    func(r *report.Report) { r.Verdict = "fine" },
		"kind":       func(r *report.Report) { r.Source.Kind = "tape" },
		"format":     func(r *report.Report) { r.Source.Format = "cobol" },
		"outcome":    func(r *report.Report) { r.Incidents[0].Outcome = "" },
		"confidence": func(r *report.Report) { r.Incidents[0].Diagnoses[0].Confidence = "sure" },
		"origin":     func(r *report.Report) { r.Facts[0].Origin = "rumour" },
		"provenance": func(r *report.Report) { r.Published[0].Provenance = "maybe" },
	} {
		r := maximal()
		spoil(r)
		if validate(s, inJSON(t, r)) == nil {
			t.Errorf("a wrong %s is allowed", name)
		}
	}
}

// TestSchemaKnowsEveryField checks that a field of the report that the schema
// does not describe is noticed: additional fields are allowed there.
func TestSchemaKnowsEveryField(t *testing.T) {
	var known struct {
		Properties map[string]any
		Defs       map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &known); err != nil {
		t.Fatal(err)
	}
	has := func(def string, typ reflect.Type) {
		properties := known.Defs[def].Properties
		if def == "" {
			properties = known.Properties
		}
		for _, f := range reflect.VisibleFields(typ) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if _, ok := properties[name]; !ok && !f.Anonymous {
				t.Errorf("schema.json does not know %s.%s (%s)", typ.Name(), f.Name, name)
			}
		}
	}
	has("", reflect.TypeFor[report.Report]())
	has("source", reflect.TypeFor[report.Source]())
	has("run", reflect.TypeFor[report.Run]())
	has("package", reflect.TypeFor[report.Package]())
	has("published", reflect.TypeFor[report.Published]())
	has("incident", reflect.TypeFor[report.Incident]())
	has("diagnosis", reflect.TypeFor[report.Diagnosis]())
	has("fix", reflect.TypeFor[report.Fix]())
	has("question", reflect.TypeFor[report.Question]())
	has("evidence", reflect.TypeFor[report.Evidence]())
	has("fact", reflect.TypeFor[report.Fact]())
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	if s.DraftVersion != 2020 {
		t.Errorf("draft %d, want 2020", s.DraftVersion)
	}
	return s
}

func validate(s *jsonschema.Schema, src []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// maximal is a report in which every field is set.
func maximal() *report.Report {
	r := new(report.Report)
	fill(reflect.ValueOf(r).Elem(), &feed{data: slices.Repeat([]byte("word\x00"), 4), again: true})
	r.Schema = report.SchemaVersion
	r.Source.Kind, r.Source.Format = "run", "gh"
	r.Verdict = report.Explained
	for i := range r.Published {
		r.Published[i].Provenance = "unknown"
		r.Rehearsed[i].Provenance = "unknown"
	}
	for i := range r.Facts {
		r.Facts[i].Origin = report.FromStatus
	}
	for i := range r.Incidents {
		r.Incidents[i].Outcome = report.Failed
		for j := range r.Incidents[i].Diagnoses {
			r.Incidents[i].Diagnoses[j].Confidence = report.Certain
		}
	}
	return r
}

// TestJSONWhole checks that a report that is written part by part is the same as
// one that is encoded whole.
func TestJSONWhole(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		r := report.Report{Schema: 1, Notes: []string{`"incidents":[]`, `"facts":[]`}, Unexplained: []report.Evidence{}, Incidents: []report.Incident{}, Facts: []report.Fact{}}
		for i := range n {
			r.Incidents = append(r.Incidents, withLists(report.Incident{Job: `"facts":[] ##[x]`, Diagnoses: make([]report.Diagnosis, i)}))
			r.Facts = append(r.Facts, report.Fact{ID: "npm.version", Value: strings.Repeat("1", i)})
		}
		text, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		var whole bytes.Buffer
		out := inertWriter{w: bufio.NewWriter(&whole), known: map[string]string{}}
		out.write(append(text, '\n'))
		_ = out.w.Flush() // to a buffer
		if got := inJSON(t, &r); !bytes.Equal(got, whole.Bytes()) {
			t.Errorf("%d incidents:\n%s\nwhole:\n%s", n, got, &whole)
		}
	}
}
