package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
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

func (v *value) isText() bool {
	return v != nil && v.kind == '"'
}

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

// SetRepositoryURL names the repository, in npm's own form, in the place where
// the manifest has its repository, or as a new object. ok is false when it
// names that repository already, or want is not a repository's address.
func (p *Package) SetRepositoryURL(want string) (_ Edit, ok bool) {
	if same, _ := repo.Same(want, want); !same {
		return Edit{}, false
	}
	if same, _ := repo.Same(p.Repository.URL.Value, want); same {
		return Edit{}, false
	}
	url := quote(repo.Normalize(want))
	holds := func(p *Package) bool { same, _ := repo.Same(p.Repository.URL.Value, want); return same }
	switch v := p.root.get("repository"); {
	case v == nil:
		return p.insertObject(holds, "repository", `"type": "git"`, `"url": `+url)
	case v.isObject() && v.get("url") == nil:
		return p.insert(v, holds, `"url": `+url)
	case v.isObject():
		return p.replace(v.get("url"), holds, url)
	default:
		return p.replace(v, holds, url)
	}
}

// SetAccessPublic sets publishConfig.access to public. ok is false when it is.
func (p *Package) SetAccessPublic() (_ Edit, ok bool) {
	const public = `"public"`
	holds := func(p *Package) bool { return p.PublishConfig.Access.Value == "public" }
	config := p.root.get("publishConfig")
	switch access := config.get("access"); {
	case holds(p) || config != nil && !config.isObject():
		return Edit{}, false
	case config == nil:
		return p.insertObject(holds, "publishConfig", `"access": `+public)
	case access == nil:
		return p.insert(config, holds, `"access": `+public)
	default:
		return p.replace(access, holds, public)
	}
}

// DropPrivate takes `private` out. ok is false when it is not there.
func (p *Package) DropPrivate() (_ Edit, ok bool) {
	holds := func(p *Package) bool { return !p.Private.Given() }
	members := p.root.members
	i := slices.IndexFunc(members, func(m member) bool { return m.key == "private" })
	switch {
	case i < 0:
		return Edit{}, false
	case i+1 < len(members):
		return p.change(members[i].start, members[i+1].start, "", holds)
	case i > 0:
		return p.change(members[i-1].value.end, members[i].value.end, "", holds)
	}
	return p.change(members[i].start, members[i].value.end, "", holds)
}

func (p *Package) replace(v *value, holds func(*Package) bool, text string) (Edit, bool) {
	return p.change(v.start, v.end, text, holds)
}

// insertObject puts a member whose value is an object into the manifest, behind
// its name, version or description, indented as the manifest is.
func (p *Package) insertObject(holds func(*Package) bool, key string, members ...string) (Edit, bool) {
	if len(p.root.members) == 0 {
		return Edit{}, false
	}
	lead := p.lead(p.root.members[0].start)
	text := quote(key) + ": " + object(members, lead)
	if at := p.behind(); at > 0 {
		return p.change(at, at, ","+orBlank(lead)+text, holds)
	}
	return p.insert(p.root, holds, text)
}

// insert puts a member before an object's first one.
func (p *Package) insert(into *value, holds func(*Package) bool, text string) (Edit, bool) {
	if len(into.members) == 0 {
		return p.change(into.start, into.end, "{ "+text+" }", holds)
	}
	at := into.members[0].start
	return p.change(at, at, text+","+orBlank(p.lead(at)), holds)
}

// behind is the end of the last of the manifest's leading members, or 0.
func (p *Package) behind() int {
	at := 0
	for _, m := range p.root.members {
		if slices.Contains([]string{"name", "version", "description"}, m.key) {
			at = m.value.end
		}
	}
	return at
}

// lead is the line break and the blanks before a place, or "" when something
// else stands in its line.
func (p *Package) lead(at int) string {
	begin := len(bytes.TrimRight(p.src[:at], " \t"))
	if begin == 0 || p.src[begin-1] != '\n' {
		return ""
	}
	if begin > 1 && p.src[begin-2] == '\r' {
		return string(p.src[begin-2 : at])
	}
	return string(p.src[begin-1 : at])
}

func orBlank(lead string) string {
	if lead == "" {
		return " "
	}
	return lead
}

// object writes members over several lines, or in one where lead is "". What
// lead has behind its line break is one level of indentation.
func object(members []string, lead string) string {
	if lead == "" {
		return "{ " + strings.Join(members, ", ") + " }"
	}
	deeper := lead + lead[strings.LastIndexByte(lead, '\n')+1:]
	return "{" + deeper + strings.Join(members, ","+deeper) + lead + "}"
}

// change replaces bytes of the file and proves the result: it must be read
// again, and what is wanted must hold.
func (p *Package) change(from, to int, text string, holds func(*Package) bool) (Edit, bool) {
	after := slices.Concat(p.src[:from], []byte(text), p.src[to:])
	changed, err := ReadPackage(p.Path, after)
	if err != nil || !holds(changed) {
		return Edit{}, false
	}
	return edit.Between(p.Path, p.src, after)
}

// quote writes a JSON string. Addresses keep their & and <.
func quote(text string) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSuffix(out.String(), "\n")
}
