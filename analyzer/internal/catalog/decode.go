package catalog

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
	"github.com/pubmortem/pubmortem/patterns"
)

// decoder fills a catalog from nodes, as the tags of its types say, and
// collects every mistake on its way.
type decoder struct {
	collector
	catalog *Catalog
	file    string
	// declared holds the place of each id, by "kind id".
	declared map[string]patterns.Pos
}

func (d *decoder) pos(n *yamltree.Node) patterns.Pos {
	return patterns.Pos{File: d.file, Line: n.Line, Col: n.Col}
}

type object struct {
	*decoder
	what   string // "matcher", for messages
	node   *yamltree.Node
	fields []yamltree.Field
	owner  patterns.Pos
	prefix string
}

// structure fills a struct. One that has no Pos belongs to its owner, where its
// fields' paths begin with the prefix. It tells whether n is a mapping at all.
func (d *decoder) structure(n *yamltree.Node, v reflect.Value, what string, owner patterns.Pos, prefix string) bool {
	if n.Kind != yamltree.Map {
		d.hinted(d.pos(n), "write key: value lines", "a %s must be a mapping, this is %s", what, n.Kind)
		return false
	}
	o := &object{decoder: d, what: what, node: n, fields: d.distinct(n), owner: owner, prefix: prefix}
	if pos := v.FieldByName("Pos"); pos.IsValid() {
		o.owner, o.prefix = d.pos(n), ""
		pos.Set(reflect.ValueOf(o.owner))
	}
	var known []string
	for _, f := range KeysOf(v.Type(), what) {
		known = append(known, f.Key)
		o.field(f, v.FieldByIndex(f.Index))
	}
	o.unknown(known)
	return true
}

// Key is what the tags of a struct's field say, see the types of patterns.
type Key struct {
	reflect.StructField
	Key      string
	Required bool
	// Is is what the value must be: one of the words, or what their only one says.
	Is []string
}

// KeysOf are the keys of the mapping that is read as a struct; what names the
// struct, for keys that only some have.
func KeysOf(t reflect.Type, what string) []Key {
	var keys []Key
	for i := range t.NumField() {
		f := t.Field(i)
		key, required := strings.CutSuffix(f.Tag.Get("yaml"), ",required")
		if key == "" || !strings.HasPrefix(what, f.Tag.Get("of")) {
			continue
		}
		keys = append(keys, Key{f, key, required, strings.Split(f.Tag.Get("is"), "|")})
	}
	return keys
}

// NameOf is how messages call a struct that stands in another one: "cause",
// and "fact matcher" for what reads a fact.
func NameOf(t reflect.Type, in string) string {
	if t == reflect.TypeFor[patterns.Matcher]() && in == "fact" {
		return "fact matcher"
	}
	var b strings.Builder
	for i, r := range strings.TrimSuffix(t.Name(), "Def") {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteString(strings.ToLower(string(r)))
	}
	return b.String()
}

// distinct are a mapping's fields, each key once.
func (d *decoder) distinct(n *yamltree.Node) []yamltree.Field {
	first := map[string]int{}
	return slices.DeleteFunc(slices.Clone(n.Fields), func(f yamltree.Field) bool {
		line, again := first[f.Key.Text]
		switch {
		case f.Key.Kind == yamltree.List || f.Key.Kind == yamltree.Map:
			d.hinted(d.pos(f.Key), "quote a text that starts with [ or {", "a key must be text")
			return true
		case again:
			d.hinted(d.pos(f.Key), "keep one of them", "key %q again, first at line %d", f.Key.Text, line)
			return true
		}
		first[f.Key.Text] = f.Key.Line
		return false
	})
}

// unknown reports the keys that are none of the known ones.
func (o *object) unknown(known []string) {
	for _, f := range o.fields {
		key := f.Key.Text
		if slices.Contains(known, key) {
			continue
		}
		hint := didYouMean(key, known)
		switch {
		case f.Value.Kind == yamltree.Null && strings.Contains(key, " "):
			hint = `quote a text that contains ", "`
		case hint == "":
			hint = "known are " + strings.Join(known, ", ")
		}
		o.hinted(o.pos(f.Key), hint, "unknown key %q in a %s", key, o.what)
	}
}

func (o *object) field(f Key, v reflect.Value) {
	if n := o.get(f.Key); n != nil {
		o.value(f, n, v)
	}
	if f.Required && (v.IsZero() || v.Kind() == reflect.String && strings.TrimSpace(v.String()) == "") {
		o.lacks(f.Key)
	} else if f.Key == "id" && !v.IsZero() {
		o.id(f, v.String())
	}
}

