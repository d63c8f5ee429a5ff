// Package filter finds where any of many literals occurs in a block of text,
// ignoring the case of ASCII letters, several times faster than looking at
// every byte.
//
// It probes only every stride-th byte. Each literal is represented by one
// window of it, the one that is rarest in logs; whatever the alignment, an
// occurrence of the window covers a probed q-gram, so nothing is missed. A
// probed q-gram that is in the table is a candidate, and only candidates are
// compared with whole literals. The idea is that of Wu and Manber's multi-
// pattern search (A fast algorithm for multi-pattern searching, 1994), with a
// fixed shift in place of a table of shifts.
package filter

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	gram = 5 // bytes of a probe
	word = 8 // bytes that a candidate is checked by

	// MinLen is the length of the shortest literal that Scan can find.
	MinLen = 7
	// maxWindow bounds the stride: windows longer than this hold q-grams so
	// common that their candidates cost more than the fewer probes save.
	maxWindow = 12
)

const (
	// foldWord sets bit 5 of every byte: lower case for letters. Other bytes
	// may collide, which the comparison with the literal sorts out.
	foldWord = 0x2020202020202020
	gramMask = 1<<(8*gram) - 1
	foldGram = foldWord & gramMask
)

// Hit is an occurrence of a literal.
type Hit struct {
	Pos int // offset of its first byte in the block
	ID  int // index of the literal
}

// Set is a set of literals. It is safe for concurrent use.
type Set struct {
	literals [][]byte // folded
	stride   int
	plain    atomic.Int64 // bytes that were searched without the index
	once     sync.Once
	index    *index
}

// index is what a set's windows are found by.
type index struct {
	stride int
	// grams has the q-grams of all windows: 32 KiB, fits the first-level cache.
	// One that is in it is a candidate only if words has the eight bytes that
	// begin there, or ends has the q-gram, since its literal ends before that.
	grams [1 << gramBits / 64]uint64
	words [1 << wordBits / 64]uint64
	ends  [1 << wordBits / 64]uint64

	// table is open-addressed: the index of a q-gram's first ref, plus one.
	table []uint32
	shift uint
	refs  []ref
}

const (
	gramBits = 18
	wordBits = 15
)

// ref says: when the q-gram key is at p, literal id may start at p-off.
type ref struct {
	key  uint64
	last uint64 // the literal's last word, folded; 0 when it is shorter
	lit  []byte
	id   int32
	off  int32
	next uint32 // index of the next ref of the same q-gram, plus one
}

// New makes a set of literals, each at least MinLen bytes long; shorter ones are
// never found. Indexes into the slice are the hits' ids. The shortest of the
// others sets the pace: with 9 bytes every fifth byte is probed, with 7 every
// third.
func New(literals []string) *Set {
	s := &Set{literals: make([][]byte, len(literals)), stride: maxWindow - gram + 1}
	text := []byte(strings.Join(literals, ""))
	fold(text)
	for id, lit := range literals {
		s.literals[id], text = text[:len(lit):len(lit)], text[len(lit):]
		if len(lit) >= MinLen {
			s.stride = min(s.stride, len(lit)-gram+1)
		}
	}
	return s
}

// Literal is a literal, its ASCII letters in lower case.
func (s *Set) Literal(id int) string { return string(s.literals[id]) }

// newIndex enters the q-grams of each literal's window.
func newIndex(literals [][]byte, stride int) *index {
	x := &index{stride: stride}
	size := 1 << bits.Len(uint(2*len(literals)*stride+2))
	x.table = make([]uint32, size)
	x.shift = uint(64 - bits.Len(uint(size-1)))
	x.refs = make([]ref, 0, len(literals)*stride)
	var scores []int
	for id, lit := range literals {
		if len(lit) < MinLen {
			continue
		}
		scores = gramScores(lit, scores[:0])
		if n := len(lit) - word + 1; n >= stride {
			scores = scores[:n] // where eight bytes are left to check
		}
		w := rarestWindow(scores, stride)
		for off := w; off < w+stride; off++ {
			r := ref{key: key(lit[off:]), id: int32(id), off: int32(off), lit: lit}
			if len(lit) >= word {
				r.last = foldedWord(lit[len(lit)-word:])
			}
			x.enter(r)
		}
	}
	return x
}

// enter adds a q-gram.
func (x *index) enter(r ref) {
	h := hash(r.key)
	set(x.grams[:], h>>(64-gramBits))
	if text := r.lit[r.off:]; len(text) >= word {
		set(x.words[:], hash(foldedWord(text))>>(64-wordBits))
	} else {
		set(x.ends[:], h>>(64-wordBits))
	}
	i := h >> x.shift
	for x.table[i] != 0 && x.refs[x.table[i]-1].key != r.key {
		i = (i + 1) % uint64(len(x.table))
	}
	r.next = x.table[i]
	x.refs = append(x.refs, r)
	x.table[i] = uint32(len(x.refs))
}

func set(bitmap []uint64, bit uint64) { bitmap[bit/64] |= 1 << (bit % 64) }

