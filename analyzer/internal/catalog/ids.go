package catalog

import "github.com/pubmortem/pubmortem/patterns"

import "strings"

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
