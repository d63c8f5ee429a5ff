// Package patterns holds the catalog: symptoms, facts, causes and the decision
// table. The YAML files in this directory are its source; catalog.bin,
// examples.bin and checks.bin are the same data packed, so that a run parses no
// YAML (a test fails when they are stale).
package patterns

import (
	"fmt"
	"strings"
)

// The types of the catalog are also what its files look like: the tag yaml is a
// field's key, with ",required" when it must be there. The tag is says what the
// value must be: an id, a fact's id ("fact-id"), a whole number ("0-100"), an
// address ("url") or one of several words ("a|b"); of a list, each item; of a
// mapping, each key. The tag later names the part of the packed catalog that has
// the field, see Pack. The comment of a field is its description in schema.json.

// Catalog is everything the program knows about failures.
type Catalog struct {
	// Recognisable signs in a log.
	Symptoms []Symptom `yaml:"symptoms"`
	// What can be known of a run, and how a log tells it.
	Facts []FactDef `yaml:"facts"`
	// Facts that follow from others.
	Inferences []Inference `yaml:"inferences"`
	// Likely reasons, with what to check and what to change.
	Causes []Cause `yaml:"causes"`
	// The decision table: symptoms and conditions lead to a cause.
	Rows []Row `yaml:"rows"`
	// What publishes packages, and how it is recognised and asked.
	Tools []Tool `yaml:"tools"`
	// Lines and commands that are told apart whatever symptom they show. In the
	// built-in catalog only.
	Lines []Lines `yaml:"lines"`
	// Ids of entries to remove, of any kind. In your own catalogs only.
	Disable []Disabled `yaml:"disable"`
}

// Disabled is an id that a person's own catalog removes, whatever it names: a
// symptom, fact, cause or row.
type Disabled struct {
	ID  string
	Pos Pos `later:"checks"`
}

// Pos is where an entry was written. Line and Col are 1-based; zero means unknown.
type Pos struct {
	File string
	Line int
	Col  int
}

// String is "file:line:col", as compilers write it.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Kind says what a symptom means for a publish.
type Kind string

// The kinds of symptoms.
const (
	// KindFailure ends a publish (or a step that it needs).
	KindFailure Kind = "failure"
	// KindHint narrows the cause of a failure, or is the trace of a silent skip.
	KindHint Kind = "hint"
	// KindStart opens a publish attempt of a package.
	KindStart Kind = "start"
	// KindSuccess says that an upload was accepted.
	KindSuccess Kind = "success"
	// KindContext frames or dates other lines and never stands in a report by itself.
	KindContext Kind = "context"
)

// Stage is the part of a publish that a symptom belongs to.
type Stage string

// The stages, in the order in which a run passes them.
const (
	StageStartup Stage = "startup" // the workflow did not start
	StageUpgrade Stage = "upgrade" // npm installing another npm
	StageInstall Stage = "install" // dependencies
	StageAuth    Stage = "auth"    // a check of who is logged in, the OIDC exchange
	StageCheck   Stage = "check"   // the client's own checks before anything is sent
	StageSign    Stage = "sign"    // identity token, Fulcio, Rekor
	StagePublish Stage = "publish" // the upload
	StageAfter   Stage = "after"   // dist-tag, deprecate and the like
	StageAttest  Stage = "attest"  // GitHub attestations
	StageVerify  Stage = "verify"  // npm audit signatures
)

// Role is what a symptom means to the program beyond its kind: the code knows
// symptoms by their roles, never by their ids.
type Role string

