package match

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/publisher"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// region is the part of a log that a tracker stands in.
type region int

const (
	regionOutput  region = iota
	regionSetup          // before the first step
	regionRun            // inside ##[group]Run …
	regionDetails        // inside ##[group]Environment details
	regionHead           // at a job's first lines, which may be its set-up
)

const (
	// setupLines bounds the walk through a job's set-up: a log that has none is
	// output after so many lines.
	setupLines = 400
	// headLines is how many lines may come before the set-up shows itself.
	headLines = 4
	// runLines bounds a Run group whose end is missing.
	runLines = 2000
	// afterStart and afterFailure are how many lines are walked after the start
	// of a publish (for "+ name@version") and after a failure (for wrapped text).
	afterStart   = 200
	afterFailure = 8
)

// tracker follows the lines of one scan: which job, which step, which part.
type tracker struct {
	e    *Engine
	scan *Scan

	member *runlog.Member
	job    *Job
	step   *Step
	// room is what was kept; jobEvents and jobText were kept before this job.
	room               room
	jobEvents, jobText int

	region     region
	regionLeft int
	group      groupState
	walkLeft   int
	textLeft   int

	// handled are the lines that were looked at one by one, and mostHandled how
	// many may be where not all that they say is kept.
	handled, mostHandled int64
	// among is how many logs are read together.
	among int

	lineNo   int64 // of the last line handled, in the member
	seen     int64 // lines of the member so far
	longest  int64 // lines of the longest member before it
	longLine longLine
	recent   window
	// listLeft is how many lines may still belong to a list of publishers.
	listLeft int
	// pending is a web copy's line "Run …" that is a group only if an indented line follows.
	pending *pendingRun
	// printed are the tools whose bare versions the step's script prints next.
	printed []string

	// direct and joined bound what regular expressions cost, on lines and on
	// what may be messages that were broken into several.
	direct, joined effort

	text runlog.Line
	ids  idSet        // the literals in it
	own  []filter.Hit // those found in the cleaned text
	// whole are the matchers that hold on it.
	whole []*matcher
	// lastFact is what was said last of each fact.
	lastFact map[*patterns.FactDef]factSaid
}

type pendingRun struct{ title string }

func newTracker(e *Engine, s *Scan) *tracker {
	return &tracker{
		e: e, scan: s, mostHandled: 1_500_000, among: 1, lastFact: map[*patterns.FactDef]factSaid{},
		direct: effort{start: 4 << 20, perLine: 96, most: 66 << 20}, joined: effort{start: 4 << 20, perLine: 128, most: 16 << 20},
	}
}

// share leaves what one of several logs may take that are read together.
func (t *tracker) share(among int) {
	const fewest = 50_000
	t.among = among
	t.direct.share(among)
	t.joined.share(among)
	t.mostHandled = max(fewest, t.mostHandled/int64(among))
}

// exhausted tells whether more lines would bring no more.
func (t *tracker) exhausted() bool {
	most := t.mostHandled
	cut := t.scan.Dropped > 0 || t.direct.refused || t.joined.refused
	return t.direct.exhausted() || cut && t.handled > most
}

// open starts a member: the next file of the archive, or the only stream.
func (t *tracker) open(m *runlog.Member) {
	t.member = m
	t.longest = t.reach()
	t.lineNo, t.seen = 0, 0
	t.recent.reset()
	t.pending = nil
	t.group = groupState{}
	t.walkLeft, t.textLeft = 0, 0
	if t.job == nil || m.Job != t.job.Name || m.Job == "" {
		t.enterJob(m.Job)
	}
	base := int64(0)
	if m.Step != "" && !m.System && t.step != nil {
		base = t.step.base
	}
	t.region = regionOutput
	switch {
	case m.Step != "":
		t.enterStep(m.Step, m.StepNumber)
		t.step.base = base
		t.job.Whole = true
		if m.StepNumber == 1 || m.Step == "Set up job" {
			t.enterSetup()
		}
	case m.Format == runlog.FormatRaw || m.Format == runlog.FormatGH:
		t.enterHead()
	default:
		t.textLeft = t.e.sizes.walked
		if m.Format != runlog.FormatNpmDebug { // the same log may have lost its stamps
			t.region, t.regionLeft = regionHead, headLines
		}
	}
}

// close ends a member.
func (t *tracker) close() {
	t.flushPending(false)
	t.scan.Lines += t.seen
	if t.member.Step != "" && t.step != nil {
		t.step.base += t.seen // the next step's lines follow in the job's log
	}
}

// enterHead begins a job's log, which may lack the set-up.
func (t *tracker) enterHead() {
	t.region, t.regionLeft = regionHead, headLines
	t.textLeft = t.e.sizes.walked / 16 // ends with the set-up of a whole job
	if len(t.scan.Jobs) > quietJobs {
		t.textLeft = 0 // kept only if the filter finds something
	}
}

