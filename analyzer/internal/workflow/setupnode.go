package workflow

import (
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

// setupNode is the last setup-node step among the job's first n, or nil.
func (j *Job) setupNode(n int) *Step {
	for i := n - 1; i >= 0; i-- {
		if name, _ := j.Steps[i].action(); name == "actions/setup-node" {
			return j.Steps[i]
		}
	}
	return nil
}

// setupNodeOf is the setup-node step that counts for a publication, or for the
// whole job when it has none.
func (j *Job) setupNodeOf(p publication) *Step {
	for i, s := range j.Steps {
		if s == p.step {
			return j.setupNode(i)
		}
	}
	return j.setupNode(len(j.Steps))
}

// version is the version of the step's action: that of the tag behind the @,
// or, for a commit, that of the comment behind it, as update bots keep it.
func (s *Step) version() string {
	_, ref := s.action()
	if v, ok := plainVersion(ref); ok && strings.HasPrefix(ref, "v") {
		return v
	}
	if len(ref) != 40 {
		return ""
	}
	for word := range strings.FieldsSeq(s.node.Get("uses").Comment) {
		word = word[strings.LastIndexByte(word, '@')+1:]
		if v, ok := plainVersion(word); ok {
			return v
		}
	}
	return ""
}

// plainVersion reads "24", "v24.5", "24.x" or "24.5.1" and cuts the v.
func plainVersion(text string) (_ string, ok bool) {
	text = strings.TrimPrefix(text, "v")
	parts := strings.Split(text, ".")
	for i, part := range parts {
		if !isNumber(part) && (i == 0 || part != "x") {
			return "", false
		}
	}
	return text, len(parts) <= 3
}

func isNumber(text string) bool {
	return text != "" && len(text) < 10 && strings.Trim(text, "0123456789") == ""
}

// setupFacts are what the setup-node step says.
func (b *factsOf) setupFacts(s *Step) {
	if s == nil {
		return
	}
	b.add("setup-node.version", s.version(), s.node.Get("uses").Line)
	with := s.node.Get("with")
	b.registryURL(s, with)
	version, ok := with.Field("node-version")
	if !ok {
		return
	}
	if text, ok := b.job.literal(version.Value); ok {
		if v, ok := plainVersion(text); ok {
			b.add("node.version", v, version.Key.Line)
		}
	}
}

// registryURL is "none" where setup-node is told no registry.
func (b *factsOf) registryURL(s *Step, with *yamltree.Node) {
	entry, ok := with.Field("registry-url")
	if !ok || entry.Value.Scalar() == "" {
		b.add("setup-node.registry-url", "none", s.Line)
		return
	}
	if url, ok := b.job.literal(entry.Value); ok {
		b.add("setup-node.registry-url", url, entry.Key.Line)
	}
}
