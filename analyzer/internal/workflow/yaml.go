package workflow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxSize bounds what is read, in bytes; real workflow files are a hundredth of it.
const maxSize = 1 << 20

// nodeKind is the shape of a YAML value.
type nodeKind int

const (
	nullNode nodeKind = iota
	textNode
	listNode
	mapNode
)

// node is a YAML value that knows its place, counted from 1. Scalars keep
// their text as written: an unquoted on stays "on" and 20.10 stays "20.10".
// All methods work on nil, which is what a missing value is.
type node struct {
	kind   nodeKind
	text   string
	items  []*node
	fields []field
	line   int
	col    int
	// flow tells that a list or mapping is written in brackets; block that a
	// text is written below a | or >.
	flow, block bool
	// comment is the one at the end of the value's line, without #.
	comment string
}

// field is an entry of a mapping.
type field struct {
	key, value *node
}

// get is the value of a mapping's key, or nil.
func (n *node) get(key string) *node {
	f, _ := n.field(key)
	return f.value
}

// field is a mapping's entry; ok is false when there is none.
func (n *node) field(key string) (_ field, ok bool) {
	if n == nil {
		return field{}, false
	}
	for _, f := range n.fields {
		if f.key.text == key {
			return f, true
		}
	}
	return field{}, false
}

// scalar is the text of a scalar, blanks around it cut, or "".
func (n *node) scalar() string {
	if n == nil || n.kind != textNode {
		return ""
	}
	return strings.TrimSpace(n.text)
}

// is tells whether a value is there and has that shape.
func (n *node) is(kind nodeKind) bool {
	return n != nil && n.kind == kind
}

// list is a sequence's items, or a single value as the only one.
func (n *node) list() []*node {
	switch {
	case n == nil || n.kind == nullNode:
		return nil
	case n.kind == listNode:
		return n.items
	}
	return []*node{n}
}

// parseYAML turns the first document of a file into nodes. An empty file is nil.
func parseYAML(src []byte) (*node, error) {
	if len(src) > maxSize {
		return nil, fmt.Errorf("the file has %d bytes, more than a workflow can have", len(src))
	}
	loader, err := yaml.NewLoader(bytes.NewReader(src))
	if err != nil {
		return nil, syntaxError(err)
	}
	var doc yaml.Node
	if err := loader.Load(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, syntaxError(err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	c := converter{done: map[*yaml.Node]*node{}}
	return c.convert(doc.Content[0])
}

// syntaxError says what the YAML library found, and in which line.
func syntaxError(err error) error {
	var load *yaml.LoadError
	if errors.As(err, &load) && load.Mark.Line > 0 {
		return fmt.Errorf("line %d: %s", load.Mark.Line, load.Message)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
}

// converter turns YAML nodes into ours. What several aliases name is converted
// once and shared, so that the result is never larger than the file.
type converter struct {
	// done holds what was converted; nil while it is being converted.
	done map[*yaml.Node]*node
}

func (c *converter) convert(y *yaml.Node) (*node, error) {
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	if n, ok := c.done[y]; ok {
		if n == nil {
			return nil, fmt.Errorf("line %d: an alias points at its own parent", y.Line)
		}
		return n, nil
	}
	c.done[y] = nil
	n, err := c.fresh(y)
	if err != nil {
		return nil, err
	}
	c.done[y] = n
	return n, nil
}

func (c *converter) fresh(y *yaml.Node) (*node, error) {
	n := &node{line: y.Line, col: y.Column, flow: y.Style&yaml.FlowStyle != 0}
	switch y.Kind {
	case yaml.ScalarNode:
		n.kind, n.text = textNode, y.Value
		if y.Tag == "!!null" {
			n.kind, n.text = nullNode, ""
		}
		n.block = y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		n.comment = strings.TrimSpace(strings.TrimLeft(y.LineComment, "#"))
		return n, nil
	case yaml.SequenceNode:
		n.kind = listNode
		return n, c.addItems(n, y.Content)
	case yaml.MappingNode:
		n.kind = mapNode
		return n, c.addFields(n, y.Content)
	}
	return n, nil
}

func (c *converter) addItems(n *node, content []*yaml.Node) error {
	for _, y := range content {
		item, err := c.convert(y)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	return nil
}

// addFields takes the keys and values, which alternate in content.
func (c *converter) addFields(n *node, content []*yaml.Node) error {
	for i := 0; i+1 < len(content); i += 2 {
		key, err := c.convert(content[i])
		if err != nil {
			return err
		}
		value, err := c.convert(content[i+1])
		if err != nil {
			return err
		}
		n.fields = append(n.fields, field{key, value})
	}
	return nil
}
