package workflow

import (
	"bytes"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/edit"
	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Edit is a change to the workflow file, as a unified diff.
type Edit = edit.Edit

// splice replaces count lines, from line (counted from 1) on, by others.
type splice struct {
	line, count int
	lines       []string
}

func insertAfter(line int, lines ...string) splice {
	return splice{line + 1, 0, lines}
}

// lines are the source's lines without their endings, counted as the YAML
// library counts them (go.yaml.in/yaml/v4 internal/libyaml, is_break).
func (f *File) lines() []string {
	text := strings.TrimPrefix(string(f.src), "\ufeff")
	return strings.Split(lineBreaks.Replace(text), "\n")
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// spliced is the source with all splices made. Lines keep their endings; new
// ones get the file's. A file that ends without one still does.
func (f *File) spliced(splices []splice) []byte {
	lines := bytes.SplitAfter(f.src, []byte("\n"))
	ending := "\n"
	if bytes.HasSuffix(lines[0], []byte("\r\n")) {
		ending = "\r\n"
	}
	slices.SortStableFunc(splices, func(a, b splice) int { return b.line - a.line })
	for _, s := range splices {
		var added [][]byte
		for _, line := range s.lines {
			added = append(added, []byte(line+ending))
		}
		at := min(s.line-1, len(lines))
		if at > 0 && len(added) > 0 && !bytes.HasSuffix(lines[at-1], []byte("\n")) {
			lines[at-1] = append(slices.Clone(lines[at-1]), ending...)
		}
		lines = slices.Replace(lines, at, min(at+s.count, len(lines)), added...)
	}
	after := bytes.Join(lines, nil)
	if !bytes.HasSuffix(f.src, []byte("\n")) {
		after = bytes.TrimSuffix(after, []byte(ending))
	}
	return after
}

// change makes the splices and proves the result: the diff must apply, the new
// file must be read, the job must publish if it did, what is wanted of it must
// hold, and no other job may be touched. ok is false when one of that fails.
func (f *File) change(j *Job, want func(*Job) bool, splices ...splice) (_ Edit, ok bool) {
	if len(splices) == 0 {
		return Edit{}, false
	}
	after := f.spliced(splices)
	e, ok := edit.Between(f.Name, f.src, after)
	if !ok {
		return Edit{}, false
	}
	if got, err := edit.Apply(f.src, e.Diff); err != nil || !bytes.Equal(got, after) {
		return Edit{}, false
	}
	g, err := Read(f.Name, after)
	if err != nil || len(g.jobs) != len(f.jobs) {
		return Edit{}, false
	}
	_, publishes := j.publication()
	for i, changed := range g.jobs {
		if f.jobs[i] == j {
			_, still := changed.publication()
			ok = ok && changed.ID == j.ID && still == publishes && want(changed)
			continue
		}
		ok = ok && f.jobs[i].same(changed)
	}
	return e, ok
}

// same tells whether two readings of a job are one, apart from places.
func (j *Job) same(other *Job) bool {
	own, others := j.facts(j.ID), other.facts(j.ID)
	if j.ID != other.ID || len(j.Steps) != len(other.Steps) {
		return false
	}
	return slices.EqualFunc(own, others, func(a, b report.Fact) bool { return a.ID == b.ID && a.Value == b.Value })
}

// swap puts another text in place of a scalar that stands in one line; what
// follows it, a comment too, stays. ok is false when the text is written in
// another form.
func (f *File) swap(n *yamltree.Node, text string) (_ splice, ok bool) {
	if !n.Is(yamltree.Text) || n.Block || n.Text == "" {
		return splice{}, false
	}
	line, at, ok := f.at(n)
	if !ok {
		return splice{}, false
	}
	for _, quote := range []string{"", `'`, `"`} {
		written := quote + n.Text + quote
		if rest, found := strings.CutPrefix(line[at:], written); found {
			return splice{n.Line, 1, []string{line[:at] + quote + text + quote + rest}}, true
		}
	}
	return splice{}, false
}

// at is the line in which a value begins and the value's place in it, in bytes.
func (f *File) at(n *yamltree.Node) (line string, at int, ok bool) {
	lines := f.lines()
	if n.Line < 1 || n.Line > len(lines) {
		return "", 0, false
	}
	line = lines[n.Line-1]
	runes := []rune(line)
	if n.Col < 1 || n.Col > len(runes)+1 {
		return "", 0, false
	}
	return line, len(string(runes[:n.Col-1])), true
}

// indent is what stands before a key of a block mapping, as blanks.
func indent(n *yamltree.Node) string {
	return strings.Repeat(" ", max(0, n.Col-1))
}

// end is the last line of the block that begins in a line and whose other
// lines are indented by at least so many blanks. Blank lines and comments
// behind it are not part of it.
func (f *File) end(line, blanks int) int {
	last := line
	for i, text := range f.lines() {
		trimmed := strings.TrimLeft(text, " ")
		deep := len(text)-len(trimmed) >= blanks
		switch {
		case i < line || trimmed == "":
		case deep:
			last = i + 1
		case !strings.HasPrefix(trimmed, "#"):
			return last
		}
	}
	return last
}

// isBlock tells whether a value is a mapping written over several lines.
func isBlock(n *yamltree.Node) bool {
	return n.Is(yamltree.Map) && !n.Flow && len(n.Fields) > 0
}

// oneLine tells whether an entry is a key and a plain value in one line.
func oneLine(e yamltree.Field) bool {
	return e.Value.Is(yamltree.Text) && !e.Value.Block && e.Value.Line == e.Key.Line
}

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

// AddProvenance makes the publish ask for provenance as its tool understands
// it: by the flag where the command is a manager's, by the variable where npm
// reads it, by both for `pnpm -r publish`, whose versions up to 10 heed only
// the variable and later ones only the flag. ok is false when it is asked for
// already, refused by a flag, or the tool knows neither (Yarn 1, bun).
func (f *File) AddProvenance(job string) (_ Edit, ok bool) {
	j, p, ok := f.publishing(job)
	if !ok || slices.Contains([]string{"yarn-classic", "bun", "js-devtools"}, p.tool) {
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
	variable := func() []splice { return p.step.addEntry("env", provenanceEnv, `"true"`) }
	if p.cmd == nil || !slices.Contains([]string{"npm", "pnpm", "yarn"}, p.tool) || !slices.Contains(p.cmd.Words, "publish") {
		return f.change(j, want, variable()...)
	}
	splices := f.amend(p.cmd.Line, " publish", " publish --provenance")
	switch {
	case p.tool == "pnpm" && slices.ContainsFunc(p.cmd.Words, isRecursive):
		if more := variable(); len(splices) > 0 {
			splices = append(splices, more...)
		}
	case len(splices) == 0 && p.tool == "npm":
		splices = variable()
	}
	return f.change(j, want, splices...)
}

func isRecursive(word string) bool {
	return slices.Contains([]string{"-r", "--recursive", "recursive", "multi", "m"}, word)
}

// amend puts a text in place of another that stands once in a line.
func (f *File) amend(line int, old, text string) []splice {
	lines := f.lines()
	if line < 1 || line > len(lines) || strings.Count(lines[line-1], old) != 1 {
		return nil
	}
	return []splice{{line, 1, []string{strings.Replace(lines[line-1], old, text, 1)}}}
}
