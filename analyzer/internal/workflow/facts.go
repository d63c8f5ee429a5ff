package workflow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// none is the value of facts about something that the file does without.
const none = "none"

// Facts states what the file says about a job, which is found as Job does, in
// an order that does not change. It is empty for an unknown job. Each fact has
// the job's name as it was asked for and the place "path:line".
//
// For a job that calls another workflow, the permission is stated only when
// the caller does not grant it; Call looks at both files.
func (f *File) Facts(job string) []report.Fact {
	j, ok := f.Job(job)
	if !ok {
		return nil
	}
	return j.facts(job)
}

// facts states what the job's own file says; name is how facts call it.
func (j *Job) facts(name string) []report.Fact {
	b := &factsOf{job: j, name: name}
	if j.Uses != "" {
		b.calling()
		return b.facts
	}
	b.jobFacts()
	b.publishFacts()
	return b.facts
}

// Call states what two files say about a job of a called workflow, named
// "caller / callee": what the called file says, and the permission as both
// grant it. Without a caller or a callee of that name it says what it can.
func Call(caller, called *File, job string) []report.Fact {
	j, ok := caller.Job(job)
	if !ok || j.Uses == "" {
		return called.Facts(job)
	}
	up := &factsOf{job: j, name: job}
	up.calling()
	callee := callee(called, job)
	if callee == nil {
		return up.facts
	}
	down := &factsOf{job: callee, name: job}
	down.jobFacts()
	down.publishFacts()
	return append(down.without(facts.RunCalledWorkflow, facts.IDToken), up.with(down.effective(j))...)
}

// callee is the called workflow's job: what is behind one of the name's slashes.
func callee(called *File, job string) *Job {
	for caller := range callers(job) {
		if j, ok := called.named(job[len(caller)+len(" / "):]); ok {
			return j
		}
	}
	return nil
}

// effective is the id-token permission of a called job: what the caller does
// not grant is missing, and what it grants the called file may narrow.
func (b *factsOf) effective(caller *Job) []report.Fact {
	value, line := caller.permission(facts.IDToken)
	from := caller.file
	if value == granted {
		if _, narrowed := b.job.permissions(); narrowed {
			value, line = b.job.permission(facts.IDToken)
			from = b.job.file
		}
	}
	if value == "" {
		return nil
	}
	return []report.Fact{b.fact(facts.IDToken, value, from, line)}
}

type factsOf struct {
	job   *Job
	name  string
	step  string
	facts []report.Fact
}

func (b *factsOf) fact(id, value string, f *File, line int) report.Fact {
	return report.Fact{
		ID: id, Value: value, Origin: report.FromWorkflow,
		Where: fmt.Sprintf("%s:%d", f.Name, line), Job: b.name, Step: b.step,
	}
}

// add notes a fact unless its value is unknown.
func (b *factsOf) add(id, value string, line int) {
	if value != "" {
		b.facts = append(b.facts, b.fact(id, value, b.job.file, line))
	}
}

// without lists the facts but those named.
func (b *factsOf) without(ids ...string) []report.Fact {
	return slices.DeleteFunc(b.facts, func(f report.Fact) bool { return slices.Contains(ids, f.ID) })
}

// with lists the facts with others in place of those of the same id.
func (b *factsOf) with(others []report.Fact) []report.Fact {
	return append(b.without(facts.IDToken), others...)
}

// calling states what a calling job settles for the jobs that it calls.
func (b *factsOf) calling() {
	if value, line := b.job.permission(facts.IDToken); value == missing {
		b.add(facts.IDToken, value, line)
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(b.job.Uses, "./"), "@")
	b.add(facts.RunCalledWorkflow, path, b.job.node.Get("uses").Line)
}

func (b *factsOf) jobFacts() {
	value, line := b.job.permission(facts.IDToken)
	b.add(facts.IDToken, value, line)
	if !b.job.file.callable() {
		b.add(facts.RunCalledWorkflow, none, b.job.Line)
	}
	kind, line := b.job.runner()
	b.add(facts.RunnerKind, kind, line)
	b.environment()
}

