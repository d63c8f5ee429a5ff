package match

import (
	"github.com/pubmortem/pubmortem/patterns"
)

// Scan is what the logs showed, in reading order.
type Scan struct {
	Jobs   []*Job
	Events []Event
	Lines  int64
	Bytes  int64
	// Dropped counts events beyond those that are kept.
	Dropped int
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
	// Script holds the first lines of the step's scripts.
	Script []string
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
	Captures map[string]string
}

// limits of what is kept in memory.
const (
	maxEvents        = 60_000
	maxEventsPerStep = 300 // of one symptom in one step
	maxStepErrors    = 8
	maxScriptLines   = 40
	maxSteps         = 10_000
)
