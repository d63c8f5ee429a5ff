package catalog

import "github.com/pubmortem/pubmortem/patterns"

import "slices"

// Lint looks for mistakes of meaning, all at once: matchers that cannot match
// or match too much, examples that do not, unknown ids, conditions that never
// hold, rows that are there twice, entries that nothing uses. It is as strict
// as the built-in catalog has to be; mistakes of form are for Load to report.
func (c *Catalog) Lint() []Problem {
	l := newLinter(c)
	for _, d := range c.Disable {
		l.errorf(d.Pos, "\"disable\" is for people's own catalogs")
	}
	for _, h := range c.heads() {
		if h.replaces != "" {
			l.errorf(c.at(h.pos, "replaces"), "\"replaces\" is for people's own catalogs")
		}
	}
	return l.lint()
}

// LintLenient is Lint for a catalog that people's own files were merged into:
// missing examples, near misses, sources and texts, and entries that nothing
// uses are only warnings.
func (c *Catalog) LintLenient() []Problem {
	l := newLinter(c)
	l.polish = SeverityWarning
	return l.lint()
}

// heads are the heads of all entries that have an id.
func (c *Catalog) heads() []head {
	return slices.Concat(headsOf(c.Symptoms), headsOf(c.Facts), headsOf(c.Causes), headsOf(c.Rows), headsOf(c.Tools))
}

func headsOf[T any](entries []T) []head {
	heads := make([]head, len(entries))
	for i := range entries {
		heads[i] = headOf(&entries[i])
	}
	return heads
}

// linter collects the problems of one catalog.
type linter struct {
	collector
	*Catalog
	// polish is the severity of what the program could live with.
	polish Severity

	symptomIDs, factIDs, causeIDs []string
	symptoms                      map[string]*patterns.Symptom
	facts                         map[string]*patterns.FactDef
	captures                      map[string]bool // names of all symptoms' captures
	inferred                      map[string]bool // facts that symptoms imply or inferences yield
}

func newLinter(c *Catalog) *linter {
	l := &linter{
		Catalog:    c,
		polish:     SeverityError,
		symptomIDs: idsOf(c.Symptoms),
		factIDs:    idsOf(c.Facts),
		causeIDs:   idsOf(c.Causes),
		symptoms:   map[string]*patterns.Symptom{},
		facts:      map[string]*patterns.FactDef{},
		captures:   map[string]bool{},
		inferred:   map[string]bool{},
	}
	for i := range c.Symptoms {
		l.symptoms[c.Symptoms[i].ID] = &c.Symptoms[i]
		for _, name := range captureNames(c.Symptoms[i].Match) {
			l.captures[name] = true
		}
		for id := range c.Symptoms[i].Implies {
			l.inferred[id] = true
		}
	}
	for i := range c.Inferences {
		l.inferred[c.Inferences[i].Fact] = true
	}
	for i := range c.Facts {
		l.facts[c.Facts[i].ID] = &c.Facts[i]
	}
	return l
}

func (l *linter) lint() []Problem {
	for _, pos := range l.Catalog.unfilled {
		l.wanting(pos, "write it", "this is still the scaffold's text")
	}
	for i := range l.Symptoms {
		l.symptom(&l.Symptoms[i])
	}
	for i := range l.Facts {
		l.fact(&l.Facts[i])
	}
	for i := range l.Inferences {
		l.inference(&l.Inferences[i])
	}
	for i := range l.Causes {
		l.cause(&l.Causes[i])
	}
	for i := range l.Rows {
		l.row(&l.Rows[i])
	}
	for i := range l.Tools {
		l.tool(&l.Tools[i])
	}
	l.refinesCycles()
	l.sameMatchers()
	l.rowPairs()
	if !l.incomplete {
		l.unused()
	}
	return l.sorted()
}

// wanting reports something that the built-in catalog must have.
func (l *linter) wanting(pos patterns.Pos, hint, format string, args ...any) {
	l.add(pos, l.polish, hint, format, args...)
}

// warnf reports something that is suspicious in any catalog.
func (l *linter) warnf(pos patterns.Pos, hint, format string, args ...any) {
	l.add(pos, SeverityWarning, hint, format, args...)
}

// known reports an id that is none of the known ones. Load has reported empty
// ids, and the files that may have declared it.
func (l *linter) known(pos patterns.Pos, what, id string, ids []string) bool {
	if slices.Contains(ids, id) {
		return id != ""
	}
	if id != "" && !l.incomplete {
		l.hinted(pos, didYouMean(id, ids), "there is no %s %q", what, id)
	}
	return false
}

// knownSymptoms reports unknown and repeated ids in a list of an entry.
func (l *linter) knownSymptoms(owner patterns.Pos, key string, ids []string) {
	for i, id := range ids {
		pos := l.at(owner, index(key, i))
		l.known(pos, "symptom", id, l.symptomIDs)
		if slices.Contains(ids[:i], id) {
			l.errorf(pos, "%q is in the list twice", id)
		}
	}
}
