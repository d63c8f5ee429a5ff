package decide

import (
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/patterns"
)

// provenance says whether an upload went out with provenance: yes, no, or
// unknown where the tool or the log level would not have shown it.
func (an *Analysis) provenance(a *attempt.Attempt) string {
	switch {
	case a.Signed || an.signedOnce(a):
		return "yes"
	case a.DryRun || a.Staged || an.holds(a, facts.RegistryPublic, "false") == version.True || restricted(a):
		return "unknown"
	case an.wouldShow(a):
		return "no"
	}
	return "unknown"
}

// signedOnce tells whether an earlier upload of the same step printed its
// statement: npm 11.7.0 and later print equal notices once per process.
func (an *Analysis) signedOnce(a *attempt.Attempt) bool {
	return an.Groups.SignedBefore(a) && an.holds(a, facts.NpmVersion, "< 11.7.0") != version.True
}

func restricted(a *attempt.Attempt) bool {
	return slices.ContainsFunc(a.Starts, func(ev *match.Event) bool { return ev.Captures.Get("access") == "restricted" })
}

// wouldShow tells whether the tool, at this log level, would have printed its
// provenance statement.
func (an *Analysis) wouldShow(a *attempt.Attempt) bool {
	hinted := func(role patterns.Role) bool {
		return slices.ContainsFunc(a.Hints, func(ev *match.Event) bool { return ev.Symptom.Role == role })
	}
	requested := an.holds(a, facts.ProvenanceRequested, "true") == version.True
	switch a.Published.Symptom.Role {
	case patterns.RolePublishedNotices, patterns.RoleAccepted:
		// npm 9.5.0 to 9.6.1 sign without a word.
		return an.Groups.Announced(a) && !(requested && an.holds(a, facts.NpmVersion, ">= 9.5.0, < 9.6.2") != version.False)
	case patterns.RolePublishedSkips:
		return hinted(patterns.RoleProvenanceSkipped) || hinted(patterns.RoleOIDCUnpermitted) && !requested
	case patterns.RolePublishedProvenance:
		return true
	}
	return false
}

// holds evaluates one condition: a range for versions, else a value.
func (an *Analysis) holds(a *attempt.Attempt, fact, value string) version.Tri {
	c := patterns.Cond{Fact: fact, Op: patterns.OpIs, Values: []string{value}}
	if def, ok := an.Facts.Def(fact); ok && def.Type == patterns.TypeVersion {
		c.Op = patterns.OpRange
	}
	truth, _ := an.Facts.Eval(c, an.Findings.Place(a))
	return truth
}
