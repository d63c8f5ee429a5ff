package attempt

import (
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/patterns"
)

// Matters tells whether a failed attempt bears on the release. Error texts in
// a step that ended well and publishes nothing are test output, or a check
// whose answer did not count.
func Matters(a *Attempt) bool {
	if a.LooksUp && onlyPasted(a) || a.Job.Whole && (onlyPasted(a) || a.quoted()) {
		return false
	}
	if !a.Job.Whole || a.Step.Failed && (hasFatal(a) || !IsEveryday(a.Step)) {
		return true
	}
	return hasFatal(a) && (Publishes(a.Step) || !IsEveryday(a.Step))
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

// Publishes tells whether a step runs a command or an action that publishes. A
// shell script that is only named so counts when a publishing tool spoke in it.
func Publishes(s *match.Step) bool {
	return slices.ContainsFunc(s.Publications, func(p commands.Publication) bool { return !p.Vague() || s.Spoke })
}

// everyday is what a step may run that never publishes.
var everyday = lazy.Regexp(`(?i)^(?:actions/(?:checkout|cache|setup-|upload-|download-)|npm (?:ci|i|install|test|t|run (?:test|lint|build|check|typecheck|coverage)\S*)\b|npx (?:jest|vitest|tsc|eslint|mocha|playwright)|(?:pnpm|yarn|bun) (?:install|i|ci|test|lint|build|check|typecheck)\b|pnpm/action-setup|node --test|make (?:test|lint|build|check))`)

// upgrade is the installation of a client that later steps publish with.
var upgrade = lazy.Regexp(`(?i)^(?:npm (?:i|install|add|up|update|upgrade)\b.*(?:-g|--global)|corepack )`)

// IsEveryday tells whether a step runs nothing but what never publishes.
func IsEveryday(s *match.Step) bool {
	return len(s.Script) > 0 && !slices.ContainsFunc(s.Script, func(line string) bool {
		return !everyday().MatchString(line) || upgrade().MatchString(line)
	})
}

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
