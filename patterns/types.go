// Package patterns holds the catalog: symptoms, facts, causes and the decision
// table. The YAML files in this directory are its source; builtin_gen.go is
// the same data prepared as Go values, so that a run parses no YAML (a test
// fails when it is stale). People's own files are loaded at run time by Load.
package patterns

import "fmt"

// Catalog is everything the program knows about failures.
type Catalog struct {
	Symptoms   []Symptom
	Facts      []FactDef
	Inferences []Inference
	Causes     []Cause
	Rows       []Row
	// Disable removes entries of the catalog that this one is merged into.
	Disable []Disabled

	// places holds where the fields of entries were written, for Lint.
	places map[place]Pos
	// incomplete says that a file could not be read, so that ids may be missing.
	incomplete bool
	// unfilled are the texts of a scaffold that nobody has written yet.
	unfilled []Pos
}

// Disabled is an id that a person's own catalog removes, whatever it names: a
// symptom, fact, cause or row.
type Disabled struct {
	ID  string
	Pos Pos
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
	RolePublishedProvenance Role = "published-naming-provenance" // an upload by a tool that always says that it signs
)

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
	// Literal must occur in the text. It is the cheap gate: at least 4
	// characters, better 9 or more, and no double blanks.
	Literal string
	// Regex confirms and captures (RE2). Empty: the literal alone decides.
	// Named groups become captures: package, version, url, registry, host,
	// status, reason, value and whatever rows' texts want to quote.
	Regex string
	// In restricts the part of the log; empty means InOutput.
	In In
	// Value is the fact's value when this matcher holds (facts only); empty
	// means the capture "value".
	Value string
	// Map translates captured values (facts only), after lower-casing.
	Map map[string]string
	// Rank orders evidence for one fact within a log, higher wins; equal ranks: the later line wins.
	Rank int
	// Source is a tool and version with file, or a public URL, that shows this text.
	Source string
	// Examples must match, NearMisses must not.
	Examples   []string
	NearMisses []string
	Pos        Pos
}

// Symptom is a recognisable sign in a log.
type Symptom struct {
	ID    string
	Title string
	Kind  Kind
	Stage Stage
	// Role is what the program does with the symptom beyond its kind, if anything.
	Role Role
	// Refines lists symptoms that this one makes superfluous in the same
	// incident: same event, said more precisely.
	Refines []string
	// Implies are facts that the mere presence of the text proves, fact id to
	// value; values may quote captures as ${name}. Rank is 100 of facts.
	Implies map[string]string
	// OnlyPasted symptoms count as failures only in text that was pasted
	// without a whole job around it: in whole logs they are everyday lines.
	OnlyPasted bool
	// Fatal failures need no further sign (exit code, publish step) to count.
	// A failure that is not fatal is a warning unless its step failed or the
	// text was pasted.
	Fatal bool
	// Prose marks text that people write and no tool prints.
	Prose bool
	// Computed symptoms are found by their absence or by counting; they have no matchers.
	Computed bool
	// Tools names what prints it, with version ranges: "npm >=9.6.1".
	Tools []string
	Match []Matcher
	// Meaning is for `explain`: what it says, why it happens, what tells its causes apart.
	Meaning string
	// Replaces is the id of the entry that this one stands in for when a
	// person's own catalog is merged.
	Replaces string
	Pos      Pos
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

// FactDef declares a fact and how it is read from a log.
type FactDef struct {
	ID    string
	Title string
	Type  FactType
	// Values are the allowed values of an enum.
	Values []string
	Scope  Scope
	// Ask is the question that a person would have to answer when the fact is
	// unknown, How the way to find out. Cost orders questions, cheap first.
	Ask  string
	How  string
	Cost int
	// LogFirst facts are only meant in files: what the log shows of them wins.
	LogFirst bool
	From     []Matcher
	// Replaces is the id of the entry that this one stands in for when a
	// person's own catalog is merged.
	Replaces string
	Pos      Pos
}

// Inference derives a fact from others. It never overrules a direct reading.
type Inference struct {
	When   []Cond
	Fact   string
	Value  string
	Source string
	Pos    Pos
}

// Cause is a likely reason, with everything to say about it.
type Cause struct {
	ID    string
	Title string // a short noun phrase
	// Edit is the mechanical change that mends it, where there is one; Status
	// the status page that settles whether it was this.
	Edit    Edit
	Status  StatusPage
	Summary string // one sentence: what went wrong
	Explain string // paragraphs for `explain`
	// FirstCheck is the one thing to look at and what to expect there.
	FirstCheck string
	// Checks are the facts that answer the first check: known ones make it for the person.
	Checks     []string
	Fix        Fix
	References []string
	// Guide is the number of the guide's reason ("1" … "8"), "faq" or empty.
	Guide string
	// Replaces is the id of the entry that this one stands in for when a
	// person's own catalog is merged.
	Replaces string
	Pos      Pos
}

// Fix is what to change. Text and Snippet may quote facts as ${fact.id} or
// ${fact.id|what to say when unknown}.
type Fix struct {
	Text     string
	Snippet  string
	Language string
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
	Pos    Pos
}

// Row is a line of the decision table: symptoms and conditions lead to a cause.
type Row struct {
	ID string
	// Symptoms: the incident shows one of them.
	Symptoms []string
	// When conditions are three-valued: true, false or unknown.
	When []Cond
	// Seen symptoms must all have been found earlier in the same job or in the
	// incident itself; Unless symptoms must not.
	Seen   []string
	Unless []string
	Cause  string
	// Confidence (certain, likely, possible) is said when everything holds.
	Confidence string
	// Prior breaks ties, 0 to 100: how often this is the reason when nothing else is known.
	Prior int
	// Why is one sentence of reasoning; it is shown among the reasons.
	Why string
	// FirstCheck and Fix override the cause's.
	FirstCheck string
	Fix        *Fix
	// Guide cites the guide's reason that this row stems from.
	Guide  string
	Source string
	// Replaces is the id of the entry that this one stands in for when a
	// person's own catalog is merged.
	Replaces string
	Pos      Pos
}
