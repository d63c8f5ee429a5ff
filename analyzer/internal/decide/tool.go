package decide

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
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
	case "tool.verbose":
		text = an.ofVersion(a, t, t.Verbose)
	case "command":
		text = command(a.Step)
	}
	return text, text != ""
}

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
