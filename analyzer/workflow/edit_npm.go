package workflow

import (
	"strconv"
	"strings"
)

// UpgradeNpm makes the job publish with an npm of a major version like "11":
// it raises the version that a step installs already; else raises setup-node's
// Node.js, where that is too old for the new npm; else puts a step before the
// publish that installs it.
func (f *File) UpgradeNpm(job, version string) (_ Edit, ok bool) {
	j, p, ok := f.publishing(job)
	if !ok {
		return Edit{}, false
	}
	wanted := npmRange(version)
	want := func(j *Job) bool {
		p, _ := j.publication()
		got, _ := j.npmVersion(p)
		return got == wanted
	}
	for _, cmd := range j.before(p) {
		if spec, ok := globalNpm(cmd.words); ok && spec != "" {
			return f.change(j, want, f.amend(cmd.line, "npm@"+spec, "npm@"+version)...)
		}
	}
	if entry, old := j.tooOld(p, version); old {
		return f.raiseNode(j, entry)
	}
	return f.change(j, want, p.step.insertBefore("name: Upgrade npm", "run: npm install -g npm@"+version)...)
}

// newNode is a Node.js whose own npm is new enough for trusted publishing.
const newNode = "24"

// tooOld finds setup-node's version of Node.js when npm's new major version
// does not run on it.
//
// Source: engines in package.json of npm@11.0.0 and npm@12.0.0
func (j *Job) tooOld(p publication, npm string) (_ field, old bool) {
	setup := j.setupNodeOf(p)
	if setup == nil {
		return field{}, false
	}
	entry, _ := setup.node.get("with").field("node-version")
	text, ok := plainVersion(entry.value.scalar())
	major, _, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	least := 20
	if npm != "11" {
		least = 22
	}
	return entry, ok && err == nil && n < least
}

func (f *File) raiseNode(j *Job, entry field) (Edit, bool) {
	s, ok := f.swap(entry.value, newNode)
	if !ok {
		return Edit{}, false
	}
	want := func(j *Job) bool {
		p, _ := j.publication()
		setup := j.setupNodeOf(p)
		return setup != nil && setup.node.get("with").get("node-version").scalar() == newNode
	}
	return f.change(j, want, s)
}

// insertBefore puts a step in front of this one and of the comments above it.
func (s *Step) insertBefore(entries ...string) []splice {
	lines := s.job.file.lines()
	if !isBlock(s.node) || s.node.line < 2 || s.node.line > len(lines) {
		return nil
	}
	text := lines[s.node.line-1]
	dash := strings.IndexByte(text, '-')
	if dash < 0 || strings.TrimSpace(text[:dash]) != "" {
		return nil
	}
	at := s.node.line - 1
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
