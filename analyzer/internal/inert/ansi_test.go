package inert

import (
	"strings"
	"testing"
)

func TestStripANSI(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"none", "npm error\n", "npm error\n"},
		{"SGR", "a\x1b[31mb\x1b[0mc", "abc"},
		{"SGR with colons", "a\x1b[38:2::1:2:3mb", "ab"},
		{"cursor", "a\x1b[2K\x1b[1Gb", "ab"},
		{"private", "a\x1b[?25lb", "ab"},
		{"charset", "a\x1b(Bb", "ab"},
		{"two bytes", "a\x1b7b\x1bcc", "abc"},
		{"OSC with BEL", "a\x1b]0;title\ab", "ab"},
		{"OSC with ST", "a\x1b]0;title\x1b\\b", "ab"},
		{"OSC with 8-bit ST", "a\x1b]0;title\u009cb", "ab"},
		{"OSC without end keeps the text", "a\x1b]0;npm error\nb", "a0;npm error\nb"},
		{"DCS", "a\x1bP1;2q\x1b\\b", "ab"},
		{"8-bit CSI", "a\u009b31mb", "ab"},
		{"8-bit OSC", "a\u009d0;x\u009cb", "ab"},
		{"byte CSI", "a\x9b31mb", "ab"},
		{"Latin-1 quote", "a \x9btext", "a \x9btext"},
		{"emoji with 9b and 9f", "\U0001f99b31m 🦋", "\U0001f99b31m 🦋"},
		{"incomplete at line end", "a\x1b[31\nb", "a\nb"},
		{"incomplete at end", "a\x1b", "a"},
		{"ESC before line end", "a\x1b\nb", "a\nb"},
		{"ESC twice", "a\x1b\x1b[31mb", "ab"},
		{"caret SGR", "a^[[36;1mb^[[0mc^[[md", "abcd"},
		{"caret erase", "a^[[2Kb^[[Kc", "abc"},
		{"caret OSC", "a^[]0;x^Gb^[]8;;u^[\\c", "abc"},
		{"caret incomplete", "a^[[36;1", "a"},
		{"regular expressions", "^[a-z] ^[[:alpha:]] ^[[0-9] ^[[A-Z] ^[] ^", "^[a-z] ^[[:alpha:]] ^[[0-9] ^[[A-Z] ^[] ^"},
		{"other bytes stay", "a\x00\x07\xff\tb", "a\x00\x07\xff\tb"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(strip(nil, []byte(test.src))); got != test.want {
				t.Errorf("strip(%q) = %q, want %q", test.src, got, test.want)
			}
			if got := string(strip([]byte("kept "), []byte(test.src))); got != "kept "+test.want {
				t.Errorf("StripANSI does not append: %q", got)
			}
		})
	}
}

func BenchmarkStripANSI(b *testing.B) {
	lines := map[string]string{
		"plain":    "2026-11-23T03:36:32.7370184Z" + " npm notice 1.2kB README.md\n",
		"coloured": "2026-11-23T03:36:32.7370184Z" + " \x1b[36;1mnpm publish --provenance\x1b[0m\n",
		"caret":    "2026-11-23T03:36:32.7370184Z" + " ^[[36;1mnpm publish --provenance^[[0m\n",
	}
	for name, line := range lines {
		b.Run(name, func(b *testing.B) {
			block := []byte(strings.Repeat(line, 1000))
			var dst []byte
			b.SetBytes(int64(len(block)))
			b.ReportAllocs()
			for b.Loop() {
				dst = strip(dst[:0], block)
			}
		})
	}
}

func strip(dst, src []byte) []byte {
	dst, _ = StripANSIKept(dst, src, nil, 0)
	return dst
}
