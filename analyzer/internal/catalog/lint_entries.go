package catalog

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/patterns"
)

func sortedKeys(m map[string]string) []string {
	return slices.Sorted(maps.Keys(m))
}

func (l *linter) symptom(s *patterns.Symptom) {
	switch {
	case s.Computed && len(s.Match) > 0:
		l.hinted(l.at(s.Pos, "match"), "leave out match: or computed:", "a computed symptom has no matchers")
	case !s.Computed && len(s.Match) == 0:
		l.hinted(s.Pos, "add match:", "the symptom has no matchers")
	case s.Computed && l.polish == SeverityWarning && s.Replaces == "" && !l.computes(s.ID):
		l.warnf(l.at(s.Pos, "computed"), "give it matchers", "nothing computes the symptom %q", s.ID)
	}
	if l.polish == SeverityError || !builtinMatchers(s) {
		for i := range s.Match {
			l.matcher(&s.Match[i])
		}
	}
	if strings.TrimSpace(s.Meaning) == "" {
		l.wanting(s.Pos, "say what it means, why it happens and what tells its causes apart", "the symptom lacks a meaning")
	}
	l.knownSymptoms(s.Pos, "refines", s.Refines)
	l.implies(s)
	l.tools(s)
}

// builtinMatchers tells whether a symptom has the very matchers of the built-in
// catalog. They are free of mistakes, as the generator holds, whatever people
// add, and to look through them takes most of the time of all.
func builtinMatchers(s *patterns.Symptom) bool {
	b, ok := patterns.Builtin().Symptom(s.ID)
	return ok && len(s.Match) > 0 && len(b.Match) > 0 && &s.Match[0] == &b.Match[0]
}

func (l *linter) computes(id string) bool {
	s, ok := patterns.Builtin().Symptom(id)
	return ok && s.Computed
}

// sameMatchers warns of failures that are recognised by the very same text.
func (l *linter) sameMatchers() {
	type pattern struct {
		literal, regex string
		in             patterns.In
	}
	first := map[pattern]*patterns.Symptom{}
	for i := range l.Symptoms {
		s := &l.Symptoms[i]
		if s.Kind != patterns.KindFailure {
			continue
		}
		for j := range s.Match {
			m := &s.Match[j]
			p := pattern{strings.ToLower(m.Literal), m.Regex, partOf(m.In)}
			other := first[p]
			if other == nil {
				first[p] = s
			} else if other != s && m.Literal != "" {
				l.warnf(m.Pos, "drop one of them, or let the regex tell them apart", "the symptom %q at %s has the same pattern", other.ID, other.Pos)
			}
		}
	}
}

func (l *linter) implies(s *patterns.Symptom) {
	names := captureNames(s.Match)
	for _, id := range sortedKeys(s.Implies) {
		pos := l.at(s.Pos, "implies."+id)
		if !l.known(pos, "fact", id, l.factIDs) {
			continue
		}
		quoted := patterns.Placeholders(s.Implies[id])
		for _, p := range quoted {
			if !slices.Contains(names, p.Name) {
				l.hinted(pos, didYouMean(p.Name, names), "no matcher of the symptom captures %q", p.Name)
			}
		}
		if len(quoted) == 0 {
			l.value(pos, l.facts[id], s.Implies[id])
		}
	}
}

func (l *linter) tools(s *patterns.Symptom) {
	for i, tool := range s.Tools {
		at := strings.IndexAny(tool, "<>=~^")
		if at < 0 {
			continue
		}
		l.versions(l.at(s.Pos, index("tools", i)), strings.TrimSpace(tool[:at]), tool[at:])
	}
}

func (l *linter) fact(f *patterns.FactDef) {
	l.values(f)
	l.told(f)
	l.readTwice(f)
	for i := range f.From {
		l.matcher(&f.From[i])
		l.reading(f, &f.From[i])
	}
}

