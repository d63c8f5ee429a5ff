package workflow

import (
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// UpgradeNpm makes the job publish with an npm of a major version like "11": it
// raises the version that a step installs already, and setup-node's Node.js
// where that is too old for the new npm. Where neither is to be had, it puts a
// step before the publish that installs npm.
func (f *File) UpgradeNpm(job, version string) (_ Edit, ok bool) {
	j, p, ok := f.publishing(job)
	if !ok {
		return Edit{}, false
	}
	node, old := j.tooOld(p, version)
	spec, line := j.installed(p)
	want := func(j *Job) bool {
		p, _ := j.publication()
		got, _ := j.npmVersion(p)
		_, old := j.tooOld(p, version)
		return !old && (got == npmRange(version) || got == "")
	}
	var splices []splice
	if old {
		raised, ok := f.swap(node.Value, newNode)
		if !ok {
			return Edit{}, false
		}
		splices = append(splices, raised)
	}
	switch {
	case line > 0:
		splices = append(splices, f.amend(line, "npm@"+spec, "npm@"+version)...)
	case !old:
		splices = p.step.insertBefore("name: Upgrade npm", "run: npm install -g npm@"+version)
	}
	return f.change(j, want, splices...)
}

// installed is the last npm that a step before the publication installs by a
// version, and the line; 0 when none does.
func (j *Job) installed(p publication) (spec string, line int) {
	for _, cmd := range j.before(p) {
		if named, ok := globalNpm(cmd.words); ok && named != "" {
			spec, line = named, cmd.line
		}
	}
	return spec, line
}

// newNode is a Node.js whose own npm is new enough for trusted publishing.
const newNode = "24"

// tooOld finds setup-node's version of Node.js when npm's new major version
// does not run on it.
//
// Source: engines in package.json of npm@11.0.0 and npm@12.0.0
func (j *Job) tooOld(p publication, npm string) (_ yamltree.Field, old bool) {
	setup := j.setupNodeOf(p)
	if setup == nil {
		return yamltree.Field{}, false
	}
	entry, _ := setup.node.Get("with").Field("node-version")
	text, ok := plainVersion(entry.Value.Scalar())
	major, _, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	least := 20
	if npm != "11" {
		least = 22
	}
	return entry, ok && err == nil && n < least
}

// insertBefore puts a step in front of this one and of the comments above it.
func (s *Step) insertBefore(entries ...string) []splice {
	lines := s.job.file.lines()
	if !isBlock(s.node) || s.node.Line < 2 || s.node.Line > len(lines) {
		return nil
	}
	text := lines[s.node.Line-1]
	dash := strings.IndexByte(text, '-')
	if dash < 0 || strings.TrimSpace(text[:dash]) != "" {
		return nil
	}
	at := s.node.Line - 1
	for at > 1 && strings.HasPrefix(strings.TrimSpace(lines[at-1]), "#") {
		at--
	}
	var added []string
	for i, entry := range entries {
		lead := text[:dash] + "- "
		if i > 0 {
			lead = text[:dash] + "  "
		}
		added = append(added, lead+entry)
	}
	if strings.TrimSpace(lines[at-1]) == "" {
		added = append(added, "")
	}
	return []splice{insertAfter(at, added...)}
}
