package document

import (
	"strings"
	"testing"
)

func TestTextIsReadAsBlocks(t *testing.T) {
	text := Text{"First line\nof it.\n\n- item one\n  goes on\n- ::error::two\n\nOrganization or user | acme\nRepository | widget\n\n    npm view x\n"}
	want := `  First line of it.

  - item one goes on
  - : :error::two

  Organization or user  acme
  Repository            widget

    npm view x
`
	if got := (Document{{Body: text}}).Terminal(TerminalOptions{Width: 60}); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  string
	}{
		{"one  two\nthree", 9, "one two\nthree"},
		{"use --loglevel verbose", 9, "use\n--logleve\nl verbose"},
		{"日本語 日本語", 8, "日本語\n日本語"},
		{"שלום עולם", 8, "שלום\nעולם"},
		{"", 8, ""},
		{"abcdefgh::error", 8, "abcdefgh\n: :error"},
	} {
		if got := strings.Join(wrap(strings.ReplaceAll(tt.in, "\n", " "), tt.width), "\n"); got != tt.want {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

func TestMiddle(t *testing.T) {
	for in, want := range map[string]string{
		"short":                "short",
		"0123456789abcdefghij": "0123456…hij",
		"日本語日本語日本語":            "日本語…語",
	} {
		got := middle(in, 11)
		if columns(got) > 11 || in == "short" && got != in || !strings.Contains(want, got[:3]) {
			t.Errorf("middle(%q) = %q", in, got)
		}
	}
}

// TestHeight checks that blocks of the highest rank go first, only as many as
// must, and come back where the room that is left is enough.
func TestHeight(t *testing.T) {
	d := Document{
		{Body: Text{"always"}}, {Rank: 2, Body: Text{"second"}}, {Rank: 1, Body: Text{"first"}},
		{Until: 2, Body: Text{"instead of second"}},
	}
	for height, want := range map[int]string{
		0: "  always\n  second\n  first\n",
		3: "  always\n  second\n  first\n",
		2: "  always\n  second\n",
		1: "  always\n  instead of second\n",
	} {
		if got := d.Terminal(TerminalOptions{Height: height}); got != want {
			t.Errorf("height %d: %q, want %q", height, got, want)
		}
	}
}