// The roles of symptoms. Several symptoms may have the same one.
const (
	RolePublishNotice       Role = "publish-notice"              // npm names the registry; its notices are visible at this log level
	RoleSigning             Role = "signing"                     // provenance is about to be made
	RoleSigned              Role = "signed"                      // the statement was made, or its log entry
	RoleSignedList          Role = "signed-list"                 // the log entries of all the step's packages
	RoleAttested            Role = "attested"                    // a GitHub attestation, which is not npm's provenance
	RoleStaged              Role = "staged"                      // accepted, and waits for an approval
	RoleDryRun              Role = "dry-run"                     // nothing is uploaded
	RoleEndOfError          Role = "end-of-error"                // the last line of a tool's error output, or the runner's
	RoleRequestsShown       Role = "requests-shown"              // the log level shows npm's requests
	RoleOIDC                Role = "oidc"                        // a trace of trusted publishing
	RoleOIDCExchange        Role = "oidc-exchange"               // the registry's answer to the token exchange, for one package
	RoleOIDCUnpermitted     Role = "oidc-unpermitted"            // trusted publishing was skipped for want of the permission
	RoleIDToken             Role = "id-token"                    // GitHub gave an identity token
	RoleHidesOIDC           Role = "hides-oidc"                  // how a failed exchange ends when the log level hides its reason
	RoleVersionLookup       Role = "version-lookup"              // a version was looked up and is not there
	RoleProvenanceSkipped   Role = "provenance-skipped"          // the tool says that it makes no provenance
	RoleWithoutProvenance   Role = "without-provenance"          // computed: an upload without provenance
	RolePublishedNotices    Role = "published-with-notices"      // an upload; a notice tells whether it was signed
	RolePublishedSkips      Role = "published-naming-skips"      // an upload by a tool that says when it skips provenance
	RoleAccepted            Role = "accepted"                    // npm's request log: the upload was accepted
	RoleOtherRequest        Role = "other-request"               // what failed was no upload
	RolePublisherRequest    Role = "publisher-request"           // npm trust failed, which publishes nothing
	RoleAnyRequest          Role = "any-request"                 // what each request can end with, an installation's too
	RoleNoPublish           Role = "no-publish"                  // a test or an installation failed; errors beside it are what it quotes
	RolePublishScript       Role = "publish-script"              // a script that only a publish or a pack runs
	RoleOtherCommand        Role = "other-command"               // npm whoami: a command that publishes nothing failed
	RoleInstalling          Role = "installing"                  // a tool lists dependencies as others list uploads
	RolePublishedProvenance Role = "published-naming-provenance" // an upload by a tool that always says that it signs
	RolePublisherListed     Role = "publisher-listed"            // computed: the owner's list of trusted publishers is known
	RoleAhead               Role = "ahead"                       // computed: a publish that is to come, and would fail
	RoleAheadSilent         Role = "ahead-silent"                // computed: a publish that is to come, and would lack provenance
	RoleRefusedDryRun       Role = "refused-dry-run"             // a dry run says that the publish would not be let in
)

// IsOtherCommand tells whether what failed publishes nothing.
func (r Role) IsOtherCommand() bool { return r == RoleOtherCommand || r == RolePublisherRequest }

// IsOIDC tells whether the role is a trace of trusted publishing.
func (r Role) IsOIDC() bool {
	return r == RoleOIDC || r == RoleOIDCExchange || r == RoleOIDCUnpermitted
}

// Edit names the mechanical change that mends a cause.
type Edit string

// The edits of the workflow file, then those of package.json.
const (
	EditAddIDToken          Edit = "add-id-token"
	EditAddCallerPermission Edit = "add-caller-permission"
	EditBumpSetupNode       Edit = "bump-setup-node"
	EditUpgradeNpm          Edit = "upgrade-npm"
	EditDropToken           Edit = "drop-token"
	EditHostedRunner        Edit = "hosted-runner"
	EditGateTrigger         Edit = "gate-trigger"
	EditAddRegistryURL      Edit = "add-registry-url"
	EditAddProvenance       Edit = "add-provenance"
	EditAddAttestations     Edit = "add-attestations-permission"
	EditSetEnvironment      Edit = "set-environment"
	EditSetRepositoryURL    Edit = "set-repository-url"
	EditSetAccessPublic     Edit = "set-access-public"
	EditDropPrivate         Edit = "drop-private"
)

// StatusPage names the page that tells whether a service had an outage.
type StatusPage string

// The status pages.
const (
	StatusSigstore StatusPage = "sigstore"
	StatusGitHub   StatusPage = "github"
	StatusNpm      StatusPage = "npm"
)

// In says in which part of a job's log a matcher may hold.
type In string

