package inert

import (
	"testing"
	"unicode/utf8"
)

func TestCut(t *testing.T) {
	tests := []struct {
		in   string
		max  int
		want string
	}{
		{"", 5, ""},
		{"abcde", 5, "abcde"},
		{"abcdef", 5, "ab…ef"},
		{"abcdef", 4, "ab…f"},
		{"abcdef", 2, "a…"},
		{"abcdef", 1, "…"},
		{"abcdef", 0, ""},
		{"abcdef", -1, ""},
		{"äöüäöü", 6, "äöüäöü"},
		{"äöüäöü", 5, "äö…öü"},
		{"日本語日本語", 3, "日…語"},
	}
	for _, tt := range tests {
		if got := Cut(tt.in, tt.max); got != tt.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.in, tt.max, got, tt.want)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("日本語 npm error", 5)
	f.Add("\xff\xfe\xc3", 2)
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := Cut(s, max)
		if n := utf8.RuneCountInString(got); n > max && n > 0 {
			t.Errorf("Cut(%q, %d) has %d runes", s, max, n)
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("Cut(%q, %d) = %q splits a rune", s, max, got)
		}
	})
}
