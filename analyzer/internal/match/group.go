package match

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// groupState follows the body of a Run group: the script up to "shell:", then
// "with:" and "env:" with their entries.
type groupState struct {
	section patterns.In // InScript, InWith, InEnv, or empty between them
	action  bool
	web     bool
	first   bool
}

// actionTitle is what a step that uses an action is called: owner/repo@ref,
// ./path or docker://image.
var actionTitle = lazy.Regexp(`^(?:[\w.-]+/[\w./-]+@\S+|\./\S*|docker://\S+)$`)

// openGroup handles ##[group]TITLE.
func (t *tracker) openGroup(title string) {
	run, ok := strings.CutPrefix(title, "Run ")
	switch {
	case ok && t.region != regionRun:
		t.openRun(run, false)
	case title == "Environment details":
		t.region, t.regionLeft = regionDetails, 20
	case t.region == regionSetup:
		t.find(patterns.InSetup)
	case t.region == regionRun:
		t.runGroupLine() // the script itself prints groups
	default:
		t.find(patterns.InOutput)
	}
}

// openRun starts a step, or the next part of a composite one.
func (t *tracker) openRun(title string, web bool) {
	if t.member.Step == "" && t.text.Step == "" {
		t.enterStep("Run "+title, 0)
	}
	if t.step.Title == "" {
		t.step.Title = cutText(title)
	}
	t.job.Whole = t.job.Whole || !web
	t.walkLeft = 0
	if t.member.Format == runlog.FormatAct { // names the step, prints no body
		t.addScript(title)
		t.findIn(title, patterns.InTitle)
		return
	}
	t.region, t.regionLeft = regionRun, runLines
	t.group = groupState{section: patterns.InScript, action: actionTitle().MatchString(title), web: web, first: true}
	if t.group.action {
		t.group.section = ""
	}
	t.addScript(title)
	t.findIn(title, patterns.InTitle)
}

func (t *tracker) closeGroup() {
	if t.region == regionRun || t.region == regionDetails {
		t.region = regionOutput
	}
	if t.printed = t.printed[:0]; t.step == nil {
		return
	}
	for _, line := range t.step.Script {
		if !strings.HasSuffix(line, "--version") && !strings.HasSuffix(line, "-v") && !strings.HasSuffix(line, "-V") {
			continue
		}
		if m := versionCommand().FindStringSubmatch(line); m != nil {
			t.printed = append(t.printed, m[1])
		}
	}
	if len(t.printed) > 0 {
		t.walkLeft = max(t.walkLeft, 2*len(t.printed)+2)
	}
}

// versionCommand is a line of a script whose output is a tool's bare version.
var (
	versionCommand = lazy.Regexp(`^(?:which \w+ && )?(\w+) (?:--version|-v|-V)$`)
	bareVersion    = lazy.Regexp(`^v?\d+\.\d+\.\d+(?:-[\w.]+)?$`)
)

// versionLine names the tool in a line that is a bare version: a script printed
// the versions in the order of its commands.
func (t *tracker) versionLine() {
	if len(t.printed) == 0 || !bareVersion().MatchString(t.text.Text) {
		return
	}
	named := t.printed[0] + ": " + t.text.Text
	t.addIDs(named)
	t.findIn(named, patterns.InOutput)
	t.printed = t.printed[1:]
}

// runGroupLine handles a line of a Run group's body.
func (t *tracker) runGroupLine() {
	l, g := &t.text, &t.group
	indent := l.Indent
	if g.web {
		if indent < 2 && l.Text != "" {
			t.region = regionOutput
			t.route()
			return
		}
		indent -= 2
	}
	t.leave(&t.regionLeft)
	text := strings.TrimSpace(l.Text)
	if t.has(markTool) && slices.ContainsFunc(t.e.errors, func(s string) bool { return strings.HasPrefix(patterns.Lower(text), s) }) {
		t.region = regionOutput // a quoted log may lack the group's end, and no script has such a line
		t.route()
		return
	}
	switch {
	case strings.HasPrefix(text, "shell: ") && indent <= 0:
		g.section = ""
	case text == "with:" && indent <= 0 && (g.action || g.section != patterns.InScript):
		g.section = patterns.InWith
	case text == "env:" && indent <= 0: // a copied group may lack the line of the shell
		g.section = patterns.InEnv
	case g.section == patterns.InScript:
		t.scriptLine(text)
	case g.section != "":
		t.find(g.section)
	}
}

func (t *tracker) scriptLine(text string) {
	first := t.group.first
	t.group.first = false
	if first && text == strings.TrimSpace(t.step.Title) {
		return // the title repeats the first line
	}
	t.addScript(text)
	t.find(patterns.InScript)
}

func (t *tracker) addScript(text string) {
	if len(t.step.Script) >= maxScriptLines || text == "" {
		return
	}
	if text = cutText(text); t.room.holds(len(text)) {
		t.step.Script = append(t.step.Script, text)
	}
}

// isWebRun tells whether a line of a web copy may be the head of a step.
func (t *tracker) isWebRun() bool {
	f := t.member.Format
	return (f == runlog.FormatWeb || f == runlog.FormatText) && t.text.Indent == 0 &&
		strings.HasPrefix(t.text.Text, "Run ") && len(t.text.Text) > 4
}

// flushPending turns the pending line "Run …" into a group when its body
// follows, which is indented, or when it is a command: the page folds the body
// away, and a copy then has the title alone.
func (t *tracker) flushPending(indented bool) {
	p := t.pending
	t.pending = nil
	switch {
	case p != nil && indented:
		t.openRun(p.title, true)
	case p != nil && t.e.publishing.IsCommand(p.title):
		t.openRun(p.title, true)
		t.closeGroup()
	}
}