// The parts of a log. Lines inside `##[group]Run …` … `##[endgroup]` are the
// script's source, inputs and environment: never output.
const (
	InOutput  In = "output"  // what programs print; the default
	InSetup   In = "setup"   // before the job's first step
	InTitle   In = "title"   // the title of a Run group: first script line, or the action
	InScript  In = "script"  // a line of the script (the title is its first line too)
	InWith    In = "with"    // "name: value" under with:
	InEnv     In = "env"     // "NAME: value" under env:
	InDetails In = "details" // setup-node's group "Environment details"
	InSystem  In = "system"  // the service's own lines: system.txt, job start-up
	InAny     In = "any"     // anywhere but inside a Run group
	InDebug   In = "npm-log" // npm's own debug log (its counter and level are stripped to "npm LEVEL text")
)

// Matcher recognises one line of text.
//
// The text that it sees is the line without time stamp, colour, control bytes
// and `##[…]` tag, trimmed, with runs of blanks collapsed to one. Matching
// ignores letter case.
type Matcher struct {
	// Words that must occur in the line, whatever their case: the cheap gate.
	// Nine characters or more, no version, no name; single blanks only.
	Literal string `yaml:"literal,required"`
	// Confirms the line and captures parts of it by named groups, (?P<url>\S+):
	// package, version, url, registry, host, status, reason, value and whatever
	// texts want to quote. RE2, letter case does not count.
	Regex string `yaml:"regex"`
	// The part of the log; output, what programs print, if it is left out.
	In In `yaml:"in" is:"output|setup|title|script|with|env|details|system|any|npm-log"`
	// The fact's value when this holds; otherwise the regex captures it as (?P<value>…).
	Value string `yaml:"value" of:"fact"`
	// Translates what was captured, in lower case, to the fact's values.
	Map map[string]string `yaml:"map" of:"fact"`
	// Of several readings, the one with the highest rank counts; of equal ones,
	// the later line.
	Rank int `yaml:"rank" of:"fact" is:"0-1000"`
	// The tool, its version and the file that prints it, or a public address.
	Source string `yaml:"source" later:"examples"`
	// Lines that it must match, as the tool prints them.
	Examples []string `yaml:"examples" later:"examples"`
	// Lines that look alike and that it must not match.
	NearMisses []string `yaml:"near_misses" later:"checks"`
	Pos        Pos      `later:"checks"`
}

// Symptom is a recognisable sign in a log.
type Symptom struct {
	// The symptom's id.
	ID string `yaml:"id,required" is:"id"`
	// What the tool says, in a few words.
	Title string `yaml:"title,required"`
	// failure ends a publish, hint narrows its cause, start opens an attempt,
	// success ends it well, context frames other lines.
	Kind Kind `yaml:"kind,required" is:"failure|hint|start|success|context"`
	// The part of a publish.
	Stage Stage `yaml:"stage,required" is:"startup|upgrade|install|auth|check|sign|publish|after|attest|verify"`
	// What the program does with it beyond its kind.
	Role Role `yaml:"role" is:"publish-notice|signing|signed|signed-list|attested|staged|dry-run|end-of-error|requests-shown|oidc|oidc-exchange|oidc-unpermitted|id-token|hides-oidc|version-lookup|provenance-skipped|without-provenance|published-with-notices|published-naming-skips|published-naming-provenance|publisher-listed|ahead|ahead-silent|refused-dry-run|accepted|other-request|no-publish|any-request|publish-script|other-command|publisher-request|installing"`
	// Symptoms that this one says more precisely: of one event, they stay out of
	// the report.
	Refines []string `yaml:"refines" is:"id"`
	// Facts that the text itself proves; values may quote ${captures}.
	Implies map[string]string `yaml:"implies" is:"fact-id"`
	// A failure only in pasted text: whole logs have such lines every day.
	OnlyPasted bool `yaml:"only_pasted"`
	// Other programs print it as well: in pasted text it is a failure only beside
	// a sign of a publish.
	General bool `yaml:"general"`
	// A failure without any further sign. Another one is a warning unless its
	// step failed or the text was pasted.
	Fatal bool `yaml:"fatal"`
	// Text that people write and no tool prints.
	Prose bool `yaml:"prose"`
	// Found by the program itself; it has no matchers.
	Computed bool `yaml:"computed"`
	// What prints it, with versions: npm >=9.6.1.
	Tools []string `yaml:"tools"`
	// Any of these recognises it.
	Match []Matcher `yaml:"match"`
	// What it says, why it happens, what tells its causes apart.
	Meaning string `yaml:"meaning"`
	// The symptom whose place it takes. In your own catalogs only.
	Replaces string `yaml:"replaces" is:"id"`
	Pos      Pos    `later:"checks"`
}

