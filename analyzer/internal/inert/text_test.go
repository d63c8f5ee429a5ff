package inert

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "npm error code E404", "npm error code E404"},
		{"unicode stays", "🦋 Füße → 日本", "🦋 Füße → 日本"},
		{"colour", "\x1b[31mnpm\x1b[0m \x1b[1;38;5;9merror\x1b[m", "npm error"},
		{"private CSI", "a\x1b[?25lb\x1b[>4;2mc", "abc"},
		{"cut CSI", "a\x1b[31", "a"},
		{"lone ESC", "a\x1b", "a"},
		{"two-byte escape", "a\x1bcb\x1b(Bc", "abc"},
		{"title by BEL", "raw \x1b]0;evil\alog", "raw log"},
		{"title by ST", "raw \x1b]0;evil\x1b\\log", "raw log"},
		{"link keeps its text", "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\", "here"},
		{"open OSC hides nothing", "\x1b]0;npm error code E404", "0;npm error code E404"},
		{"DCS", "a\x1bPq#0;2\x1b\\b", "ab"},
		{"C1 CSI as UTF-8", "a\u009b31mb", "ab"},
		{"C1 CSI as byte", "a\x9b31mb", "ab"},
		{"C1 OSC and ST", "a\u009d0;evil\u009cb", "ab"},
		{"C1 bytes inside letters stay", "\u045b ћ", "ћ ћ"},
		{"caret colour", "^[[36;1mnpm publish^[[0m", "npm publish"},
		{"caret title", "^[]0;evil^Glog", "log"},
		{"regular expression stays", "^[[A-Z]+$ ^[[0-9]", "^[[A-Z]+$ ^[[0-9]"},
		{"controls", "a\x00b\bc\x7fd\u0080e", "abcde"},
		{"tab", "a\tb", "a b"},
		{"line breaks", "a\r\n\r\nb\rc\u2028d\u0085e", "a b c d e"},
		{"zero width", "n\u200bp\u200dm\ufeff \u00adx", "npm x"},
		{"bidi", "\u202egnp.exe\u2066\u2069", "gnp.exe"},
		{"variation selector", "⚠\ufe0f", "⚠"},
		{"stacked marks", "Z" + strings.Repeat("\u0336", 9) + "!", "Z\u0336\u0336\u0336!"},
		{"invalid UTF-8", "a\xffb\xc3", "a\ufffdb\ufffd"},
		{"bytes do not join", "\xc2\x1b[m\x9bx", "\ufffd\ufffdx"},
		{"old command", "x ##[error]boom", "x #[error]boom"},
		{"old command, more hashes", "####[group]", "#[group]"},
		{"old command behind an escape", "#\x1b[0m#[error]", "#[error]"},
		{"old command behind a zero width", "#\u200b#[error]", "#[error]"},
		{"command", "::error::boom", ": :error::boom"},
		{"command after blanks", " \u00a0\t::stop-commands::x", " \u00a0 : :stop-commands::x"},
		{"command behind an escape", "\x1b[0m::error::", ": :error::"},
		{"colons inside stay", "std::vector ::x", "std::vector ::x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text(tt.in); got != tt.want {
				t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestQuoteFindsSplitTokens(t *testing.T) {
	const in = "token npm_AbCd\x1b[0mEfGh1234\u200b5678IjKlMnOpQrStUvWxYz12"
	if got, want := Quote(in), "token npm_***"; got != want {
		t.Errorf("Quote(%q) = %q, want %q", in, got, want)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"npm error code E404", "\x1b[31m##[error]\x1b[0m", "\x1b]0;x\x07::error::y", "#\u200b#[x", "\t::add-mask::x",
		"\xc2\x1b[m\x9b31m", "^[[^[[0m31m", "^[[^[[m0", "^[[^[[m0", "a\u009d\x9c\xe2\x9c\x9c", "Z\u0336\u0336\u0336\u0336\u0336", "###[", "\u2028::",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		checkInert(t, got)
		if again := breakCommands(printable(got)); again != got {
			t.Errorf("not stable: %q, then %q", got, again)
		}
		checkInert(t, Quote(s))
	})
}

// checkInert fails when s could do anything to a terminal or a runner.
func checkInert(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("invalid UTF-8: %q", s)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cc, r) || isBreak(r) || Hidden(r) }) {
		t.Errorf("controls survive: %q", s)
	}
	if strings.Contains(s, "##[") || strings.HasPrefix(strings.TrimSpace(s), "::") {
		t.Errorf("a workflow command survives: %q", s)
	}
}