// environment is the job's deployment environment, or "none".
func (b *factsOf) environment() {
	entry, ok := b.job.node.Field("environment")
	if !ok {
		b.add(facts.RunEnvironment, none, b.job.Line)
		return
	}
	name := entry.Value
	if name.Is(yamltree.Map) {
		name = name.Get("name")
	}
	if text, ok := b.job.literal(name); ok {
		b.add(facts.RunEnvironment, text, entry.Key.Line)
	}
}

// mostPublications is how many of a job are compared, each with all before it.
const mostPublications = 100

// publishFacts states what holds for the publishing step. Where a job
// publishes several times, only what holds for all of them is stated, and where
// it does so very often, nothing of the kind.
func (b *factsOf) publishFacts() {
	all := b.job.publications()
	switch {
	case len(all) == 0:
		b.setupFacts(b.job.setupNodeOf(publication{}))
		return
	case len(all) > mostPublications:
		return
	}
	common := b.publicationFacts(all[0])
	for _, p := range all[1:] {
		others := b.publicationFacts(p)
		common = slices.DeleteFunc(common, func(f report.Fact) bool {
			return !slices.ContainsFunc(others, func(o report.Fact) bool { return o.ID == f.ID && o.Value == f.Value })
		})
	}
	b.facts = append(b.facts, common...)
}

func (b *factsOf) publicationFacts(p publication) []report.Fact {
	c := &factsOf{job: b.job, name: b.name}
	c.setupFacts(b.job.setupNodeOf(p))
	version, line := b.job.npmVersion(p)
	c.add(facts.NpmVersion, version, line)
	if line, _ := b.job.npmrcToken(p); line > 0 {
		c.add(facts.NpmrcToken, "true", line)
	}
	c.step = p.step.Title()
	c.add(facts.PublishTool, p.tool, p.line())
	if p.cmd != nil && p.tool != "" {
		c.add(facts.CommandArgs, display(*p.cmd), p.cmd.Line)
	}
	kind, line := b.job.token(p)
	c.add(facts.TokenKind, kind, line)
	provenance, line := b.job.provenance(p)
	c.add(facts.ProvenanceRequested, provenance, line)
	return c.facts
}

func (p publication) line() int {
	if p.cmd != nil {
		return p.cmd.Line
	}
	return p.step.node.Get("uses").Line
}

// display is the command in one line, with the values of tokens hidden.
func display(c commands.Command) string {
	words := slices.Clone(c.Words)
	for i, word := range words {
		if name, _, ok := strings.Cut(word, "="); ok && strings.Contains(strings.ToLower(name), "token") {
			words[i] = name + "=***"
		}
	}
	return strings.Join(words, " ")
}

// Values of the fact id-token.
const (
	granted = "granted"
	missing = "missing"
)

// permissions is the block that rules the job: its own one, which replaces the
// workflow's entirely, or the workflow's. ok is false when there is neither.
//
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
func (j *Job) permissions() (_ yamltree.Field, ok bool) {
	if own, ok := j.node.Field("permissions"); ok {
		return own, true
	}
	return j.file.root.Field("permissions")
}

// permission tells whether the job may write to what a permission names, and
// the line that says so. The value is "" when the file does not say: an
// expression, or a workflow that others call and that leaves it to them.
//
// Without any block the token never has id-token, whatever the repository's
// setting (https://docs.github.com/en/actions/concepts/security/openid-connect).
func (j *Job) permission(name string) (value string, line int) {
	block, ok := j.permissions()
	if !ok {
		if j.file.callable() {
			return "", j.Line
		}
		return missing, j.Line
	}
	entry, ok := block.Value.Field(name)
	switch {
	case block.Value.Scalar() == "write-all":
		return granted, block.Key.Line
	case hasExpression(block.Value.Scalar()) || hasExpression(entry.Value.Scalar()):
		return "", block.Key.Line
	case !ok:
		return missing, block.Key.Line
	case entry.Value.Scalar() == "write":
		return granted, entry.Key.Line
	}
	return missing, entry.Key.Line
}
