package manifest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
)

// SetRepositoryURL names the repository, in npm's own form, in the place where
// the manifest has its repository, or as a new object. ok is false when it
// names that repository already, or want is no repository's address.
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

// replace puts another text in place of a value.
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
