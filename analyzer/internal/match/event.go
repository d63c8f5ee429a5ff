package match

import (
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/publisher"
	"github.com/pubmortem/pubmortem/patterns"
)

// Scan is what the logs showed, in reading order.
type Scan struct {
	Jobs   []*Job
	Events []Event
	Lines  int64
	Bytes  int64
	// Stamp is the first time stamp that was seen, for runlog.Stamp, or empty.
	Stamp string
	// Publishers are the trusted publishers that are listed in it.
	Publishers publisher.Reader
	// Dropped counts events beyond those that are kept.
	Dropped int
	// LeftOut counts jobs that are not in Jobs, since there were so many.
	LeftOut int
	// Damaged tells that a member broke off.
	Damaged bool
	Notes   []string
}

// Job is one job's log, or a paste.
type Job struct {
	Name  string
	Index int
	Steps []*Step
	// Whole tells that the runner's own lines were seen: this is a job's log
	// and not a fragment that somebody pasted.
	Whole bool
}

// Step is one step of a job. Where the log has no steps it is the whole job.
type Step struct {
	Job   *Job
	Index int
	// Name as the archive, gh or the Run group's title gives it; may be empty.
	Name   string
	Number int
	// Title is the first Run group's title without "Run ".
	Title string
	// Script holds the first lines of the step's scripts; Commands knows them.
	Script   []string
	Commands *commands.Recogniser
	// Publications are what the scripts, or the action, publish with.
	Publications []commands.Publication
	// Spoke tells that a publishing tool printed an error line.
	Spoke bool
	// Failed tells that the runner reported an error in this step.
	Failed bool
	// Published tells that an upload was reported in this step.
	Published bool
	// Overfull tells that more was seen in this step than is kept.
	Overfull bool
	// Errors are the last error-looking lines, for what nothing explains.
	Errors []Place

	base   int64 // lines of the job before this step's own file
	counts map[*patterns.Symptom]int
}

// Everyday tells whether a step runs nothing but what never publishes.
func (s *Step) Everyday() bool { return s.Commands.Everyday(s.Script) }

func (s *Step) count(symptom *patterns.Symptom) {
	if s.counts == nil {
		s.counts = map[*patterns.Symptom]int{}
	}
	s.counts[symptom]++
}

// Place is a line of the log.
type Place struct {
	Line     int64 // 1-based in the job's log, or in the paste
	StepLine int64 // 1-based in the step's own file, 0 when there is none
	Text     string
}

// Event is a symptom or a fact, seen on a line.
type Event struct {
	Job  *Job
	Step *Step
	Place
	// In is the part of the log where it stood.
	In patterns.In
	// Exactly one of Symptom and Fact is set; Value is the fact's.
	Symptom  *patterns.Symptom
	Fact     *patterns.FactDef
	Value    string
	Matcher  *patterns.Matcher
	Captures Captures
}

// Captures are names, each followed by its value: there are many small ones.
type Captures []string

// Get is a capture's value, or "".
func (c Captures) Get(name string) string {
	value, _ := c.Lookup(name)
	return value
}

// Lookup is a capture's value; ok is false when the group took no part.
func (c Captures) Lookup(name string) (value string, ok bool) {
	for i := 0; i < len(c); i += 2 {
		if c[i] == name {
			return c[i+1], true
		}
	}
	return "", false
}

// limits of what is kept in memory, and so of what a diagnosis has to compare.
const (
	maxEventsPerStep = 300 // of one symptom in one step
	maxStepErrors    = 8
	maxScriptLines   = 40
	// maxText is how many bytes of lines are kept in all, and maxLineText of one
	// line that is not an event's.
	maxText     = 8 << 20
	maxLineText = 2 << 10
	// From the quiet bounds on, jobs and steps are kept only if something was
	// seen in them. GitHub allows 256 jobs of a matrix.
	quietJobs  = 256
	maxJobs    = 512
	quietSteps = 1500
)

// Events and steps may be more in a longer log, where they are real: a release
// of 9,000 packages has 80,000 events in 1.7 million lines, a hostile log one in
// each line.
var (
	maxEvents  = growing{least: 20_000, perLines: 26, most: 90_000}
	maxPerStep = growing{least: 2000, perLines: 20, most: 40_000} // starts or successes of one kind
	maxSteps   = growing{least: 2000, perLines: 400, most: 3000}
)

// growing is a limit that grows by one with so many lines.
type growing struct{ least, perLines, most int }

func (g growing) at(lines int64) int {
	return int(min(int64(g.least)+lines/int64(g.perLines), int64(g.most)))
}

// room is what a tracker has kept, against the limits.
type room struct {
	steps, text int
	fullSteps   bool
	fullText    bool
}

// holds tells whether n more bytes of text may be kept, and counts them.
func (r *room) holds(n int) bool {
	if r.text+n > maxText {
		r.fullText = true
		return false
	}
	r.text += n
	return true
}

// leaveJob forgets the job that just ended, with what was seen in it, where
// there are so many jobs that it does not count. Facts of one job decide no
// other, so that nothing else changes.
func (t *tracker) leaveJob() {
	n := len(t.scan.Jobs)
	if t.job == nil || n <= quietJobs {
		return
	}
	loud := t.job.loud(t.scan.Events[t.jobEvents:])
	if loud && n <= maxJobs {
		return
	}
	if loud {
		t.scan.Dropped += len(t.scan.Events) - t.jobEvents
	}
	clear(t.scan.Events[t.jobEvents:])
	t.scan.Events = t.scan.Events[:t.jobEvents]
	t.scan.Jobs[n-1] = nil
	t.scan.Jobs = t.scan.Jobs[:n-1]
	t.scan.LeftOut++
	t.room.steps -= len(t.job.Steps)
	t.room.text = t.jobText
}

// loud tells whether a job failed or shows anything of a publish.
func (j *Job) loud(events []Event) bool {
	return slices.ContainsFunc(j.Steps, func(s *Step) bool { return s.Failed }) ||
		slices.ContainsFunc(events, func(ev Event) bool { return ev.Symptom != nil && ev.Symptom.Kind != patterns.KindContext })
}

// leaveStep forgets the step that just ended, if nothing was seen in it and
// there are very many.
func (t *tracker) leaveStep() {
	if t.step == nil || t.room.steps <= quietSteps || t.step.Failed || len(t.step.Errors) > 0 {
		return
	}
	if n := len(t.scan.Events); n > 0 && t.scan.Events[n-1].Step == t.step {
		return
	}
	t.job.Steps = t.job.Steps[:len(t.job.Steps)-1]
	t.room.steps--
}
