package workflow

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// publication is a step that publishes, and how.
type publication struct {
	// tool is a value of the fact publish.tool, or "" for a script of the
	// package whose name only speaks of publishing.
	tool string
	step *Step
	// cmd is the command in the step's script; an action has none.
	cmd *commands.Command
}

// PublishStep is the job's first step that publishes to npm, by a command, an
// action or a script of the package that is named after publishing. Rehearsals
// do not count. ok is false when the job has none that the file shows.
func (f *File) PublishStep(job string) (_ *Step, ok bool) {
	j, ok := f.Job(job)
	if !ok {
		return nil, false
	}
	p, ok := j.publication()
	return p.step, ok
}

// publication is the first of all.
func (j *Job) publication() (_ publication, ok bool) {
	all := j.publications()
	if len(all) == 0 {
		return publication{}, false
	}
	return all[0], true
}

// publications lists what publishes in a job. Scripts of the package count
// only where nothing surer is there, and what goes to GitHub's own registry
// only where nothing else is.
func (j *Job) publications() []publication {
	var sure, named, elsewhere []publication
	for i, s := range j.Steps {
		for _, p := range s.publications() {
			switch {
			case j.toGitHub(i, p):
				elsewhere = append(elsewhere, p)
			case p.tool == "":
				named = append(named, p)
			default:
				sure = append(sure, p)
			}
		}
	}
	for _, list := range [][]publication{sure, named} {
		if len(list) > 0 {
			return list
		}
	}
	return elsewhere
}

func (s *Step) publications() []publication {
	with := s.node.Get("with")
	if t, ok := commands.Builtin().Action(s.Uses, func(name string) string { return with.Get(name).Scalar() }); ok {
		return []publication{{tool: t.FactValue(), step: s}}
	}
	var list []publication
	for _, p := range commands.Builtin().Commands(s.commands()) {
		tool := ""
		if !p.Named() {
			tool = p.Tool.FactValue()
		}
		list = append(list, publication{tool, s, p.Command})
	}
	return list
}

const githubRegistry = "npm.pkg.github.com"

// toGitHub tells whether the publication in step i goes to GitHub Packages, by
// its arguments or by the setup-node before it.
func (j *Job) toGitHub(i int, p publication) bool {
	if p.cmd != nil {
		if args := strings.Join(p.cmd.Words, " "); strings.Contains(args, "registry") {
			return strings.Contains(args, githubRegistry)
		}
	}
	setup := j.setupNode(i)
	return setup != nil && strings.Contains(setup.node.Get("with").Get("registry-url").Scalar(), githubRegistry)
}

// before lists the commands of the job up to its publication, with the ones in
// front of it in its own step.
func (j *Job) before(p publication) []placed {
	var list []placed
	for _, s := range j.Steps {
		for _, cmd := range s.commands() {
			if s == p.step && p.cmd != nil && cmd.Line >= p.cmd.Line {
				return list
			}
			list = append(list, placed{cmd, s})
		}
		if s == p.step {
			return list
		}
	}
	return list
}

type placed struct {
	commands.Command
	step *Step
}

// npmVersion is the version of npm that scripts install before the
// publication, or that npx runs for it, as the fact npm.version has it. It is
// "" when they install none or not a known one.
func (j *Job) npmVersion(p publication) (version string, line int) {
	if p.cmd != nil {
		if spec, ok := npxNpm(p.cmd.Words); ok {
			return npmRange(spec), p.cmd.Line
		}
	}
	commands := j.before(p)
	for _, cmd := range slices.Backward(commands) {
		if spec, ok := globalNpm(cmd.Words); ok {
			return npmRange(spec), cmd.Line
		}
	}
	return "", 0
}

// globalNpm is the X of `npm install -g npm@X`, or "latest" without one.
func globalNpm(words []string) (spec string, ok bool) {
	if len(words) < 3 || words[0] != "npm" || !slices.Contains(installs, words[1]) {
		return "", false
	}
	global := slices.ContainsFunc(words, func(w string) bool {
		return w == "-g" || w == "--global" || w == "--location=global"
	})
	for _, word := range words[2:] {
		if name, spec, _ := strings.Cut(word, "@"); name == "npm" && global {
			return spec, true
		}
	}
	return "", false
}

var installs = []string{"i", "in", "install", "add", "up", "update", "upgrade"}

// npxNpm is the X of `npx npm@X`.
func npxNpm(words []string) (spec string, ok bool) {
	if words[0] != "npx" {
		return "", false
	}
	at := slices.IndexFunc(words[1:], func(w string) bool { return !strings.HasPrefix(w, "-") })
	name, spec, ok := strings.Cut(words[1+at], "@")
	return spec, ok && at >= 0 && name == "npm"
}

// npmRange is what is known of a version that a person names: the newest, or
// the newest of a major version, has been 11.5.1 or later since July 2025
// (https://github.com/npm/cli/releases/tag/v11.5.1).
func npmRange(spec string) string {
	switch spec {
	case "", "latest", "next":
		return ">= 11.5.1"
	case "11", "^11", "11.x":
		return ">= 11.5.1, < 12.0.0"
	}
	op := spec[:len(spec)-len(strings.TrimLeft(spec, "^~>="))]
	v, ok := plainVersion(spec[len(op):])
	if !ok || !slices.Contains([]string{"", "^", "~", ">="}, op) {
		return ""
	}
	return op + v
}

// provenance says whether the publication asks for provenance, "true" or
// "false", or "" when nothing in the file speaks of it. A flag wins over a
// variable (https://docs.npmjs.com/cli/v11/using-npm/config).
func (j *Job) provenance(p publication) (value string, line int) {
	if p.cmd != nil {
		if value := flagged(p.cmd.Words); value != "" {
			return value, p.cmd.Line
		}
	}
	for _, entry := range p.provenanceEntries() {
		text, ok := j.literal(entry.Value)
		if ok && (text == "true" || text == "false") {
			return text, entry.Key.Line
		}
	}
	return "", 0
}

// flagged reads --provenance and --no-provenance; the last one counts.
func flagged(words []string) string {
	value := ""
	for _, word := range words {
		switch word {
		case "--provenance", "--provenance=true":
			value = "true"
		case "--no-provenance", "--provenance=false":
			value = "false"
		}
	}
	return value
}

// provenanceEntries lists where provenance may be asked for without a flag,
// the strongest first.
func (p publication) provenanceEntries() []yamltree.Field {
	var list []yamltree.Field
	if p.cmd != nil {
		for _, assigned := range p.cmd.Assigned {
			if name, value, _ := strings.Cut(assigned, "="); strings.EqualFold(name, provenanceEnv) {
				list = append(list, scriptEntry(name, value, p.cmd.Line))
			}
		}
	}
	if entry, ok := p.step.node.Get("with").Field("provenance"); ok && p.tool == "js-devtools" {
		list = append(list, entry)
	}
	if entry, ok := p.step.envFold(provenanceEnv); ok {
		list = append(list, entry)
	}
	return list
}

const provenanceEnv = "NPM_CONFIG_PROVENANCE"