func (t *tracker) enterSetup() {
	t.region, t.regionLeft = regionSetup, setupLines
	if f := t.member.Format; f == runlog.FormatRaw || f == runlog.FormatGH {
		t.textLeft = 0
	}
}

func (t *tracker) enterJob(name string) {
	t.leaveJob()
	t.jobEvents, t.jobText = len(t.scan.Events), t.room.text
	t.job = &Job{Name: name, Index: len(t.scan.Jobs)}
	t.scan.Jobs = append(t.scan.Jobs, t.job)
	t.step = nil
	t.enterStep("", 0)
}

func (t *tracker) enterStep(name string, number int) {
	if t.step != nil && t.step.Name == name && t.step.Number == number && (name != "" || number != 0) {
		return
	}
	if t.step != nil {
		if t.room.steps >= maxSteps.at(t.soFar()) {
			t.room.fullSteps = true
			return
		}
		t.leaveStep()
	}
	t.room.steps++
	t.step = &Step{Job: t.job, Index: len(t.job.Steps), Name: name, Number: number, Commands: t.e.publishing}
	t.job.Steps = append(t.job.Steps, t.step)
	t.walkLeft = 0
}

// walking tells whether every line counts here.
func (t *tracker) walking() bool {
	return t.region != regionOutput || t.walkLeft > 0 || t.textLeft > 0 || t.member.System
}

// soFar is how many lines of the whole log were handled.
func (t *tracker) soFar() int64 { return t.scan.Lines + t.seen }

// reach is how many lines one member had: many members together tell nothing of
// how much one of them has to say.
func (t *tracker) reach() int64 { return max(t.longest, t.seen) }

// skip passes n lines that hold nothing of interest.
func (t *tracker) skip(n int64) {
	t.lineNo += n
	t.seen += n
	if n > 0 {
		t.recent.reset()
	}
}

// line handles one raw line, without its line end, and the literals in it.
func (t *tracker) line(raw []byte, hits []filter.Hit) {
	t.lineNo++
	t.seen++
	t.handled++
	t.textLeft -= len(raw) + 1
	t.text = runlog.Line{}
	t.member.Format.Clean(&t.text, raw)
	if t.scan.Stamp == "" {
		t.scan.Stamp = t.text.Stamp
	}
	t.columns()
	if t.walkLeft > 0 {
		t.walkLeft--
	}
	t.ids.reset(len(t.e.byLiteral))
	if text := patterns.Collapse(t.text.Text); !endsIn(raw, text) {
		t.addIDs(text) // cleaning may have brought more to light
	}
	t.ids.add(hits)
	t.route()
}

// endsIn tells whether a raw line shows its text as it is.
func endsIn(raw []byte, text string) bool {
	return len(raw) >= len(text) && string(raw[len(raw)-len(text):]) == text
}

// addIDs adds the literals in a cleaned text.
func (t *tracker) addIDs(text string) {
	t.own = t.e.set.Scan([]byte(text), t.own[:0])
	t.ids.add(t.own)
}

// idSet is the literals of a line, each once, in the order of their places.
type idSet struct {
	list []int
	line []uint32 // the line that each literal was last added for
	now  uint32
}

func (s *idSet) reset(size int) {
	if s.now++; s.now == 0 || len(s.line) != size {
		s.line, s.now = make([]uint32, size), 1
	}
	s.list = s.list[:0]
}

func (s *idSet) add(hits []filter.Hit) {
	for _, h := range hits {
		if s.line[h.ID] != s.now {
			s.line[h.ID] = s.now
			s.list = append(s.list, h.ID)
		}
	}
}

// columns follows the job and step that the line itself names (gh, act).
func (t *tracker) columns() {
	l := &t.text
	if l.Job == "" && l.Step == "" {
		return
	}
	l.Job, l.Step = cutText(l.Job), cutText(l.Step)
	if l.Job != "" && l.Job != t.job.Name {
		if t.job.Name == "" && len(t.job.Steps) <= 1 && t.seen <= 1 {
			t.job.Name = l.Job
		} else {
			t.enterJob(l.Job)
			t.enterHead()
		}
	}
	if l.Step != "" && l.Step != t.step.Name {
		t.enterStep(l.Step, 0)
		t.job.Whole = true
	}
}

// route sends the line to the part of the log that it belongs to.
func (t *tracker) route() {
	l := &t.text
	if t.pending != nil && strings.TrimSpace(l.Text) != "" {
		t.flushPending(l.Indent >= 2)
	}
	if t.region == regionHead {
		t.headLine()
	}
	switch {
	case l.Kind == runlog.KindGroup:
		t.openGroup(l.Text)
	case l.Kind == runlog.KindEndGroup:
		t.closeGroup()
	case t.region == regionRun:
		t.runGroupLine()
	case t.region == regionSetup && !t.isWebRun():
		t.setupLine()
	case t.isWebRun():
		t.pending = &pendingRun{title: strings.TrimPrefix(l.Text, "Run ")}
		t.find(patterns.InOutput)
	case t.region == regionDetails:
		t.leave(&t.regionLeft)
		t.find(patterns.InDetails)
	case t.member.System:
		t.find(patterns.InSystem)
	case t.member.Format == runlog.FormatNpmDebug:
		t.find(patterns.InDebug)
	default:
		t.output()
	}
}

