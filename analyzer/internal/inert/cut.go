package inert

import "unicode/utf8"

// ellipsis stands where Cut took something out.
const ellipsis = "…"

// Cut shortens s to at most max runes by replacing its middle with "…": error
// lines say what happened at their start and where at their end. It never
// splits a rune. A max below 1 yields the empty string.
func Cut(s string, max int) string {
	if max < 1 {
		return ""
	}
	// Bytes are never fewer than runes.
	if len(s) <= max || utf8.RuneCountInString(s) <= max {
		return s
	}
	head := max / 2
	tail := max - 1 - head
	return s[:runesLen(s, head)] + ellipsis + s[len(s)-lastRunesLen(s, tail):]
}

// runesLen is the number of bytes of the first n runes of s.
func runesLen(s string, n int) int {
	size := 0
	for range n {
		_, w := utf8.DecodeRuneInString(s[size:])
		size += w
	}
	return size
}

// lastRunesLen is the number of bytes of the last n runes of s.
func lastRunesLen(s string, n int) int {
	size := 0
	for range n {
		_, w := utf8.DecodeLastRuneInString(s[:len(s)-size])
		size += w
	}
	return size
}
