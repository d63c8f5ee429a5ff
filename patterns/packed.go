package patterns

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"reflect"
	"slices"
	"sync"
)

//go:generate go run ../analyzer/internal/gencatalog

//go:embed catalog.bin
var packed string

// Builtin is the catalog that comes with the program, made from the YAML files
// of this directory and unpacked when it is first asked for. It is shared: do
// not change it.
var Builtin = sync.OnceValue(func() *Catalog {
	c, err := unpack(packed)
	if err != nil {
		panic(err) // only where catalog.bin was not written anew; a test says so before
	}
	return c
})

// Pack writes a catalog in the form that Builtin reads: a checksum of the types,
// the length of the value, the value, the texts. A struct is the set of its
// filled fields, as bits, and their values; a list or map begins with its length.
// A text is its place among the texts, where each stands once, and its length:
// what a run does not read of them is not even loaded. What a type does not
// export is left out.
func Pack(c *Catalog) []byte {
	p := packer{places: map[string]int{}}
	p.value(reflect.ValueOf(c).Elem())
	b := binary.BigEndian.AppendUint32(nil, checksum())
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.b)))
	return slices.Concat(b, p.b, p.texts)
}

// checksum tells types apart that differ in anything Pack looks at.
func checksum() uint32 {
	sum, done := fnv.New32a(), map[reflect.Type]bool{}
	var add func(reflect.Type)
	add = func(t reflect.Type) {
		io.WriteString(sum, t.String()+" "+t.Kind().String()+"\n") // which never fails
		if done[t] {
			return
		}
		done[t] = true
		switch t.Kind() {
		case reflect.Struct:
			for i := range t.NumField() {
				io.WriteString(sum, t.Field(i).Name+"\n")
				add(t.Field(i).Type)
			}
		case reflect.Slice, reflect.Pointer, reflect.Map:
			add(t.Elem())
		}
	}
	add(reflect.TypeFor[Catalog]())
	return sum.Sum32()
}

type packer struct {
	b, texts []byte
	places   map[string]int // of each text in texts
}

func (p *packer) number(n int) { p.b = binary.AppendUvarint(p.b, uint64(n)) }

func (p *packer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		p.fields(v)
	case reflect.Slice:
		p.number(v.Len())
		for i := range v.Len() {
			p.value(v.Index(i))
		}
	case reflect.Map:
		p.number(v.Len())
		texts := v.Interface().(map[string]string)
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			p.text(key)
			p.text(texts[key])
		}
	case reflect.Pointer:
		p.value(v.Elem())
	case reflect.String:
		p.text(v.String())
	case reflect.Int:
		p.number(int(v.Int()))
	case reflect.Bool:
		p.number(1) // false is never written
	default:
		panic("patterns: Pack has no form for " + v.Type().String())
	}
}

func (p *packer) fields(v reflect.Value) {
	filled := 0
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() && !v.Field(i).IsZero() {
			filled |= 1 << i
		}
	}
	p.number(filled)
	for i := range v.NumField() {
		if filled&(1<<i) != 0 {
			p.value(v.Field(i))
		}
	}
}

func (p *packer) text(s string) {
	at, ok := p.places[s]
	if !ok {
		at = len(p.texts)
		p.places[s] = at
		p.texts = append(p.texts, s...)
	}
	p.number(at)
	p.number(len(s))
}

// unpack reads what Pack wrote. The texts share the memory of data.
func unpack(data string) (*Catalog, error) {
	const head = 8
	if len(data) < head || binary.BigEndian.Uint32([]byte(data[:4])) != checksum() {
		return nil, fmt.Errorf("patterns/catalog.bin does not fit the types: run go generate ./patterns")
	}
	c := new(Catalog)
	texts := head + int(binary.BigEndian.Uint32([]byte(data[4:head])))
	u := unpacker{data: data[head:texts], texts: data[texts:]}
	u.value(reflect.ValueOf(c).Elem())
	return c, nil
}

type unpacker struct {
	data, texts string
	at          int
	room        []string // for the next lists: there are thousands of short ones
}

func (u *unpacker) number() int {
	n, shift := 0, 0
	for {
		b := u.data[u.at]
		u.at++
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
		shift += 7
	}
}

// value reads a value; those that are most of a catalog, without reflection.
func (u *unpacker) value(v reflect.Value) {
	switch to := v.Addr().Interface().(type) {
	case *string:
		*to = u.text()
		return
	case *[]string:
		*to = u.list()
		return
	case *Pos:
		*to = u.pos()
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i, filled := 0, u.number(); filled != 0; i, filled = i+1, filled>>1 {
			if filled&1 != 0 {
				u.value(v.Field(i))
			}
		}
	case reflect.Slice:
		n := u.number()
		v.Grow(n)
		v.SetLen(n)
		for i := range n {
			u.value(v.Index(i))
		}
	case reflect.Map:
		n := u.number()
		texts := make(map[string]string, n)
		for range n {
			key := u.text()
			texts[key] = u.text()
		}
		v.Set(reflect.ValueOf(texts))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		u.value(v.Elem())
	case reflect.String:
		v.SetString(u.text())
	case reflect.Int:
		v.SetInt(int64(u.number()))
	case reflect.Bool:
		v.SetBool(u.number() == 1)
	}
}

func (u *unpacker) list() []string {
	n := u.number()
	if len(u.room) < n {
		u.room = make([]string, max(n, 1024))
	}
	list := u.room[:n:n]
	u.room = u.room[n:]
	for i := range list {
		list[i] = u.text()
	}
	return list
}

func (u *unpacker) pos() (p Pos) {
	filled := u.number()
	if filled&1 != 0 {
		p.File = u.text()
	}
	if filled&2 != 0 {
		p.Line = u.number()
	}
	if filled&4 != 0 {
		p.Col = u.number()
	}
	return p
}

func (u *unpacker) text() string {
	at := u.number()
	return u.texts[at : at+u.number()]
}

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of catalog files. It knows what a
// file must look like; what it must mean (ids that exist, examples that match,
// regular expressions that compile) only Lint can tell.
func Schema() []byte {
	return bytes.Clone(schema)
}
