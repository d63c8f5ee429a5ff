package document

import (
	"strings"
	"testing"
)

func TestProse(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Grant id-token: write (see docs).", "Grant id-token: write (see docs)."},
		{"names", "Set NODE_AUTH_TOKEN of @acme/widget, then publish.", "Set `NODE_AUTH_TOKEN` of `@acme/widget`, then publish."},
		{"code stays code", "Run `npm publish --provenance` again.", "Run `npm publish --provenance` again."},
		{"code is trimmed", "Run ` npm ` again", "Run `npm` again"},
		{"code in code", "``a`b``", "``a`b``"},
		{"backtick", "a ` b", "a `` ` `` b"},
		{"spans do not join", "`a`@b", "`a` `@b`"},
		{"operators", "npm < 11 & node >= 24", `npm \< 11 \& node \>\= 24`},
		{"list", "- one", `\- one`},
		{"number", "1. one 2. two", "`1.` one 2. two"},
		{"rule", "***", `\*\*\*`},
		{"brackets", "([x](y)),", "(`[x](y`)),"},
		{"address", "Open https://example.com/a_b.", "Open `https://example.com/a_b`."},
		{"commit", "at 4f0c2d7 or feedback", "at `4f0c2d7` or feedback"},
		{"issue", "GH-12, acme/widget#1", "`GH-12`, `acme/widget#1`"},
		{"emoji", ":tada: a:b", "`:tada`: a:b"},
		{"blanks", " a \u00a0 b\n", "a b"},
		{"only colons", "a ::", "a `::`"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := prose(tt.in); got != tt.want {
				t.Errorf("prose(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"a | b":       "a `\\|` b",
		"`x | y`":     "`x \\| y`",
		`a\|b`:        "`a\\│b`",
		"npm >= 11.5": `npm \>\= 11.5`,
	} {
		if got := cell(in); got != want {
			t.Errorf("cell(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestName(t *testing.T) {
	for in, want := range map[string]string{
		"":             "",
		"publish":      "`publish`",
		"a`b":          "``a`b``",
		"`":            "`` ` ``",
		"build\x1b[2J": "`build`",
	} {
		if got := name(in); got != want {
			t.Errorf("name(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFence(t *testing.T) {
	tests := []struct {
		language string
		lines    []string
		want     string
	}{
		{"", []string{strings.Repeat("`", 100)}, "~~~\n" + strings.Repeat("`", maxRun) + "…\n~~~\n"},
		{"yaml", []string{"a: b"}, "```yaml\na: b\n```\n"},
		{"mermaid", []string{"a"}, "```\na\n```\n"},
		{"", []string{"```", "````"}, "~~~\n```\n````\n~~~\n"},
		{"", []string{"````", "~~~"}, "~~~~\n````\n~~~\n~~~~\n"},
		{"", []string{"```", "~~~~"}, "````\n```\n~~~~\n````\n"},
	}
	for _, tt := range tests {
		if got := fence(tt.language, tt.lines); got != tt.want {
			t.Errorf("fence(%q, %q) = %q, want %q", tt.language, tt.lines, got, tt.want)
		}
	}
}

func TestLink(t *testing.T) {
	for in, want := range map[string]string{
		"https://docs.npmjs.com/a_b#c":          "[`docs.npmjs.com/a_b#c`](https://docs.npmjs.com/a_b#c)",
		"https://github.com/npm/cli/issues/1":   "[`github.com/npm/cli/issues/1`](https://redirect.github.com/npm/cli/issues/1)",
		"https://github.com/npm/cli":            "[`github.com/npm/cli`](https://github.com/npm/cli)",
		"javascript:alert(1)":                   "`javascript:alert(1)`",
		"http://example.com/":                   "`http://example.com/`",
		"https://example.com/a)b":               "`https://example.com/a)b`",
		"https://example.com/&copy;":            "`https://example.com/&copy;`",
		"https://someone@example.com/":          "`https://***@example.com/`",
		"https://":                              "`https://`",
		"Guide, reason 3":                       "`Guide, reason 3`",
		"https://example.com/\x1b[2J?x=1&y=%20": "`https://example.com/?x=1&y=%20`",
	} {
		if got := link(in); got != want {
			t.Errorf("link(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMarkerComment(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"acme/widget_1.0":        "<!-- pubmortem: acme/widget_1.0 -->\n",
		"a --><script>\n":        "<!-- pubmortem: a-----script-- -->\n",
		strings.Repeat("é", 300): "<!-- pubmortem: " + strings.Repeat("-", 200) + " -->\n",
	} {
		if got := MarkerComment(in); got != want {
			t.Errorf("MarkerComment(%q) = %q, want %q", in, got, want)
		}
	}
}
