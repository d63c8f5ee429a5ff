package filter

import "sync"

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
	if pair := uint(a)<<8 | uint(b); commonPairs()[pair/64]>>(pair%64)&1 != 0 {
		r = 1
	}
	return r + byteRarity(a) + byteRarity(b)
}

// commonPairs is common as a set of bits.
var commonPairs = sync.OnceValue(func() *[1 << 16 / 64]uint64 {
	var set [1 << 16 / 64]uint64
	for i := 0; i+2 <= len(common); i++ {
		pair := uint(common[i])<<8 | uint(common[i+1])
		set[pair/64] |= 1 << (pair % 64)
	}
	return &set
})

// byteRarity is little for bytes that logs are full of. Frequent letters add
// nothing.
func byteRarity(c byte) int {
	switch c {
	case ' ', '0':
		return -1
	case 'e', 'a', 'i', 'o', 'n', 'r', 's', 't':
		return 0
	}
	if 'a' <= c && c <= 'z' {
		return 1
	}
	return 2
}
