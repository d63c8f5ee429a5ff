package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/patterns"
)

// pattern is a matcher of the catalog in the form that grep programs take.
type pattern struct{ literal, regex string }

// outputPatterns are the matchers that look for what programs print, wherever
// in a log. Those with shorter literals are tried only near a publish.
func outputPatterns(cat *patterns.Catalog) []pattern {
	var list []pattern
	add := func(m *patterns.Matcher) {
		if !everywhere(m) {
			return
		}
		p := pattern{m.Literal, regexp.QuoteMeta(m.Literal)}
		if m.Regex != "" {
			p.regex = onRawLine(m.Regex)
		}
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	for i := range cat.Symptoms {
		for j := range cat.Symptoms[i].Match {
			add(&cat.Symptoms[i].Match[j])
		}
	}
	for i := range cat.Facts {
		for j := range cat.Facts[i].From {
			add(&cat.Facts[i].From[j])
		}
	}
	return list
}

func everywhere(m *patterns.Matcher) bool {
	switch m.In {
	case "", patterns.InOutput, patterns.InAny:
		return len(m.Literal) >= filter.MinLen
	}
	return false
}

// start is where the text of a line of a job's log begins: behind its time
// stamp.
const start = `(?:^|Z )`

// ascii are Go's classes as ripgrep has to be told them: to it they are those
// of Unicode, with which its fast automaton gives up at the first check mark.
var ascii = map[byte]struct{ alone, inClass string }{
	'b': {alone: `(?-u:\b)`},
	'w': {alone: `[0-9A-Za-z_]`, inClass: `0-9A-Za-z_`},
	'W': {alone: `[^0-9A-Za-z_]`},
	'd': {alone: `[0-9]`, inClass: `0-9`},
	's': {alone: `[\t\n\f\r ]`, inClass: `\t\n\f\r `},
	'S': {alone: `[^\t\n\f\r ]`},
}

// groupName is how a group of a matcher gets its name.
var groupName = regexp.MustCompile(`\(\?P<\w+>`)

// onRawLine is a matcher's regex for ripgrep and for lines as they stand in a
// file. Names of groups, of which a list of patterns may have none twice, go.
func onRawLine(regex string) string {
	regex = groupName.ReplaceAllString(regex, "(?:")
	var out strings.Builder
	class := false
	for i := 0; i < len(regex); i++ {
		part := regex[i : i+1]
		switch {
		case part == `\` && i+1 < len(regex):
			part = escaped(regex[i:i+2], class)
			i++
		case part == "[" && !class:
			class = true
			if strings.HasPrefix(regex[i:], "[^") {
				part = "[^"
				i++
			}
		case part == "]":
			class = false
		case part == "^" && !class:
			part = start
		}
		out.WriteString(part)
	}
	return out.String()
}

func escaped(text string, class bool) string {
	as := ascii[text[1]]
	switch {
	case class && as.inClass != "":
		return as.inClass
	case !class && as.alone != "":
		return as.alone
	}
	return text
}