// leave counts down a bounded region and falls back to output at its end.
func (t *tracker) leave(left *int) {
	if *left--; *left <= 0 {
		t.region = regionOutput
	}
}

func (t *tracker) output() {
	switch {
	case t.has(markPost) && t.text.Text == "Post job cleanup.":
		if t.member.Step == "" && t.text.Step == "" {
			t.enterStep("Post job cleanup", 0)
		}
		return
	case t.text.Kind == runlog.KindError || t.has(markError) || t.has(markTool) && !compares(t.text.Text):
		t.noteError()
	case t.textLeft > 0 && t.e.complains(t.text.Text):
		t.step.Spoke = true
		t.noteError()
	case t.has(markPublishers):
		t.listLeft = publisher.Lines
		t.walkLeft = max(t.walkLeft, t.listLeft)
	case strings.HasPrefix(t.text.Text, "Environment details") && t.textLeft > 0:
		t.region, t.regionLeft = regionDetails, 8 // a web copy has no end mark
	case t.textLeft > 0 && bareEnv().MatchString(t.text.Text):
		t.find(patterns.InEnv) // copied without its head
	}
	t.versionLine()
	if t.listLeft--; t.listLeft >= 0 || t.textLeft > 0 {
		t.scan.Publishers.Line(t.text.Text)
	}
	t.find(patterns.InOutput)
}

// bareEnv is an entry of a step's environment as the runner prints it.
var bareEnv = lazy.Regexp(`^[A-Z][A-Z0-9_]*:(?: \S+)?$`)

func (t *tracker) has(m mark) bool {
	for _, id := range t.ids.list {
		if id < len(t.e.markIDs) && t.e.markIDs[id] == m {
			return true
		}
	}
	return false
}

// noteError keeps the line for a failure that nothing explains.
func (t *tracker) noteError() {
	if t.text.Kind == runlog.KindError {
		t.step.Failed = true
	}
	t.step.Spoke = t.step.Spoke || t.has(markTool)
	if len(t.step.Errors) == maxStepErrors {
		t.room.text -= len(t.step.Errors[0].Text)
		t.step.Errors = append(t.step.Errors[:0], t.step.Errors[1:]...)
	}
	if text := cutText(t.text.Text); t.room.holds(len(text)) {
		t.step.Errors = append(t.step.Errors, t.place(text))
	}
}

// cutText is the beginning of a line, without the memory of the rest.
func cutText(s string) string {
	if len(s) > maxLineText {
		s = strings.ToValidUTF8(s[:maxLineText], "")
	}
	return strings.Clone(s)
}

func (t *tracker) place(text string) Place {
	p := Place{Line: t.step.base + t.lineNo, Text: text}
	if t.member.Step != "" {
		p.StepLine = t.lineNo
	}
	return p
}

// headLine decides whether a log begins with a job's set-up. A fragment that
// somebody cut out begins with output.
func (t *tracker) headLine() {
	t.leave(&t.regionLeft)
	for _, start := range setupStarts {
		if strings.HasPrefix(t.text.Text, start) {
			t.enterSetup()
			return
		}
	}
}

// setupStarts are the lines that a job's log begins with: the service's
// preamble, the runner's version (actions/runner JobExtension.cs).
var setupStarts = []string{
	"Current runner version:", "Requested labels:", "Job defined at:", "Job is about to start", "Waiting for a runner",
	"Evaluating ", "Starting: Prepare job", "Runner name:",
}

// setupLine handles what the runner prints before a job's first step.
func (t *tracker) setupLine() {
	l := &t.text
	if name, ok := strings.CutPrefix(l.Text, "Complete job name: "); ok {
		t.nameJob(name)
	}
	if strings.HasPrefix(l.Text, "Current runner version:") {
		t.job.Whole = true
	}
	t.leave(&t.regionLeft)
	t.find(patterns.InSetup)
}

// nameJob takes the job's own, unmangled name.
func (t *tracker) nameJob(name string) {
	if t.member.Format != runlog.FormatGH && t.member.Job == "" {
		t.job.Name = cutText(name)
	}
	t.job.Whole = true
}

// complains tells whether a line of a paste says that something about a
// package's publish went wrong, in whatever words: a message that the catalog
// does not know must not pass as if nothing had failed. Cargo, NuGet, PyPI and
// others publish packages too, and builds run npm without publishing anything.
func (e *Engine) complains(line string) bool {
	is := e.publishing.Is
	return is(patterns.TroubleLine, line) && !is(patterns.OtherRegistryLine, line) && !compares(line) &&
		is(patterns.PublishingLine, e.publishing.Without(patterns.NpmUse, line))
}
