package filter

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/joblog"
	"github.com/pubmortem/pubmortem/patterns"
)

var literals = []string{"404 Not Found - PUT", "##[group]", "id-token", "Signed provenance statement", "E422 Unprocessable", "needauth", "aaaaaaa", "➤ YN0033"}

// naive is the obviously correct search that Scan must agree with.
func naive(block []byte, lits []string) []Hit {
	var hits []Hit
	folded := folding(string(block))
	for p := range folded {
		for id, l := range lits {
			if bytes.HasPrefix(folded[p:], folding(l)) {
				hits = append(hits, Hit{p, id})
			}
		}
	}
	return hits
}

func folding(s string) []byte {
	b := []byte(s)
	fold(b)
	return b
}

func TestScan(t *testing.T) {
	s := New(literals)
	for _, text := range []string{
		"",
		"id-token",
		"ID-TOKEN",
		"xx##[group]Run npm publish",
		"npm error 404 Not Found - PUT https://x\nnpm error 404 not found - put",
		"aaaaaaaaaaaaaaaaaaaa",
		"id-toke",
		"➤ YN0033: No authentication configured",
		"1NEEDAUTH",
	} {
		checkScan(t, s, []byte(text), literals)
	}
}

// checkScan compares both ways of a set with the naive search.
func checkScan(t *testing.T, s *Set, text []byte, lits []string) {
	t.Helper()
	want := naive(text, lits)
	if got := New(lits).Scan(text, nil); !slices.Equal(got, want) {
		t.Errorf("Scan(%q) for %q = %v, want %v", text, lits, got, want)
	}
	s.plain.Store(maxPlain + 1)
	if got := s.Scan(text, nil); !slices.Equal(got, want) {
		t.Errorf("Scan(%q) for %q by the index = %v, want %v", text, lits, got, want)
	}
}

// Every literal is found at every alignment and at both ends of a block.
func TestScanAlignments(t *testing.T) {
	s := New(literals)
	s.plain.Store(maxPlain + 1)
	for id, l := range literals {
		for pad := range 12 {
			text := strings.Repeat(".", pad) + strings.ToUpper(l)
			if !slices.Contains(s.Scan([]byte(text), nil), Hit{pad, id}) && l != "➤ YN0033" {
				t.Errorf("%q at %d not found", l, pad)
			}
		}
	}
}

func FuzzScan(f *testing.F) {
	s := New(literals)
	f.Add([]byte("npm error 404 Not Found - PUT ##[group] id-token"))
	f.Add([]byte("AAAAAAAAAAAA needauthneedauth"))
	f.Fuzz(func(t *testing.T, block []byte) {
		checkScan(t, s, block, literals)
	})
}

func FuzzNew(f *testing.F) {
	f.Add("abcdefg", "xxabcdefgxx")
	f.Fuzz(func(t *testing.T, lit, text string) {
		if len(lit) < MinLen {
			return
		}
		checkScan(t, New([]string{lit}), []byte(text), []string{lit})
	})
}

func BenchmarkScan(b *testing.B) {
	s := New(literals)
	log := joblog.Bytes(joblog.Ordinary, 256<<10)
	var hits []Hit
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		hits = s.Scan(log, hits[:0])
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		s := New(literals)
		s.plain.Store(maxPlain + 1)
		s.Scan(nil, nil)
	}
}

// The built-in catalog's literals let every fifth byte be probed. A shorter one
// slows down the search of all logs.
func TestBuiltinStride(t *testing.T) {
	cat := patterns.Builtin()
	var all []patterns.Matcher
	for _, symptom := range cat.Symptoms {
		all = append(all, symptom.Match...)
	}
	for _, fact := range cat.Facts {
		all = append(all, fact.From...)
	}
	var literals []string
	for _, m := range all {
		if len(m.Literal) >= MinLen && slices.Contains([]patterns.In{"", patterns.InOutput, patterns.InAny, patterns.InDebug}, m.In) {
			literals = append(literals, patterns.Lower(m.Literal))
		}
	}
	if got := New(literals).stride; got < 5 {
		t.Errorf("every %d bytes are probed", got)
	}
}
