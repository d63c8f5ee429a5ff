package attempt

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/patterns"
)

// publishing recognises scripts and actions that publish, sign or release.
var publishing = lazy.Regexp(`(?i)publish|release|changeset|\blerna\b|\bnx\b|\bnp\b|deploy|attest|cosign|sigstore|provenance|\bship\b|npm (?:i|install|add|up|update|upgrade)\b.*(?:-g|--global)|stage|dist-tag|audit signatures|corepack`)

// everyday recognises steps that never publish, by what they run.
var everyday = lazy.Regexp(`(?i)^(?:actions/(?:checkout|cache|setup-|upload-|download-)|npm (?:ci|i|install|test|t|run (?:test|lint|build|check|typecheck|coverage)\S*)\b|npx (?:jest|vitest|tsc|eslint|mocha|playwright)|(?:pnpm|yarn) (?:install|test|lint|build|check|typecheck)|pnpm/action-setup|node --test|make (?:test|lint|build|check))`)

// Matters tells whether a failed attempt bears on the release. Error texts in
// a step that ended well and publishes nothing are test output, or a check
// whose answer did not count.
func Matters(a *Attempt) bool {
	if a.Job.Whole && (onlyPasted(a) || a.quoted()) {
		return false
	}
	if !a.Job.Whole || a.Step.Failed && (hasFatal(a) || !isEveryday(a.Step)) {
		return true
	}
	if !publishes(a.Step) && isEveryday(a.Step) {
		return false
	}
	return hasFatal(a)
}

// quoted tells whether the failure is but text that a passing test or script
// printed: its step ended well, no publish of it began, and the tool's error
// block has no end.
func (a *Attempt) quoted() bool {
	return !a.Step.Failed && len(a.Starts) == 0 && !a.ended && a.Step.Published
}

func onlyPasted(a *Attempt) bool {
	for _, f := range a.Failures {
		if !f.Symptom.OnlyPasted {
			return false
		}
	}
	return true
}

func hasFatal(a *Attempt) bool {
	for _, f := range a.Failures {
		if f.Symptom.Fatal {
			return true
		}
	}
	return false
}

func publishes(s *match.Step) bool {
	return publishing().MatchString(s.Name) || publishing().MatchString(strings.Join(s.Script, "\n"))
}

func isEveryday(s *match.Step) bool {
	if len(s.Script) == 0 {
		return false
	}
	for _, line := range s.Script {
		if !everyday().MatchString(line) {
			return false
		}
	}
	return true
}

// Publishes tells whether a step's name or script says that it publishes.
func Publishes(s *match.Step) bool { return publishes(s) }

// Symptoms lists an attempt's symptoms: failures before hints, the more
// precise before those that they make superfluous, which are left out.
func Symptoms(a *Attempt) []*patterns.Symptom {
	var list []*patterns.Symptom
	refined := map[string]bool{}
	for _, events := range [][]*match.Event{a.Failures, a.Hints} {
		for _, ev := range events {
			list = appendNew(list, ev.Symptom)
			for _, id := range ev.Symptom.Refines {
				refined[id] = true
			}
		}
	}
	kept := list[:0:0]
	for _, s := range list {
		if !refined[s.ID] {
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return list
	}
	return kept
}

func appendNew(list []*patterns.Symptom, s *patterns.Symptom) []*patterns.Symptom {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