// get is the value of a key, nil when it is not there or empty.
func (o *object) get(key string) *yamltree.Node {
	for _, f := range o.fields {
		if f.Key.Text != key {
			continue
		}
		if f.Value.Kind == yamltree.Null {
			o.hinted(o.pos(f.Key), "write a value or leave the key out", "%q has no value", key)
			return nil
		}
		o.mark(key, f.Value)
		return f.Value
	}
	return nil
}

func (o *object) mark(path string, n *yamltree.Node) {
	o.catalog.places[place{o.owner, o.prefix + path}] = o.pos(n)
}

// lacks reports a field that is not there or empty. A field of the wrong type
// or without a value has been reported already.
func (o *object) lacks(key string) {
	for _, f := range o.fields {
		if f.Key.Text != key {
			continue
		}
		if n := f.Value; n.Kind != yamltree.Null && strings.TrimSpace(n.Text) == "" && len(n.Items) == 0 && len(n.Fields) == 0 {
			o.errorf(o.pos(n), "%q is empty", key)
		}
		return
	}
	o.hinted(o.pos(o.node), "add "+key+":", "the %s lacks %q", o.what, key)
}

func (o *object) value(f Key, n *yamltree.Node, v reflect.Value) {
	switch to := v.Addr().Interface().(type) {
	case *[]string:
		*to = o.texts(f.Key, n)
		return
	case *[]patterns.Cond:
		*to = o.conditions(f.Key, n)
		return
	case *[]patterns.Disabled:
		for i, id := range o.texts(f.Key, n) {
			*to = append(*to, patterns.Disabled{ID: id, Pos: o.catalog.at(o.owner, index(f.Key, i))})
		}
		return
	case *map[string]string:
		*to = o.textMap(f.Key, n)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(o.word(f, n))
	case reflect.Bool:
		if n.Kind != yamltree.Text || n.Text != "true" && n.Text != "false" {
			o.errorf(o.pos(n), "%q must be true or false", f.Key)
		}
		v.SetBool(n.Text == "true")
	case reflect.Int:
		v.SetInt(int64(o.number(f, n)))
	case reflect.Pointer:
		to := reflect.New(v.Type().Elem())
		if o.structure(n, to.Elem(), NameOf(to.Elem().Type(), o.what), o.owner, o.prefix+f.Key+".") {
			v.Set(to)
		}
	case reflect.Struct:
		o.structure(n, v, NameOf(v.Type(), o.what), o.owner, o.prefix+f.Key+".")
	case reflect.Slice:
		what := NameOf(v.Type().Elem(), o.what)
		for i, item := range o.items(f.Key, n) {
			to := reflect.New(v.Type().Elem()).Elem()
			if o.structure(item, to, what, o.owner, o.prefix+index(f.Key, i)+".") {
				v.Set(reflect.Append(v, to))
			}
		}
	}
}

// scalar is the text of n, which must not be a list or a mapping.
func (o *object) scalar(key string, n *yamltree.Node) (string, bool) {
	if n.Kind != yamltree.Text {
		o.errorf(o.pos(n), "%q must be text, this is %s", key, n.Kind)
		return "", false
	}
	if strings.HasPrefix(n.Text, Unfilled) {
		o.catalog.unfilled = append(o.catalog.unfilled, o.pos(n))
	}
	return n.Text, true
}

// word is a text, one of a fixed set where there is one.
func (o *object) word(f Key, n *yamltree.Node) string {
	s, _ := o.scalar(f.Key, n)
	if s == "" || len(f.Is) == 1 || slices.Contains(f.Is, s) {
		return s
	}
	o.hinted(o.pos(n), didYouMean(s, f.Is), "%q must be %s, not %q", f.Key, words.Or(f.Is), s)
	return ""
}

func (o *object) number(f Key, n *yamltree.Node) int {
	lowest, highest := Bounds(f)
	i, err := strconv.Atoi(n.Text)
	if n.Kind != yamltree.Text || err != nil || i < lowest || i > highest {
		o.errorf(o.pos(n), "%q must be a whole number from %d to %d", f.Key, lowest, highest)
		return 0
	}
	return i
}

// Bounds are the least and the greatest number of a key.
func Bounds(f Key) (lowest, highest int) {
	low, high, _ := strings.Cut(f.Is[0], "-")
	lowest, _ = strconv.Atoi(low)
	highest, _ = strconv.Atoi(high)
	return lowest, highest
}

func (o *object) items(key string, n *yamltree.Node) []*yamltree.Node {
	if n.Kind != yamltree.List {
		o.hinted(o.pos(n), `write [a, b] or a "- " line for each`, "%q must be a list, this is %s", key, n.Kind)
		return nil
	}
	return n.Items
}