// FactType says how a fact's values compare.
type FactType string

// The types of facts.
const (
	TypeVersion FactType = "version" // a version or an interval of versions
	TypeEnum    FactType = "enum"
	TypeBool    FactType = "bool" // "true" or "false"
	TypeString  FactType = "string"
)

// Scope says how far a fact reaches from where it was seen.
type Scope string

// The scopes.
const (
	ScopeAttempt Scope = "attempt" // this publish attempt only
	ScopeStep    Scope = "step"    // the step
	ScopeJob     Scope = "job"     // the rest of the job
	ScopeRun     Scope = "run"     // every job
)

// FactDef is something that can be known of a run.
type FactDef struct {
	// The fact's id.
	ID string `yaml:"id,required" is:"fact-id"`
	// What it says.
	Title string `yaml:"title,required"`
	// How its values compare.
	Type FactType `yaml:"type,required" is:"version|enum|bool|string"`
	// The values of an enum.
	Values []string `yaml:"values"`
	// What to tell people instead of a value: placeholder: "setup-node's dummy token".
	Words map[string]string `yaml:"words"`
	// How far it reaches from where it was seen.
	Scope Scope `yaml:"scope,required" is:"attempt|step|job|run"`
	// The question to a person when it is unknown.
	Ask string `yaml:"ask"`
	// The way to find out.
	How string `yaml:"how"`
	// What finding out costs; cheap questions come first.
	Cost int `yaml:"cost" is:"0-1000"`
	// What a log shows of it wins over what files mean.
	LogFirst bool `yaml:"log_first"`
	// How a log tells it.
	From []Matcher `yaml:"from"`
	// The fact whose place it takes. In your own catalogs only.
	Replaces string `yaml:"replaces" is:"fact-id"`
	Pos      Pos    `later:"checks"`
}

// Inference is a fact that follows from others. It never overrules a direct reading.
type Inference struct {
	// Conditions on facts, all of which have to hold: fact: value, [a, b], "not
	// a, b" or a range of versions such as ">= 11.5.0, < 12".
	When []Cond `yaml:"when,required"`
	// The fact that follows.
	Fact string `yaml:"fact,required" is:"fact-id"`
	// Its value.
	Value string `yaml:"value,required"`
	// True when the report shows the fact, but no row decides by it: it says
	// again what a symptom says, and is no second reason.
	Shown bool `yaml:"shown"`
	// Where this is documented.
	Source string `yaml:"source" later:"examples"`
	Pos    Pos    `later:"checks"`
}

// Cause is a likely reason, with everything to say about it.
type Cause struct {
	// The cause's id.
	ID string `yaml:"id,required" is:"id"`
	// A short noun phrase.
	Title string `yaml:"title,required"`
	// One sentence: what went wrong.
	Summary string `yaml:"summary,required"`
	// Paragraphs for "pubmortem explain".
	Explain string `yaml:"explain"`
	// The one thing to look at, and what to expect there.
	FirstCheck string `yaml:"first_check,required"`
	// The mechanical change that mends it.
	Edit Edit `yaml:"edit" is:"add-id-token|add-caller-permission|bump-setup-node|upgrade-npm|drop-token|hosted-runner|gate-trigger|add-registry-url|add-provenance|add-attestations-permission|set-environment|set-repository-url|set-access-public|drop-private"`
	// The status page that settles it.
	Status StatusPage `yaml:"status" is:"sigstore|github|npm"`
	// Facts that answer the first check.
	Checks []string `yaml:"checks" is:"fact-id"`
	// Conditions on facts, any of which rules the cause out.
	RuledOut []Cond `yaml:"ruled_out"`
	// What to change.
	Fix Fix `yaml:"fix,required"`
	// Addresses that say more.
	References []string `yaml:"references" is:"url"`
	// What people call it, search for or ask: "pubmortem explain TEXT" finds it by
	// them.
	Phrases []string `yaml:"phrases"`
	// The guide's reason.
	Guide string `yaml:"guide" is:"1|2|3|4|5|6|7|8|faq"`
	// The cause whose place it takes. In your own catalogs only.
	Replaces string `yaml:"replaces" is:"id"`
	Pos      Pos    `later:"checks"`
}

