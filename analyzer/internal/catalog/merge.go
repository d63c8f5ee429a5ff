package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/patterns"
)

// Merge adds people's own catalogs to base, one after the other, and leaves
// its arguments as they are. An entry with an id that is taken is an error
// unless it says "replaces: id"; it then takes the place of the old entry, and
// where the ids differ, what mentions the old one follows. Ids under "disable"
// remove entries of any kind and with them what cannot do without: a row whose
// only symptom, cause, condition's fact or required trace is gone.
func Merge(base *Catalog, extra ...*Catalog) (*Catalog, []Problem) {
	m := &merger{catalog: base.clone()}
	for _, c := range extra {
		m.own, m.links = map[patterns.Pos]bool{}, links{}
		m.disable(c.Disable)
		m.add(c)
		m.relink()
		maps.Copy(m.catalog.places, c.places)
		m.catalog.unfilled = append(m.catalog.unfilled, c.unfilled...)
		m.catalog.incomplete = m.catalog.incomplete || c.incomplete
	}
	return m.catalog, m.sorted()
}

// clone copies what Merge changes: the lists, not what entries share.
func (c *Catalog) clone() *Catalog {
	places := map[place]patterns.Pos{}
	maps.Copy(places, c.places)
	return &Catalog{
		Catalog: &patterns.Catalog{
			Symptoms:   slices.Clone(c.Symptoms),
			Facts:      slices.Clone(c.Facts),
			Inferences: slices.Clone(c.Inferences),
			Causes:     slices.Clone(c.Causes),
			Rows:       slices.Clone(c.Rows),
			Tools:      slices.Clone(c.Tools),
			Lines:      c.Lines,
		},
		places:     places,
		incomplete: c.incomplete,
		unfilled:   slices.Clone(c.unfilled),
	}
}

type merger struct {
	collector
	catalog *Catalog
	own     map[patterns.Pos]bool // entries of the catalog that is being added
	links   links                 // ids that went away or were renamed by it
}

type head struct {
	what     string
	id       string
	replaces string
	pos      patterns.Pos
}

func headOf(entry any) head {
	switch e := entry.(type) {
	case *patterns.Symptom:
		return head{"symptom", e.ID, e.Replaces, e.Pos}
	case *patterns.FactDef:
		return head{"fact", e.ID, e.Replaces, e.Pos}
	case *patterns.Cause:
		return head{"cause", e.ID, e.Replaces, e.Pos}
	case *patterns.Row:
		return head{"row", e.ID, e.Replaces, e.Pos}
	case *patterns.Tool:
		return head{"tool", e.ID, e.Replaces, e.Pos}
	}
	panic(fmt.Sprintf("catalog: a %T has no id", entry))
}

// find is the index of an id in entries, or -1.
func find[T any](entries []T, id string) int {
	return slices.IndexFunc(entries, func(e T) bool { return headOf(&e).id == id })
}

func (m *merger) disable(ids []patterns.Disabled) {
	known := m.catalog.ids()
	for _, d := range ids {
		kinds := m.disableOne(d.ID)
		switch len(kinds) {
		case 0:
			m.hinted(d.Pos, didYouMean(d.ID, known), "nothing to disable has the id %q", d.ID)
		case 1:
		default:
			m.collector.add(d.Pos, SeverityWarning, "if only one is meant, replace that", "%q names a %s: all of them are disabled", d.ID, strings.Join(kinds, " and a "))
		}
	}
}

// disableOne removes the entries with an id and returns of which kinds they were.
func (m *merger) disableOne(id string) []string {
	c := m.catalog
	var kinds []string
	for _, kind := range []struct {
		name  string
		found bool
	}{
		{"symptom", remove(m, &c.Symptoms, id)},
		{"fact", remove(m, &c.Facts, id)},
		{"cause", remove(m, &c.Causes, id)},
		{"row", remove(m, &c.Rows, id)},
	} {
		if kind.found {
			kinds = append(kinds, kind.name)
		}
	}
	return kinds
}

// remove takes an entry out of a list and remembers that its id is gone.
func remove[T any](m *merger, entries *[]T, id string) bool {
	i := find[T](*entries, id)
	if i < 0 {
		return false
	}
	m.links[link{headOf(&(*entries)[i]).what, id}] = ""
	*entries = slices.Delete(*entries, i, i+1)
	return true
}

func (c *Catalog) ids() []string {
	return slices.Concat(idsOf(c.Symptoms), idsOf(c.Facts), idsOf(c.Causes), idsOf(c.Rows))
}

func idsOf[T any](entries []T) []string {
	ids := make([]string, len(entries))
	for i := range entries {
		ids[i] = headOf(&entries[i]).id
	}
	return ids
}

func (m *merger) add(c *Catalog) {
	addAll(m, &m.catalog.Symptoms, c.Symptoms)
	addAll(m, &m.catalog.Facts, c.Facts)
	addAll(m, &m.catalog.Causes, c.Causes)
	addAll(m, &m.catalog.Rows, c.Rows)
	addAll(m, &m.catalog.Tools, c.Tools)
	for _, lines := range c.Lines {
		m.errorf(lines.Pos, "\"lines\" is for the built-in catalog")
	}
	for _, inference := range c.Inferences {
		m.own[inference.Pos] = true
		m.catalog.Inferences = append(m.catalog.Inferences, inference)
	}
}

