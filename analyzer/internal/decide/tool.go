package decide

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/findings"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/patterns"
)

func (an *Analysis) toolText(a *attempt.Attempt, name string) (string, bool) {
	t := an.Tool(a.Step)
	if t == nil {
		t = &patterns.Tool{}
	}
	text := ""
	switch name {
	case "tool.name":
		text = t.Title
	case "tool.provenance":
		text = an.ofVersion(a, t, t.Provenance)
	case "tool.provenance-variable":
		text = provenanceVariable().FindString(an.ofVersion(a, t, t.Provenance))
	case "tool.token":
		text = an.ofVersion(a, t, t.Token)
	case "tool.token-variable":
		text = tokenVariable().FindString(an.ofVersion(a, t, t.Token))
	case "tool.verbose":
		text = an.ofVersion(a, t, t.Verbose)
	case "tool.contents":
		if t.Pushes {
			text = "write # " + t.Title + " pushes tags or makes releases"
		}
	case "command":
		text = cmp.Or(command(a.Step), t.Usual)
	}
	return text, text != ""
}

var (
	provenanceVariable = lazy.Regexp(`\b[A-Z_]+_PROVENANCE\b`)
	tokenVariable      = lazy.Regexp(`\b[A-Z_]+_TOKEN\b`)
)

// ofVersion is the first text whose range holds for the tool's version, as far
// as that is known.
func (an *Analysis) ofVersion(a *attempt.Attempt, t *patterns.Tool, texts []patterns.ToolText) string {
	for _, text := range texts {
		if text.Versions == "" || t.Version != "" && an.holds(a, t.Version, text.Versions) == version.True {
			return text.Text
		}
	}
	return ""
}

// command is the publishing command of a step, "" when there is none or it
// holds what must not stand in advice. Logs are hostile: only words that look
// like flags, names and addresses are let in.
func command(s *match.Step) string {
	for _, p := range s.Publications {
		if p.Command == nil {
			continue
		}
		fits := func(word string) bool {
			name, value, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
			return plain(name) && (value == "" || plain(value)) && !strings.Contains(strings.ToLower(name), "token") && !strings.Contains(name, "otp")
		}
		line := strings.Join(p.Command.Words, " ")
		if len(line) <= 200 && !slices.ContainsFunc(p.Command.Words, func(w string) bool { return !fits(w) }) {
			return line
		}
	}
	return ""
}

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
	exchanged := an.holds(a, facts.OIDCExchange, "ok") != version.False
	switch a.Published.Symptom.Role {
	case patterns.RolePublishedNotices, patterns.RoleAccepted:
		// npm 9.5.0 to 9.6.1 sign without a word.
		return an.Groups.Announced(a) && !(requested && an.holds(a, facts.NpmVersion, ">= 9.5.0, < 9.6.2") != version.False)
	case patterns.RolePublishedSkips:
		// pnpm 11 and later read neither npm's variable nor its .npmrc, and add
		// provenance by themselves only after an exchange.
		asked := requested && (an.holds(a, facts.PnpmVersion, ">= 11.0.0") == version.False || findings.Asks(a.Step))
		return hinted(patterns.RoleProvenanceSkipped) || (hinted(patterns.RoleOIDCUnpermitted) || !exchanged) && !asked
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
