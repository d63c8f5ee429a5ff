package patterns

import "slices"

// Tool is a program or an action that publishes packages. A command line or
// the action's name makes a step a publish; how the tool works decides which
// facts count and which words its advice uses.
type Tool struct {
	// ID is a value of the fact publish.tool, unless Fact names another one.
	ID   string
	Fact string
	// Title is the name as its own documentation writes it.
	Title string
	// Commands are the command lines that publish.
	Commands []ToolCommand
	// Aliases are other names of the program of the commands: the npm package
	// that npx runs it from, or a script that starts it.
	Aliases []string
	// Actions are the GitHub actions that publish.
	Actions []ToolAction
	// Scripts are words in the names of a package's own scripts that publish;
	// a script whose name holds one of NotScripts does something else.
	Scripts    []string
	NotScripts []string
	// OwnClient tells that it talks to the registry itself; Calls are the tools
	// that it starts instead, or besides.
	OwnClient bool
	Calls     []string
	// LocalFacts say nothing about its publish unless they were read in the
	// publishing step itself: the job's npm is not the client.
	LocalFacts []string
	// Version is the fact that holds its version, or that of the client which
	// decides what it can do.
	Version string
	// OIDC and Signs are the versions from which it knows trusted publishing
	// and provenance, as ranges of Version; "" is never, "*" whatever it calls.
	OIDC  string
	Signs string
	// Provenance says how provenance is asked for, Verbose how more is printed;
	// the first entry whose range holds counts.
	Provenance []ToolText
	Verbose    []ToolText
	// Success are the lines with which it reports an upload, Errors what its
	// error lines hold; each is a literal of at least four characters.
	Success []string
	Errors  []string
	// Source is where this was read: package, version and file.
	Source string
	// Replaces is the id of the entry that this one stands in for when a
	// person's own catalog is merged.
	Replaces string
	Pos      Pos
}

// ToolCommand is a command line that publishes.
type ToolCommand struct {
	// Run is the program and its subcommands, "npm publish". Three dots stand
	// for any arguments: "yarn ... npm publish".
	Run string
	// Not are arguments with which it publishes nothing; one of Needs, if there
	// are any, must be there.
	Not   []string
	Needs []string
}

// ToolAction is an action that publishes.
type ToolAction struct {
	// Uses is owner and name, and the path if there is one.
	Uses string
	// Needs is an input without which it publishes nothing; DryRun one that
	// makes it a rehearsal when it is true.
	Needs  string
	DryRun string
}

// ToolText is a text that holds for some versions of a tool.
type ToolText struct {
	// Versions is a range of the tool's Version; empty: all others, and unknown ones.
	Versions string
	Text     string
	Source   string
	Pos      Pos
}

// FactValue is the value of publish.tool that stands for the tool.
func (t *Tool) FactValue() string {
	if t.Fact != "" {
		return t.Fact
	}
	return t.ID
}

// ToolVariables are the names that texts can quote beside facts and captures.
// They follow the tool that published:
//
//	${tool.name}        the tool's name
//	${tool.provenance}  how this tool, in this version, is asked for provenance
//	${tool.verbose}     how this tool, in this version, is made to print more
//	${command}          the publishing command as the log shows it
var ToolVariables = []string{"tool.name", "tool.provenance", "tool.verbose", "command"}

// Tool finds a tool by its id, or by the value of publish.tool.
func (c *Catalog) Tool(id string) (*Tool, bool) {
	return lookup(c.Tools, id, func(t *Tool) string { return t.ID })
}

// tool checks what a tool says of facts, versions and other tools.
func (l *linter) tool(t *Tool) {
	for i, id := range t.LocalFacts {
		l.known(l.at(t.Pos, index("local_facts", i)), "fact", id, l.factIDs)
	}
	for i, id := range t.Calls {
		l.known(l.at(t.Pos, index("calls", i)), "tool", id, idsOf(l.Tools))
	}
	if t.Version != "" {
		l.known(l.at(t.Pos, "version"), "fact", t.Version, l.factIDs)
	}
	if f := l.facts["publish.tool"]; f != nil {
		l.known(l.at(t.Pos, "fact"), "value of publish.tool", t.FactValue(), f.Values)
	}
	for key, text := range map[string]string{"oidc": t.OIDC, "signs": t.Signs} {
		if text != "*" {
			l.toolRange(l.at(t.Pos, key), text)
		}
	}
	if len(t.Commands)+len(t.Actions)+len(t.Scripts) == 0 {
		l.hinted(t.Pos, "add commands: or actions:", "nothing recognises the tool %q", t.ID)
	}
	for _, text := range slices.Concat(t.Provenance, t.Verbose) {
		l.toolRange(l.at(text.Pos, "versions"), text.Versions)
		if text.Source == "" {
			l.wanting(text.Pos, "name the package, version and file that show it", "the text lacks a source")
		}
	}
}

func (l *linter) toolRange(pos Pos, text string) {
	if text == "" {
		return
	}
	if _, err := ParseRange(text); err != nil {
		l.errorf(pos, "%v", err)
	}
}
