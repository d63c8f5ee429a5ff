// Package workflow turns the source of a GitHub Actions workflow file into
// facts about its publishing jobs, and into the edits that mend them.
//
// A fact is stated only where the file settles it. What an expression, a
// called workflow or a foreign action may decide is left out.
//
// The syntax is that of
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax.
package workflow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// maxSize bounds what is read, in bytes, and maxSteps the steps of a job: real
// workflow files have a hundredth of it.
const (
	maxSize  = 512 << 10
	maxSteps = 2000
)

// File is a workflow file.
type File struct {
	// Name is the path as the caller named it.
	Name string
	src  []byte
	root *yamltree.Node
	jobs []*Job
}

// Job is an entry of `jobs:`.
type Job struct {
	ID string
	// Name is the `name:` as written, expressions included, or "".
	Name string
	// Line is where the job's id stands.
	Line int
	// Uses is the reusable workflow that a calling job names, or "".
	Uses string
	// Steps are in order; a calling job has none.
	Steps []*Step

	file *File
	node *yamltree.Node
}

// Read reads a workflow file. Errors name the line where there is one: what
// YAML does not allow, an alias that points at its own parent, a file without
// a mapping of jobs.
func Read(name string, src []byte) (*File, error) {
	if len(src) > maxSize {
		return nil, fmt.Errorf("read %s: the file has %d bytes, more than a workflow can have", name, len(src))
	}
	tree, err := yamltree.Parse(src)
	if err != nil && tree.Root == nil { // only the first document counts
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	root := tree.Root
	jobs := root.Get("jobs")
	if !jobs.Is(yamltree.Map) {
		return nil, fmt.Errorf("read %s: %w", name, errors.New("it has no `jobs:`, so it is not a workflow"))
	}
	f := &File{Name: name, src: src, root: root}
	for _, entry := range jobs.Fields {
		if n := len(entry.Value.Get("steps").List()); n > maxSteps {
			return nil, fmt.Errorf("read %s: the job at line %d has %d steps, more than a job can have", name, entry.Key.Line, n)
		}
		f.jobs = append(f.jobs, f.job(entry))
	}
	return f, nil
}

func (f *File) job(entry yamltree.Field) *Job {
	n := entry.Value
	j := &Job{
		ID: entry.Key.Text, Name: n.Get("name").Scalar(), Line: entry.Key.Line,
		Uses: n.Get("uses").Scalar(),
		file: f, node: n,
	}
	for _, step := range n.Get("steps").List() {
		j.Steps = append(j.Steps, &Step{
			Name: step.Get("name").Scalar(), Uses: step.Get("uses").Scalar(), Run: step.Get("run").Scalar(),
			Line: step.Line, job: j, node: step,
		})
	}
	return j
}

// Triggers are the events under `on:`, in the order of the file.
func (f *File) Triggers() []string {
	on := f.root.Get("on")
	var events []string
	if on.Is(yamltree.Map) {
		for _, event := range on.Fields {
			events = append(events, event.Key.Text)
		}
		return events
	}
	for _, event := range on.List() {
		events = append(events, event.Scalar())
	}
	return events
}

func (f *File) callable() bool {
	return slices.Contains(f.Triggers(), "workflow_call")
}

// Step is an entry of a job's `steps:`.
type Step struct {
	// Name is the `name:` as written, or "".
	Name string
	// Uses is the action that the step runs, Run its script; one is "".
	Uses string
	Run  string
	// Line is where the step begins, the line of its dash as a rule.
	Line int

	job  *Job
	node *yamltree.Node

	parse  sync.Once
	parsed []commands.Command // after parse
}

// Title is how logs name the step: its name, or "Run " and the action or the
// script's first line.
func (s *Step) Title() string {
	if s.Name != "" {
		return s.Name
	}
	first, _, _ := strings.Cut(s.Uses+s.Run, "\n")
	return "Run " + first
}

// action is the owner, name and path of the action that the step runs, and the
// ref behind the @.
func (s *Step) action() (name, ref string) {
	name, ref, _ = strings.Cut(s.Uses, "@")
	return name, ref
}

// levels are the places that rule a step, the nearest first: its own, the job's
// and the workflow's.
func (s *Step) levels() []*yamltree.Node {
	return []*yamltree.Node{s.node, s.job.node, s.job.file.root}
}

// env is the entry that rules a variable: the step's, the job's or the workflow's.
func (s *Step) env(name string) (_ yamltree.Field, ok bool) {
	for _, level := range s.levels() {
		if entry, ok := level.Get("env").Field(name); ok {
			return entry, true
		}
	}
	return yamltree.Field{}, false
}

// envFold is env for variables that tools read in any letter case.
func (s *Step) envFold(name string) (_ yamltree.Field, ok bool) {
	for _, level := range s.levels() {
		if env := level.Get("env"); env != nil {
			for _, entry := range env.Fields {
				if strings.EqualFold(entry.Key.Text, name) {
					return entry, true
				}
			}
		}
	}
	return yamltree.Field{}, false
}

// shell is the one that runs the step's script, as far as the file says.
func (s *Step) shell() string {
	for _, n := range []*yamltree.Node{s.node, s.job.node.Get("defaults").Get("run"), s.job.file.root.Get("defaults").Get("run")} {
		if shell := n.Get("shell").Scalar(); shell != "" {
			return shell
		}
	}
	if strings.HasPrefix(s.job.node.Get("runs-on").Scalar(), "windows") {
		return "pwsh"
	}
	return ""
}

func (s *Step) commands() []commands.Command {
	n := s.node.Get("run")
	if !n.Is(yamltree.Text) {
		return nil
	}
	first := n.Line
	if n.Block {
		first++
	}
	s.parse.Do(func() { s.parsed = commands.Parse(n.Text, s.shell(), first) })
	return s.parsed
}

// Job finds a job by the name that logs and the API give it, or by its id: the
// `name:`, with expressions filled in; the matrix's values in brackets behind
// it, "build (3.10)"; and "caller / callee" for the jobs of a called workflow,
// which leads to the calling job. Without a name, as in pasted logs, it is the
// one that publishes. ok is false when no job fits, or several do.
func (f *File) Job(name string) (_ *Job, ok bool) {
	if name == "" {
		all := f.Publishing()
		if len(all) != 1 {
			return nil, false
		}
		return all[0], true
	}
	if j, ok := f.named(name); ok {
		return j, true
	}
	for caller := range callers(name) {
		if j, ok := f.named(caller); ok && j.Uses != "" {
			return j, true
		}
	}
	return nil, false
}

// callers yields what may be the calling job's part of a name, shortest first:
// a slash may also stand in a matrix value.
func callers(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(name) {
			if strings.HasPrefix(name[i:], " / ") && !yield(name[:i]) {
				return
			}
		}
	}
}