func addAll[T any](m *merger, to *[]T, from []T) {
	for _, e := range from {
		if headOf(&e).replaces == "" {
			addOne[T](m, to, e)
		} else {
			replaceOne[T](m, to, e)
		}
	}
}

// addOne appends an entry. Load has reported an id that is there twice in one
// catalog.
func addOne[T any](m *merger, to *[]T, e T) {
	h := headOf(&e)
	i := find[T](*to, h.id)
	if i < 0 {
		*to = append(*to, e)
		m.note(h)
		return
	}
	if first := headOf(&(*to)[i]).pos; !m.own[first] {
		m.hinted(h.pos, "write \"replaces: "+h.id+"\" to take its place, or another id", "a second %s %q, the first is at %s", h.what, h.id, first)
	}
}

// replaceOne puts an entry where the one was that it replaces.
func replaceOne[T any](m *merger, to *[]T, e T) {
	h := headOf(&e)
	i, taken := find[T](*to, h.replaces), find[T](*to, h.id)
	switch {
	case i < 0:
		m.hinted(h.pos, didYouMean(h.replaces, idsOf[T](*to)), "there is no %s %q to replace", h.what, h.replaces)
	case taken >= 0 && taken != i:
		m.hinted(h.pos, "give it another id", "the %s %q cannot replace %q: its own id is taken", h.what, h.id, h.replaces)
	default:
		(*to)[i] = e
		m.links[link{h.what, h.replaces}] = h.id
		m.note(h)
	}
}

func (m *merger) note(h head) {
	m.own[h.pos] = true
	delete(m.links, link{h.what, h.id})
}

type link struct {
	what string
	id   string
}

// links maps what entries mention to what they shall mention; empty: it is gone.
type links map[link]string

// follow is the id to mention now; ok is false when the entry is gone.
func (l links) follow(what, id string) (now string, ok bool) {
	now, changed := l[link{what, id}]
	if !changed {
		return id, true
	}
	return now, now != ""
}

// all follows a list of ids; complete is false when some are gone.
func (l links) all(what string, ids []string) (now []string, complete bool) {
	for _, id := range ids {
		if id, ok := l.follow(what, id); ok {
			now = append(now, id)
		}
	}
	return now, len(now) == len(ids)
}

func (l links) conditions(conds []patterns.Cond) (now []patterns.Cond, complete bool) {
	for _, cond := range conds {
		var ok bool
		if cond.Fact, ok = l.follow("fact", cond.Fact); ok {
			now = append(now, cond)
		}
	}
	return now, len(now) == len(conds)
}

// relink makes the older entries mention what is there now. Those that were
// just added stay as they are: Lint tells when they mention what is gone.
func (m *merger) relink() {
	if len(m.links) == 0 {
		return
	}
	c := m.catalog
	for i := range c.Symptoms {
		if !m.own[c.Symptoms[i].Pos] {
			m.links.symptom(&c.Symptoms[i])
		}
	}
	for i := range c.Causes {
		if !m.own[c.Causes[i].Pos] {
			c.Causes[i].RuledOut, _ = m.links.conditions(c.Causes[i].RuledOut)
		}
	}
	c.Inferences = keep(c.Inferences, func(inf *patterns.Inference) bool { return m.own[inf.Pos] || m.links.inference(inf) })
	c.Rows = keep(c.Rows, func(r *patterns.Row) bool { return m.own[r.Pos] || m.links.row(r) })
}

// keep filters a list in place; ok may change what it keeps.
func keep[T any](list []T, ok func(*T) bool) []T {
	kept := list[:0]
	for _, e := range list {
		if ok(&e) {
			kept = append(kept, e)
		}
	}
	return kept
}

func (l links) symptom(s *patterns.Symptom) {
	s.Refines, _ = l.all("symptom", s.Refines)
	implies := map[string]string{}
	for fact, value := range s.Implies {
		if fact, ok := l.follow("fact", fact); ok {
			implies[fact] = value
		}
	}
	if len(s.Implies) > 0 {
		s.Implies = implies
	}
}

func (l links) inference(inf *patterns.Inference) bool {
	var known, complete bool
	inf.Fact, known = l.follow("fact", inf.Fact)
	inf.When, complete = l.conditions(inf.When)
	return known && complete
}

// row is false when something is gone that the row cannot do without.
func (l links) row(r *patterns.Row) bool {
	var hasCause, allSeen, allKnown bool
	r.Symptoms, _ = l.all("symptom", r.Symptoms)
	r.Unless, _ = l.all("symptom", r.Unless)
	r.Seen, allSeen = l.all("symptom", r.Seen)
	r.When, allKnown = l.conditions(r.When)
	r.Cause, hasCause = l.follow("cause", r.Cause)
	return len(r.Symptoms) > 0 && allSeen && allKnown && hasCause
}
