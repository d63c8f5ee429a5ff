package patterns

// Symptom finds a symptom by its id.
func (c *Catalog) Symptom(id string) (*Symptom, bool) {
	return lookup(c.Symptoms, id, func(s *Symptom) string { return s.ID })
}

// Fact finds a fact by its id.
func (c *Catalog) Fact(id string) (*FactDef, bool) {
	return lookup(c.Facts, id, func(f *FactDef) string { return f.ID })
}

// Cause finds a cause by its id.
func (c *Catalog) Cause(id string) (*Cause, bool) {
	return lookup(c.Causes, id, func(c *Cause) string { return c.ID })
}

// Row finds a row of the decision table by its id.
func (c *Catalog) Row(id string) (*Row, bool) {
	return lookup(c.Rows, id, func(r *Row) string { return r.ID })
}

// lookup is a linear search: a catalog has some hundred entries, and a run
// looks up only what it found.
func lookup[T any](entries []T, id string, idOf func(*T) string) (*T, bool) {
	for i := range entries {
		if idOf(&entries[i]) == id {
			return &entries[i], true
		}
	}
	return nil, false
}
