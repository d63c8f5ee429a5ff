package catalog

import (
	"errors"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/patterns"
)

// conditions checks that each condition can hold.
func (l *linter) conditions(conds []patterns.Cond) {
	for i := range conds {
		cond := &conds[i]
		if !l.known(cond.Pos, "fact", cond.Fact, l.factIDs) {
			continue
		}
		f := l.facts[cond.Fact]
		switch cond.Op {
		case patterns.OpRange:
			l.rangeCondition(cond, f)
		case patterns.OpIs:
			l.isCondition(cond, f)
		case patterns.OpNot:
			l.notCondition(cond, f)
		}
	}
}

func (l *linter) rangeCondition(cond *patterns.Cond, f *patterns.FactDef) {
	if f.Type != patterns.TypeVersion {
		l.errorf(cond.Pos, "%q is no version: it cannot be compared with %q", f.ID, cond.Values[0])
		return
	}
	_, err := version.ParseRange(cond.Values[0])
	switch {
	case errors.Is(err, version.ErrEmpty):
		l.errorf(cond.Pos, "no version of %q is %s", f.ID, cond.Values[0])
	case err != nil:
		l.errorf(cond.Pos, "the range of %q: %v", f.ID, err)
	}
}

func (l *linter) isCondition(cond *patterns.Cond, f *patterns.FactDef) {
	for _, value := range cond.Values {
		if f.Type == patterns.TypeVersion {
			l.hinted(cond.Pos, "write \"= "+value+"\"", "%q is a version and needs a range", f.ID)
			continue
		}
		l.value(cond.Pos, f, value)
	}
}

func (l *linter) notCondition(cond *patterns.Cond, f *patterns.FactDef) {
	if f.Type == patterns.TypeVersion {
		l.hinted(cond.Pos, "write two rows, one below and one above", "%q is a version: \"not\" does not apply", f.ID)
		return
	}
	for _, value := range cond.Values {
		l.value(cond.Pos, f, value)
	}
	all := f.Values
	if f.Type == patterns.TypeBool {
		all = []string{"true", "false"}
	}
	if len(all) > 0 && !slices.ContainsFunc(all, func(v string) bool { return !slices.Contains(cond.Values, v) }) {
		l.errorf(cond.Pos, "\"not %s\" leaves no value of %q", strings.Join(cond.Values, ", "), f.ID)
	}
}

// value checks that a fact can have a value.
func (l *linter) value(pos patterns.Pos, f *patterns.FactDef, value string) {
	switch f.Type {
	case patterns.TypeEnum:
		if len(f.Values) > 0 && !slices.Contains(f.Values, value) {
			hint := didYouMean(value, f.Values)
			if hint == "" {
				hint = "values are " + strings.Join(f.Values, ", ")
			}
			l.hinted(pos, hint, "%q is no value of %q", value, f.ID)
		}
	case patterns.TypeBool:
		if value != "true" && value != "false" {
			l.errorf(pos, "%q is no value of %q, which is true or false", value, f.ID)
		}
	case patterns.TypeVersion:
		l.versionValue(pos, f, value)
	}
}

// versionValue accepts a version, also in part, or a range.
func (l *linter) versionValue(pos patterns.Pos, f *patterns.FactDef, value string) {
	_, err := version.ParseRange(value)
	switch {
	case errors.Is(err, version.ErrEmpty):
		l.errorf(pos, "the range %q for %q holds no version", value, f.ID)
	case err != nil:
		l.errorf(pos, "%q is neither a version nor a range for %q", value, f.ID)
	}
}
