package commands

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/patterns"
)

// Publication is a command or an action that publishes packages.
type Publication struct {
	// Tool is what publishes. For a script of the package, whose name only
	// speaks of publishing, it is the catalog's tool with scripts.
	Tool *patterns.Tool
	// Command is nil for an action.
	Command *Command
}

// Named tells whether only the name of a script says that it publishes.
func (p *Publication) Named() bool { return len(p.Tool.Scripts) > 0 }

// Vague tells whether it is a shell script with such a name, which may publish
// anything anywhere.
func (p *Publication) Vague() bool {
	if !p.Named() || p.Command == nil {
		return false
	}
	name := program(p.Command.Words[0])
	return name == "bash" || name == "sh" || name == "pwsh" || strings.HasPrefix(p.Command.Words[0], "./")
}

// Recogniser finds what publishes, by a catalog's tools, and what does not. It
// is safe for concurrent use.
type Recogniser struct {
	tools    []patterns.Tool
	programs map[string][]form // forms by the program's name
	lines    map[patterns.LineKind]*lineKind
}

type form struct {
	tool *patterns.Tool
	cmd  *patterns.ToolCommand
	// words are the subcommands, "..." for any arguments.
	words []string
}

// lineKind is a regular expression, which few lines need to be tried with.
type lineKind struct {
	regex func() *regexp.Regexp
	needs func() filter.Needs
}

func newLineKind(expressions []string) *lineKind {
	regex := strings.Join(expressions, "|")
	return &lineKind{lazy.Regexp(regex), sync.OnceValue(func() filter.Needs { return filter.NeedsOf(regex) })}
}

// New prepares a recogniser.
func New(cat *patterns.Catalog) *Recogniser {
	tools := cat.Tools
	r := &Recogniser{tools: tools, programs: map[string][]form{}, lines: map[patterns.LineKind]*lineKind{}}
	kinds := map[patterns.LineKind][]string{}
	for _, lines := range cat.Lines {
		kinds[lines.Kind] = append(kinds[lines.Kind], "(?:"+lines.Regex+")")
	}
	for kind, expressions := range kinds {
		r.lines[kind] = newLineKind(expressions)
	}
	for i := range tools {
		t := &tools[i]
		for j := range t.Commands {
			words := strings.Fields(t.Commands[j].Run)
			if len(words) == 0 {
				continue
			}
			for _, name := range append([]string{words[0]}, t.Aliases...) {
				r.programs[name] = append(r.programs[name], form{t, &t.Commands[j], words[1:]})
			}
		}
	}
	return r
}

// Builtin is the recogniser of the tools that the program knows.
var Builtin = sync.OnceValue(func() *Recogniser { return New(patterns.Builtin()) })

// Is tells whether a line, or the name of a program, is of a kind.
func (r *Recogniser) Is(kind patterns.LineKind, line string) bool {
	return r.mayBe(kind, line) && r.lines[kind].regex().MatchString(line)
}

func (r *Recogniser) mayBe(kind patterns.LineKind, line string) bool {
	k := r.lines[kind]
	if k == nil {
		return false
	}
	needs := k.needs()
	return needs.Hold(patterns.Lower(line))
}

// Without is a line without what in it is of a kind.
func (r *Recogniser) Without(kind patterns.LineKind, line string) string {
	if !r.mayBe(kind, line) {
		return line
	}
	return r.lines[kind].regex().ReplaceAllLiteralString(line, "")
}

// Everyday tells whether a step's script has nothing but what never publishes.
func (r *Recogniser) Everyday(script []string) bool {
	return len(script) > 0 && !slices.ContainsFunc(script, func(line string) bool {
		return !r.Is(patterns.EverydayLine, line) || r.Is(patterns.UpgradeLine, line)
	})
}

// IsCommand tells whether a line is a command of a client or of a tool, and no
// sentence that begins like one.
func (r *Recogniser) IsCommand(line string) bool {
	first, _, _ := strings.Cut(line, " ")
	return (r.Is(patterns.ClientProgram, first) || r.isProgram(first)) && !r.Is(patterns.ProseLine, line)
}

// Foreign tells whether a step's script runs only programs that have other
// places to publish to than an npm registry, and what a shell does between them.
// An argument may be a script for another shell: what `docker run` starts.
func (r *Recogniser) Foreign(script []string) bool {
	list := Parse(strings.Join(script, "\n"), "", 1)
	return len(list) > 0 && !slices.ContainsFunc(list, func(c Command) bool {
		return len(c.Words) > 0 && (!r.Is(patterns.ForeignProgram, c.Words[0]) || slices.ContainsFunc(strings.Fields(strings.Join(c.Words[1:], " ")), func(word string) bool {
			return r.Is(patterns.ClientProgram, word)
		}))
	})
}

// Script lists what publishes in a script; line is where it begins.
func (r *Recogniser) Script(script, shell string, line int) []Publication {
	return r.Commands(Parse(script, shell, line))
}

