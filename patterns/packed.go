package patterns

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"hash/fnv"
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
// then the value. A struct is the set of its filled fields, as bits, and their
// values; a list or map begins with its length. A text stands in full the first
// time, later as the place of that. What a type does not export is left out.
func Pack(c *Catalog) []byte {
	p := packer{texts: map[string]int{}}
	p.b = binary.BigEndian.AppendUint32(nil, checksum())
	p.value(reflect.ValueOf(c).Elem())
	return p.b
}

// checksum tells types apart that differ in anything Pack looks at.
func checksum() uint32 {
	sum, done := fnv.New32a(), map[reflect.Type]bool{}
	var add func(reflect.Type)
	add = func(t reflect.Type) {
		fmt.Fprintln(sum, t, t.Kind())
		if done[t] {
			return
		}
		done[t] = true
		switch t.Kind() {
		case reflect.Struct:
			for i := range t.NumField() {
				fmt.Fprintln(sum, t.Field(i).Name)
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
	b     []byte
	texts map[string]int // where each text stands in b
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

// text writes a number whose lowest bit is 0 and the rest the length of the text
// that follows; or the lowest bit is 1 and the rest the place of such a number.
func (p *packer) text(s string) {
	if at, ok := p.texts[s]; ok {
		p.number(at<<1 | 1)
		return
	}
	p.texts[s] = len(p.b)
	p.number(len(s) << 1)
	p.b = append(p.b, s...)
}

// unpack reads what Pack wrote. The texts share the memory of data.
func unpack(data string) (*Catalog, error) {
	if len(data) < 4 || binary.BigEndian.Uint32([]byte(data[:4])) != checksum() {
		return nil, fmt.Errorf("patterns/catalog.bin does not fit the types: run go generate ./patterns")
	}
	c := new(Catalog)
	u := unpacker{data: data, at: 4}
	u.value(reflect.ValueOf(c).Elem())
	return c, nil
}

type unpacker struct {
	data string
	at   int
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

func (u *unpacker) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i, filled := 0, u.number(); filled != 0; i, filled = i+1, filled>>1 {
			if filled&1 != 0 {
				u.value(v.Field(i))
			}
		}
	case reflect.Slice:
		n := u.number()
		v.Set(reflect.MakeSlice(v.Type(), n, n))
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

func (u *unpacker) text() string {
	n := u.number()
	if n&1 == 0 {
		u.at += n >> 1
		return u.data[u.at-n>>1 : u.at]
	}
	back := unpacker{data: u.data, at: n >> 1}
	return back.text()
}

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of catalog files. It knows what a
// file must look like; what it must mean (ids that exist, examples that match,
// regular expressions that compile) only Lint can tell.
func Schema() []byte {
	return bytes.Clone(schema)
}
