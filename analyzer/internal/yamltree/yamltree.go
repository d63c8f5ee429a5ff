// Package yamltree turns the text of a YAML file into values that know their
// places. It is the form in which workflow files are read and edited and
// catalogs are checked, where every mistake is reported with its line.
package yamltree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Kind is the shape of a value.
type Kind int

// The shapes. Null is an empty value, or the word null.
const (
	Null Kind = iota
	Text
	List
	Map
)

// String names the shape as messages do.
func (k Kind) String() string {
	return [...]string{"nothing", "text", "a list", "a mapping"}[k]
}

// Node is a value and its place, counted from 1. Scalars keep their text as
// written: an unquoted on stays "on" and 20.10 stays "20.10". All methods work
// on nil, which is what a missing value is.
type Node struct {
	Kind   Kind
	Text   string
	Items  []*Node
	Fields []Field
	Line   int
	Col    int
	// Flow tells that a list or mapping is written in brackets; Block that a
	// text is written below a | or >.
	Flow, Block bool
	// Comment is the one at the end of the value's line, without #.
	Comment string
}

// Field is an entry of a mapping.
type Field struct {
	Key, Value *Node
}

// Get is the value of a mapping's key, or nil.
func (n *Node) Get(key string) *Node {
	f, _ := n.Field(key)
	return f.Value
}

// Field is a mapping's first entry of that key; ok is false when there is none.
func (n *Node) Field(key string) (_ Field, ok bool) {
	if n == nil {
		return Field{}, false
	}
	for _, f := range n.Fields {
		if f.Key.Text == key {
			return f, true
		}
	}
	return Field{}, false
}

// Scalar is the text of a scalar, blanks around it cut, or "".
func (n *Node) Scalar() string {
	if n == nil || n.Kind != Text {
		return ""
	}
	return strings.TrimSpace(n.Text)
}

// Is tells whether a value is there and has that shape.
func (n *Node) Is(kind Kind) bool {
	return n != nil && n.Kind == kind
}

// List is a sequence's items, or a single value as the only one.
func (n *Node) List() []*Node {
	switch {
	case n == nil || n.Kind == Null:
		return nil
	case n.Kind == List:
		return n.Items
	}
	return []*Node{n}
}

// File is what a file holds.
type File struct {
	// Root is the value of the first document, nil when there is none.
	Root *Node
	// Alias is the place of the first alias, which Root holds as what it stands
	// for; Second that of a second document. Both are nil when there is none.
	Alias, Second *Node
}

// Error is a mistake in the syntax of a file. Col is 0 when it is unknown, Line
// too.
type Error struct {
	Line, Col int
	Msg       string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Msg
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Msg)
}

// Parse reads a file. Errors are *Error. The result is never larger than the
// file: what several aliases stand for is there once and shared.
func Parse(src []byte) (File, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(src))
	if err != nil {
		return File{}, syntaxError(err)
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); err != nil && !errors.Is(err, io.EOF) {
		return File{}, syntaxError(err)
	}
	if len(doc.Content) == 0 {
		return File{}, nil
	}
	c := converter{done: map[*yaml.Node]*Node{}}
	root, err := c.convert(doc.Content[0])
	if err != nil {
		return File{}, err
	}
	file := File{Root: root, Alias: c.alias}
	if err := loader.Load(&second); err == nil {
		file.Second = place(&second)
	} else if !errors.Is(err, io.EOF) {
		return file, syntaxError(err)
	}
	return file, nil
}

// syntaxError says what the YAML library found, and where.
func syntaxError(err error) error {
	var load *yaml.LoadError
	if errors.As(err, &load) && load.Mark.Line > 0 {
		return &Error{Line: load.Mark.Line, Col: load.Mark.Column, Msg: load.Message}
	}
	return &Error{Msg: strings.TrimPrefix(err.Error(), "yaml: ")}
}

type converter struct {
	// done holds what was converted; nil while it is being converted.
	done  map[*yaml.Node]*Node
	alias *Node
}

func place(y *yaml.Node) *Node { return &Node{Line: y.Line, Col: y.Column} }

func (c *converter) convert(y *yaml.Node) (*Node, error) {
	if y.Kind == yaml.AliasNode {
		if c.alias == nil {
			c.alias = place(y)
		}
		y = y.Alias
	}
	if n, ok := c.done[y]; ok {
		if n == nil {
			return nil, &Error{Line: y.Line, Col: y.Column, Msg: "an alias points at its own parent"}
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

func (c *converter) fresh(y *yaml.Node) (*Node, error) {
	n := place(y)
	n.Flow = y.Style&yaml.FlowStyle != 0
	switch y.Kind {
	case yaml.ScalarNode:
		n.Kind, n.Text = Text, y.Value
		if y.Tag == "!!null" {
			n.Kind, n.Text = Null, ""
		}
		n.Block = y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		n.Comment = strings.TrimSpace(strings.TrimLeft(y.LineComment, "#"))
	case yaml.SequenceNode:
		n.Kind = List
		for _, item := range y.Content {
			value, err := c.convert(item)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, value)
		}
	case yaml.MappingNode:
		n.Kind = Map
		for i := 0; i+1 < len(y.Content); i += 2 { // keys and values alternate
			key, err := c.convert(y.Content[i])
			if err != nil {
				return nil, err
			}
			value, err := c.convert(y.Content[i+1])
			if err != nil {
				return nil, err
			}
			n.Fields = append(n.Fields, Field{key, value})
		}
	}
	return n, nil
}
