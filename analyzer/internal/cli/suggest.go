package cli

import (
	"slices"
	"strings"
)

// suggest adds to a sentence which of the known words was probably meant, if
// one is near.
func suggest(sentence, word string, known []string) string {
	if best, ok := nearest(word, known); ok {
		return sentence + "; did you mean " + best + "?"
	}
	return sentence
}

// nearest is the known word that takes the fewest edits to reach, unless it
// takes more than a third of the word. A known word that the word begins or
// ends comes next.
func nearest(word string, known []string) (string, bool) {
	word = strings.ToLower(word)
	best, most := "", len(word)/3+1
	for _, candidate := range known {
		if d := distance(word, strings.ToLower(candidate)); d < most {
			best, most = candidate, d
		}
	}
	if best != "" || len(word) < 4 {
		return best, best != ""
	}
	i := slices.IndexFunc(known, func(s string) bool {
		return strings.HasPrefix(s, word) || strings.HasSuffix(s, word)
	})
	if i < 0 {
		return "", false
	}
	return known[i], true
}

// distance counts the edits that turn a into b: a letter more, less or other,
// or two neighbours swapped.
func distance(a, b string) int {
	var before []int
	last := ascending(len(b) + 1)
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+differs(a[i], b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

func differs(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}

func ascending(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}