// Scan appends the occurrences of all literals in block to dst, ordered by
// position and then id.
func (s *Set) Scan(block []byte, dst []Hit) []Hit {
	from := len(dst)
	if s.isLittle(block) {
		dst = s.searchPlain(block, dst)
	} else {
		s.once.Do(func() { s.index = newIndex(s.literals, s.stride) })
		dst = s.index.scan(block, dst)
	}
	slices.SortFunc(dst[from:], func(a, b Hit) int { return cmp.Or(a.Pos-b.Pos, a.ID-b.ID) })
	return dst[:from+len(slices.Compact(dst[from:]))]
}

// maxPlain is how many bytes are searched without the index: making it takes
// as long as that, and most pastes are shorter.
const maxPlain = 512

// isLittle tells whether so little was searched that the index does not pay.
func (s *Set) isLittle(block []byte) bool {
	return s.plain.Load() <= maxPlain && s.plain.Add(int64(len(block))) <= maxPlain
}

// searchPlain searches block for one literal after the other.
func (s *Set) searchPlain(block []byte, dst []Hit) []Hit {
	block = slices.Clone(block)
	fold(block)
	for id, lit := range s.literals {
		if len(lit) < MinLen {
			continue
		}
		for from := 0; ; from++ {
			at := bytes.Index(block[from:], lit)
			if at < 0 {
				break
			}
			from += at
			dst = append(dst, Hit{from, id})
		}
	}
	return dst
}

// scan appends the occurrences of the literals to dst, in no order.
func (x *index) scan(block []byte, dst []Hit) []Hit {
	i := 0
	for i = x.candidate(block, i); i+word <= len(block); i = x.candidate(block, i+x.stride) {
		dst = x.confirm(block, i, dst)
	}
	for ; i+gram <= len(block); i += x.stride {
		dst = x.confirm(block, i, dst)
	}
	return dst
}

// candidate is the first place from i on, in steps of the stride, whose bytes
// may belong to a literal; behind the last word of block when there is none.
//
// All the time of a scan goes by here. The constants are read from variables,
// since the compiler (Go 1.26) loads written ones anew for each probe, which
// costs a third of the speed.
func (x *index) candidate(block []byte, i int) int {
	stride, mask, folded, factor := x.stride, probe.mask, probe.fold, probe.factor
	for ; i+word <= len(block); i += stride {
		v := binary.LittleEndian.Uint64(block[i : i+word])
		h := (v&mask | folded) * factor
		if g := h >> (64 - gramBits); x.grams[g/64]>>(g%64)&1 != 0 && x.goesOn(v, h) {
			break
		}
	}
	return i
}

// probe holds the constants of key and hash for candidate.
var probe = struct{ mask, fold, factor uint64 }{gramMask, foldGram, hashFactor}

// goesOn tells whether what follows a q-gram of hash h in the word v may
// belong to a literal as well.
func (x *index) goesOn(v, h uint64) bool {
	w, e := hash(v|foldWord)>>(64-wordBits), h>>(64-wordBits)
	return (x.words[w/64]>>(w%64)|x.ends[e/64]>>(e%64))&1 != 0
}

// confirm compares the literals that own the q-gram at p with the block.
func (x *index) confirm(block []byte, p int, dst []Hit) []Hit {
	k := key(block[p:])
	for i := hash(k) >> x.shift; x.table[i] != 0; i = (i + 1) % uint64(len(x.table)) {
		r := &x.refs[x.table[i]-1]
		if r.key != k {
			continue
		}
		for ; ; r = &x.refs[r.next-1] {
			if at := p - int(r.off); r.mayStand(block, at) && hasPrefixFold(block[at:], r.lit) {
				dst = append(dst, Hit{at, int(r.id)})
			}
			if r.next == 0 {
				return dst
			}
		}
	}
	return dst
}

// mayStand tells whether the literal has room at that place of block and ends
// as it should: many begin with the same words.
func (r *ref) mayStand(block []byte, at int) bool {
	end := at + len(r.lit)
	return at >= 0 && end <= len(block) && (r.last == 0 || foldedWord(block[end-word:]) == r.last)
}

// foldedWord is the folded word at the start of b.
func foldedWord(b []byte) uint64 { return binary.LittleEndian.Uint64(b) | foldWord }

// hash spreads a q-gram over 64 bits (Fibonacci hashing).
func hash(k uint64) uint64 { return k * hashFactor }

const hashFactor = 0x9E3779B97F4A7C15

// key is the folded q-gram at the start of b.
func key(b []byte) uint64 {
	var k uint64
	for i := gram - 1; i >= 0; i-- {
		k = k<<8 | uint64(b[i])
	}
	return k | foldGram
}

func fold(b []byte) {
	for i, c := range b {
		b[i] = lower(c)
	}
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// hasPrefixFold tells whether b starts with lit, which is in lower case.
func hasPrefixFold(b, lit []byte) bool {
	if len(b) < len(lit) {
		return false
	}
	for i, c := range lit {
		if lower(b[i]) != c {
			return false
		}
	}
	return true
}

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