func (o *object) texts(key string, n *yamltree.Node) []string {
	var texts []string
	for _, item := range o.items(key, n) {
		s, ok := o.scalar(key, item)
		if !ok {
			continue
		}
		if strings.TrimSpace(s) == "" {
			o.errorf(o.pos(item), "an item of %q is empty", key)
			continue
		}
		o.mark(index(key, len(texts)), item)
		texts = append(texts, s)
	}
	return texts
}

func index(path string, i int) string {
	return path + "[" + strconv.Itoa(i) + "]"
}

func (o *object) entries(key string, n *yamltree.Node) []yamltree.Field {
	if n.Kind != yamltree.Map {
		o.hinted(o.pos(n), "write key: value lines", "%q must be a mapping, this is %s", key, n.Kind)
		return nil
	}
	return o.distinct(n)
}

func (o *object) textMap(key string, n *yamltree.Node) map[string]string {
	var texts map[string]string
	for _, f := range o.entries(key, n) {
		s, ok := o.scalar(f.Key.Text, f.Value)
		if !ok {
			continue
		}
		if texts == nil {
			texts = map[string]string{}
		}
		texts[f.Key.Text] = s
		o.mark(key+"."+f.Key.Text, f.Key)
	}
	return texts
}

// conditions reads a mapping of facts to expressions, in the order written.
func (o *object) conditions(key string, n *yamltree.Node) []patterns.Cond {
	var conds []patterns.Cond
	for _, f := range o.entries(key, n) {
		cond := patterns.Cond{Fact: f.Key.Text, Pos: o.pos(f.Key)}
		switch f.Value.Kind {
		case yamltree.Text:
			cond.Op, cond.Values = parseCondition(f.Value.Text)
		case yamltree.List:
			cond.Op, cond.Values = patterns.OpIs, o.alternatives(f)
		}
		if len(cond.Values) == 0 {
			o.hinted(o.pos(f.Value), `write a value, [a, b], "not a" or "< 1.2.3"`, "the condition on %q says nothing", f.Key.Text)
			continue
		}
		conds = append(conds, cond)
	}
	return conds
}

// alternatives are the values of a condition that is a list.
func (o *object) alternatives(f yamltree.Field) []string {
	var values []string
	for _, item := range f.Value.Items {
		s, ok := o.scalar(f.Key.Text, item)
		if !ok {
			continue
		}
		if op, _ := parseCondition(s); op != patterns.OpIs {
			o.hinted(o.pos(item), `for "none of these" write one text: "not a, b"`, "%q cannot stand in a list", s)
			continue
		}
		values = append(values, s)
	}
	return values
}

func parseCondition(s string) (patterns.Op, []string) {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s+" ", "not "); ok {
		return patterns.OpNot, splitValues(rest)
	}
	switch {
	case s == "":
		return patterns.OpIs, nil
	case strings.ContainsRune("<>=!~^", rune(s[0])):
		return patterns.OpRange, []string{s}
	}
	return patterns.OpIs, []string{s}
}

// splitValues splits "a, b" or "[a, b]".
func splitValues(s string) []string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	var values []string
	for value := range strings.SplitSeq(s, ",") {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	return values
}

// isKebab tells whether s is lower-case words and numbers joined by single hyphens.
func isKebab(s string) bool {
	for word := range strings.SplitSeq(s, "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

// isFactID tells whether s is kebab-case words joined by dots, as in
// "setup-node.registry-url".
func isFactID(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if !isKebab(part) {
			return false
		}
	}
	return true
}

// kebab is the id that s was probably meant to be; dots stay when keep says so.
func kebab(s, keep string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune(keep, r)
	})
	return strings.Join(words, "-")
}

// id reports an entry's id that is malformed, or taken by another of its kind.
func (o *object) id(f Key, id string) {
	valid, form, keep := isKebab, "kebab-case: lower-case words and numbers joined by hyphens", ""
	if f.Is[0] == "fact-id" {
		valid, form, keep = isFactID, "kebab-case words joined by dots", "."
	}
	pos := o.catalog.at(o.owner, f.Key)
	if !valid(id) {
		o.hinted(pos, "write "+strconv.Quote(kebab(id, keep)), "the id %q must be %s", id, form)
	}
	name := o.what + " " + id
	if first, ok := o.declared[name]; ok {
		o.hinted(pos, "give it another id", "a second %s %q, the first is at %s", o.what, id, first)
		return
	}
	o.declared[name] = pos
}
