package filter

import "strings"

// common lists byte pairs in the order of how often job logs hold them:
// build output, paths, package names, time stamps and npm's own notices.
// Only the order matters, and only roughly: it steers the choice of windows.
const common = "202620:0.00 Z  n- npm npodtinontereesthe atinenorstioanaedisalarouit/n/mod_mule" +
	"secoreldeiongpackage/ho/runner/wokk/nodemodules.js.ts @ac a t o s f http://"

// rarestWindow is the offset of the window of MinLen bytes of lit whose
// q-grams are expected to be the rarest in logs.
func rarestWindow(lit []byte) int {
	best, bestScore := 0, -1
	for w := 0; w+MinLen <= len(lit); w++ {
		score := worstGram(lit[w : w+MinLen])
		if score > bestScore {
			best, bestScore = w, score
		}
	}
	return best
}

// worstGram is the rarity of the most common q-gram of a window: one common
// q-gram spoils it.
func worstGram(window []byte) int {
	worst := 1 << 30
	for i := 0; i+gram <= len(window); i++ {
		worst = min(worst, rarity(window[i:i+gram]))
	}
	return worst
}

// rarity adds up how rare the byte pairs of a q-gram are.
func rarity(g []byte) int {
	sum := 0
	for i := 0; i+2 <= len(g); i++ {
		sum += pairRarity(g[i], g[i+1])
	}
	return sum
}

func pairRarity(a, b byte) int {
	r := 4
	if strings.Contains(common, string([]byte{a, b})) {
		r = 1
	}
	for _, c := range []byte{a, b} {
		switch {
		case c == ' ' || c == '0':
			r--
		case c >= 'a' && c <= 'z' && strings.IndexByte("eaionrst", c) >= 0:
			// frequent letters add nothing
		case c >= 'a' && c <= 'z':
			r++
		default:
			r += 2
		}
	}
	return r
}
