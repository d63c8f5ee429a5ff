package patterns

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// nodeKind is the shape of a YAML value.
type nodeKind int

const (
	nullNode nodeKind = iota
	textNode
	listNode
	mapNode
)

// String names the shape as messages do.
func (k nodeKind) String() string {
	return [...]string{"nothing", "text", "a list", "a mapping"}[k]
}

// node is a YAML value that knows its place. Scalars keep their text as
// written: an unquoted no stays "no" and 1.20 stays "1.20".
type node struct {
	kind   nodeKind
	text   string
	items  []*node
	fields []field
	pos    Pos
}

// isEmpty tells whether a value was written that holds nothing.
func (n *node) isEmpty() bool {
	return n.kind != nullNode && strings.TrimSpace(n.text) == "" && len(n.items) == 0 && len(n.fields) == 0
}

// field is an entry of a mapping.
type field struct {
	key   string
	pos   Pos
	value *node
}

// parseYAML turns the one document of a file into nodes; a file without one is
// a nullNode. ok is false when YAML cannot make sense of it.
func parseYAML(file string, data []byte, problems *collector) (_ *node, ok bool) {
	p := yamlParser{file: file, collector: problems}
	if at := controlByte(data); at >= 0 {
		problems.hinted(p.offset(data, at), `write it as "\x1b" (its code) inside double quotes`, "control character 0x%02x in the file", data[at])
		return nil, false
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		p.syntax(err)
		return nil, false
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		return &node{pos: Pos{File: file}}, true
	} else if err != nil {
		p.syntax(err)
		return nil, false
	}
	if err := loader.Load(&second); err == nil {
		p.hinted(p.pos(&second), "put all entries into one document, or this part into a file of its own", "a second document")
	} else if !errors.Is(err, io.EOF) {
		p.syntax(err)
	}
	return p.convert(doc.Content[0]), true
}

type yamlParser struct {
	*collector
	file string
}

// syntax notes what the YAML library found.
func (p *yamlParser) syntax(err error) {
	pos, msg := Pos{File: p.file}, strings.TrimPrefix(err.Error(), "yaml: ")
	var load *yaml.LoadError
	if errors.As(err, &load) {
		msg = load.Message
		pos.Line, pos.Col = load.Mark.Line, load.Mark.Column
	}
	p.hinted(pos, syntaxHint(msg), "YAML: %s", msg)
}

// syntaxHint says what most often leads to a message of the YAML library.
func syntaxHint(msg string) string {
	switch {
	case strings.Contains(msg, "mapping values are not allowed"):
		return `quote a text that contains ": "`
	case strings.Contains(msg, "cannot start any token"):
		return "indent with blanks, not tabs, and quote a text that starts with @, % or `"
	case strings.Contains(msg, "unknown escape"):
		return "write regular expressions in single quotes"
	case strings.Contains(msg, "unknown anchor"):
		return "quote a text that starts with *"
	}
	return ""
}

// convert turns a YAML node into ours. Aliases are refused: an entry says
// everything itself, and no alias can then point at its own parent.
func (p *yamlParser) convert(y *yaml.Node) *node {
	n := &node{pos: p.pos(y)}
	switch y.Kind {
	case yaml.ScalarNode:
		n.kind, n.text = textNode, y.Value
		if y.Tag == "!!null" {
			n.kind, n.text = nullNode, ""
		}
	case yaml.SequenceNode:
		n.kind = listNode
		for _, item := range y.Content {
			n.items = append(n.items, p.convert(item))
		}
	case yaml.MappingNode:
		n.kind = mapNode
		p.convertFields(n, y.Content)
	default:
		p.hinted(n.pos, "write the value out; quote a text that starts with *", "aliases are not supported")
	}
	return n
}

// convertFields adds the keys and values, which alternate in content, to n.
func (p *yamlParser) convertFields(n *node, content []*yaml.Node) {
	first := map[string]Pos{}
	for pair := range slices.Chunk(content, 2) {
		key, pos := pair[0], p.pos(pair[0])
		if key.Kind != yaml.ScalarNode {
			p.hinted(pos, "quote a text that starts with [ or {", "a key must be text")
			continue
		}
		if earlier, ok := first[key.Value]; ok {
			p.hinted(pos, "keep one of them", "key %q again, first at line %d", key.Value, earlier.Line)
			continue
		}
		first[key.Value] = pos
		n.fields = append(n.fields, field{key: key.Value, pos: pos, value: p.convert(pair[1])})
	}
}

func (p *yamlParser) pos(y *yaml.Node) Pos {
	return Pos{File: p.file, Line: y.Line, Col: y.Column}
}

// offset is the place of a byte.
func (p *yamlParser) offset(data []byte, at int) Pos {
	line := bytes.Count(data[:at], []byte("\n")) + 1
	start := bytes.LastIndexByte(data[:at], '\n') + 1
	return Pos{File: p.file, Line: line, Col: utf8.RuneCount(data[start:at]) + 1}
}

// controlByte is the index of the first byte that YAML forbids, or -1. The
// library names such bytes without a place, and lines copied from logs are full
// of them.
func controlByte(data []byte) int {
	return bytes.IndexFunc(data, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f
	})
}
