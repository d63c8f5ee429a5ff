// Package manifest turns the files of a package that bear on publishing into
// facts, and into the edits that mend them: package.json, .npmrc, lerna.json,
// the configurations of changesets and semantic-release.
//
// Values of tokens are never kept.
package manifest

import (
	"fmt"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Edit is a change to a file, as a unified diff.
type Edit = edit.Edit

// Field is a value of a file and its line, which is 0 when the file does not have it.
type Field struct {
	Value string
	Line  int
}

// Given tells whether the file has the field.
func (f Field) Given() bool { return f.Line > 0 }

// Package is what a package.json says that bears on publishing.
type Package struct {
	// Path is the file's path as the caller named it.
	Path string
	Name Field
	// Private is "true" for every value that npm takes for true.
	Private       Field
	Repository    Repository
	PublishConfig PublishConfig

	src  []byte
	root *value
}

// Repository is the manifest's `repository`, a text or an object.
type Repository struct {
	// URL is the value as written; repo.Normalize turns it into what npm publishes.
	URL Field
}

// PublishConfig is the manifest's `publishConfig`.
type PublishConfig struct {
	Access, Registry, Provenance Field
}

// ReadPackage reads a package.json. Errors name the line of what JSON does not
// allow. Values of a wrong type count as missing.
func ReadPackage(path string, src []byte) (*Package, error) {
	root, err := parseJSON(src)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	p := &Package{Path: path, src: src, root: root}
	p.Name = p.text(root.get("name"))
	if v := root.get("private"); v != nil {
		p.Private = Field{fmt.Sprint(truthy(v)), lineOf(src, v.start)}
	}
	p.repository(root.get("repository"))
	config := root.get("publishConfig")
	p.PublishConfig = PublishConfig{
		Access: p.text(config.get("access")), Registry: p.text(config.get("registry")),
		Provenance: p.boolean(config.get("provenance")),
	}
	return p, nil
}

func (p *Package) repository(v *value) {
	if !v.isText() {
		v = v.get("url")
	}
	p.Repository.URL = p.text(v)
}

func (p *Package) text(v *value) Field {
	if !v.isText() {
		return Field{}
	}
	return Field{v.text, lineOf(p.src, v.start)}
}

// boolean is true or false, as such or as a text, and its line.
func (p *Package) boolean(v *value) Field {
	if text := v.scalar(); text == "true" || text == "false" {
		return Field{text, lineOf(p.src, v.start)}
	}
	return Field{}
}

func truthy(v *value) bool {
	switch v.kind {
	case 'f', 'n':
		return false
	case '"':
		return v.text != ""
	case 0:
		return strings.Trim(v.text, "-0.") != ""
	}
	return true
}

// Facts states what the manifest says, in an order that does not change:
// package.name, package.scoped, package.private, package.repository-url as npm
// publishes it (empty when there is none), provenance.requested, and the host of
// publishConfig.registry. It speaks of this package only: a manifest belongs to
// an incident when the names agree. The version is left out, since many
// workflows set it on the run.
func (p *Package) Facts() []report.Fact {
	var list []report.Fact
	state := func(id string, f Field) { list = stated(list, p.Path, id, f) }
	always := func(id string, f Field, absent string) {
		if !f.Given() {
			list = append(list, report.Fact{ID: id, Value: absent, Origin: report.FromPackage, Where: p.Path})
		}
		state(id, f)
	}
	state(facts.PackageName, p.Name)
	if p.Name.Given() {
		state(facts.PackageScoped, Field{fmt.Sprint(strings.HasPrefix(p.Name.Value, "@")), p.Name.Line})
	}
	always(facts.PackagePrivate, p.Private, "false")
	url := p.Repository.URL
	url.Value = repo.Normalize(url.Value)
	always(facts.PackageRepositoryURL, url, "")
	state(facts.ProvenanceRequested, p.PublishConfig.Provenance)
	if host := hostOf(p.PublishConfig.Registry.Value); host != "" {
		state(facts.RegistryHost, Field{host, p.PublishConfig.Registry.Line})
	}
	return list
}

// stated adds what a field says to the facts of a file, if it is given.
func stated(list []report.Fact, path, id string, f Field) []report.Fact {
	if !f.Given() {
		return list
	}
	return append(list, report.Fact{ID: id, Value: f.Value, Origin: report.FromPackage, Where: fmt.Sprintf("%s:%d", path, f.Line)})
}

// hostOf is the host of a registry's URL, or "".
func hostOf(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return strings.ToLower(host)
}

// Npmrc is what an .npmrc says that bears on publishing.
type Npmrc struct {
	Path string
	// Tokens are the _authToken lines. Their Value is the variable that the line
	// refers to, "NODE_AUTH_TOKEN", or "" for a token written out.
	Tokens []Field
	// Provenance is `provenance=`, "true" or "false".
	Provenance Field
}

// ReadNpmrc reads an .npmrc. Lines that are no `key=value` are passed over, as
// npm does.
//
// Source: https://docs.npmjs.com/cli/v11/configuring-npm/npmrc
func ReadNpmrc(path string, src []byte) *Npmrc {
	n := &Npmrc{Path: path}
	line := 0
	for text := range strings.SplitSeq(strings.TrimPrefix(string(src), "\ufeff"), "\n") {
		line++
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, ";") || strings.HasPrefix(text, "#") {
			continue
		}
		if key, value, ok := strings.Cut(text, "="); ok {
			n.set(strings.TrimSpace(key), Field{unquote(strings.TrimSpace(value)), line})
		}
	}
	return n
}

