package patterns

import "strings"

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
		if !isPlaceholderName(name) {
			continue
		}
		at = start + length + 1
		found = append(found, Placeholder{Name: name, Fallback: fallback, Start: start, End: at})
	}
}

func isPlaceholderName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == ""
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
