package render

import (
	"slices"
	"testing"
)

func TestWrap(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  []string
	}{
		{"", 20, nil},
		{" \t ", 20, nil},
		{"one two  three", 20, []string{"one two three"}},
		{"one two three", 9, []string{"one two", "three"}},
		{"a verylongword b", 10, []string{"a", "verylongwo", "rd b"}},
		{"https://example.com/some/path", 24, []string{"https://example.com/", "some/path"}},
		{"日本語日本語", 8, []string{"日本語日", "本語"}},
		{"x ::error::y", 10, []string{"x", ": :error::", "y"}},
		{"aaaaaaaa::error", 8, []string{"aaaaaaaa", ": :error"}},
	}
	for _, tt := range tests {
		if got := wrap(tt.in, tt.width); !slices.Equal(got, tt.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  string
	}{
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abc…fg"},
		{"日本語日本語", 7, "日本…語"},
	} {
		if got := clip(tt.in, tt.width); got != tt.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  string
	}{
		{"one two three", 13, "one two three"},
		{"one two three", 12, "one two …"},
		{"Open https://example.com/a", 20, "Open https:// …"},
		{"日本語日本語", 8, "日本語 …"},
	} {
		if got := shorten(tt.in, tt.width); got != tt.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -999: "-999"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestFirstLines(t *testing.T) {
	tests := []struct {
		in   string
		n    int
		want []string
	}{
		{"", 2, nil},
		{"one two", 2, []string{"one two"}},
		{"one two three four", 2, []string{"one two", "three four"}},
		{"one two three four five", 2, []string{"one two", "three fo …"}},
		{"one two three four five", 1, []string{"one two …"}},
	}
	for _, tt := range tests {
		if got := firstLines(tt.in, tt.n, 10); !slices.Equal(got, tt.want) {
			t.Errorf("firstLines(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
