package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/pubmortem/pubmortem/patterns"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(patterns.Schema()))
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
	s, module := compiledSchema(t), os.DirFS("../../..")
	n := 0
	for _, dir := range []string{"patterns/symptoms", "patterns/facts", "patterns/causes", "patterns/rows", "patterns/tools", "analyzer/internal/catalog/testdata"} {
		err := fs.WalkDir(module, dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".yaml") {
				return err
			}
			text, err := fs.ReadFile(module, name)
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