// values checks the list of values that a fact may have.
func (l *linter) values(f *patterns.FactDef) {
	switch {
	case f.Type == patterns.TypeEnum && len(f.Values) == 0:
		l.hinted(f.Pos, "add values:", "an enum needs its values")
	case (f.Type == patterns.TypeVersion || f.Type == patterns.TypeString) && len(f.Values) > 0:
		l.hinted(l.at(f.Pos, "values"), "leave them out or make the type enum", "only an enum has values")
	}
	for i, value := range f.Values {
		pos := l.at(f.Pos, index("values", i))
		if f.Type == patterns.TypeBool {
			l.value(pos, f, value)
		}
		if slices.Contains(f.Values[:i], value) {
			l.errorf(pos, "%q is in the list twice", value)
			continue
		}
		l.ambiguous(pos, value, f.Values[:i])
	}
}

// ambiguous reports a value that conditions and --fact would take for another
// one.
func (l *linter) ambiguous(pos patterns.Pos, value string, earlier []string) {
	if op, values := parseCondition(value); op != patterns.OpIs || len(values) != 1 || values[0] != value || strings.Contains(value, ",") {
		l.hinted(pos, "use letters, digits and hyphens", "the value %q is ambiguous: a condition would read it as an expression", value)
	}
	for _, other := range earlier {
		if strings.EqualFold(value, other) {
			l.hinted(pos, "give it another name", "the value %q is ambiguous: letter case does not tell it from %q", value, other)
		}
	}
}

// told warns of a fact that nothing tells and nobody is asked for. The
// program itself finds out some of the built-in ones.
func (l *linter) told(f *patterns.FactDef) {
	if l.polish == SeverityError || len(f.From) > 0 || f.Ask != "" || l.incomplete || l.inferred[f.ID] {
		return
	}
	l.warnf(f.Pos, "add from:, or ask: so that people are asked for it", "nothing tells the fact %q", f.ID)
}

// readTwice reports an example that two matchers of equal rank read differently.
func (l *linter) readTwice(f *patterns.FactDef) {
	for i := range f.From {
		for j := range f.From {
			if a, b := &f.From[i], &f.From[j]; i != j && a.Rank == b.Rank && partOf(a.In) == partOf(b.In) {
				l.readBoth(a, b)
			}
		}
	}
}

// readBoth compares what two matchers read from the examples of the first.
func (l *linter) readBoth(a, b *patterns.Matcher) {
	for i, text := range a.Examples {
		one, okOne := read(a, text)
		other, okOther := read(b, text)
		if okOne && okOther && one != other {
			l.add(l.at(a.Pos, index("examples", i)), l.polish, "give one of them a higher rank", "the example is ambiguous: it reads %q here and %q by the matcher at %s", one, other, b.Pos)
		}
	}
}

// read is the value that a fact's matcher reads from a text.
func read(m *patterns.Matcher, text string) (string, bool) {
	captures, ok := patterns.MatchText(m, text)
	if !ok {
		return "", false
	}
	return m.FactValue(captures)
}

// partOf is the part of the log that a matcher looks at.
func partOf(in patterns.In) patterns.In {
	if in == "" {
		return patterns.InOutput
	}
	return in
}

func (l *linter) inference(inf *patterns.Inference) {
	l.conditions(inf.When)
	pos := l.at(inf.Pos, "fact")
	if l.known(pos, "fact", inf.Fact, l.factIDs) {
		l.value(l.at(inf.Pos, "value"), l.facts[inf.Fact], inf.Value)
	}
	if slices.ContainsFunc(inf.When, func(c patterns.Cond) bool { return c.Fact == inf.Fact }) {
		l.errorf(pos, "the fact %q is inferred from itself", inf.Fact)
	}
	if inf.Source == "" {
		l.wanting(inf.Pos, "name where this is documented", "the inference lacks a source")
	}
}

func (l *linter) cause(c *patterns.Cause) {
	if strings.TrimSpace(c.Explain) == "" {
		l.wanting(c.Pos, "explain it for those who ask", "the cause lacks an explain text")
	}
	for i, ref := range c.References {
		if !strings.HasPrefix(ref, "https://") && !strings.HasPrefix(ref, "http://") {
			l.hinted(l.at(c.Pos, index("references", i)), "write the whole URL", "the reference %q is no URL", ref)
		}
	}
	for i, id := range c.Checks {
		if l.facts[id] == nil && !l.incomplete {
			l.hinted(l.at(c.Pos, index("checks", i)), didYouMean(id, l.factIDs), "there is no fact %q", id)
		}
	}
	l.conditions(c.RuledOut)
	l.template(l.at(c.Pos, "first_check"), c.FirstCheck)
	l.fix(c.Pos, &c.Fix)
}

