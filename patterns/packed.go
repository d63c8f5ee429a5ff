package patterns

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

//go:generate go run ../analyzer/internal/gencatalog

var (
	//go:embed catalog.bin
	catalogFile string
	//go:embed examples.bin
	examplesFile string
)

// files are the parts of the packed catalog: "" and those that the tag later names.
var files = map[string]string{"": catalogFile, "examples": examplesFile}

// Builtin is the catalog that comes with the program, made from the YAML files
// of this directory and unpacked when it is first asked for: all that a
// diagnosis needs, which is all but examples, near misses, sources and positions.
// It is shared: do not change it.
var Builtin = sync.OnceValue(func() *Catalog { return builtin("") })

// Whole is the catalog that comes with the program, with everything that the
// YAML files say; in a browser, without near misses and positions. It is shared:
// do not change it.
var Whole = sync.OnceValue(func() *Catalog { return builtin("", "examples", "checks") })

func builtin(parts ...string) *Catalog {
	c := new(Catalog)
	for _, part := range parts {
		if err := unpack(c, part, files[part]); err != nil {
			panic(err) // only where the files were not written anew; a test says so before
		}
	}
	return c
}

// Pack writes a catalog as the files that Builtin and Whole read, by their names.
// A file is a checksum of the types, the length of the values, the values, the
// texts. A struct is the set of its filled fields, as bits, and their values; a
// list or map begins with its length. A text that occurs once is its length: the
// texts stand in the order of their values. The others stand before, and are
// numbered. What a type does not export is left out.
func Pack(c *Catalog) map[string][]byte {
	return map[string][]byte{"catalog.bin": pack(c, ""), "examples.bin": pack(c, "examples"), "checks.bin": pack(c, "checks")}
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
				io.WriteString(sum, t.Field(i).Name+" "+later(t, i)+"\n")
				add(t.Field(i).Type)
			}
		case reflect.Slice, reflect.Pointer, reflect.Map:
			add(t.Elem())
		}
	}
	add(reflect.TypeFor[Catalog]())
	return sum.Sum32()
}

// later is the part of the packed catalog that has the i-th field of a struct.
func later(t reflect.Type, i int) string { return t.Field(i).Tag.Get("later") }

type packer struct {
	part     string
	b, texts []byte
	times    map[string]int // how often each text occurs, which is counted first
	numbers  map[string]int // of those that occur several times; nil while counting
}

func pack(c *Catalog, part string) []byte {
	p := packer{part: part, times: map[string]int{}}
	p.all(c)
	var several []string
	for s, n := range p.times {
		if n > 1 {
			several = append(several, s)
		}
	}
	slices.SortFunc(several, func(a, b string) int { return cmp.Or(p.times[b]-p.times[a], strings.Compare(a, b)) })
	p = packer{part: part, numbers: map[string]int{}}
	p.number(len(several))
	for i, s := range several {
		p.number(len(s))
		p.texts = append(p.texts, s...)
		p.numbers[s] = i
	}
	p.all(c)
	b := binary.BigEndian.AppendUint32(nil, checksum())
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.b)))
	return slices.Concat(b, p.b, p.texts)
}

func (p *packer) all(c *Catalog) {
	v := reflect.ValueOf(c).Elem()
	if p.part == "" {
		p.value(v)
	} else {
		eachStruct(v, func(v reflect.Value) { p.fields(v, p.part) })
	}
}

// eachStruct calls f for v, if it is a struct, and for all structs in it but
// those of fields that are for later.
func eachStruct(v reflect.Value, f func(reflect.Value)) {
	within := map[reflect.Type][]int{} // the fields of a struct that have structs in them
	var each func(reflect.Value)
	each = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			f(v)
			fields, ok := within[v.Type()]
			if !ok {
				for i := range v.NumField() {
					t := v.Type().Field(i).Type
					if t.Kind() == reflect.Slice {
						t = t.Elem()
					}
					if (t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer) && later(v.Type(), i) == "" {
						fields = append(fields, i)
					}
				}
				within[v.Type()] = fields
			}
			for _, i := range fields {
				each(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				each(v.Index(i))
			}
		case reflect.Pointer:
			each(v.Elem())
		}
	}
	each(v)
}

func (p *packer) number(n int) { p.b = binary.AppendUvarint(p.b, uint64(n)) }

func (p *packer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		p.fields(v, "")
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

func (p *packer) fields(v reflect.Value, part string) {
	filled := 0
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() && later(v.Type(), i) == part && !v.Field(i).IsZero() {
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

// text writes an odd number for a text of those that occur several times.
func (p *packer) text(s string) {
	if p.numbers == nil {
		p.times[s]++
	} else if n, ok := p.numbers[s]; ok {
		p.number(n<<1 | 1)
	} else {
		p.number(len(s) << 1)
		p.texts = append(p.texts, s...)
	}
}

// unpack reads a part of a catalog as Pack wrote it; "" comes first. The texts
// share the memory of the file.
func unpack(c *Catalog, part, file string) error {
	const head = 8
	if file == "" && part != "" { // left out
		return nil
	}
	if len(file) < head || binary.BigEndian.Uint32([]byte(file[:4])) != checksum() {
		return fmt.Errorf("the packed catalog does not fit the types: run go generate ./patterns")
	}
	texts := head + int(binary.BigEndian.Uint32([]byte(file[4:head])))
	u := unpacker{data: file[head:texts], texts: file[texts:]}
	u.several = make([]string, u.number())
	for i := range u.several {
		u.several[i] = u.next(u.number())
	}
	if v := reflect.ValueOf(c).Elem(); part == "" {
		u.value(v)
	} else {
		eachStruct(v, u.fields)
	}
	return nil
}

type unpacker struct {
	data, texts string // what is left of them
	several     []string
	room        []string // for the next lists: there are thousands of short ones
}

func (u *unpacker) number() int {
	n, shift := 0, 0
	for i := range len(u.data) {
		b := u.data[i]
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			u.data = u.data[i+1:]
			break
		}
		shift += 7
	}
	return n
}

// value reads a value; texts, which are most of a catalog, without reflection.
func (u *unpacker) value(v reflect.Value) {
	switch to := v.Addr().Interface().(type) {
	case *string:
		*to = u.text()
		return
	case *[]string:
		*to = u.list()
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		u.fields(v)
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

func (u *unpacker) fields(v reflect.Value) {
	for i, filled := 0, u.number(); filled != 0; i, filled = i+1, filled>>1 {
		if filled&1 != 0 {
			u.value(v.Field(i))
		}
	}
}

func (u *unpacker) list() []string {
	n := u.number()
	if len(u.room) < n {
		u.room = make([]string, max(n, 256))
	}
	list := u.room[:n:n]
	u.room = u.room[n:]
	for i := range list {
		list[i] = u.text()
	}
	return list
}

func (u *unpacker) text() string {
	if n := u.number(); n&1 == 0 {
		return u.next(n >> 1)
	} else {
		return u.several[n>>1]
	}
}

func (u *unpacker) next(n int) (s string) {
	s, u.texts = u.texts[:n], u.texts[n:]
	return s
}

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of catalog files. It knows what a
// file must look like; what it must mean (ids that exist, examples that match,
// regular expressions that compile) only Lint can tell.
func Schema() []byte {
	return bytes.Clone(schema)
}
