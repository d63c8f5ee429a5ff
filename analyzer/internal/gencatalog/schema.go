package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"reflect"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/patterns"
)

type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := marshal(m.value)
		if err != nil {
			return nil, err
		}
		b = append(append(strconv.AppendQuote(b, m.key), ':'), value...)
	}
	return append(b, '}'), nil
}

// marshal writes <, > and & as they are.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}

func ref(name string) object { return object{{"$ref", "#/$defs/" + name}} }

var scalar = []string{"string", "number", "boolean"}

var basics = object{
	{"text", object{
		{"description", "Text. A number or a truth value is taken as it is written."},
		{"type", scalar},
	}},
	{"filledText", object{{"description", "Text that is not empty."}, {"type", scalar}, {"pattern", `\S`}}},
	{"id", object{
		{"type", "string"},
		{"pattern", "^[a-z0-9]+(-[a-z0-9]+)*$"},
		{"description", "Lower-case words and numbers joined by hyphens."},
	}},
	{"factId", object{
		{"type", "string"},
		{"pattern", `^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$`},
		{"description", "Kebab-case words joined by dots."},
	}},
	{"url", object{{"type", "string"}, {"pattern", "^https?://"}}},
	{"condition", object{
		{"description", `A value, a list of values, "not a, b", or a range of versions.`},
		{"anyOf", []any{
			ref("filledText"),
			object{{"type", "array"}, {"minItems", 1}, {"items", object{{"allOf", []any{
				ref("filledText"),
				object{{"not", object{{"type", "string"}, {"pattern", `^\s*(not\s|[<>=!~^])`}}}},
			}}}}},
		}},
	}},
}

// schema is the JSON Schema (draft 2020-12) of catalog files, made of the types
// of patterns and their comments. The module's root is where their source is
// read.
func schema(module fs.FS) ([]byte, error) {
	s := schemaWriter{comments: map[string]string{}, done: map[string]bool{}}
	if err := s.read(module); err != nil {
		return nil, err
	}
	root := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "https://raw.githubusercontent.com/pubmortem/pubmortem/main/patterns/schema.json"},
		{"title", "pubmortem catalog"},
		{"description", "A catalog file of pubmortem: symptoms, facts, causes and rows of the decision table. All keys are optional."},
		{"type", []string{"object", "null"}},
		{"properties", s.properties(reflect.TypeFor[patterns.Catalog](), "catalog file")},
		{"additionalProperties", false},
	}
	data, err := marshal(append(root, member{"$defs", append(basics, s.defs...)}))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

type schemaWriter struct {
	comments map[string]string // by type, or type and field
	defs     object
	done     map[string]bool
}

func (s *schemaWriter) read(module fs.FS) error {
	files, err := fs.Glob(module, "patterns/*.go")
	if err != nil {
		return err
	}
	for _, name := range files {
		source, err := fs.ReadFile(module, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.TYPE {
				s.comment(gen)
			}
		}
	}
	return nil
}

func (s *schemaWriter) comment(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		t := spec.(*ast.TypeSpec)
		first, _, _ := strings.Cut(decl.Doc.Text(), "\n\n")
		s.comments[t.Name.Name] = patterns.Collapse(first)
		fields, ok := t.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range fields.Fields.List {
			for _, name := range f.Names {
				s.comments[t.Name.Name+"."+name.Name] = patterns.Collapse(f.Doc.Text())
			}
		}
	}
}

// define adds the definition of a struct, once, and returns its name.
func (s *schemaWriter) define(t reflect.Type, in string) string {
	what := catalog.NameOf(t, in)
	name := camel(what)
	if s.done[name] {
		return name
	}
	s.done[name] = true
	var required []string
	for _, key := range catalog.KeysOf(t, what) {
		if key.Required {
			required = append(required, key.Key)
		}
	}
	def := object{
		{"type", "object"},
		{"description", s.comments[t.Name()]},
		{"properties", s.properties(t, what)},
	}
	if len(required) > 0 {
		def = append(def, member{"required", required})
	}
	s.defs = append(s.defs, member{name, append(def, member{"additionalProperties", false})})
	return name
}

// camel is "fact matcher" as factMatcher.
func camel(what string) string {
	words := strings.Fields(what)
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	return strings.Join(words, "")
}

func (s *schemaWriter) properties(t reflect.Type, what string) object {
	var properties object
	for _, key := range catalog.KeysOf(t, what) {
		value := s.value(key, what)
		if about := s.comments[t.Name()+"."+key.Name]; about != "" {
			value = append(value, member{"description", about})
		}
		properties = append(properties, member{key.Key, value})
	}
	return properties
}

func (s *schemaWriter) value(key catalog.Key, what string) object {
	t := key.Type
	switch t.Kind() {
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int:
		lowest, highest := catalog.Bounds(key)
		return object{{"type", "integer"}, {"minimum", lowest}, {"maximum", highest}}
	case reflect.String:
		return form(key, key.Required)
	case reflect.Struct:
		return ref(s.define(t, what))
	case reflect.Pointer:
		return ref(s.define(t.Elem(), what))
	case reflect.Map:
		value := object{{"type", "object"}, {"additionalProperties", ref("text")}}
		if key.Is[0] != "" {
			value = append(value, member{"propertyNames", form(key, true)})
		}
		return value
	case reflect.Slice:
		return s.list(key, what)
	}
	panic(fmt.Sprintf("gencatalog: no schema for %s", t))
}

func (s *schemaWriter) list(key catalog.Key, what string) object {
	var items object
	switch element := key.Type.Elem(); {
	case element == reflect.TypeFor[patterns.Cond]():
		value := object{{"type", "object"}, {"propertyNames", ref("factId")}, {"additionalProperties", ref("condition")}}
		if key.Required {
			value = append(value, member{"minProperties", 1})
		}
		return value
	case element == reflect.TypeFor[patterns.Disabled](), element.Kind() == reflect.String:
		items = form(key, true)
	default:
		items = ref(s.define(element, what))
	}
	value := object{{"type", "array"}, {"items", items}}
	if key.Required {
		value = append(value, member{"minItems", 1})
	}
	return value
}

// form is the schema of a text, as the tag "is" names it.
func form(key catalog.Key, filled bool) object {
	switch {
	case len(key.Is) > 1:
		var words []any
		for _, word := range key.Is {
			words = append(words, word)
		}
		for _, word := range key.Is { // 1 is a number to YAML
			if n, err := strconv.Atoi(word); err == nil {
				words = append(words, n)
			}
		}
		return object{{"enum", words}}
	case key.Is[0] == "fact-id":
		return ref("factId")
	case key.Is[0] != "":
		return ref(key.Is[0])
	case filled:
		return ref("filledText")
	}
	return ref("text")
}
