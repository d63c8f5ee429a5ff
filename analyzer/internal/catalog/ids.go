package catalog

import (
	"strconv"
	"strings"
)

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