// Fix is what to change. Text and snippet may quote facts and captures:
// ${npm.version|your npm}.
type Fix struct {
	// What to do, in a sentence or two.
	Text string `yaml:"text,required"`
	// What to paste.
	Snippet string `yaml:"snippet"`
	// The snippet's language: yaml, json, diff, sh.
	Language string `yaml:"language"`
}

// Op compares a fact with values.
type Op string

// The operators of conditions.
const (
	OpIs    Op = "is"    // equals one of the values
	OpNot   Op = "not"   // equals none of the values
	OpRange Op = "range" // a version inside the range, "< 11.5.0" or ">= 11.5.1, < 12"
)

// Cond is a condition on a fact.
type Cond struct {
	Fact   string
	Op     Op
	Values []string
	Pos    Pos `later:"checks"`
}

// Row is a line of the decision table: symptoms and conditions lead to a cause.
type Row struct {
	// The row's id.
	ID string `yaml:"id,required" is:"id"`
	// The incident shows one of them.
	Symptoms []string `yaml:"symptoms,required" is:"id"`
	// Conditions on facts, all of which have to hold: fact: value, [a, b], "not
	// a, b" or a range of versions such as ">= 11.5.0, < 12". They are
	// three-valued: true, false or unknown.
	When []Cond `yaml:"when"`
	// Symptoms that were found earlier in the same job, or in the incident
	// itself, all of them.
	Seen []string `yaml:"seen" is:"id"`
	// Symptoms that were not found.
	Unless []string `yaml:"unless" is:"id"`
	// The cause that it leads to.
	Cause string `yaml:"cause,required" is:"id"`
	// What is said when everything holds; certain is for what the evidence proves.
	Confidence string `yaml:"confidence,required" is:"certain|likely|possible"`
	// It can be told before the publish, from the repository's files alone.
	Foretells bool `yaml:"foretells"`
	// How often this is the reason when nothing else is known; it breaks ties.
	Prior int `yaml:"prior" is:"0-100"`
	// One sentence of reasoning.
	Why string `yaml:"why,required"`
	// In place of the cause's.
	FirstCheck string `yaml:"first_check"`
	// In place of the cause's.
	Fix *Fix `yaml:"fix"`
	// The guide's reason that it stems from.
	Guide string `yaml:"guide" is:"1|2|3|4|5|6|7|8|faq"`
	// Where this is documented.
	Source string `yaml:"source" later:"examples"`
	// The row whose place it takes. In your own catalogs only.
	Replaces string `yaml:"replaces" is:"id"`
	Pos      Pos    `later:"checks"`
}

// Symptom finds a symptom by its id.
func (c *Catalog) Symptom(id string) (*Symptom, bool) {
	return lookup(c.Symptoms, id, func(s *Symptom) string { return s.ID })
}

// Fact finds a fact by its id.
func (c *Catalog) Fact(id string) (*FactDef, bool) {
	return lookup(c.Facts, id, func(f *FactDef) string { return f.ID })
}

// Cause finds a cause by its id.
func (c *Catalog) Cause(id string) (*Cause, bool) {
	return lookup(c.Causes, id, func(c *Cause) string { return c.ID })
}

// Row finds a row of the decision table by its id.
func (c *Catalog) Row(id string) (*Row, bool) {
	return lookup(c.Rows, id, func(r *Row) string { return r.ID })
}

// lookup is a linear search: a catalog has some hundred entries, and a run
// looks up only what it found.
func lookup[T any](entries []T, id string, idOf func(*T) string) (*T, bool) {
	for i := range entries {
		if idOf(&entries[i]) == id {
			return &entries[i], true
		}
	}
	return nil, false
}

// String is the condition as people read it: "token.kind is secret or empty".
func (c Cond) String() string {
	values := strings.Join(c.Values, ", ")
	if c.Op == OpRange {
		return c.Fact + " " + values
	}
	if n := len(c.Values) - 1; n > 0 {
		values = strings.Join(c.Values[:n], ", ") + " or " + c.Values[n]
	}
	if c.Op == OpNot {
		return c.Fact + " is not " + values
	}
	return c.Fact + " is " + values
}
