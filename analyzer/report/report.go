// Package report is the vocabulary of a finished diagnosis: what the program
// hands from the analysis to the renderers, and what `-f json` prints.
//
// Only what is in the JSON lives here. A report is complete: a renderer never
// opens a log, reads the catalog or asks the clock.
package report

// SchemaVersion is the value of the JSON field "schema". It changes only when
// a field is removed or changes its meaning.
const SchemaVersion = 1

// Report is the whole answer about one log, run or paste.
type Report struct {
	Schema  int     `json:"schema"`
	Tool    Tool    `json:"tool"`
	Source  Source  `json:"source"`
	Run     *Run    `json:"run,omitempty"`
	Verdict Verdict `json:"verdict"`
	// Incidents are ordered: failed, then published-without-provenance, then
	// recovered; within one outcome by line. Never nil in JSON.
	Incidents []Incident `json:"incidents"`
	// Published lists the packages that the log shows as uploaded, in order.
	Published []Published `json:"published,omitempty"`
	// Rehearsed lists the packages of which a dry run shows that they would be.
	Rehearsed []Published `json:"rehearsed,omitempty"`
	Facts     []Fact      `json:"facts"`
	// Unexplained are decisive lines of failed publish steps that no symptom claimed.
	Unexplained []Evidence `json:"unexplained"`
	// Verbose is how the publishing tool of the first of them is told to say
	// more, as Markdown; empty where the tool is not known or says all it knows.
	Verbose string `json:"verbose,omitempty"`
	// Notes say what could not be read or asked, one sentence each.
	Notes []string `json:"notes,omitempty"`
}

// Tool names the program that wrote the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Source says what was read.
type Source struct {
	// Kind is run, file, stdin, zip or dir, or files for those of a repository.
	Kind string `json:"kind"`
	Name string `json:"name"`
	// File is the log in the folder or archive, where that holds several runs.
	File string `json:"file,omitempty"`
	// Format is the container that was recognised: raw, gh, web, act, npm-debug, text, zip, dir.
	Format string `json:"format,omitempty"`
	Lines  int64  `json:"lines"`
	Bytes  int64  `json:"bytes"`
	// StartedAt is the first time stamp in it, RFC 3339; empty where lines have none.
	StartedAt string `json:"started_at,omitempty"`
	// Damaged tells that a part of it could not be read: that nothing was
	// published, or nothing failed, is then not known. Notes say what is missing.
	Damaged bool `json:"damaged,omitempty"`
}

// Run is what is known of the workflow run itself.
type Run struct {
	Host       string `json:"host,omitempty"`
	Repository string `json:"repository,omitempty"`
	ID         int64  `json:"id,omitempty"`
	Attempt    int    `json:"attempt,omitempty"`
	URL        string `json:"url,omitempty"`
	Event      string `json:"event,omitempty"`
	Workflow   string `json:"workflow,omitempty"`
	Ref        string `json:"ref,omitempty"`
	SHA        string `json:"sha,omitempty"`
	HeadRepo   string `json:"head_repository,omitempty"`
	Actor      string `json:"actor,omitempty"`
	Conclusion string `json:"conclusion,omitempty"`
	StartedAt  string `json:"started_at,omitempty"`
}

// Verdict sums up the whole report.
type Verdict string

// The verdicts.
const (
	Explained                  Verdict = "explained"
	PartlyExplained            Verdict = "partly-explained"
	Unexplained                Verdict = "unexplained"
	PublishedWithoutProvenance Verdict = "published-without-provenance"
	Healthy                    Verdict = "healthy"
	NoPublish                  Verdict = "no-publish"
	// Of rehearsals, which upload nothing, and of files before a publish.
	WouldPublish                  Verdict = "would-publish"
	WouldFail                     Verdict = "would-fail"
	WouldPublishWithoutProvenance Verdict = "would-publish-without-provenance"
)

// Outcome says how an incident ended.
type Outcome string

// The outcomes, in the order in which incidents are listed.
const (
	Failed            Outcome = "failed"
	WithoutProvenance Outcome = "published-without-provenance"
	Recovered         Outcome = "recovered"
	// Of rehearsals, and of files before a publish.
	Foreseen                  Outcome = "would-fail"
	ForeseenWithoutProvenance Outcome = "would-publish-without-provenance"
)

// Incident is a publish attempt (or a step that it needs) that failed, or a
// publish that went out without provenance.
type Incident struct {
	// File is the log that it was found in, where there were those of several runs.
	File string `json:"file,omitempty"`
	Job  string `json:"job,omitempty"`
	Step string `json:"step,omitempty"`
	// Jobs lists all of them where one incident folds those of several jobs that
	// failed alike, as those of a matrix do; Job is the first.
	Jobs []string `json:"jobs,omitempty"`
	// Package is the first package concerned, where the log names one.
	Package *Package `json:"package,omitempty"`
	// Packages lists all of them where one incident folds several.
	Packages []Package `json:"packages,omitempty"`
	Outcome  Outcome   `json:"outcome"`
	// OtherCommand tells that what failed publishes nothing, as npm whoami or npm
	// trust: the first title says what it came to.
	OtherCommand bool `json:"other_command,omitempty"`
	// Needed tells that the step that failed publishes nothing itself: an upgrade
	// of npm, a set-up, an attestation.
	Needed bool `json:"needed,omitempty"`
	// Symptoms are catalog ids, the deciding one first. Titles are their titles.
	Symptoms []string `json:"symptoms"`
	Titles   []string `json:"titles,omitempty"`
	// Attempts counts how often the same failure was seen, when more than once.
	Attempts int `json:"attempts,omitempty"`
	// Diagnoses are the differential, best first. Never empty.
	Diagnoses []Diagnosis `json:"diagnoses"`
	// Question is the one thing to find out when the differential is open, and
	// what each answer would mean.
	Question *Question  `json:"question,omitempty"`
	Evidence []Evidence `json:"evidence"`
}

