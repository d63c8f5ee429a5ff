package workflow

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// addEntry puts `name: value` into the step's mapping under key, `env` or
// `with`, and makes one where there is none.
func (s *Step) addEntry(key, name, value string) []splice {
	if !isBlock(s.node) {
		return nil
	}
	block, ok := s.node.Field(key)
	if !ok {
		level := indent(s.node.Fields[0].Key)
		last := s.job.file.end(s.node.Line, column(s.node)-1)
		return []splice{insertAfter(last, level+key+":", level+"  "+name+": "+value)}
	}
	if !isBlock(block.Value) {
		return nil
	}
	if entry, ok := block.Value.Field(name); ok {
		if s, ok := s.job.file.swap(entry.Value, strings.Trim(value, `"`)); ok {
			return []splice{s}
		}
		return nil
	}
	last := block.Value.Fields[len(block.Value.Fields)-1]
	line := indent(last.Key) + name + ": " + value
	if oneLine(last) {
		return []splice{insertAfter(last.Key.Line, line)}
	}
	return []splice{insertAfter(block.Value.Fields[0].Key.Line-1, line)}
}

// publishing finds a job and its first publication.
func (f *File) publishing(job string) (*Job, publication, bool) {
	j, ok := f.Job(job)
	if !ok {
		return nil, publication{}, false
	}
	p, ok := j.publication()
	return j, p, ok
}

// AddVerbose makes the publishing step print what npm does, the reasons for a
// failed OIDC exchange among it, by NPM_CONFIG_LOGLEVEL.
func (f *File) AddVerbose(job string) (_ Edit, ok bool) {
	const name, value = "NPM_CONFIG_LOGLEVEL", "verbose"
	j, p, ok := f.publishing(job)
	if !ok {
		return Edit{}, false
	}
	want := func(j *Job) bool {
		p, _ := j.publication()
		entry, ok := p.step.env(name)
		return ok && entry.Value.Scalar() == value
	}
	return f.change(j, want, p.step.addEntry("env", name, value)...)
}

// DropToken takes the npm tokens out of the publishing step's env, so that
// only OIDC is left. ok is false when there is none, or when one comes from
// elsewhere: the job's env, a script, an action's input.
func (f *File) DropToken(job string) (_ Edit, ok bool) {
	j, p, ok := f.publishing(job)
	if !ok {
		return Edit{}, false
	}
	want := func(j *Job) bool {
		p, ok := j.publication()
		if !ok {
			return false
		}
		kind, _ := j.token(p)
		return kind != secretToken && len(p.tokenEntries()) == 0
	}
	return f.change(j, want, p.step.dropEnv(tokenNames)...)
}

// dropEnv takes variables out of the step's env, and the env when nothing else
// is in it.
func (s *Step) dropEnv(names []string) []splice {
	block, ok := s.node.Field("env")
	if !ok || !block.Value.Is(yamltree.Map) || block.Key.Line == s.node.Line {
		return nil
	}
	isOther := func(e yamltree.Field) bool { return !slices.Contains(names, e.Key.Text) }
	if !slices.ContainsFunc(block.Value.Fields, isOther) {
		last := s.job.file.end(block.Key.Line, block.Key.Col)
		return []splice{{block.Key.Line, last - block.Key.Line + 1, nil}}
	}
	if block.Value.Flow {
		return nil
	}
	var splices []splice
	for _, entry := range block.Value.Fields {
		if !isOther(entry) {
			last := s.job.file.end(entry.Key.Line, entry.Key.Col)
			splices = append(splices, splice{entry.Key.Line, last - entry.Key.Line + 1, nil})
		}
	}
	return splices
}

// AddProvenance makes the publish ask for provenance: by the flag on a plain
// `npm publish`, else by a variable, which the wrappers around npm hand on.
// ok is false when it is asked for already, refused by a flag, or the tool
// heeds neither (Yarn, bun).
func (f *File) AddProvenance(job string) (_ Edit, ok bool) {
	j, p, ok := f.publishing(job)
	if !ok || slices.Contains([]string{"yarn", "yarn-classic", "bun", "js-devtools"}, p.tool) {
		return Edit{}, false
	}
	if value, _ := j.provenance(p); value == "true" {
		return Edit{}, false
	}
	want := func(j *Job) bool {
		p, _ := j.publication()
		value, _ := j.provenance(p)
		return value == "true"
	}
	if p.cmd != nil && len(p.cmd.words) > 1 && p.cmd.words[0] == "npm" && p.cmd.words[1] == "publish" {
		return f.change(j, want, f.amend(p.cmd.line, "npm publish", "npm publish --provenance")...)
	}
	return f.change(j, want, p.step.addEntry("env", provenanceEnv, `"true"`)...)
}

// amend puts a text in place of another that stands once in a line.
func (f *File) amend(line int, old, text string) []splice {
	lines := f.lines()
	if line < 1 || line > len(lines) || strings.Count(lines[line-1], old) != 1 {
		return nil
	}
	return []splice{{line, 1, []string{strings.Replace(lines[line-1], old, text, 1)}}}
}
