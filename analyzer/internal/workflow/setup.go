package workflow

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
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
	b.add(facts.SetupNodeVersion, s.version(), s.node.Get("uses").Line)
	with := s.node.Get("with")
	b.registryURL(s, with)
	version, ok := with.Field("node-version")
	if !ok {
		return
	}
	if text, ok := b.job.literal(version.Value); ok {
		if v, ok := plainVersion(text); ok {
			b.add(facts.NodeVersion, v, version.Key.Line)
		}
	}
}

// registryURL is "none" where setup-node is told no registry.
func (b *factsOf) registryURL(s *Step, with *yamltree.Node) {
	entry, ok := with.Field("registry-url")
	if !ok || entry.Value.Scalar() == "" {
		b.add(facts.SetupNodeRegistryURL, "none", s.Line)
		return
	}
	if url, ok := b.job.literal(entry.Value); ok {
		b.add(facts.SetupNodeRegistryURL, url, entry.Key.Line)
	}
}

// Values of the fact runner.kind.
const (
	hosted     = "github-hosted"
	selfHosted = "self-hosted"
)

// runner is the kind of runner that the job asks for and where it says so, or
// "" when labels do not tell: a group, a larger runner and a runner of one's
// own may have any label.
//
// Source: https://docs.github.com/en/actions/how-tos/write-workflows/choose-where-workflows-run/choose-the-runner-for-a-job
func (j *Job) runner() (kind string, line int) {
	entry, ok := j.node.Field("runs-on")
	if !ok {
		return "", 0
	}
	n := entry.Value
	if n.Is(yamltree.Text) {
		return j.scalarRunner(n), entry.Key.Line
	}
	labels := n.List()
	if n.Is(yamltree.Map) {
		labels = n.Get("labels").List()
	}
	return j.listedRunner(labels, n.Get("group") != nil), entry.Key.Line
}

// scalarRunner is the kind of one label, which may have a value for each job
// of a matrix.
func (j *Job) scalarRunner(n *yamltree.Node) string {
	all, ok := j.values(n)
	if !ok {
		return ""
	}
	kind := labelKind(all[0].Scalar())
	for _, label := range all[1:] {
		if labelKind(label.Scalar()) != kind {
			return ""
		}
	}
	return kind
}

// listedRunner is the kind of a runner that has all the labels.
func (j *Job) listedRunner(labels []*yamltree.Node, group bool) string {
	isSelf := func(n *yamltree.Node) bool { return labelKind(n.Scalar()) == selfHosted }
	switch {
	case slices.ContainsFunc(labels, isSelf):
		return selfHosted
	case len(labels) == 1 && !group:
		return j.scalarRunner(labels[0])
	}
	return ""
}

func labelKind(label string) string {
	label = strings.ToLower(label)
	switch {
	case label == selfHosted:
		return selfHosted
	case isStandard(label):
		return hosted
	}
	return ""
}

// isStandard tells whether a label is one of GitHub's standard runners: a
// system, a version or "latest", perhaps a size or an architecture.
func isStandard(label string) bool {
	system, rest, _ := strings.Cut(label, "-")
	if system != "ubuntu" && system != "windows" && system != "macos" {
		return false
	}
	version, variant, _ := strings.Cut(rest, "-")
	digits := strings.Trim(version, "0123456789.") == "" && version != ""
	plain := version == "latest" || digits || version == "slim"
	return plain && slices.Contains([]string{"", "arm", "large", "xlarge", "intel", "vs2026"}, variant)
}
