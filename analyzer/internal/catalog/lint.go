package catalog

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/patterns"
)

// Lint looks for mistakes of meaning, all at once: matchers that cannot match
// or match too much, examples that do not, unknown ids, conditions that never
// hold, rows that are there twice, entries that nothing uses. It is as strict
// as the built-in catalog has to be; mistakes of form are for Load to report.
func (c *Catalog) Lint() []Problem {
	l := newLinter(c)
	for _, d := range c.Disable {
		l.errorf(d.Pos, "\"disable\" is for people's own catalogs")
	}
	for _, h := range slices.Concat(headsOf(c.Symptoms), headsOf(c.Facts), headsOf(c.Causes), headsOf(c.Rows), headsOf(c.Tools)) {
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

func headsOf[T any](entries []T) []head {
	heads := make([]head, len(entries))
	for i := range entries {
		heads[i] = headOf(&entries[i])
	}
	return heads
}

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
	each(l.Symptoms, l.symptom)
	each(l.Facts, l.fact)
	each(l.Inferences, l.inference)
	each(l.Causes, l.cause)
	each(l.Rows, l.row)
	each(l.Tools, l.tool)
	each(l.Lines, l.lines)
	l.refinesCycles()
	l.sameMatchers()
	l.rowPairs()
	if !l.incomplete {
		l.unused()
	}
	return l.sorted()
}

func each[T any](list []T, check func(*T)) {
	for i := range list {
		check(&list[i])
	}
}

func (l *linter) wanting(pos patterns.Pos, hint, format string, args ...any) {
	l.add(pos, l.polish, hint, format, args...)
}

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

func (l *linter) conditions(conds []patterns.Cond) {
	for i := range conds {
		cond := &conds[i]
		if !l.known(cond.Pos, "fact", cond.Fact, l.factIDs) {
			continue
		}
		f := l.facts[cond.Fact]
		isVersion := f.Type == patterns.TypeVersion
		switch {
		case cond.Op == patterns.OpRange && !isVersion:
			l.errorf(cond.Pos, "%q is not a version: it cannot be compared with %q", f.ID, cond.Values[0])
		case cond.Op == patterns.OpRange:
			l.versions(cond.Pos, f.ID, cond.Values[0])
		case cond.Op == patterns.OpNot && isVersion:
			l.hinted(cond.Pos, "write two rows, one below and one above", "%q is a version: \"not\" does not apply", f.ID)
		case isVersion:
			l.hinted(cond.Pos, "write \"= "+cond.Values[0]+"\"", "%q is a version and needs a range", f.ID)
		default:
			for _, value := range cond.Values {
				l.value(cond.Pos, f, value)
			}
			if cond.Op == patterns.OpNot {
				l.leavesNone(cond, f)
			}
		}
	}
}

// versions checks a range, or a version, also in part, of what is named.
func (l *linter) versions(pos patterns.Pos, of, text string) {
	_, err := version.ParseRange(text)
	switch {
	case errors.Is(err, version.ErrEmpty):
		l.errorf(pos, "no version of %q is %s", of, text)
	case err != nil:
		l.errorf(pos, "the range of %q: %v", of, err)
	}
}

// leavesNone reports a "not" that excludes all values.
func (l *linter) leavesNone(cond *patterns.Cond, f *patterns.FactDef) {
	all := f.Values
	if f.Type == patterns.TypeBool {
		all = []string{"true", "false"}
	}
	if len(all) > 0 && containsAll(cond.Values, all) {
		l.errorf(cond.Pos, "\"not %s\" leaves no value of %q", strings.Join(cond.Values, ", "), f.ID)
	}
}

func (l *linter) value(pos patterns.Pos, f *patterns.FactDef, value string) {
	switch f.Type {
	case patterns.TypeEnum:
		if len(f.Values) > 0 && !slices.Contains(f.Values, value) {
			hint := didYouMean(value, f.Values)
			if hint == "" {
				hint = "values are " + strings.Join(f.Values, ", ")
			}
			l.hinted(pos, hint, "%q is not a value of %q", value, f.ID)
		}
	case patterns.TypeBool:
		if value != "true" && value != "false" {
			l.errorf(pos, "%q is not a value of %q, which is true or false", value, f.ID)
		}
	case patterns.TypeVersion:
		l.versions(pos, f.ID, value)
	}
}

func (l *linter) row(r *patterns.Row) {
	l.knownSymptoms(r.Pos, "symptoms", r.Symptoms)
	l.knownSymptoms(r.Pos, "seen", r.Seen)
	l.knownSymptoms(r.Pos, "unless", r.Unless)
	l.conditions(r.When)
	l.known(l.at(r.Pos, "cause"), "cause", r.Cause, l.causeIDs)
	l.rowSymptoms(r)
	l.rowTraces(r)
	l.rowImplied(r)
	if r.Source == "" && r.Guide == "" {
		l.wanting(r.Pos, "name where this is documented, or the guide's reason", "the row lacks a source")
	}
	l.template(l.at(r.Pos, "why"), r.Why)
	l.template(l.at(r.Pos, "first_check"), r.FirstCheck)
	if r.Fix != nil {
		l.fix(r.Pos, r.Fix)
	}
}

func (l *linter) rowSymptoms(r *patterns.Row) {
	for i, id := range r.Symptoms {
		s := l.symptoms[id]
		if s != nil && s.Kind != patterns.KindFailure && s.Kind != patterns.KindHint && s.Kind != "" {
			l.warnf(l.at(r.Pos, index("symptoms", i)), "put it under seen:", "%q is a %s symptom and makes no incident", id, s.Kind)
		}
	}
}

func (l *linter) rowTraces(r *patterns.Row) {
	possible := r.Symptoms
	for i, id := range r.Unless {
		pos := l.at(r.Pos, index("unless", i))
		if slices.Contains(r.Seen, id) {
			l.errorf(pos, "the row can never hold: %q is under seen and unless", id)
		}
		possible = slices.DeleteFunc(slices.Clone(possible), func(s string) bool { return s == id })
	}
	if len(r.Symptoms) > 0 && len(possible) == 0 {
		l.errorf(l.at(r.Pos, "unless"), "the row can never hold: all its symptoms are under unless")
	}
}

// rowImplied reports conditions that contradict what each of the row's symptoms
// proves by itself.
func (l *linter) rowImplied(r *patterns.Row) {
	for i := range r.When {
		cond := &r.When[i]
		f, why := l.facts[cond.Fact], ""
		if f == nil {
			continue
		}
		for _, id := range r.Symptoms {
			if why = l.contradiction(l.symptoms[id], cond, f); why == "" {
				break
			}
		}
		switch {
		case why == "":
		case f.Type == patterns.TypeVersion:
			l.hinted(cond.Pos, "leave the condition out, or the symptom", "the row can never hold: %s", why)
		case l.polish == SeverityWarning:
			l.warnf(cond.Pos, "leave the condition out, or the symptom", "the row only holds when more is known than the log says: %s", why)
		}
	}
}

// contradiction says what a symptom proves against a condition, or nothing.
func (l *linter) contradiction(s *patterns.Symptom, cond *patterns.Cond, f *patterns.FactDef) string {
	if s == nil {
		return ""
	}
	value, ok := s.Implies[cond.Fact]
	if !ok || len(patterns.Placeholders(value)) > 0 || !excludes(f, value, cond) {
		return ""
	}
	return fmt.Sprintf("%q implies %s %s", s.ID, cond.Fact, value)
}

// excludes tells whether a fact that has a value cannot meet a condition.
func excludes(f *patterns.FactDef, value string, cond *patterns.Cond) bool {
	switch {
	case f.Type == patterns.TypeVersion && cond.Op == patterns.OpRange:
		have, err := version.Parse(value)
		want, errWant := version.Parse(cond.Values[0])
		return err == nil && errWant == nil && have.Within(want) == version.False
	case cond.Op == patterns.OpIs:
		return f.Type != patterns.TypeVersion && !slices.Contains(cond.Values, value)
	case cond.Op == patterns.OpNot:
		return slices.Contains(cond.Values, value)
	}
	return false
}

// confidences are those of rows, strongest first.
var confidences = func() []string {
	f, _ := reflect.TypeFor[patterns.Row]().FieldByName("Confidence")
	return strings.Split(f.Tag.Get("is"), "|")
}()

// rowPairs compares every two rows. One finding for a row is enough: what is
// mended there may mend the rest, and many equal rows have as many pairs.
func (l *linter) rowPairs() {
	asked := make([]askedRow, len(l.Rows))
	for i := range l.Rows {
		asked[i] = askedRow{&l.Rows[i], keys(l.Rows[i].When)}
		for j := range i {
			if l.rowPair(asked[j], asked[i]) {
				break
			}
		}
	}
}

// askedRow is a row with its conditions made comparable.
type askedRow struct {
	*patterns.Row
	when []string
}

// rowPair tells whether it found something.
func (l *linter) rowPair(a, b askedRow) bool {
	switch aCovers, bCovers := covers(a, b), covers(b, a); {
	case aCovers && bCovers:
		why := clash(a.Row, b.Row)
		if why != "" {
			l.hinted(b.Pos, "add the condition that tells them apart", "the row %q asks for the same as %q at %s %s", b.ID, a.ID, a.Pos, why)
		}
		return why != ""
	case aCovers:
		return l.weaker(b.Row, a.Row)
	case bCovers:
		return l.weaker(a.Row, b.Row)
	}
	return false
}

// clash says why two rows that ask for the same cannot both stay, or nothing
// when they are alternatives of an open differential: other causes, one of
// them more probable.
func clash(a, b *patterns.Row) string {
	certain := confidences[0]
	switch {
	case a.Cause == b.Cause:
		return "and names the same cause"
	case a.Confidence == certain || b.Confidence == certain:
		return "though one of them is certain"
	case a.Confidence == b.Confidence && a.Prior == b.Prior:
		return "and nothing ranks their causes"
	}
	return ""
}

// weaker warns when the row that asks for more says the same less firmly: it
// adds nothing but doubt.
func (l *linter) weaker(special, general *patterns.Row) bool {
	rank := func(r *patterns.Row) int { return slices.Index(confidences, r.Confidence) }
	less := special.Cause == general.Cause && rank(special) > rank(general)
	if less {
		l.warnf(special.Pos, "", "the row %q asks for more than %q at %s and says the same less firmly", special.ID, general.ID, general.Pos)
	}
	return less
}

// covers tells whether general holds whenever special does.
func covers(general, special askedRow) bool {
	return containsAll(general.Symptoms, special.Symptoms) &&
		containsAll(special.when, general.when) &&
		containsAll(special.Seen, general.Seen) &&
		containsAll(special.Unless, general.Unless)
}

func containsAll(set, of []string) bool {
	return !slices.ContainsFunc(of, func(s string) bool { return !slices.Contains(set, s) })
}

func keys(conds []patterns.Cond) []string {
	var all []string
	for _, c := range conds {
		values := slices.Sorted(slices.Values(c.Values))
		all = append(all, c.Fact+" "+string(c.Op)+" "+strings.Join(values, ","))
	}
	return all
}

// unused reports entries that can never show in a report.
func (l *linter) unused() {
	rowed, mentioned, caused := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range l.Rows {
		caused[r.Cause] = true
		for _, id := range r.Symptoms {
			rowed[id] = true
		}
		for _, id := range slices.Concat(r.Seen, r.Unless) {
			mentioned[id] = true
		}
	}
	for _, s := range l.Symptoms {
		switch {
		case rowed[s.ID]:
		case s.Kind == patterns.KindFailure:
			l.wanting(s.Pos, "write a row for it", "no row explains the failure %q", s.ID)
		case s.Kind == patterns.KindHint && !mentioned[s.ID] && len(s.Implies) == 0:
			l.warnf(s.Pos, "", "nothing uses the hint %q", s.ID)
		}
	}
	for _, c := range l.Causes {
		if !caused[c.ID] {
			l.wanting(c.Pos, "write a row that leads to it", "no row leads to the cause %q", c.ID)
		}
	}
}
