package workflow

import (
	"bytes"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/workflow/edit"
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

// insertAfter is a splice that takes nothing away.
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