// named finds a job of this file, the surest way first.
func (f *File) named(name string) (*Job, bool) {
	plain, _, _ := strings.Cut(name, " (")
	ways := []func(*Job) bool{
		func(j *Job) bool { return j.display() == name },
		func(j *Job) bool { return j.ID == name },
		func(j *Job) bool { return j.display() == plain },
		func(j *Job) bool { return j.ID == plain },
		func(j *Job) bool { return fits(j.Name, name) },
	}
	for _, way := range ways {
		if j, n := f.only(way); n > 0 {
			return j, n == 1
		}
	}
	return nil, false
}

// only is the first job of which something holds, and how many there are.
func (f *File) only(holds func(*Job) bool) (first *Job, n int) {
	for _, j := range f.jobs {
		if holds(j) {
			if n == 0 {
				first = j
			}
			n++
		}
	}
	return first, n
}

// display is the name that people see, expressions as written.
func (j *Job) display() string {
	if j.Name != "" {
		return j.Name
	}
	return j.ID
}

// fits tells whether a name can come from a pattern whose expressions stand
// for any text. A pattern without expressions fits nothing here.
func fits(pattern, name string) bool {
	head, rest, found := strings.Cut(pattern, "${{")
	if !found || !strings.HasPrefix(name, head) {
		return false
	}
	name = name[len(head):]
	for {
		_, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return false
		}
		literal, next, more := strings.Cut(after, "${{")
		if !more {
			return strings.HasSuffix(name, literal)
		}
		at := strings.Index(name, literal)
		if at < 0 {
			return false
		}
		name, rest = name[at+len(literal):], next
	}
}

// hasExpression tells whether a text is only known when the run starts.
func hasExpression(text string) bool {
	return strings.Contains(text, "${{")
}

// expression is what stands inside a text that is one expression and nothing else.
func expression(text string) (_ string, ok bool) {
	inner, found := strings.CutPrefix(strings.TrimSpace(text), "${{")
	inner, closed := strings.CutSuffix(inner, "}}")
	return strings.TrimSpace(inner), found && closed && !hasExpression(inner)
}

// isSecret tells whether a text is one secret: `${{ secrets.NAME }}`,
// `${{ secrets['NAME'] }}` or `${{ github.token }}`.
func isSecret(text string) bool {
	e, ok := expression(text)
	if !ok {
		return false
	}
	if e == "github.token" {
		return true
	}
	name, found := strings.CutPrefix(e, "secrets.")
	if !found {
		name, found = strings.CutPrefix(e, "secrets['")
		name = strings.TrimSuffix(name, "']")
	}
	return found && name != "" && !strings.ContainsFunc(name, notInName)
}

func notInName(r rune) bool {
	return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// values are the texts that a value can have in the job's matrix: its own one,
// or those of the key in `${{ matrix.key }}`. ok is false when the file does
// not say.
func (j *Job) values(n *yamltree.Node) (_ []*yamltree.Node, ok bool) {
	if n.Scalar() == "" {
		return nil, false
	}
	if !hasExpression(n.Text) {
		return []*yamltree.Node{n}, true
	}
	e, _ := expression(n.Text)
	key, ok := strings.CutPrefix(e, "matrix.")
	if !ok {
		return nil, false
	}
	all := j.matrix(key)
	return all, len(all) > 0 && !slices.ContainsFunc(all, isOpen)
}

// isOpen tells whether a value is no text, or one that the run decides.
func isOpen(n *yamltree.Node) bool {
	return n.Scalar() == "" || hasExpression(n.Text)
}

// matrix lists the values that the job's matrix gives to a key.
func (j *Job) matrix(key string) []*yamltree.Node {
	m := j.node.Get("strategy").Get("matrix")
	all := slices.Clone(m.Get(key).List())
	for _, extra := range m.Get("include").List() {
		if value := extra.Get(key); value != nil {
			all = append(all, value)
		}
	}
	return all
}

// literal is the one text that a value has in every job of the matrix.
func (j *Job) literal(n *yamltree.Node) (_ string, ok bool) {
	all, ok := j.values(n)
	if !ok {
		return "", false
	}
	for _, value := range all[1:] {
		if value.Scalar() != all[0].Scalar() {
			return "", false
		}
	}
	return all[0].Scalar(), true
}
