package catalog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// AppendTo adds entries to the text of a catalog file and keeps all else as it
// is, comments too. Both texts hold lists under top-level keys, each list with
// an item a line; the entries' items go to the end of the list of the same
// name, or the list to the end of the file.
func AppendTo(file, entries string) (string, error) {
	lines := splitLines(file)
	for _, section := range sections(entries) {
		var err error
		if lines, err = insert(lines, section); err != nil {
			return "", err
		}
	}
	text := strings.Join(lines, "\n") + "\n"
	if tree, err := yamltree.Parse([]byte(text)); err != nil || tree.Alias != nil || tree.Second != nil {
		return "", errors.New("the file is not YAML that can be added to")
	}
	return text, nil
}

// splitLines are the lines of a text without blank ones at its end.
func splitLines(text string) []string {
	text = strings.TrimRight(text, "\r\n \t")
	if text == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

// section is a top-level key with the lines of its list.
type section struct {
	key   string
	items []string
}

// sections splits a text at its top-level keys.
func sections(text string) []section {
	var all []section
	for _, line := range splitLines(text) {
		if key, ok := topKey(line); ok {
			all = append(all, section{key: key})
		} else if n := len(all); n > 0 {
			all[n-1].items = append(all[n-1].items, line)
		}
	}
	for i := range all {
		all[i].items = trimBlank(all[i].items)
	}
	return all
}

// topKey is the key of a line such as "rows:" that starts a list.
func topKey(line string) (string, bool) {
	key, rest, ok := strings.Cut(line, ":")
	rest, _, _ = strings.Cut(rest, "#")
	return key, ok && isKebab(key) && strings.TrimSpace(rest) == ""
}

func trimBlank(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// insert adds a section's items to the lines of a file.
func insert(lines []string, s section) ([]string, error) {
	start := -1
	for i, line := range lines {
		if key, ok := topKey(line); ok && key == s.key {
			start = i
		} else if strings.HasPrefix(line, s.key+":") {
			return nil, fmt.Errorf("line %d: %q is not written as a list with an item a line", i+1, s.key)
		}
	}
	if start < 0 {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		return append(append(lines, s.key+":"), s.items...), nil
	}
	end, indent := start+1, "  "
	for i := start + 1; i < len(lines) && isInside(lines[i]); i++ {
		if text := strings.TrimLeft(lines[i], " "); end == start+1 && strings.HasPrefix(text, "- ") {
			indent = lines[i][:len(lines[i])-len(text)]
		}
		if strings.TrimSpace(lines[i]) != "" && lines[i][0] != '#' {
			end = i + 1
		}
	}
	items := reindent(s.items, indent)
	if end > start+1 {
		items = append([]string{""}, items...)
	}
	return append(lines[:end:end], append(items, lines[end:]...)...), nil
}

// isInside tells whether a line belongs to the list above it.
func isInside(line string) bool {
	return line == "" || line[0] == ' ' || line[0] == '#' || strings.HasPrefix(line, "- ")
}

// reindent gives lines that are indented by two blanks another indentation.
func reindent(lines []string, indent string) []string {
	var all []string
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "  "); ok {
			line = indent + rest
		}
		all = append(all, line)
	}
	return all
}