// Commands lists what publishes among commands.
func (r *Recogniser) Commands(list []Command) []Publication {
	var found []Publication
	for i := range list {
		if t := r.tool(list[i].Words); t != nil {
			found = append(found, Publication{t, &list[i]})
		}
	}
	return found
}

// Step lists what publishes in a step as logs show it: its script's lines, or
// the action that it runs. Sure ones come first.
func (r *Recogniser) Step(script []string) []Publication {
	var found []Publication
	for i, line := range script {
		if isAction(line) {
			script = slices.Delete(slices.Clone(script), i, i+1)
			if t := r.action(line); t != nil {
				found = append(found, Publication{Tool: t})
			}
			break
		}
	}
	found = append(found, r.Script(strings.Join(script, "\n"), "", 1)...)
	slices.SortStableFunc(found, func(a, b Publication) int { return order(a) - order(b) })
	return found
}

func order(p Publication) int {
	if p.Named() {
		return 1
	}
	return 0
}

// isAction tells whether the title of a step is an action: owner/name@ref.
func isAction(line string) bool {
	name, ref, ok := strings.Cut(line, "@")
	return ok && ref != "" && !strings.ContainsAny(line, " \t") && strings.Contains(name, "/") && !strings.HasPrefix(name, ".")
}

// action is the tool that an action is, nil when it is none. An action that
// nobody here knows counts by its name: both npm and publish must be in it.
func (r *Recogniser) action(uses string) *patterns.Tool {
	name, _, _ := strings.Cut(uses, "@")
	for i := range r.tools {
		for _, a := range r.tools[i].Actions {
			if strings.EqualFold(a.Uses, name) {
				return &r.tools[i]
			}
		}
	}
	if words := wordsOf(name); slices.Contains(words, "npm") && slices.Contains(words, "publish") {
		return r.scripts()
	}
	return nil
}

// Action is the tool that an action publishes with; input gives its inputs. ok
// is false when it publishes nothing, or only rehearses.
func (r *Recogniser) Action(uses string, input func(name string) string) (_ *patterns.Tool, ok bool) {
	t := r.action(uses)
	if t == nil || t == r.scripts() {
		return nil, false
	}
	name, _, _ := strings.Cut(uses, "@")
	for _, a := range t.Actions {
		if strings.EqualFold(a.Uses, name) {
			return t, (a.Needs == "" || input(a.Needs) != "") && (a.DryRun == "" || input(a.DryRun) != "true")
		}
	}
	return nil, false
}

// Suggests tells whether the name of a job or a step says that it may publish.
// It is no proof: a release of anything may be called that.
func (r *Recogniser) Suggests(name string) bool {
	name = strings.TrimPrefix(name, "Run ")
	if len(r.Step([]string{name})) > 0 {
		return true
	}
	words := wordsOf(name)
	for i := range r.tools {
		t := &r.tools[i]
		for _, word := range append(slices.Clone(t.Scripts), "provenance", "attest", "trusted") {
			if slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, word) }) {
				return true
			}
		}
		if len(t.ID) > 4 && slices.Contains(words, strings.ToLower(t.ID)) {
			return true
		}
	}
	return false
}

// scripts is the tool that stands for a package's own scripts.
func (r *Recogniser) scripts() *patterns.Tool {
	for i := range r.tools {
		if len(r.tools[i].Scripts) > 0 {
			return &r.tools[i]
		}
	}
	return nil
}

// tool is what a command publishes with, nil when it does not, or only rehearses.
func (r *Recogniser) tool(words []string) *patterns.Tool {
	words = r.throughRunner(words)
	if len(words) == 0 {
		return nil
	}
	for _, program := range []string{program(words[0]), words[0]} {
		for _, f := range r.programs[program] {
			if f.fits(words[1:]) {
				return f.tool
			}
		}
	}
	if name, ok := task(words); ok && r.publishes(name) {
		return r.scripts()
	}
	return nil
}

// Runs tells whether a command, started directly or through a runner, is the
// program with the subcommands.
func (r *Recogniser) Runs(words []string, run ...string) bool {
	words = r.throughRunner(words)
	if len(words) == 0 || program(words[0]) != run[0] {
		return false
	}
	sub := positional(words[1:])
	return len(sub) >= len(run)-1 && slices.Equal(sub[:len(run)-1], run[1:])
}

func (f *form) fits(args []string) bool {
	isOneOf := func(list []string) bool {
		return slices.ContainsFunc(args, func(a string) bool { return slices.Contains(list, a) })
	}
	if isOneOf(f.cmd.Not) || len(f.cmd.Needs) > 0 && !isOneOf(f.cmd.Needs) {
		return false
	}
	sub := positional(args)
	want := f.words
	if len(want) > 0 && want[0] == "..." {
		want = want[1:]
		for len(sub) > 0 && !startsWith(sub, want) {
			sub = sub[1:]
		}
		return len(sub) > 0
	}
	if i := slices.Index(want, "..."); i > 0 {
		return startsWith(sub, want[:i]) && (&form{f.tool, f.cmd, want[i:]}).fits(sub[i:])
	}
	return startsWith(sub, want)
}

