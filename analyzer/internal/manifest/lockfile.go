package manifest

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
)

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
