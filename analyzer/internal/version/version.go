// Package version compares versions that are known only in part: an exact
// version is an interval of one, "12" is everything from 12.0.0 up to 13, and
// wording alone may bound a version from one side.
package version

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// Interval is a set of versions without holes. The zero value holds all.
type Interval struct {
	lo, hi         string // as package semver writes them; empty: unbounded
	loOpen, hiOpen bool
}

// Tri is a three-valued truth.
type Tri int

// The truth values.
const (
	Unknown Tri = iota
	True
	False
)

// Exact is the interval that holds one version. ok is false when s is no full version.
func Exact(s string) (Interval, bool) {
	s = "v" + strings.TrimPrefix(strings.TrimSpace(s), "v")
	v := semver.Canonical(s)
	if v == "" || v != strings.TrimSuffix(s, semver.Build(s)) {
		return Interval{}, false
	}
	return Interval{lo: v, hi: v}, true
}

// ErrEmpty is the error of a range that holds no version.
var ErrEmpty = errors.New("holds no version")

// Parse reads "11.5.1", "v24.5", "12", ">= 11.5.1", ">= 9.5.0, < 9.6.1" or
// the wildcards "20.x"; "lts/*" is not one. Parts of a list are intersected.
// Versions with fewer than three numbers stand for all that start with them:
// "= 12" is any 12.x.y, "> 12" starts at 13.0.0. "^ 1.2" ends before the next
// first number, "~ 1" and "~ 1.2" before the next second one.
func Parse(s string) (Interval, error) {
	iv, err := ParseRange(s)
	switch {
	case errors.Is(err, ErrEmpty):
		return Interval{}, fmt.Errorf("the range %q %w", s, ErrEmpty)
	case err != nil:
		return Interval{}, fmt.Errorf("%q is not a version or a range like \"< 11.5.0\"", s)
	}
	return iv, nil
}

// ParseRange is Parse with errors for those who write ranges: they say which
// part is wrong, or are ErrEmpty.
func ParseRange(s string) (Interval, error) {
	var iv Interval
	for part := range strings.SplitSeq(s, ",") {
		one, err := parseOne(strings.TrimSpace(part))
		if err != nil {
			return Interval{}, err
		}
		next, ok := iv.Intersect(one)
		if !ok {
			return Interval{}, ErrEmpty
		}
		iv = next
	}
	return iv, nil
}

func parseOne(s string) (Interval, error) {
	op := strings.TrimRight(s[:len(s)-len(strings.TrimLeft(s, "<>=~^! "))], " ")
	p, err := parsePartial(strings.TrimSpace(s[len(op):]))
	if err != nil {
		return Interval{}, err
	}
	switch op {
	case "", "=", "==":
		return p, nil
	case "<":
		return Interval{hi: p.lo, hiOpen: true}, nil
	case "<=":
		return Interval{hi: p.hi, hiOpen: p.hiOpen}, nil
	case ">":
		if p.hiOpen {
			return Interval{lo: p.hi}, nil
		}
		return Interval{lo: p.hi, loOpen: true}, nil
	case ">=":
		return Interval{lo: p.lo}, nil
	case "^":
		return Interval{lo: p.lo, hi: after(semver.Major(p.lo)), hiOpen: true}, nil
	case "~":
		return Interval{lo: p.lo, hi: after(semver.MajorMinor(p.lo)), hiOpen: true}, nil
	}
	return Interval{}, fmt.Errorf("the operator %q is none of <, <=, >, >=, =, ^ and ~", op)
}

// parsePartial reads one to three components; missing ones make an interval.
func parsePartial(s string) (Interval, error) {
	written := s
	s = strings.TrimPrefix(strings.TrimPrefix(s, "v"), "V")
	if v, ok := Exact(s); ok {
		return v, nil
	}
	s = "v" + strings.TrimRight(strings.NewReplacer(".x", "", ".X", "", ".*", "").Replace(s), ".")
	if !semver.IsValid(s) || len(s) > maxLen {
		return Interval{}, fmt.Errorf("%q is not a version such as 11.5.1", written)
	}
	v := semver.Canonical(s)
	if strings.Count(s, ".") < 2 {
		return Interval{lo: v, hi: after(s), hiOpen: true}, nil
	}
	return Interval{lo: v, hi: v}, nil
}

// maxLen is the length of the longest version that is read; no tool's is longer.
const maxLen = 256

// after is the first version behind all that begin with the one or two numbers
// of prefix: v13.0.0 for v12, v12.2.0 for v12.1.
func after(prefix string) string {
	head, last := "v", prefix[1:]
	if major, minor, ok := strings.Cut(last, "."); ok {
		head, last = "v"+major+".", minor
	}
	n, err := strconv.ParseUint(last, 10, 63)
	if err != nil {
		return "" // beyond all numbers
	}
	return semver.Canonical(head + strconv.FormatUint(n+1, 10))
}

// Intersect is what both hold; ok is false when that is nothing.
func (a Interval) Intersect(b Interval) (_ Interval, ok bool) {
	c := a
	if b.lo != "" && (c.lo == "" || semver.Compare(b.lo, c.lo) > 0 || (b.loOpen && !c.loOpen && b.lo == c.lo)) {
		c.lo, c.loOpen = b.lo, b.loOpen
	}
	if b.hi != "" && (c.hi == "" || semver.Compare(b.hi, c.hi) < 0 || (b.hiOpen && !c.hiOpen && b.hi == c.hi)) {
		c.hi, c.hiOpen = b.hi, b.hiOpen
	}
	return c, !c.empty()
}

func (a Interval) empty() bool {
	if a.lo == "" || a.hi == "" {
		return false
	}
	if d := semver.Compare(a.lo, a.hi); d != 0 {
		return d > 0
	}
	return a.loOpen || a.hiOpen
}

// Within tells whether every version of a lies in r (True), none does (False),
// or some do (Unknown).
func (a Interval) Within(r Interval) Tri {
	both, ok := a.Intersect(r)
	switch {
	case !ok:
		return False
	case both == a:
		return True
	}
	return Unknown
}

// IsExact tells whether one version is left.
func (a Interval) IsExact() bool { return a.lo != "" && a.lo == a.hi && !a.loOpen && !a.hiOpen }

// OpenAbove tells whether no version is too new for the interval.
func (a Interval) OpenAbove() bool { return a.hi == "" }

// String writes the interval as a range, or as the version when there is one.
func (a Interval) String() string {
	switch {
	case a.IsExact():
		return a.lo[1:]
	case a.lo == "" && a.hi == "":
		return "any"
	case a.lo == "":
		return below(a)
	case a.hi == "":
		return above(a)
	}
	return above(a) + ", " + below(a)
}

func below(a Interval) string {
	if a.hiOpen {
		return "< " + a.hi[1:]
	}
	return "<= " + a.hi[1:]
}

func above(a Interval) string {
	if a.loOpen {
		return "> " + a.lo[1:]
	}
	return ">= " + a.lo[1:]
}
