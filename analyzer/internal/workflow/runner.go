package workflow

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
)

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
