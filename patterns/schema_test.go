package patterns

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("catalog.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate checks YAML as an editor does: parsed, then by the schema.
func validate(s *jsonschema.Schema, text string) error {
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return err
	}
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("a key that is no text: %w", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestSchemaTakesTheCatalog(t *testing.T) {
	s := compiledSchema(t)
	n := 0
	for _, dir := range []string{"symptoms", "facts", "causes", "rows", "testdata"} {
		err := fs.WalkDir(os.DirFS("."), dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".yaml") {
				return err
			}
			text, err := os.ReadFile(name)
			if err == nil {
				err = validate(s, string(text))
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			n++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 20 {
		t.Errorf("only %d files", n)
	}
	for _, text := range []string{sound, "# nothing yet\n", "disable: [npm.version, some-row]\n"} {
		if err := validate(s, text); err != nil {
			t.Errorf("%v of\n%s", err, text)
		}
	}
}

// unseenBySchema are mistakes of the loader's table that the schema cannot see.
var unseenBySchema = []string{
	"second document", // a validator looks at the first
	"alias",           // YAML has put in what it stands for
}

func TestSchemaSeesMistakes(t *testing.T) {
	s := compiledSchema(t)
	for _, test := range malformed {
		err := validate(s, test.text)
		if unseen := slices.Contains(unseenBySchema, test.name); (err == nil) && !unseen {
			t.Errorf("%s: %v, unseen %v\n%s", test.name, err, unseen, test.text)
		}
	}
}

// TestSchemaKnowsTheWords compares the schema's enumerations and keys with
// what the loader takes.
func TestSchemaKnowsTheWords(t *testing.T) {
	s := compiledSchema(t)
	for key, words := range map[string][]string{
		"symptoms:\n  - {id: a, title: t, stage: sign, kind: %s}\n":                                     texts(kinds),
		"symptoms:\n  - {id: a, title: t, kind: hint, stage: %s}\n":                                     texts(stages),
		"symptoms:\n  - {id: a, title: t, kind: hint, stage: sign, role: %s}\n":                         texts(roles),
		"causes:\n  - {id: a, title: t, summary: s, first_check: c, fix: {text: f}, edit: %s}\n":        texts(edits),
		"causes:\n  - {id: a, title: t, summary: s, first_check: c, fix: {text: f}, status: %s}\n":      texts(statusPages),
		"symptoms:\n  - {id: a, title: t, kind: hint, stage: sign, match: [{literal: abcd, in: %s}]}\n": texts(ins),
		"facts:\n  - {id: a, title: t, scope: job, type: %s}\n":                                         texts(factTypes),
		"facts:\n  - {id: a, title: t, type: bool, scope: %s}\n":                                        texts(scopes),
		rowWith("    confidence: %s\n"):                                                                 confidences,
		rowWith("    confidence: likely\n    guide: %s\n"):                                              guides,
	} {
		for _, word := range append(words, "nonsense") {
			text := fmt.Sprintf(key, word)
			_, problems := loadText(text)
			if err := validate(s, text); (err != nil) != Errors(problems) {
				t.Errorf("schema: %v\nloader: %v\n%s", err, problems, text)
			}
		}
	}
}

// TestSchemaKnowsTheKeys compares the keys of each kind of entry with those
// that the loader asks for.
func TestSchemaKnowsTheKeys(t *testing.T) {
	var doc struct {
		Defs map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	for name, decode := range map[string]func(*object){
		"symptom":   func(o *object) { o.symptom() },
		"matcher":   func(o *object) { o.matcher() },
		"reading":   func(o *object) { o.reading() },
		"fact":      func(o *object) { o.fact() },
		"inference": func(o *object) { o.inference() },
		"cause":     func(o *object) { o.cause() },
		"row":       func(o *object) { o.row() },
	} {
		d := &decoder{catalog: &Catalog{places: map[place]Pos{}}, declared: map[string]Pos{}}
		o := &object{decoder: d, node: &node{kind: mapNode}}
		decode(o)
		want := slices.Sorted(slices.Values(o.asked))
		if got := slices.Sorted(maps.Keys(doc.Defs[name].Properties)); !slices.Equal(got, slices.Compact(want)) {
			t.Errorf("%s: the schema has %v, the loader %v", name, got, want)
		}
	}
}

func texts[T ~string](words []T) []string {
	var all []string
	for _, w := range words {
		all = append(all, string(w))
	}
	return all
}
