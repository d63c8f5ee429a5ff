package facts

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

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
