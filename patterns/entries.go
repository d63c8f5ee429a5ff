package patterns

import "strings"

var (
	kinds       = []Kind{KindFailure, KindHint, KindStart, KindSuccess, KindContext}
	stages      = []Stage{StageStartup, StageUpgrade, StageInstall, StageAuth, StageCheck, StageSign, StagePublish, StageAfter, StageAttest, StageVerify}
	roles       = []Role{RolePublishNotice, RoleSigning, RoleSigned, RoleSignedList, RoleAttested, RoleStaged, RoleDryRun, RoleEndOfError, RoleRequestsShown, RoleOIDC, RoleOIDCExchange, RoleOIDCUnpermitted, RoleIDToken, RoleHidesOIDC, RoleVersionLookup, RoleProvenanceSkipped, RoleWithoutProvenance, RolePublishedNotices, RolePublishedSkips, RolePublishedProvenance}
	edits       = []Edit{EditAddIDToken, EditAddCallerPermission, EditBumpSetupNode, EditUpgradeNpm, EditDropToken, EditHostedRunner, EditGateTrigger, EditAddRegistryURL, EditAddProvenance, EditAddAttestations, EditSetRepositoryURL, EditSetAccessPublic, EditDropPrivate}
	statusPages = []StatusPage{StatusSigstore, StatusGitHub, StatusNpm}
	ins         = []In{InOutput, InSetup, InTitle, InScript, InWith, InEnv, InDetails, InSystem, InAny, InDebug}
	factTypes   = []FactType{TypeVersion, TypeEnum, TypeBool, TypeString}
	scopes      = []Scope{ScopeAttempt, ScopeStep, ScopeJob, ScopeRun}
	confidences = []string{"certain", "likely", "possible"} // strongest first
	guides      = []string{"1", "2", "3", "4", "5", "6", "7", "8", "faq"}
)

const (
	kebabForm  = "kebab-case: lower-case words and numbers joined by hyphens"
	factIDForm = "kebab-case words joined by dots"
	maxRank    = 1000
	maxCost    = 1000
)

// file adds the entries of one catalog file.
func (d *decoder) file(n *node) {
	o := d.object(n, "catalog file")
	if o == nil {
		return
	}
	decodeAll(o, "symptoms", "symptom", &d.catalog.Symptoms, (*object).symptom)
	decodeAll(o, "facts", "fact", &d.catalog.Facts, (*object).fact)
	decodeAll(o, "inferences", "inference", &d.catalog.Inferences, (*object).inference)
	decodeAll(o, "causes", "cause", &d.catalog.Causes, (*object).cause)
	decodeAll(o, "rows", "row", &d.catalog.Rows, (*object).row)
	for i, id := range o.list("disable") {
		d.catalog.Disable = append(d.catalog.Disable, Disabled{ID: id, Pos: d.catalog.at(o.owner, index("disable", i))})
	}
	o.done()
}

// decodeAll appends what decode makes of each item under key.
func decodeAll[T any](o *object, key, what string, to *[]T, decode func(*object) T) {
	for _, n := range o.nodes(key) {
		item := o.object(n, what)
		if item == nil {
			continue
		}
		*to = append(*to, decode(item))
		item.done()
	}
}

func (o *object) symptom() Symptom {
	s := Symptom{
		ID:         o.id(isKebab, kebabForm, ""),
		Title:      o.required("title"),
		Kind:       requiredWord(o, "kind", kinds),
		Stage:      requiredWord(o, "stage", stages),
		Role:       word(o, "role", roles),
		Refines:    o.list("refines"),
		Implies:    o.textMap("implies"),
		OnlyPasted: o.flag("only_pasted"),
		Fatal:      o.flag("fatal"),
		Prose:      o.flag("prose"),
		Computed:   o.flag("computed"),
		Tools:      o.list("tools"),
		Meaning:    o.text("meaning"),
		Replaces:   o.text("replaces"),
		Pos:        o.owner,
	}
	decodeAll(o, "match", "matcher", &s.Match, (*object).matcher)
	return s
}

// matcher reads a symptom's matcher.
func (o *object) matcher() Matcher {
	return Matcher{
		Literal:    o.text("literal"),
		Regex:      o.text("regex"),
		In:         word(o, "in", ins),
		Source:     o.text("source"),
		Examples:   o.list("examples"),
		NearMisses: o.list("near_misses"),
		Pos:        o.owner,
	}
}

// reading reads a fact's matcher, which also says what the value is.
func (o *object) reading() Matcher {
	m := o.matcher()
	m.Value = o.text("value")
	m.Map = o.textMap("map")
	m.Rank = o.number("rank", 0, maxRank)
	return m
}

