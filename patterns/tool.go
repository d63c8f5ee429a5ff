package patterns

// Tool is a program or an action that publishes packages. A command line or
// the action's name makes a step a publish; how the tool works decides which
// facts count and which words its advice uses.
type Tool struct {
	// The tool's id, a value of the fact publish.tool unless fact names another.
	ID   string `yaml:"id,required" is:"id"`
	Fact string `yaml:"fact"`
	// Title is the name as its own documentation writes it.
	Title string `yaml:"title,required"`
	// Commands are the command lines that publish.
	Commands []ToolCommand `yaml:"commands"`
	// Aliases are other names of the program of the commands: the npm package
	// that npx runs it from, or a script that starts it.
	Aliases []string `yaml:"aliases"`
	// Actions are the GitHub actions that publish.
	Actions []ToolAction `yaml:"actions"`
	// Scripts are words in the names of a package's own scripts that publish;
	// a script whose name holds one of NotScripts does something else.
	Scripts    []string `yaml:"scripts"`
	NotScripts []string `yaml:"not_scripts"`
	// OwnClient tells that it talks to the registry itself; Calls are the tools
	// that it starts instead, or besides.
	OwnClient bool     `yaml:"own_client"`
	Calls     []string `yaml:"calls" is:"id"`
	// LocalFacts say nothing about its publish unless they were read in the
	// publishing step itself: the job's npm is not the client. LocalFrom is the
	// range of Version for which that is so; empty: always.
	LocalFacts []string `yaml:"local_facts" is:"fact-id"`
	LocalFrom  string   `yaml:"local_from"`
	// Version is the fact that holds its version, or that of the client which
	// decides what it can do.
	Version string `yaml:"version" is:"fact-id"`
	// OIDC and Signs are the versions from which it knows trusted publishing
	// and provenance, as ranges of Version; "" is never, "*" whatever it calls.
	OIDC  string `yaml:"oidc"`
	Signs string `yaml:"signs"`
	// Provenance says how provenance is asked for, Verbose how more is printed;
	// of these and of Token the first entry whose range holds counts.
	Provenance []ToolText `yaml:"provenance"`
	Verbose    []ToolText `yaml:"verbose"`
	// Token says how it is given a token of the public registry, the variable first.
	Token []ToolText `yaml:"token"`
	// Usual is the command line that most jobs publish with, for advice where the
	// log shows none.
	Usual string `yaml:"usual"`
	// Pushes tells that it pushes tags or commits or makes releases, for which
	// its job needs contents: write.
	Pushes bool `yaml:"pushes"`
	// Success are the lines with which it reports an upload, Errors what its
	// error lines hold; each is a literal of at least four characters.
	Success []string `yaml:"success"`
	Errors  []string `yaml:"errors"`
	// Source is where this was read: package, version and file.
	Source string `yaml:"source" later:"examples"`
	// Replaces is the id of the entry that this one stands in for when a
	// person's own catalog is merged.
	Replaces string `yaml:"replaces" is:"id"`
	Pos      Pos    `later:"checks"`
}

// ToolCommand is a command line that publishes.
type ToolCommand struct {
	// Run is the program and its subcommands, "npm publish". Three dots stand
	// for any arguments: "yarn ... npm publish".
	Run string `yaml:"run,required"`
	// Not are arguments with which it publishes nothing; one of Needs, if there
	// are any, must be there.
	Not   []string `yaml:"not"`
	Needs []string `yaml:"needs"`
}

// ToolAction is an action that publishes.
type ToolAction struct {
	// Uses is owner and name, and the path if there is one.
	Uses string `yaml:"uses,required"`
	// Needs is an input without which it publishes nothing; DryRun one that
	// makes it a rehearsal when it is true.
	Needs  string `yaml:"needs"`
	DryRun string `yaml:"dry_run"`
}

// ToolText is a text that holds for some versions of a tool.
type ToolText struct {
	// Versions is a range of the tool's Version; empty: all others, and unknown ones.
	Versions string `yaml:"versions"`
	Text     string `yaml:"text,required"`
	Source   string `yaml:"source" later:"examples"`
	Pos      Pos    `later:"checks"`
}

// Lines are lines of a log, or commands, of a kind that the diagnosis asks for.
// Several entries of a kind stand for what any of them matches.
type Lines struct {
	Kind LineKind `yaml:"kind,required" is:"everyday|upgrade|foreign|client|trouble|publishing|other-registry|npm-use|prose"`
	// What the lines are, as a noun.
	Title string `yaml:"title,required"`
	Regex string `yaml:"regex,required"`
	// Lines that it matches, or must not match.
	Examples   []string `yaml:"examples" later:"examples"`
	NearMisses []string `yaml:"near_misses" later:"checks"`
	Pos        Pos      `later:"checks"`
}

// LineKind says what lines are asked for.
type LineKind string

const (
	// EverydayLine is a command that never publishes, UpgradeLine the
	// installation of a client that later steps publish with.
	EverydayLine LineKind = "everyday"
	UpgradeLine  LineKind = "upgrade"
	// ForeignProgram has other places to publish to than an npm registry;
	// ClientProgram is a client of npm registries.
	ForeignProgram LineKind = "foreign"
	ClientProgram  LineKind = "client"
	// TroubleLine says that something went wrong, PublishingLine speaks of
	// publishing a package, OtherRegistryLine of other registries than npm's;
	// NpmUse is what speaks of npm without publishing, ProseLine a sentence
	// that begins like a command.
	TroubleLine       LineKind = "trouble"
	PublishingLine    LineKind = "publishing"
	OtherRegistryLine LineKind = "other-registry"
	NpmUse            LineKind = "npm-use"
	ProseLine         LineKind = "prose"
)

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
//	${tool.provenance-variable}  the environment variable that asks it
//	${tool.token}       how this tool, in this version, is given a token
//	${tool.token-variable}  the environment variable that it takes it from
//	${tool.verbose}     how this tool, in this version, is made to print more
//	${tool.contents}    the permission that a tool which pushes needs beside id-token
//	${command}          the publishing command as the log shows it, else the tool's usual one
var ToolVariables = []string{"tool.name", "tool.provenance", "tool.provenance-variable", "tool.token", "tool.token-variable", "tool.verbose", "tool.contents", "command"}

// Tool finds a tool by its id, or by the value of publish.tool.
func (c *Catalog) Tool(id string) (*Tool, bool) {
	return lookup(c.Tools, id, func(t *Tool) string { return t.ID })
}
