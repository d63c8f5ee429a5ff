package facts

import (
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/version"
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
		r, err := version.Parse(joinRange(c.Values))
		if err != nil {
			return version.Unknown, k
		}
		return k.Interval.Within(r), k
	}
	is := s.isOneOf(k, c.Values)
	if c.Op == patterns.OpNot {
		is = not(is)
	}
	return is, k
}

// isOneOf compares a value with several; versions compare as intervals.
func (s *Store) isOneOf(k Known, values []string) version.Tri {
	def := s.defs[k.Fact]
	if def.Type != patterns.TypeVersion {
		return tri(slices.Contains(values, k.Value))
	}
	best := version.False
	for _, v := range values {
		iv, err := version.Parse(v)
		if err != nil {
			continue
		}
		switch k.Interval.Within(iv) {
		case version.True:
			return version.True
		case version.Unknown:
			best = version.Unknown
		}
	}
	return best
}

func joinRange(values []string) string {
	text := ""
	for i, v := range values {
		if i > 0 {
			text += ", "
		}
		text += v
	}
	return text
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

// All lists what is known at the given places, each fact once per value, in
// the catalog's order: the report's facts.
func (s *Store) All(places []Place, names func(job, step int) (string, string)) []report.Fact {
	facts := []report.Fact{}
	for _, id := range s.order {
		var values []string
		for _, p := range places {
			k, ok := s.Lookup(id, p)
			if !ok || slices.Contains(values, k.Value) {
				continue
			}
			values = append(values, k.Value)
			jobName, stepName := names(p.Job, p.Step)
			f := report.Fact{ID: id, Value: k.Value, Origin: k.Origin, Where: k.Where, Contradicts: k.Contradicts, Job: jobName, Package: k.Package}
			if s.defs[id].Scope == patterns.ScopeStep || s.defs[id].Scope == patterns.ScopeAttempt {
				f.Step = stepName
			}
			facts = append(facts, f)
		}
	}
	return facts
}
