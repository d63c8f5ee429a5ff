package inert

import (
	"strings"
	"unicode/utf8"
)

// The 8-bit forms of the escape sequences, ECMA-48 section 5.3.
const (
	c1DCS = 0x90
	c1SOS = 0x98
	c1CSI = 0x9b
	c1ST  = 0x9c
	c1OSC = 0x9d
	c1PM  = 0x9e
	c1APC = 0x9f
)

// escapeLen is the number of bytes of the escape sequence that s begins with,
// or 0 when it begins with something else.
func escapeLen(s string) int {
	if strings.HasPrefix(s, "\x1b") {
		return 1 + sequenceLen(s[1:])
	}
	c, size := c1(s)
	switch c {
	case 0:
		return 0
	case c1CSI:
		return size + controlLen(s[size:])
	case c1DCS, c1SOS, c1OSC, c1PM, c1APC:
		return size + stringLen(s[size:])
	}
	return 0
}

// c1 is the 8-bit control that s begins with and its size in bytes: encoded as
// UTF-8, or a byte by itself that is no part of a character.
func c1(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		r = rune(s[0])
	}
	if r < 0x80 || r > 0x9f {
		return 0, 0
	}
	return r, size
}

// sequenceLen is the length of what belongs to an ESC right before s.
func sequenceLen(s string) int {
	if s == "" {
		return 0
	}
	switch s[0] {
	case '[':
		return 1 + controlLen(s[1:])
	case ']', 'P', 'X', '^', '_':
		return 1 + stringLen(s[1:])
	}
	n := span(s, ' ', '/')
	if n < len(s) && s[n] >= '0' && s[n] <= '~' {
		n++
	}
	return n
}

// controlLen is the length of a control sequence's parameters, intermediates
// and final byte, as far as they are there.
func controlLen(s string) int {
	n := span(s, '0', '?')
	n += span(s[n:], ' ', '/')
	if n < len(s) && s[n] >= '@' && s[n] <= '~' {
		n++
	}
	return n
}

// maxString bounds the search for the end of a control string, in bytes.
const maxString = 4096

// stringLen is the length of a control string with its terminator. A string
// without one counts as empty: its text stays visible and does no harm, and
// nobody can hide the rest of a line behind it.
func stringLen(s string) int {
	s = s[:min(len(s), maxString)]
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		c, _ := c1(s[i:])
		switch {
		case r == '\a' || c == c1ST:
			return i + size
		case strings.HasPrefix(s[i:], "\x1b\\"):
			return i + 2
		case r == '\n' || r == '\x1b':
			return 0
		}
		i += size
	}
	return 0
}

// span counts the leading bytes of s between lo and hi.
func span(s string, lo, hi byte) int {
	n := 0
	for n < len(s) && s[n] >= lo && s[n] <= hi {
		n++
	}
	return n
}
