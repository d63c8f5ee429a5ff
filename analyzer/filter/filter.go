// Package filter finds where any of many literals occurs in a block of text,
// ignoring the case of ASCII letters, several times faster than looking at
// every byte.
//
// It probes only every stride-th byte. Each literal is represented by one
// window of it, the one that is rarest in logs; whatever the alignment, an
// occurrence of the window covers a probed q-gram, so nothing is missed. A
// probed q-gram that is in the table is a candidate, and only candidates are
// compared with whole literals.
package filter

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	gram = 5 // bytes of a probe

	// MinLen is the length of the shortest literal that Scan can find.
	MinLen = 7

	stride  = MinLen - gram + 1
	mapBits = 18 // bits of the bitmap: 32 KiB, fits the first-level cache
)

const (
	gramMask = 1<<(8*gram) - 1
	// foldMask sets bit 5 of every byte: lower case for letters. Other bytes
	// may collide, which the comparison with the literal sorts out.
	foldMask = 0x2020202020202020 & gramMask
)

// Hit is an occurrence of a literal.
type Hit struct {
	Pos int // offset of its first byte in the block
	ID  int // index of the literal
}

// Set is a compiled set of literals. It is safe for concurrent use.
type Set struct {
	literals [][]byte // folded
	bitmap   []uint64
	slots    []slot
	shift    uint
	longest  int
}

// slot is an entry of the open-addressed table from q-grams to literals.
type slot struct {
	key  uint64
	refs []ref
}

// ref says: when this q-gram is at p, literal id may start at p-off.
type ref struct {
	id, off int32
}

// New compiles literals, each at least MinLen bytes long; shorter ones are
// never found. Indexes into the slice are the hits' ids.
func New(literals []string) *Set {
	s := &Set{bitmap: make([]uint64, 1<<mapBits/64)}
	grams := map[uint64][]ref{}
	for id, text := range literals {
		lit := fold([]byte(text))
		s.literals = append(s.literals, lit)
		s.longest = max(s.longest, len(lit))
		if len(lit) < MinLen {
			continue
		}
		w := rarestWindow(lit)
		for off := w; off < w+stride; off++ {
			k := key(lit[off:])
			grams[k] = append(grams[k], ref{int32(id), int32(off)})
		}
	}
	s.fill(grams)
	return s
}

// Longest is the length of the longest literal: the overlap that two
// successive blocks need so that no occurrence is cut in two.
func (s *Set) Longest() int { return s.longest }

func (s *Set) fill(grams map[uint64][]ref) {
	size := 1 << bits.Len(uint(4*len(grams)+8))
	s.slots = make([]slot, size)
	s.shift = uint(64 - bits.Len(uint(size-1)))
	for _, k := range sortedKeys(grams) {
		h := hash(k)
		s.bitmap[h>>(64-mapBits)/64] |= 1 << (h >> (64 - mapBits) % 64)
		i := h >> s.shift
		for s.slots[i].refs != nil {
			i = (i + 1) % uint64(size)
		}
		s.slots[i] = slot{k, grams[k]}
	}
}

// Scan appends the occurrences of all literals in block to dst, ordered by
// position and then id.
func (s *Set) Scan(block []byte, dst []Hit) []Hit {
	from := len(dst)
	bitmap := s.bitmap
	if len(bitmap) != 1<<mapBits/64 {
		return dst
	}
	i := 0
	for ; i+8 <= len(block); i += stride {
		k := binary.LittleEndian.Uint64(block[i:i+8])&gramMask | foldMask
		h := hash(k) >> (64 - mapBits)
		if bitmap[h/64]>>(h%64)&1 != 0 {
			dst = s.confirm(block, i, k, dst)
		}
	}
	for ; i+gram <= len(block); i += stride {
		dst = s.confirm(block, i, key(block[i:]), dst)
	}
	slices.SortFunc(dst[from:], func(a, b Hit) int {
		if a.Pos != b.Pos {
			return a.Pos - b.Pos
		}
		return a.ID - b.ID
	})
	return slices.Compact(dst)
}

// confirm compares the literals that own q-gram k, found at p, with the block.
func (s *Set) confirm(block []byte, p int, k uint64, dst []Hit) []Hit {
	for i := hash(k) >> s.shift; s.slots[i].refs != nil; i = (i + 1) % uint64(len(s.slots)) {
		if s.slots[i].key != k {
			continue
		}
		for _, r := range s.slots[i].refs {
			at := p - int(r.off)
			if at >= 0 && hasPrefixFold(block[at:], s.literals[r.id]) {
				dst = append(dst, Hit{at, int(r.id)})
			}
		}
		break
	}
	return dst
}

// hash spreads a q-gram over 64 bits (Fibonacci hashing).
func hash(k uint64) uint64 { return k * 0x9E3779B97F4A7C15 }

// key is the folded q-gram at the start of b.
func key(b []byte) uint64 {
	var k uint64
	for i := gram - 1; i >= 0; i-- {
		k = k<<8 | uint64(b[i])
	}
	return k | foldMask
}

func fold(b []byte) []byte {
	for i, c := range b {
		b[i] = lower(c)
	}
	return b
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

// Contains tells whether text contains the literal of that id.
func (s *Set) Contains(text []byte, id int) bool {
	lit := s.literals[id]
	for i := 0; i+len(lit) <= len(text); i++ {
		if lower(text[i]) == lit[0] && hasPrefixFold(text[i:], lit) {
			return true
		}
	}
	return false
}

func sortedKeys(m map[uint64][]ref) []uint64 {
	keys := make([]uint64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
