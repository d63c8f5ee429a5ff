// Package words turns numbers, lists and mistyped words into English for
// messages and reports.
package words

import (
	"slices"
	"strconv"
	"strings"
)

// Count is a number with its noun: "1 line", "2,048 lines", "3 entries".
func Count[N int | int64](n N, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "ry"):
		noun = strings.TrimSuffix(noun, "y") + "ies"
	case strings.HasSuffix(noun, "s"):
		noun += "es"
	default:
		noun += "s"
	}
	return Thousands(int64(n)) + " " + noun
}

// Thousands writes n with a comma between groups of three digits.
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// And is "a, b and c".
func And[S ~string](list []S) string { return enumerate(list, "and") }

// Or is "a, b or c".
func Or[S ~string](list []S) string { return enumerate(list, "or") }

func enumerate[S ~string](list []S, last string) string {
	var b strings.Builder
	for i, word := range list {
		switch {
		case i == 0:
		case i == len(list)-1:
			b.WriteString(" " + last + " ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(word))
	}
	return b.String()
}

// Mistyped is the candidate that takes the fewest edits to reach from word, and
// not more than so many; else empty. Letter case does not count.
func Mistyped[S ~string](word string, candidates []S, edits int) S {
	word = strings.ToLower(word)
	var best S
	most := edits + 1
	for _, candidate := range candidates {
		if len(candidate) >= len(word)+most || len(word) >= len(candidate)+most {
			continue
		}
		if d := distance(word, strings.ToLower(string(candidate))); d < most {
			best, most = candidate, d
		}
	}
	return best
}

// Closest is the candidate that word is mistyped for, by a third of it at most,
// else one that it begins or ends; else empty.
func Closest[S ~string](word string, candidates []S) S {
	const telling = 4 // shorter words begin or end too many others
	best, word := Mistyped(word, candidates, len(word)/3), strings.ToLower(word)
	if best != "" || len(word) < telling {
		return best
	}
	i := slices.IndexFunc(candidates, func(s S) bool {
		return strings.HasPrefix(string(s), word) || strings.HasSuffix(string(s), word)
	})
	if i < 0 {
		return ""
	}
	return candidates[i]
}

// DidYouMean adds to a sentence which of the candidates was probably meant, if
// one is close.
func DidYouMean[S ~string](sentence, word string, candidates []S) string {
	if best := Closest(word, candidates); best != "" {
		return sentence + "; did you mean " + string(best) + "?"
	}
	return sentence
}

// distance counts the single-byte edits that turn a into b: one more, one less,
// one other, or two neighbours swapped (Damerau-Levenshtein, in its restricted
// form).
func distance(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			other := last[j]
			if a[i] != b[j] {
				other++
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, other)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// Capital begins a text with a capital letter, unless it begins with a name
// that is written small.
func Capital(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if s == "" || s[0] < 'a' || s[0] > 'z' || strings.ContainsAny(first, "0123456789._/-") || slices.Contains(smallNames, strings.TrimRight(first, "'s")) {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// smallNames are what is written small at the beginning of a sentence, too.
var smallNames = []string{"npm", "pnpm", "npx", "setup-node", "semantic-release", "lerna", "changeset"}

// ShellWord quotes s where a POSIX shell would read it as more than a word, or
// a program as a flag. It may have come out of a log, and stands where people
// copy it from.
func ShellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"
	if s != "" && strings.Trim(s, plain) == "" && !strings.HasPrefix(s, "-") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
