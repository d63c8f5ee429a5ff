package workflow

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// provenance says whether the publication asks for provenance, "true" or
// "false", or "" when nothing in the file speaks of it. A flag wins over a
// variable (https://docs.npmjs.com/cli/v11/using-npm/config).
func (j *Job) provenance(p publication) (value string, line int) {
	if p.cmd != nil {
		if value := flagged(p.cmd.words); value != "" {
			return value, p.cmd.line
		}
	}
	for _, entry := range p.provenanceEntries() {
		text, ok := j.literal(entry.Value)
		if ok && (text == "true" || text == "false") {
			return text, entry.Key.Line
		}
	}
	return "", 0
}

// flagged reads --provenance and --no-provenance; the last one counts.
func flagged(words []string) string {
	value := ""
	for _, word := range words {
		switch word {
		case "--provenance", "--provenance=true":
			value = "true"
		case "--no-provenance", "--provenance=false":
			value = "false"
		}
	}
	return value
}

// provenanceEntries lists where provenance may be asked for without a flag,
// the strongest first.
func (p publication) provenanceEntries() []yamltree.Field {
	var list []yamltree.Field
	if p.cmd != nil {
		for _, assigned := range p.cmd.assigned {
			if name, value, _ := strings.Cut(assigned, "="); strings.EqualFold(name, provenanceEnv) {
				list = append(list, scriptEntry(name, value, p.cmd.line))
			}
		}
	}
	if entry, ok := p.step.node.Get("with").Field("provenance"); ok && p.tool == "js-devtools" {
		list = append(list, entry)
	}
	if entry, ok := p.step.envFold(provenanceEnv); ok {
		list = append(list, entry)
	}
	return list
}

const provenanceEnv = "NPM_CONFIG_PROVENANCE"
