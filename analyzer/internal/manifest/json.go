package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const (
	// maxSize and maxDepth bound what is read; npm itself reads no deeper file
	// in practice.
	maxSize  = 4 << 20
	maxDepth = 200
)

// value is a JSON value that knows where it stands, in bytes. All methods work
// on nil, which is what a missing value is.
type value struct {
	// kind is the first byte: { [ " t f n, or 0 for a number.
	kind    byte
	text    string
	members []member
	items   []*value
	// start and end enclose it in the file.
	start, end int
}

// member is an entry of an object.
type member struct {
	key string
	// start is where the key's quote stands.
	start int
	value *value
}

// get is the value of an object's key, the last one as JavaScript has it, or nil.
func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	for i := len(v.members) - 1; i >= 0; i-- {
		if v.members[i].key == key {
			return v.members[i].value
		}
	}
	return nil
}

// scalar is the text of a string, "true" or "false", or a number as written.
func (v *value) scalar() string {
	if v == nil {
		return ""
	}
	return v.text
}

// isText tells whether a string is there.
func (v *value) isText() bool {
	return v != nil && v.kind == '"'
}

// isObject tells whether an object is there.
func (v *value) isObject() bool {
	return v != nil && v.kind == '{'
}

// parseJSON reads a JSON file whose top is an object. A byte order mark is
// allowed, as npm allows it. Errors name the line.
func parseJSON(src []byte) (*value, error) {
	if len(src) > maxSize {
		return nil, fmt.Errorf("the file has %d bytes, too many for a manifest", len(src))
	}
	var raw json.RawMessage
	text := bytes.TrimPrefix(src, []byte("\ufeff"))
	if err := json.Unmarshal(text, &raw); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("line %d: %w", lineOf(text, int(syntax.Offset)-1), err)
		}
		return nil, err
	}
	p := &jsonParser{src: text, base: len(src) - len(text), dec: json.NewDecoder(bytes.NewReader(text))}
	p.dec.UseNumber()
	top, err := p.value(0)
	if err == nil && !top.isObject() {
		err = errors.New("it holds no object")
	}
	return top, err
}

// jsonParser turns tokens into values. base is the length of what was cut off
// in front.
type jsonParser struct {
	src  []byte
	base int
	dec  *json.Decoder
}

// next is where the next token starts, from the beginning of the file.
func (p *jsonParser) next() int {
	at := int(p.dec.InputOffset())
	for at < len(p.src) && strings.IndexByte(" \t\r\n,:", p.src[at]) >= 0 {
		at++
	}
	return p.base + at
}

func (p *jsonParser) value(depth int) (*value, error) {
	if depth > maxDepth {
		return nil, errors.New("it is nested too deeply")
	}
	v := &value{start: p.next()}
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		v.kind = byte(t)
		err = p.inside(v, depth)
	case string:
		v.kind, v.text = '"', t
	case bool:
		v.text = fmt.Sprint(t)
		v.kind = v.text[0]
	case nil:
		v.kind = 'n'
	case json.Number:
		v.text = t.String()
	}
	v.end = p.base + int(p.dec.InputOffset())
	return v, err
}

// inside reads what an object or array holds, and its closing bracket.
func (p *jsonParser) inside(v *value, depth int) error {
	for p.dec.More() {
		m := member{start: p.next()}
		if v.kind == '{' {
			key, err := p.dec.Token()
			if err != nil {
				return err
			}
			m.key, _ = key.(string)
		}
		inner, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		if m.value = inner; v.kind == '{' {
			v.members = append(v.members, m)
		} else {
			v.items = append(v.items, inner)
		}
	}
	_, err := p.dec.Token()
	return err
}

// lineOf is the line, from 1, of a place in the text.
func lineOf(src []byte, at int) int {
	return bytes.Count(src[:min(max(at, 0), len(src))], []byte("\n")) + 1
}
