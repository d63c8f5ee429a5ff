package filter

import (
	"slices"
	"sync"
)

// common lists byte pairs in the order of how often job logs hold them:
// build output, paths, package names, time stamps and npm's own notices.
// Only the order matters, and only roughly: it steers the choice of windows.
const common = "202620:0.00 Z  n- npm npodtinontereesthe atinenorstioanaedisalarouit/n/mod_mule" +
	"secoreldeiongpackage/ho/runner/wokk/nodemodules.js.ts @ac a t o s f http://"

// rarestWindow is the offset of the window whose q-grams, stride of them, are
// expected to be the rarest in logs: one common q-gram spoils a window.
func rarestWindow(scores []int, stride int) (best int) {
	bestScore := -1
	for w := 0; w+stride <= len(scores); w++ {
		if score := slices.Min(scores[w : w+stride]); score > bestScore {
			best, bestScore = w, score
		}
	}
	return best
}

// gramScores appends how rare each q-gram of lit is: the sum of its byte pairs'.
func gramScores(lit []byte, dst []int) []int {
	const pairs = gram - 1
	common, sum := commonPairs(), 0
	var last [pairs]int
	for i := 0; i+2 <= len(lit); i++ {
		r := 4 + int(byteRarity[lit[i]]) + int(byteRarity[lit[i+1]])
		if pair := uint(lit[i])<<8 | uint(lit[i+1]); common[pair/64]>>(pair%64)&1 != 0 {
			r -= 3
		}
		sum += r - last[i%pairs]
		last[i%pairs] = r
		if i+1 >= pairs {
			dst = append(dst, sum)
		}
	}
	return dst
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
var byteRarity = func() (r [256]int8) {
	for c := range r {
		r[c] = 2
		if 'a' <= c && c <= 'z' {
			r[c] = 1
		}
	}
	for _, c := range "eaionrst" {
		r[c] = 0
	}
	r[' '], r['0'] = -1, -1
	return r
}()
