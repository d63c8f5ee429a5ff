package workflow

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

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
}

func newStep(j *Job, n *yamltree.Node) *Step {
	return &Step{
		Name: n.Get("name").Scalar(), Uses: n.Get("uses").Scalar(), Run: n.Get("run").Scalar(),
		Line: n.Line, job: j, node: n,
	}
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

// env is the entry that rules a variable: the step's, the job's or the workflow's.
func (s *Step) env(name string) (_ yamltree.Field, ok bool) {
	for _, level := range []*yamltree.Node{s.node, s.job.node, s.job.file.root} {
		if entry, ok := level.Get("env").Field(name); ok {
			return entry, true
		}
	}
	return yamltree.Field{}, false
}

// envFold is env for variables that tools read in any letter case.
func (s *Step) envFold(name string) (_ yamltree.Field, ok bool) {
	for _, level := range []*yamltree.Node{s.node, s.job.node, s.job.file.root} {
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

// commands are the simple commands of the step's script.
func (s *Step) commands() []command {
	n := s.node.Get("run")
	if !n.Is(yamltree.Text) {
		return nil
	}
	first := n.Line
	if n.Block {
		first++
	}
	return parseScript(n.Text, first)
}