func (o *object) fact() FactDef {
	f := FactDef{
		ID:       o.id(isFactID, factIDForm, "."),
		Title:    o.required("title"),
		Type:     requiredWord(o, "type", factTypes),
		Values:   o.list("values"),
		Scope:    requiredWord(o, "scope", scopes),
		Ask:      o.text("ask"),
		How:      o.text("how"),
		Cost:     o.number("cost", 0, maxCost),
		LogFirst: o.flag("log_first"),
		Replaces: o.text("replaces"),
		Pos:      o.owner,
	}
	decodeAll(o, "from", "fact matcher", &f.From, (*object).reading)
	return f
}

func (o *object) inference() Inference {
	inf := Inference{
		When:   o.conditions("when"),
		Fact:   o.required("fact"),
		Value:  o.required("value"),
		Source: o.text("source"),
		Pos:    o.owner,
	}
	o.demand("when", len(inf.When) > 0)
	return inf
}

func (o *object) cause() Cause {
	c := Cause{
		ID:         o.id(isKebab, kebabForm, ""),
		Title:      o.required("title"),
		Summary:    o.required("summary"),
		Explain:    o.text("explain"),
		FirstCheck: o.required("first_check"),
		Edit:       word(o, "edit", edits),
		Status:     word(o, "status", statusPages),
		Checks:     o.list("checks"),
		References: o.list("references"),
		Guide:      word(o, "guide", guides),
		Replaces:   o.text("replaces"),
		Pos:        o.owner,
	}
	if fix := o.fix(); fix != nil {
		c.Fix = *fix
	}
	o.demand("fix", c.Fix != Fix{})
	return c
}

// fix is nil when there is none.
func (o *object) fix() *Fix {
	n := o.get("fix")
	if n == nil {
		return nil
	}
	f := o.object(n, "fix")
	if f == nil {
		return nil
	}
	f.owner, f.prefix = o.owner, "fix."
	fix := Fix{Text: f.required("text"), Snippet: f.text("snippet"), Language: f.text("language")}
	f.done()
	return &fix
}

func (o *object) row() Row {
	r := Row{
		ID:         o.id(isKebab, kebabForm, ""),
		Symptoms:   o.list("symptoms"),
		When:       o.conditions("when"),
		Seen:       o.list("seen"),
		Unless:     o.list("unless"),
		Cause:      o.required("cause"),
		Confidence: requiredWord(o, "confidence", confidences),
		Prior:      o.number("prior", 0, 100),
		Why:        o.required("why"),
		FirstCheck: o.text("first_check"),
		Fix:        o.fix(),
		Guide:      word(o, "guide", guides),
		Source:     o.text("source"),
		Replaces:   o.text("replaces"),
		Pos:        o.owner,
	}
	o.demand("symptoms", len(r.Symptoms) > 0)
	return r
}

// conditions reads a mapping of facts to expressions, in the order written.
func (o *object) conditions(key string) []Cond {
	var conds []Cond
	for _, f := range o.fields(key) {
		cond := Cond{Fact: f.key, Pos: f.pos}
		switch f.value.kind {
		case textNode:
			cond.Op, cond.Values = parseCondition(f.value.text)
		case listNode:
			cond.Op, cond.Values = OpIs, o.alternatives(f)
		}
		if len(cond.Values) == 0 {
			o.hinted(f.value.pos, `write a value, [a, b], "not a" or "< 1.2.3"`, "the condition on %q says nothing", f.key)
			continue
		}
		conds = append(conds, cond)
	}
	return conds
}

// alternatives are the values of a condition that is a list.
func (o *object) alternatives(f field) []string {
	var values []string
	for _, item := range f.value.items {
		s, ok := o.scalar(f.key, item)
		if !ok {
			continue
		}
		if op, _ := parseCondition(s); op != OpIs {
			o.hinted(item.pos, `for "none of these" write one text: "not a, b"`, "%q cannot stand in a list", s)
			continue
		}
		values = append(values, s)
	}
	return values
}

// parseCondition splits an expression into its operator and values.
func parseCondition(s string) (Op, []string) {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s+" ", "not "); ok {
		return OpNot, splitValues(rest)
	}
	switch {
	case s == "":
		return OpIs, nil
	case strings.ContainsRune("<>=!~^", rune(s[0])):
		return OpRange, []string{s}
	}
	return OpIs, []string{s}
}

// splitValues splits "a, b" or "[a, b]".
func splitValues(s string) []string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	var values []string
	for value := range strings.SplitSeq(s, ",") {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	return values
}