// Package is a package name and, where known, its version.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// Published is an upload that succeeded.
type Published struct {
	Package
	// File is the log that it was found in, where there were those of several runs.
	File string `json:"file,omitempty"`
	Job  string `json:"job,omitempty"`
	Step string `json:"step,omitempty"`
	Line int64  `json:"line,omitempty"`
	// Provenance is yes, no or unknown (the tool does not print it).
	Provenance string `json:"provenance"`
	// Staged tells that it waits for a maintainer's approval and is not public yet.
	Staged bool `json:"staged,omitempty"`
}

// Confidence says how much the evidence carries.
type Confidence string

// The confidences, strongest first.
const (
	Certain  Confidence = "certain"
	Likely   Confidence = "likely"
	Possible Confidence = "possible"
)

// Diagnosis is one cause for an incident.
type Diagnosis struct {
	Cause      string     `json:"cause"`
	Title      string     `json:"title"`
	Summary    string     `json:"summary,omitempty"`
	Row        string     `json:"row"`
	Confidence Confidence `json:"confidence"`
	// Because lists what holds, each with its place: "npm.version = 10.8.2 (publish › Setup Node:43)".
	Because []string `json:"because"`
	// Missing lists ids of facts that are unknown and would settle it.
	Missing []string `json:"missing"`
	// OnlyIf says what those facts would have to be: "Version of npm: < 11.5.0".
	OnlyIf []string `json:"only_if,omitempty"`
	// FirstCheck is the one thing to look at; Checked is what was already found there, or empty.
	FirstCheck string `json:"first_check"`
	Checked    string `json:"checked"`
	// CheckedOK tells, when Checked is not empty, whether the check confirmed the cause.
	CheckedOK  bool     `json:"checked_ok,omitempty"`
	Fix        Fix      `json:"fix"`
	References []string `json:"references"`
	// Guide cites the reason of the guide that this row stems from, or is empty.
	Guide string `json:"guide,omitempty"`
}

// Fix is what to change.
type Fix struct {
	Text string `json:"text"`
	// Snippet is to be pasted; Language is its fence label (yaml, json, diff, sh).
	Snippet  string `json:"snippet,omitempty"`
	Language string `json:"language,omitempty"`
	// File and Line say where the fix belongs, when the files were at hand.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Diff is the edit itself, unified, when it is a plain one.
	Diff string `json:"diff,omitempty"`
}

// Question is the fact that separates most candidates of an open differential.
type Question struct {
	Fact string `json:"fact"`
	Text string `json:"text"`
	// How says how to find out; Answers map a value to the cause that it points to.
	How     string   `json:"how,omitempty"`
	Answers []Answer `json:"answers,omitempty"`
}

// Answer is one possible value of a question's fact and what it would mean.
type Answer struct {
	Value string `json:"value"`
	Cause string `json:"cause"`
}

// Evidence is a quoted line and its place.
type Evidence struct {
	Symptom string `json:"symptom,omitempty"`
	// File is set for lines of no incident, where there were logs of several runs.
	File string `json:"file,omitempty"`
	Job  string `json:"job,omitempty"`
	Step string `json:"step,omitempty"`
	// Line is 1-based in the job's log (for pastes: in the input).
	Line int64 `json:"line"`
	// StepNumber and StepLine (1-based) are there when step files were.
	StepNumber int    `json:"step_number,omitempty"`
	StepLine   int64  `json:"step_line,omitempty"`
	Text       string `json:"text"`
	URL        string `json:"url,omitempty"`
	// Deciding marks the line that says most about its incident; Meaning says in
	// a few words what the line shows.
	Deciding bool `json:"deciding,omitempty"`
	// Beside tells that the diagnosis does not rest on the line.
	Beside  bool   `json:"beside,omitempty"`
	Meaning string `json:"meaning,omitempty"`
}

// Origin says where a fact came from.
type Origin string

// The origins. A person's word wins over the run's, the run's over the
// workflow file's, that over what the log says, and that over inference.
const (
	FromUser     Origin = "user"
	FromRun      Origin = "run"
	FromWorkflow Origin = "workflow"
	FromPackage  Origin = "package"
	FromRegistry Origin = "registry"
	FromStatus   Origin = "status"
	FromLog      Origin = "log"
	Inferred     Origin = "inferred"
)

// Fact is something known about the run.
type Fact struct {
	// File is the log that it was found in, where there were those of several runs.
	File string `json:"file,omitempty"`
	ID   string `json:"id"`
	// Title names the fact in words.
	Title string `json:"title,omitempty"`
	Value string `json:"value"`
	// Text says the value in words, where it needs any: "setup-node's dummy token".
	Text   string `json:"text,omitempty"`
	Origin Origin `json:"origin"`
	// Where is the place it was read from, "publish › Setup Node:43" or "package.json:12".
	Where string `json:"where,omitempty"`
	Job   string `json:"job,omitempty"`
	Step  string `json:"step,omitempty"`
	// Package is set when the fact is about one package of several.
	Package string `json:"package,omitempty"`
	// Contradicts names a weaker source that said otherwise.
	Contradicts string `json:"contradicts,omitempty"`
}