func (n *Npmrc) set(key string, f Field) {
	switch {
	case key == "_authToken" || strings.HasSuffix(key, ":_authToken"):
		n.Tokens = append(n.Tokens, Field{variable(f.Value), f.Line})
	case key == "provenance" && (f.Value == "true" || f.Value == "false"):
		n.Provenance = f
	}
}

// unquote takes the quotes off a value that has a pair of them.
func unquote(text string) string {
	if len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		return text[1 : len(text)-1]
	}
	return text
}

// variable is the NAME of "${NAME}" or "${NAME?}", or "".
func variable(text string) string {
	name, opened := strings.CutPrefix(text, "${")
	name, closed := strings.CutSuffix(name, "}")
	if !opened || !closed || strings.Contains(name, "$") {
		return ""
	}
	return strings.TrimSuffix(name, "?")
}

// Facts states npmrc.token, at the first line that has one, and provenance.requested.
func (n *Npmrc) Facts() []report.Fact {
	var list []report.Fact
	if len(n.Tokens) > 0 {
		list = stated(list, n.Path, facts.NpmrcToken, Field{"true", n.Tokens[0].Line})
	}
	return stated(list, n.Path, facts.ProvenanceRequested, n.Provenance)
}

// Lockfiles are the files in which package managers write down what they installed.
var Lockfiles = []string{"package-lock.json", "pnpm-lock.yaml", "yarn.lock", "npm-shrinkwrap.json", "bun.lock"}

// entryLines is how many lines of a lockfile's entry are searched for its version.
const entryLines = 4

var (
	// "node_modules/lerna": {     "lerna": {     lerna@^8.0.0:     "lerna@npm:^8.0.0":
	opens = lazy.Regexp(`^\s*"?(?:node_modules/)?(@?[^@"\s:]+)(?:@[^"]*)?"?(?:, .*)?: ?\{?$`)
	// /lerna@8.1.2:     lerna@8.1.2(typanion@3.14.0):     /lerna/8.1.2:     "lerna": ["lerna@8.1.2",
	inside = lazy.Regexp(`^\s*(?:"[^"]*": \[")?['/]*(@?[\w./-]+)[@/](\d+\.\d+\.\d+[\w.+-]*)`)
	given  = lazy.Regexp(`^\s*"?version"?:? "?(\d+\.\d+\.\d+[\w.+-]*)`)
)

// LockedVersion is the version of a package that a lockfile has, and its line;
// empty where it has none, or several.
//
// Source: the formats of package-lock.json 1 to 3, pnpm-lock.yaml 5 to 9,
// yarn.lock 1 to 8 and bun.lock 1
func LockedVersion(src []byte, name string) Field {
	var found Field
	line, left := 0, 0
	for text := range strings.SplitSeq(string(src), "\n") {
		line++
		if left--; strings.Contains(text, name) && len(text) < maxLine {
			text = strings.TrimRight(text, "\r")
			if m := inside().FindStringSubmatch(text); m != nil && m[1] == name && !found.take(m[2], line) {
				return Field{}
			}
			if m := opens().FindStringSubmatch(text); m != nil && m[1] == name {
				left = entryLines
			}
		}
		if left > 0 && left < entryLines {
			if m := given().FindStringSubmatch(text); m != nil {
				if left = 0; !found.take(m[1], line) {
					return Field{}
				}
			}
		}
	}
	return found
}

// maxLine bounds the lines that are looked at, in bytes.
const maxLine = 1000

// take keeps the first value, and tells whether the next ones are the same.
func (f *Field) take(value string, line int) bool {
	if !f.Given() {
		*f = Field{value, line}
	}
	return f.Value == value
}

// ManagerVersion is the version in a package.json's packageManager, "pnpm@10.12.4".
func (p *Package) ManagerVersion(manager string) Field {
	v := p.text(p.root.get("packageManager"))
	name, version, _ := strings.Cut(v.Value, "@")
	version, _, _ = strings.Cut(version, "+")
	if name != manager || version == "" {
		return Field{}
	}
	return Field{version, v.Line}
}