func startsWith(list, head []string) bool {
	return len(list) >= len(head) && slices.Equal(list[:len(head)], head)
}

// publishes tells whether the name of a script or task speaks of publishing.
func (r *Recogniser) publishes(name string) bool {
	t := r.scripts()
	if t == nil {
		return false
	}
	words := wordsOf(name)
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	return has(t.Scripts) && !has(t.NotScripts)
}

// wordsOf are the words of a name, in lower case: "ci:publish-all" has three.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// task is the script of the package, the task or the file of JavaScript that a
// command runs.
func task(words []string) (name string, ok bool) {
	sub := positional(words[1:])
	switch program := program(words[0]); program {
	case "npm", "pnpm", "yarn", "bun":
		if first(sub) == "run" || first(sub) == "run-script" {
			sub = sub[1:]
		} else if program == "npm" {
			return "", false
		}
		// Its own commands: `yarn version`, `pnpm install`.
		return first(sub), len(sub) > 0
	case "nx":
		if first(sub) == "run" && len(sub) > 1 {
			_, target, _ := strings.Cut(sub[1], ":")
			return target, true
		}
		return targets(words[1:]), true
	case "turbo":
		return strings.Join(sub, " "), true
	case "node", "tsx", "ts-node", "zx", "deno", "esno", "jiti":
		if first(sub) == "run" || program == "deno" && first(sub) == "task" {
			sub = sub[1:]
		} else if program == "deno" {
			return "", false // `deno publish` goes to JSR
		}
		file := path.Base(first(sub))
		return strings.TrimSuffix(file, path.Ext(file)), len(sub) > 0
	case "bash", "sh", "pwsh":
		return strings.TrimSuffix(path.Base(first(sub)), path.Ext(first(sub))), len(sub) > 0
	}
	if strings.HasPrefix(words[0], "./") {
		return strings.TrimSuffix(path.Base(words[0]), path.Ext(words[0])), true
	}
	return "", false
}

// targets are what `nx run-many -t publish` and `--target=publish` name.
func targets(args []string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--target="); ok {
			return value
		}
		if value, ok := strings.CutPrefix(arg, "--targets="); ok {
			return value
		}
		if (arg == "-t" || arg == "--target" || arg == "--targets") && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// throughRunner takes away what only starts a package's program: npx, `pnpm
// exec`, `yarn dlx`, corepack, node for Yarn's own file, or a manager that runs
// the program by its name.
func (r *Recogniser) throughRunner(words []string) []string {
	for range 4 {
		if len(words) == 0 {
			return nil
		}
		args := words[1:]
		switch name := program(words[0]); name {
		case "npx", "bunx", "pnpx", "corepack":
			words = behindFlags(args, runnerFlags)
			continue
		case "node":
			file := program(first(positional(args)))
			if strings.HasPrefix(file, "yarn") && strings.HasSuffix(file, "js") {
				words = append([]string{"yarn"}, args[1:]...)
				continue
			}
			if slices.Contains(args, file) || file == "" {
				return words
			}
			if i := slices.IndexFunc(args, func(a string) bool { return program(a) == file }); strings.Contains(args[i], ".bin/") || strings.HasPrefix(file, "install-run") {
				words = append([]string{file}, args[i+1:]...)
				continue
			}
		case "npm", "pnpm", "yarn", "bun":
			sub := first(positional(args))
			switch rest := args[max(0, slices.Index(args, sub)):]; {
			case sub == "exec" || sub == "x" || sub == "dlx":
				words = behindFlags(rest[1:], runnerFlags)
				continue
			case sub == "run" && len(rest) > 1 && r.isProgram(rest[1]):
				words = rest[1:]
				continue
			case name != "npm" && r.isProgram(sub):
				words = rest
				continue
			}
		}
		return words
	}
	return words
}

// isProgram tells whether a word that a manager is given is the program of a
// tool, and no command of the manager.
func (r *Recogniser) isProgram(word string) bool {
	switch word {
	case "", "npm", "pnpm", "yarn", "bun":
		return false
	}
	_, known := r.programs[program(word)]
	return known
}

// positional lists the arguments that are neither flags nor the values of
// those flags that managers know in front of a command.
func positional(args []string) []string {
	var list []string
	for i := 0; i < len(args); i++ {
		switch {
		case slices.Contains(flagsWithValue, args[i]):
			i++
		case !strings.HasPrefix(args[i], "-"):
			list = append(list, args[i])
		}
	}
	return list
}

var (
	flagsWithValue = []string{"-w", "--workspace", "--prefix", "-C", "--dir", "--filter", "-F", "--registry", "--cwd", "--tag", "--access", "--otp", "--userconfig", "--loglevel", "--from", "--include", "--exclude", "--publish-branch", "--projects"}
	runnerFlags    = []string{"-p", "--package", "--prefix", "-w", "--workspace", "-C", "--dir", "--filter"}
)

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
