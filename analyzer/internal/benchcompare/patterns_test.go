package main

import (
	"regexp"
	"testing"

	"github.com/pubmortem/pubmortem/patterns"
)

func TestOnRawLine(t *testing.T) {
	for in, want := range map[string]string{
		`404 - PUT (?P<url>\S+)`: `404 - PUT (?:[^\t\n\f\r ]+)`,
		`^npm: v?(?:\d+)$`:       `(?:^|Z )npm: v?(?:[0-9]+)$`,
		`(?:^|[^\w])npm`:         `(?:(?:^|Z )|[^0-9A-Za-z_])npm`,
		`\bid\b [\w.-]+\^`:       `(?-u:\b)id(?-u:\b) [0-9A-Za-z_.-]+\^`,
		`[\\"'^]x`:               `[\\"'^]x`,
	} {
		if got := onRawLine(in); got != want {
			t.Errorf("onRawLine(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

// What the catalog's own examples match, they match in this form as well.
func TestOutputPatterns(t *testing.T) {
	unicode := regexp.MustCompile(`\(\?-u:\\b\)`) // Go knows no other \b
	cat := patterns.Builtin()
	for i := range cat.Symptoms {
		for j := range cat.Symptoms[i].Match {
			m := &cat.Symptoms[i].Match[j]
			if m.Regex == "" || !everywhere(m) {
				continue
			}
			re, err := regexp.Compile("(?i)" + unicode.ReplaceAllLiteralString(onRawLine(m.Regex), `\b`))
			if err != nil {
				t.Errorf("%s: %v", m.Pos, err)
				continue
			}
			for _, line := range m.Examples {
				if !re.MatchString("2026-11-23T03:36:47.2350370Z " + line) {
					t.Errorf("%s: %s does not match %q", m.Pos, re, line)
				}
			}
		}
	}
}
