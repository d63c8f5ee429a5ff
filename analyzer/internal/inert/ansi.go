package inert

import (
	"bytes"
	"unicode/utf8"
)

const esc = 0x1b

// Kept says that the bytes behind At of a stripped text stood at From of the
// text with escape sequences.
type Kept struct{ At, From int }

// StripANSIKept appends src without terminal escape sequences to dst, and to
// runs where the bytes came from, for each run that was kept. From counts from
// the start of src, plus base. No sequence reaches over a line end, so that line
// counts stay the same; all other bytes stay as they are.
func StripANSIKept(dst, src []byte, runs []Kept, base int) ([]byte, []Kept) {
	for from := 0; from <= len(src); {
		at, n := nextEscape(src, from)
		if at > from {
			runs = append(runs, Kept{len(dst), base + from})
		}
		dst = append(dst, src[from:at]...)
		from = at + max(n, 1)
	}
	return dst, runs
}

// nextEscape finds the first escape sequence in src[from:] and its length; at
// is the end of src, and n 0, when there is none.
func nextEscape(src []byte, from int) (at, n int) {
	for i := from; i < len(src); i++ {
		if Introduces[src[i]] {
			if n := EscapeLen(src, i); n > 0 {
				return i, n
			}
		}
	}
	return len(src), 0
}

// Introduces tells the bytes that can start an escape sequence: ESC, the caret,
// the lead byte of a C1 control in UTF-8, and CSI as a single byte.
var Introduces = [256]bool{esc: true, '^': true, 0xc2: true, 0x9b: true}

// EscapeLen returns the length of the escape sequence at src[i], or 0. It knows
// the raw forms (ECMA-48: CSI, OSC and the other strings, two-byte escapes, the
// 8-bit introducers) and the caret forms that newer versions of gh write in
// their place (ESC as the two characters "^[", see
// https://github.com/cli/cli/pull/13561).
func EscapeLen(src []byte, i int) int {
	s := src[i:]
	switch s[0] {
	case esc:
		return escLen(s)
	case '^':
		return caretLen(s)
	case 0xc2:
		if len(s) > 1 && s[1] >= 0x80 && s[1] <= 0x9f {
			return c1Len(s)
		}
	case 0x9b:
		if !insideRune(src, i) {
			return byteCSILen(s)
		}
	}
	return 0
}

// escLen measures a sequence that starts with ESC. An incomplete one is as
// long as what there is of it.
func escLen(s []byte) int {
	if len(s) == 1 {
		return 1
	}
	switch c := s[1]; {
	case c == '[':
		return 2 + csiLen(s[2:])
	case c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_':
		return 2 + stringLen(s[2:])
	case c >= 0x20 && c <= 0x7e:
		return 1 + intermediateLen(s[1:])
	}
	return 1
}

// c1Len measures a sequence whose introducer is a C1 control in UTF-8.
func c1Len(s []byte) int {
	switch s[1] {
	case 0x9b:
		return 2 + csiLen(s[2:])
	case 0x9d, 0x90, 0x98, 0x9e, 0x9f:
		return 2 + stringLen(s[2:])
	}
	return 2
}

// csiLen measures parameters, intermediates and the final byte of a CSI.
func csiLen(s []byte) int {
	i := 0
	for i < len(s) && s[i] >= 0x30 && s[i] <= 0x3f {
		i++
	}
	for i < len(s) && s[i] >= 0x20 && s[i] <= 0x2f {
		i++
	}
	if i < len(s) && s[i] >= 0x40 && s[i] <= 0x7e {
		i++
	}
	return i
}

// intermediateLen measures "( B" and its like: intermediates and a final byte.
func intermediateLen(s []byte) int {
	i := 0
	for i < len(s) && s[i] >= 0x20 && s[i] <= 0x2f {
		i++
	}
	if i < len(s) && s[i] >= 0x30 && s[i] <= 0x7e {
		i++
	}
	return i
}

// stringLen measures the body of an OSC, DCS or like string with its
// terminator. A string that is not terminated in its line measures 0: its text
// then stays, since dropping the rest of a line could hide an error in it.
func stringLen(s []byte) int {
	for i, c := range s {
		switch {
		case c == '\a':
			return i + 1
		case c == esc:
			if i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
			return 0
		case c == 0xc2 && i+1 < len(s) && s[i+1] >= 0x80 && s[i+1] <= 0x9f:
			if s[i+1] == 0x9c {
				return i + 2
			}
			return 0
		case c == '\n':
			return 0
		}
	}
	return 0
}

// caretLen measures a sequence in caret form. It is stricter than the raw
// form, because "^[" also starts many a regular expression.
func caretLen(s []byte) int {
	if len(s) < 3 || s[1] != '[' {
		return 0
	}
	switch s[2] {
	case '[':
		return caretCSILen(s)
	case ']':
		return caretOSCLen(s)
	}
	return 0
}

func caretCSILen(s []byte) int {
	i := 3
	for i < len(s) && (isDigit(s[i]) || s[i] == ';' || s[i] == '?') {
		i++
	}
	params := i > 3
	if i == len(s) || s[i] == '\n' {
		if params {
			return i
		}
		return 0
	}
	if params && isLetter(s[i]) || bytes.IndexByte([]byte("mKJH"), s[i]) >= 0 {
		return i + 1
	}
	return 0
}

func caretOSCLen(s []byte) int {
	if len(s) < 4 || !isDigit(s[3]) {
		return 0
	}
	for i := 3; i < len(s) && s[i] != '\n'; i++ {
		if s[i] != '^' || i+1 == len(s) {
			continue
		}
		if s[i+1] == 'G' {
			return i + 2
		}
		if s[i+1] == '[' {
			if i+2 < len(s) && s[i+2] == '\\' {
				return i + 3
			}
			return 0
		}
	}
	return 0
}

// byteCSILen measures a CSI introduced by the single byte 0x9b. In text that
// is not UTF-8 that byte is a letter, so only an unmistakable form counts.
func byteCSILen(s []byte) int {
	n := csiLen(s[1:])
	if n >= 2 && isDigit(s[1]) && isLetter(s[n]) {
		return 1 + n
	}
	return 0
}

// insideRune tells whether the byte at src[i] continues a valid rune.
func insideRune(src []byte, i int) bool {
	for back := 1; back <= 3 && i-back >= 0; back++ {
		if utf8.RuneStart(src[i-back]) {
			_, size := utf8.DecodeRune(src[i-back:])
			return size > back
		}
	}
	return false
}

func isDigit(c byte) bool {
	return c >= '0' && c <= '9'
}

func isLetter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z'
}
