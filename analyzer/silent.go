package analyzer

import (
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/patterns"
)

// silentSymptom is the computed symptom of an upload without provenance.
const silentSymptom = "published-without-provenance"

// provenance says whether an upload went out with provenance: yes, no, or
// unknown where the tool or the log level would not have shown it.
func (d *diagnosis) provenance(a *attempt.Attempt) string {
	switch {
	case a.Signed || d.signedOnce(a):
		return "yes"
	case a.DryRun || a.Staged || d.elsewhere(a) || d.restricted(a):
		return "unknown"
	}
	if d.wouldShow(a) {
		return "no"
	}
	return "unknown"
}

func (d *diagnosis) lacksProvenance(a *attempt.Attempt) bool { return d.provenance(a) == "no" }

// signedOnce tells whether an earlier upload of the same step printed its
// statement: npm 11.7.0 and later print equal notices once per process.
func (d *diagnosis) signedOnce(a *attempt.Attempt) bool {
	if d.is(a, "npm.version", "< 11.7.0") == version.True {
		return false
	}
	return slices.ContainsFunc(d.attempts, func(b *attempt.Attempt) bool {
		return b.Step == a.Step && b.Signed && b.First <= a.First
	})
}

// elsewhere tells whether the upload went to another registry than the public one.
func (d *diagnosis) elsewhere(a *attempt.Attempt) bool {
	k, ok := d.store.Lookup("registry.public", d.place(a))
	return ok && k.Value == "false"
}

// restricted tells whether the package is private on the registry.
func (d *diagnosis) restricted(a *attempt.Attempt) bool {
	return slices.ContainsFunc(a.Starts, func(ev *event) bool { return ev.Captures["access"] == "restricted" })
}

// wouldShow tells whether the tool, at this log level, would have printed its
// provenance statement.
func (d *diagnosis) wouldShow(a *attempt.Attempt) bool {
	hinted := func(ids ...string) bool {
		return slices.ContainsFunc(a.Hints, func(ev *event) bool { return slices.Contains(ids, ev.Symptom.ID) })
	}
	requested := d.is(a, "provenance.requested", "true") == version.True
	switch a.Published.Symptom.ID {
	case "published-plus", "npm-put-accepted":
		// npm 9.5.0 to 9.6.1 sign without a word.
		return d.announced(a) && !(requested && d.is(a, "npm.version", ">= 9.5.0, < 9.6.2") != version.False)
	case "pnpm-published":
		return hinted("provenance-skipped") || hinted("oidc-skipped-permission") && !requested
	case "yarn-published", "lerna-published":
		return true
	}
	return false
}

// announced tells whether the step printed npm's notices: at a quieter level
// a missing statement means nothing.
func (d *diagnosis) announced(a *attempt.Attempt) bool {
	return a.Announced || slices.ContainsFunc(d.attempts, func(b *attempt.Attempt) bool {
		return b.Step == a.Step && b.Announced
	})
}

// is evaluates one condition: a range for versions, else a value.
func (d *diagnosis) is(a *attempt.Attempt, fact, value string) version.Tri {
	c := patterns.Cond{Fact: fact, Op: patterns.OpIs, Values: []string{value}}
	if def, ok := d.store.Def(fact); ok && def.Type == patterns.TypeVersion {
		c.Op = patterns.OpRange
	}
	truth, _ := d.store.Eval(c, d.place(a))
	return truth
}
