// Package version compares versions that are known only in part: an exact
// version is an interval of one, "12" is everything from 12.0.0 up to 13, and
// wording alone may bound a version from one side.
package version

import (
	"fmt"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Interval is a set of versions without holes. The zero value holds all.
type Interval struct {
	lo, hi         *semver.Version // nil: unbounded
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
	v, err := semver.StrictNewVersion(strings.TrimPrefix(strings.TrimSpace(s), "v"))
	if err != nil {
		return Interval{}, false
	}
	return Interval{lo: v, hi: v}, true
}

// Parse reads "11.5.1", "v24.5", "12", ">= 11.5.1", ">= 9.5.0, < 9.6.1" or
// the wildcards "20.x", "lts/*" is not one. Parts of a list are intersected.
func Parse(s string) (Interval, error) {
	var iv Interval
	for part := range strings.SplitSeq(s, ",") {
		one, err := parseOne(strings.TrimSpace(part))
		if err != nil {
			return Interval{}, fmt.Errorf("%q is not a version or a range like \"< 11.5.0\"", s)
		}
		next, ok := iv.Intersect(one)
		if !ok {
			return Interval{}, fmt.Errorf("the range %q holds no version", s)
		}
		iv = next
	}
	return iv, nil
}

func parseOne(s string) (Interval, error) {
	op := strings.TrimRight(s[:len(s)-len(strings.TrimLeft(s, "<>=~^ "))], " ")
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
		next := p.lo.IncMajor()
		return Interval{lo: p.lo, hi: &next, hiOpen: true}, nil
	case "~":
		next := p.lo.IncMinor()
		return Interval{lo: p.lo, hi: &next, hiOpen: true}, nil
	}
	return Interval{}, fmt.Errorf("unknown operator %q", op)
}

// parsePartial reads one to three components; missing ones make an interval.
func parsePartial(s string) (Interval, error) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "v"), "V")
	if v, ok := Exact(s); ok {
		return v, nil
	}
	s = strings.TrimRight(strings.NewReplacer(".x", "", ".X", "", ".*", "").Replace(s), ".")
	v, err := semver.NewVersion(s)
	if err != nil {
		return Interval{}, err
	}
	var next semver.Version
	switch strings.Count(s, ".") {
	case 0:
		next = v.IncMajor()
	case 1:
		next = v.IncMinor()
	default:
		return Interval{lo: v, hi: v}, nil
	}
	return Interval{lo: v, hi: &next, hiOpen: true}, nil
}

// Intersect is what both hold; ok is false when that is nothing.
func (a Interval) Intersect(b Interval) (_ Interval, ok bool) {
	c := a
	if b.lo != nil && (c.lo == nil || b.lo.GreaterThan(c.lo) || (b.loOpen && !c.loOpen && b.lo.Equal(c.lo))) {
		c.lo, c.loOpen = b.lo, b.loOpen
	}
	if b.hi != nil && (c.hi == nil || b.hi.LessThan(c.hi) || (b.hiOpen && !c.hiOpen && b.hi.Equal(c.hi))) {
		c.hi, c.hiOpen = b.hi, b.hiOpen
	}
	return c, !c.empty()
}

func (a Interval) empty() bool {
	if a.lo == nil || a.hi == nil {
		return false
	}
	if d := a.lo.Compare(a.hi); d != 0 {
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
func (a Interval) IsExact() bool { return a.lo != nil && a.lo == a.hi }

// String writes the interval as a range, or as the version when there is one.
func (a Interval) String() string {
	switch {
	case a.IsExact():
		return a.lo.String()
	case a.lo == nil && a.hi == nil:
		return "any"
	case a.lo == nil:
		return below(a)
	case a.hi == nil:
		return above(a)
	}
	return above(a) + ", " + below(a)
}

func below(a Interval) string {
	if a.hiOpen {
		return "< " + a.hi.String()
	}
	return "<= " + a.hi.String()
}

func above(a Interval) string {
	if a.loOpen {
		return "> " + a.lo.String()
	}
	return ">= " + a.lo.String()
}
