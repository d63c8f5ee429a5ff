package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// parseFacts reads what a person knows, "ID=VALUE" each, as the catalog
// declares it. All mistakes are reported at once.
func parseFacts(cat *patterns.Catalog, given []string) ([]report.Fact, error) {
	var facts []report.Fact
	var msgs []string
	for _, g := range given {
		f, err := parseFact(cat, g)
		if err == nil && slices.ContainsFunc(facts, func(other report.Fact) bool { return other.ID == f.ID }) {
			err = fmt.Errorf("--fact %s is given twice", f.ID)
		}
		if err != nil {
			msgs = append(msgs, err.Error())
			continue
		}
		facts = append(facts, f)
	}
	if msgs != nil {
		return nil, &callError{msgs: msgs, hint: `"pubmortem catalog list --kind fact" lists the facts, "pubmortem explain ID" says more about one`}
	}
	return facts, nil
}

func parseFact(cat *patterns.Catalog, given string) (report.Fact, error) {
	id, value, ok := strings.Cut(given, "=")
	id, value = strings.TrimSpace(id), strings.TrimSpace(value)
	def, known := cat.Fact(id)
	switch {
	case !known:
		var ids []string
		for i := range cat.Facts {
			ids = append(ids, cat.Facts[i].ID)
		}
		return report.Fact{}, errors.New(suggest(fmt.Sprintf("there is no fact %q", id), id, ids))
	case !ok || value == "":
		return report.Fact{}, fmt.Errorf("--fact %s has no value; write %s=%s", id, id, exampleValue(def))
	}
	value, err := factValue(def, value)
	return report.Fact{ID: id, Value: value, Origin: report.FromUser}, err
}

// factValue is a value as the catalog writes it, or what is wrong with it.
func factValue(def *patterns.FactDef, value string) (string, error) {
	switch def.Type {
	case patterns.TypeVersion:
		if _, err := version.Parse(value); err != nil {
			return "", fmt.Errorf("--fact %s: %w", def.ID, err)
		}
	case patterns.TypeEnum, patterns.TypeBool:
		allowed := allowedValues(def)
		i := slices.IndexFunc(allowed, func(v string) bool { return strings.EqualFold(v, value) })
		if i < 0 {
			return "", errors.New(suggest(fmt.Sprintf("--fact %s is %s, not %q", def.ID, or(allowed), value), value, allowed))
		}
		return allowed[i], nil
	}
	return value, nil
}

// allowedValues are the values of an enum or a bool, nil where any will do.
func allowedValues(def *patterns.FactDef) []string {
	if def.Type == patterns.TypeBool {
		return []string{"true", "false"}
	}
	return def.Values
}

// exampleValue shows what a fact's value looks like.
func exampleValue(def *patterns.FactDef) string {
	if allowed := allowedValues(def); len(allowed) > 0 {
		return allowed[0]
	}
	if def.Type == patterns.TypeVersion {
		return "11.5.1"
	}
	return "VALUE"
}
