package facts

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// Eval tells whether a condition holds at the place, and what is known of its
// fact. Unknown facts make unknown conditions.
func (s *Store) Eval(c patterns.Cond, p Place) (version.Tri, Known) {
	return s.eval(c, p, nil)
}

func (s *Store) eval(c patterns.Cond, p Place, asking []string) (version.Tri, Known) {
	k, ok := s.lookup(c.Fact, p, asking)
	if !ok {
		return version.Unknown, Known{Reading: Reading{Fact: c.Fact}}
	}
	if c.Op == patterns.OpRange {
		text := c.Values[0]
		if len(c.Values) > 1 {
			text = strings.Join(c.Values, ", ")
		}
		r := s.parse(text)
		if r.err != nil {
			return version.Unknown, k
		}
		return k.Interval.Within(r.interval), k
	}
	is := s.isOneOf(k, c.Values)
	if c.Op == patterns.OpNot {
		is = not(is)
	}
	return is, k
}

// isOneOf compares a value with several; versions compare as intervals.
func (s *Store) isOneOf(k Known, values []string) version.Tri {
	if s.defs[k.Fact].Type != patterns.TypeVersion {
		return tri(slices.Contains(values, k.Value))
	}
	best := version.False
	for _, v := range values {
		one := s.parse(v)
		if one.err != nil {
			continue
		}
		switch k.Interval.Within(one.interval) {
		case version.True:
			return version.True
		case version.Unknown:
			best = version.Unknown
		}
	}
	return best
}

func tri(b bool) version.Tri {
	if b {
		return version.True
	}
	return version.False
}

func not(t version.Tri) version.Tri {
	switch t {
	case version.True:
		return version.False
	case version.False:
		return version.True
	}
	return version.Unknown
}

// infer derives a fact from others, by the inferences that rows may rest on or
// by those that are only shown. asking guards against circles.
func (s *Store) infer(id string, p Place, asking []string, shown bool) (Known, bool) {
	if slices.Contains(asking, id) {
		return Known{}, false
	}
	for _, inf := range s.inferences[id] {
		if inf.Shown != shown {
			continue
		}
		from, ok := s.allHold(inf.When, p, append(slices.Clip(asking), id))
		if !ok {
			continue
		}
		k := Known{Reading: Reading{Fact: id, Value: inf.Value, Origin: report.Inferred, Where: basis(from)}, From: from}
		if s.defs[id].Type == patterns.TypeVersion {
			k.Interval = s.parse(inf.Value).interval
		}
		return k, true
	}
	return Known{}, false
}

func (s *Store) allHold(when []patterns.Cond, p Place, asking []string) ([]Known, bool) {
	var from []Known
	for _, c := range when {
		truth, k := s.eval(c, p, asking)
		if truth != version.True {
			return nil, false
		}
		from = append(from, k)
	}
	return from, true
}

func basis(from []Known) string {
	var parts []string
	for _, k := range from {
		parts = append(parts, k.Fact+" = "+k.Value+whereSuffix(k.Where))
	}
	return strings.Join(parts, ", ")
}

// All lists what is known at the given places, each fact once per value, in
// the catalog's order: the report's facts, or those of them with the ids that
// are wanted, if any are.
func (s *Store) All(places []Place, wanted []string, names func(job, step int) (string, string)) []report.Fact {
	ids := s.order
	if wanted != nil {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(wanted, id) })
	}
	found := map[string][]report.Fact{}
	seen := map[[2]string]bool{}
	for _, p := range places {
		for _, id := range ids {
			k, ok := s.find(id, p, nil) // each is asked for once here
			if !ok {
				k, ok = s.infer(id, p, nil, true)
			}
			if !ok || seen[[2]string{id, k.Value}] {
				continue
			}
			seen[[2]string{id, k.Value}] = true
			job, step := names(p.Job, p.Step)
			f := report.Fact{ID: id, Value: k.Value, Origin: k.Origin, Where: k.Where, Contradicts: k.Contradicts, Job: job, Package: k.Package}
			if scope := s.defs[id].Scope; scope == patterns.ScopeStep || scope == patterns.ScopeAttempt {
				f.Step = step
			}
			found[id] = append(found[id], f)
		}
	}
	list := []report.Fact{}
	for _, id := range ids {
		list = append(list, found[id]...)
	}
	return list
}

// Value is a value of a fact as the catalog writes it, or what is wrong with it.
func Value(def *patterns.FactDef, value string) (string, error) {
	switch def.Type {
	case patterns.TypeVersion:
		if _, err := version.Parse(value); err != nil {
			return "", fmt.Errorf("%s: %w", def.ID, err)
		}
	case patterns.TypeEnum, patterns.TypeBool:
		allowed := Allowed(def)
		i := slices.IndexFunc(allowed, func(v string) bool { return strings.EqualFold(v, value) })
		if i < 0 {
			return "", errors.New(words.DidYouMean(fmt.Sprintf("%s is %s, not %q", def.ID, words.Or(allowed), value), value, allowed))
		}
		return allowed[i], nil
	}
	return value, nil
}

// Allowed are the values of an enum or a bool, nil where any will do.
func Allowed(def *patterns.FactDef) []string {
	if def.Type == patterns.TypeBool {
		return []string{"true", "false"}
	}
	return def.Values
}