func (l *linter) fix(owner patterns.Pos, f *patterns.Fix) {
	l.template(l.at(owner, "fix.text"), f.Text)
	l.template(l.at(owner, "fix.snippet"), f.Snippet)
	switch {
	case f.Snippet != "" && f.Language == "":
		l.wanting(l.at(owner, "fix.snippet"), "add language: yaml, json, diff or sh", "the snippet lacks a language")
	case f.Snippet == "" && f.Language != "":
		l.errorf(l.at(owner, "fix.language"), "a language without a snippet")
	}
}

// template checks that a text quotes only facts and captures that exist.
func (l *linter) template(pos patterns.Pos, text string) {
	for _, p := range patterns.Placeholders(text) {
		if l.facts[p.Name] == nil && !l.captures[p.Name] && !slices.Contains(patterns.ToolVariables, p.Name) && !l.incomplete {
			names := append(slices.Sorted(maps.Keys(l.captures)), l.factIDs...)
			l.hinted(pos, didYouMean(p.Name, names), "${%s} is neither a fact nor a capture", p.Name)
		}
	}
}

// refinesCycles reports symptoms that refine each other, so that both would
// make the other superfluous.
func (l *linter) refinesCycles() {
	for i := range l.Symptoms {
		s := &l.Symptoms[i]
		if l.reaches(s, s.ID, map[string]bool{}) {
			l.errorf(l.at(s.Pos, "refines"), "the symptom %q refines itself, directly or through others", s.ID)
		}
	}
}

func (l *linter) reaches(s *patterns.Symptom, id string, visited map[string]bool) bool {
	for _, next := range s.Refines {
		if next == id {
			return true
		}
		if visited[next] || l.symptoms[next] == nil {
			continue
		}
		visited[next] = true
		if l.reaches(l.symptoms[next], id, visited) {
			return true
		}
	}
	return false
}

// tool checks what a tool says of facts, versions and other tools.
func (l *linter) tool(t *patterns.Tool) {
	for i, id := range t.LocalFacts {
		l.known(l.at(t.Pos, index("local_facts", i)), "fact", id, l.factIDs)
	}
	for i, id := range t.Calls {
		l.known(l.at(t.Pos, index("calls", i)), "tool", id, idsOf(l.Tools))
	}
	if t.Version != "" {
		l.known(l.at(t.Pos, "version"), "fact", t.Version, l.factIDs)
	}
	if f := l.facts[facts.PublishTool]; f != nil {
		l.known(l.at(t.Pos, "fact"), "value of publish.tool", t.FactValue(), f.Values)
	}
	for key, text := range map[string]string{"oidc": t.OIDC, "signs": t.Signs, "local_from": t.LocalFrom} {
		if text != "*" && text != "" {
			l.versions(l.at(t.Pos, key), t.ID, text)
		}
	}
	if len(t.Commands)+len(t.Actions)+len(t.Scripts) == 0 {
		l.hinted(t.Pos, "add commands: or actions:", "nothing recognises the tool %q", t.ID)
	}
	for _, text := range slices.Concat(t.Provenance, t.Verbose, t.Token) {
		if text.Versions != "" {
			l.versions(l.at(text.Pos, "versions"), t.ID, text.Versions)
		}
		if text.Source == "" {
			l.wanting(text.Pos, "name the package, version and file that show it", "the text lacks a source")
		}
	}
}

// lines checks an expression by its own examples.
func (l *linter) lines(lines *patterns.Lines) {
	re, err := regexp.Compile(lines.Regex)
	if err != nil {
		l.errorf(l.at(lines.Pos, "regex"), "the regular expression does not compile: %v", err)
		return
	}
	for i, text := range lines.Examples {
		if !re.MatchString(text) {
			l.errorf(l.at(lines.Pos, index("examples", i)), "the regular expression does not match its example")
		}
	}
	for i, text := range lines.NearMisses {
		if re.MatchString(text) {
			l.errorf(l.at(lines.Pos, index("near_misses", i)), "the regular expression matches a near miss")
		}
	}
}
