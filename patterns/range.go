package patterns

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Bound is one end of a range of versions.
type Bound struct {
	Op      string // <, <=, >, >=, =, ^ or ~
	Version string // "12", "12.x", "11.5", "11.5.1" or "12.0.0-rc.1"
}

// ParseRange splits a range such as ">= 9.5.0, < 9.6.1" into its bounds, which
// must all hold. Versions with fewer than three numbers stand for all that
// start with them: "= 12" is any 12.x.y, "> 12" starts at 13.0.0. "^ 1.2" ends
// before the next first number, "~ 1.2" before the next second one.
func ParseRange(s string) ([]Bound, error) {
	var bounds []Bound
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		number := strings.TrimLeft(part, "<>=!~^")
		b := Bound{Op: part[:len(part)-len(number)], Version: strings.TrimSpace(number)}
		switch b.Op {
		case "<", "<=", ">", ">=", "=", "^", "~":
		case "":
			return nil, fmt.Errorf("%q has no operator such as < or >=", part)
		default:
			return nil, fmt.Errorf("the operator %q is none of <, <=, >, >=, =, ^ and ~", b.Op)
		}
		if _, err := parseVersion(b.Version); err != nil {
			return nil, err
		}
		bounds = append(bounds, b)
	}
	return bounds, nil
}

// version is a version with one to three numbers.
type version struct {
	number [3]int
	parts  int
	pre    []string // identifiers after the hyphen
}

// wildcards are numbers that may be anything: 24.x is 24.
var wildcards = strings.NewReplacer(".x", "", ".*", "")

func parseVersion(s string) (version, error) {
	var v version
	core, _, _ := strings.Cut(wildcards.Replace(s), "+")
	core, pre, hasPre := strings.Cut(core, "-")
	numbers := strings.Split(core, ".")
	if hasPre {
		v.pre = strings.Split(pre, ".")
	}
	if len(numbers) > 3 || hasPre && (len(numbers) < 3 || pre == "") {
		return version{}, fmt.Errorf("%q is not a version such as 11.5.1", s)
	}
	for i, number := range numbers {
		n, err := strconv.ParseUint(number, 10, 31)
		if err != nil {
			return version{}, fmt.Errorf("%q is not a version such as 11.5.1", s)
		}
		v.number[i] = int(n)
	}
	v.parts = len(numbers)
	return v, nil
}

// next is the first version after all those that share v's first n numbers.
func (v version) next(n int) version {
	var after version
	copy(after.number[:n], v.number[:n])
	after.number[n-1]++
	after.parts = 3
	return after
}

// compare orders versions as semver.org does, missing numbers as zeros.
func (v version) compare(w version) int {
	for i := range v.number {
		if c := cmp.Compare(v.number[i], w.number[i]); c != 0 {
			return c
		}
	}
	if len(v.pre) == 0 || len(w.pre) == 0 {
		return cmp.Compare(len(w.pre), len(v.pre))
	}
	for i := range min(len(v.pre), len(w.pre)) {
		if c := compareIdentifiers(v.pre[i], w.pre[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(v.pre), len(w.pre))
}

// compareIdentifiers puts numbers before words and compares numbers by value.
func compareIdentifiers(a, b string) int {
	m, errA := strconv.Atoi(a)
	n, errB := strconv.Atoi(b)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(m, n)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

// edge is one side of an interval of versions.
type edge struct {
	version   version
	exclusive bool
	bounded   bool
}

// holdsNothing tells whether no version satisfies all bounds, which ParseRange
// accepted.
func holdsNothing(bounds []Bound) bool {
	var low, high edge
	for _, b := range bounds {
		v, err := parseVersion(b.Version)
		if err != nil {
			return true
		}
		low.raise(b.Op, v)
		high.lower(b.Op, v)
	}
	if !low.bounded || !high.bounded {
		return false
	}
	c := low.version.compare(high.version)
	return c > 0 || c == 0 && (low.exclusive || high.exclusive)
}

// raise moves a lower edge up to a bound.
func (e *edge) raise(op string, v version) {
	to := edge{version: v, bounded: true}
	switch {
	case op == "<" || op == "<=":
		return
	case op == ">" && v.parts < 3:
		to.version = v.next(v.parts)
	case op == ">":
		to.exclusive = true
	}
	c := to.version.compare(e.version)
	if !e.bounded || c > 0 || c == 0 && to.exclusive {
		*e = to
	}
}

// lower moves an upper edge down to a bound.
func (e *edge) lower(op string, v version) {
	to := edge{version: v, bounded: true}
	switch {
	case op == ">" || op == ">=":
		return
	case op == "<":
		to.exclusive = true
	case op == "^":
		to.version, to.exclusive = v.next(1), true
	case op == "~":
		to.version, to.exclusive = v.next(min(2, v.parts)), true
	case v.parts < 3:
		to.version, to.exclusive = v.next(v.parts), true
	}
	c := to.version.compare(e.version)
	if !e.bounded || c < 0 || c == 0 && to.exclusive {
		*e = to
	}
}
