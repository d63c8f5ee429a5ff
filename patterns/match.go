package patterns

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
)

// MatchText tells whether a matcher holds for one line of text, and what its
// regex captures (named groups that took part; nil without a regex): blanks are
// collapsed, the literal must occur whatever its case, then the regex must
// match. Part of the log and time stamps are not its subject. A regex that does
// not compile never matches.
func MatchText(m *Matcher, text string) (map[string]string, bool) {
	text = Collapse(text)
	if !strings.Contains(Lower(text), Lower(m.Literal)) {
		return nil, false
	}
	at, groups := m.FindRegex(text)
	if m.Regex == "" || at == nil {
		return nil, at != nil
	}
	captures := map[string]string{}
	for i, name := range groups {
		if name != "" && at[2*i] >= 0 {
			captures[name] = text[at[2*i]:at[2*i+1]]
		}
	}
	return captures, true
}

// FindRegex is where the regex matches a collapsed line that holds the literal,
// as regexp's FindStringSubmatchIndex gives it, and the names of its groups.
// Without a regex the whole line matches.
func (m *Matcher) FindRegex(line string) (at []int, groups []string) {
	if m.Regex == "" {
		return []int{0, len(line)}, nil
	}
	re, err := Compile(m.Regex)
	if err != nil {
		return nil, nil
	}
	return re.FindStringSubmatchIndex(line), re.SubexpNames()
}

// Collapse trims s and makes each run of blanks, tabs and line ends one blank.
// It returns s itself when there is nothing to do.
func Collapse(s string) string {
	s = strings.Trim(s, " \t\n")
	if !strings.Contains(s, "  ") && strings.IndexByte(s, '\t') < 0 && strings.IndexByte(s, '\n') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		if c == '\t' || c == '\n' {
			c = ' '
		}
		if c != ' ' || b[len(b)-1] != ' ' {
			b = append(b, c)
		}
	}
	return string(b)
}

// Lower lowers ASCII letters only, so that offsets stay.
func Lower(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; 'A' <= c && c <= 'Z' {
					b[i] = c | 0x20
				}
			}
			return string(b)
		}
	}
	return s
}

// FactValue is the value that a fact's matcher reads, given what it captured:
// Value, else the capture "value", passed through Map in lower case. ok is
// false when there is none.
func (m *Matcher) FactValue(captures map[string]string) (value string, ok bool) {
	if m.Value != "" {
		return m.Value, true
	}
	value, ok = captures["value"]
	if mapped, found := m.Map[strings.ToLower(value)]; found {
		return mapped, true
	}
	return value, ok
}

// compiled caches regular expressions by source.
var compiled sync.Map // string → compilation

type compilation struct {
	re  *regexp.Regexp
	err error
}

// Compile compiles a matcher's regex, which ignores letter case. Results are
// cached. The error says what is wrong and quotes the part.
func Compile(regex string) (*regexp.Regexp, error) {
	if c, ok := compiled.Load(regex); ok {
		return c.(compilation).re, c.(compilation).err
	}
	re, err := regexp.Compile("(?i)" + regex)
	var syntaxErr *syntax.Error
	if errors.As(err, &syntaxErr) && strings.HasPrefix(syntaxErr.Expr, "(?i)") {
		syntaxErr.Expr = regex
	}
	compiled.Store(regex, compilation{re, err})
	return re, err
}

// Placeholder is a quoted fact or capture in a text: ${name} or ${name|fallback}.
type Placeholder struct {
	Name     string
	Fallback string // what to say when the name is unknown
	Start    int    // byte offsets of the whole placeholder in the text
	End      int
}

// Placeholders finds the placeholders of a text. Names are lower-case; GitHub's
// ${{ secrets.NAME }} and shell's ${NAME} are ordinary text.
func Placeholders(text string) []Placeholder {
	var found []Placeholder
	for at := 0; ; {
		start := strings.Index(text[at:], "${")
		if start < 0 {
			return found
		}
		start += at
		length := strings.IndexByte(text[start:], '}')
		if length < 0 {
			return found
		}
		at = start + 2
		name, fallback, _ := strings.Cut(text[at:start+length], "|")
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			continue
		}
		at = start + length + 1
		found = append(found, Placeholder{Name: name, Fallback: fallback, Start: start, End: at})
	}
}

// Expand replaces every placeholder by what value says, or by its fallback when
// value does not know the name.
func Expand(text string, value func(name string) (string, bool)) string {
	var b strings.Builder
	at := 0
	for _, p := range Placeholders(text) {
		b.WriteString(text[at:p.Start])
		if s, ok := value(p.Name); ok {
			b.WriteString(s)
		} else {
			b.WriteString(p.Fallback)
		}
		at = p.End
	}
	b.WriteString(text[at:])
	return b.String()
}
