package patterns

import (
	"slices"
	"strconv"
	"strings"
)

// place names a field of an entry: the entry (or matcher) by its position, the
// field by its path, such as "refines[1]".
type place struct {
	owner Pos
	path  string
}

// at is where a field was written, or the place of its owner when that is not
// known, as in the prepared built-in catalog.
func (c *Catalog) at(owner Pos, path string) Pos {
	if pos, ok := c.places[place{owner, path}]; ok {
		return pos
	}
	return owner
}

// decoder fills a catalog from nodes and collects every mistake on its way.
type decoder struct {
	collector
	catalog *Catalog
	// declared holds the place of each id, by "kind id".
	declared map[string]Pos
}

// object reads the fields of one mapping. The keys that its accessors are asked
// for are the allowed ones; done reports the rest.
type object struct {
	*decoder
	what   string // "matcher", for messages
	node   *node
	owner  Pos
	prefix string
	asked  []string
}

// object is nil when n is no mapping, which is then reported.
func (d *decoder) object(n *node, what string) *object {
	if n.kind != mapNode {
		d.hinted(n.pos, "write key: value lines", "a %s must be a mapping, this is %s", what, n.kind)
		return nil
	}
	return &object{decoder: d, what: what, node: n, owner: n.pos}
}

// done reports the keys that no accessor asked for.
func (o *object) done() {
	for _, f := range o.node.fields {
		if slices.Contains(o.asked, f.key) {
			continue
		}
		hint := didYouMean(f.key, o.asked)
		switch {
		case f.value.kind == nullNode && strings.Contains(f.key, " "):
			hint = `quote a text that contains ", "`
		case hint == "":
			hint = "known are " + strings.Join(o.asked, ", ")
		}
		o.hinted(f.pos, hint, "unknown key %q in a %s", f.key, o.what)
	}
}

// get is the value of a key, nil when it is not there or empty.
func (o *object) get(key string) *node {
	o.asked = append(o.asked, key)
	for _, f := range o.node.fields {
		if f.key != key {
			continue
		}
		if f.value.kind == nullNode {
			o.hinted(f.pos, "write a value or leave the key out", "%q has no value", key)
			return nil
		}
		o.mark(key, f.value.pos)
		return f.value
	}
	return nil
}

// mark remembers where a field was written.
func (o *object) mark(path string, pos Pos) {
	o.catalog.places[place{o.owner, o.prefix + path}] = pos
}

// scalar is the text of n, which must not be a list or a mapping.
func (o *object) scalar(key string, n *node) (string, bool) {
	if n.kind != textNode {
		o.errorf(n.pos, "%q must be text, this is %s", key, n.kind)
		return "", false
	}
	if strings.HasPrefix(n.text, Unfilled) {
		o.catalog.unfilled = append(o.catalog.unfilled, n.pos)
	}
	return n.text, true
}

// text is an optional text.
func (o *object) text(key string) string {
	n := o.get(key)
	if n == nil {
		return ""
	}
	s, _ := o.scalar(key, n)
	return s
}

// required is a text that must be there.
func (o *object) required(key string) string {
	s := o.text(key)
	o.demand(key, strings.TrimSpace(s) != "")
	return s
}

// demand reports a field that is not there or empty. A field of the wrong type
// or without a value has been reported already.
func (o *object) demand(key string, filled bool) {
	if filled {
		return
	}
	for _, f := range o.node.fields {
		if f.key == key {
			if f.value.isEmpty() {
				o.errorf(f.value.pos, "%q is empty", key)
			}
			return
		}
	}
	o.hinted(o.node.pos, "add "+key+":", "the %s lacks %q", o.what, key)
}

// flag is an optional true or false.
func (o *object) flag(key string) bool {
	n := o.get(key)
	if n == nil {
		return false
	}
	if n.kind != textNode || n.text != "true" && n.text != "false" {
		o.errorf(n.pos, "%q must be true or false", key)
	}
	return n.text == "true"
}

// number is an optional whole number from lowest to highest.
func (o *object) number(key string, lowest, highest int) int {
	n := o.get(key)
	if n == nil {
		return 0
	}
	i, err := strconv.Atoi(n.text)
	if n.kind != textNode || err != nil || i < lowest || i > highest {
		o.errorf(n.pos, "%q must be a whole number from %d to %d", key, lowest, highest)
		return 0
	}
	return i
}

// list is an optional list of texts.
func (o *object) list(key string) []string {
	var texts []string
	for _, item := range o.nodes(key) {
		s, ok := o.scalar(key, item)
		if !ok {
			continue
		}
		if strings.TrimSpace(s) == "" {
			o.errorf(item.pos, "an item of %q is empty", key)
			continue
		}
		o.mark(index(key, len(texts)), item.pos)
		texts = append(texts, s)
	}
	return texts
}

// nodes are the items of an optional list.
func (o *object) nodes(key string) []*node {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.kind != listNode {
		o.hinted(n.pos, `write [a, b] or a "- " line for each`, "%q must be a list, this is %s", key, n.kind)
		return nil
	}
	return n.items
}

// index is the path of a list's item.
func index(path string, i int) string {
	return path + "[" + strconv.Itoa(i) + "]"
}

// fields are the entries of an optional mapping.
func (o *object) fields(key string) []field {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.kind != mapNode {
		o.hinted(n.pos, "write key: value lines", "%q must be a mapping, this is %s", key, n.kind)
		return nil
	}
	return n.fields
}

// textMap is an optional mapping of texts to texts.
func (o *object) textMap(key string) map[string]string {
	var texts map[string]string
	for _, f := range o.fields(key) {
		s, ok := o.scalar(f.key, f.value)
		if !ok {
			continue
		}
		if texts == nil {
			texts = map[string]string{}
		}
		texts[f.key] = s
		o.mark(key+"."+f.key, f.pos)
	}
	return texts
}

// word is an optional text out of a fixed set.
func word[T ~string](o *object, key string, allowed []T) T {
	s := T(o.text(key))
	if s == "" || slices.Contains(allowed, s) {
		return s
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	o.hinted(o.catalog.at(o.owner, o.prefix+key), didYouMean(string(s), names), "%q must be %s, not %q", key, oneOf(allowed), string(s))
	return ""
}

// requiredWord is a word that must be there.
func requiredWord[T ~string](o *object, key string, allowed []T) T {
	w := word(o, key, allowed)
	o.demand(key, w != "")
	return w
}

// id is the entry's id, unique among those of its kind.
func (o *object) id(valid func(string) bool, form, keep string) string {
	id := o.required("id")
	if id == "" {
		return ""
	}
	pos := o.catalog.at(o.owner, "id")
	if !valid(id) {
		o.hinted(pos, "write "+strconv.Quote(kebab(id, keep)), "the id %q must be %s", id, form)
	}
	name := o.what + " " + id
	if first, ok := o.declared[name]; ok {
		o.hinted(pos, "give it another id", "a second %s %q, the first is at %s", o.what, id, first)
		return id
	}
	o.declared[name] = pos
	return id
}
