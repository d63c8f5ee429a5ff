package workflow

import (
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
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
		if (!repo.IsNumber(part) || len(part) > 9) && (i == 0 || part != "x") {
			return "", false
		}
	}
	return text, len(parts) <= 3
}

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
	if slices.ContainsFunc(all, func(label *yamltree.Node) bool { return labelKind(label.Scalar()) != kind }) {
		return ""
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

// Values of the fact token.kind.
const (
	secretToken      = "secret"
	placeholderToken = "placeholder"
	unresolvedToken  = "unresolved"
	emptyToken       = "empty"
	absentToken      = "absent"
)

// placeholder is what setup-node up to version 6 puts into NODE_AUTH_TOKEN.
//
// Source: actions/setup-node v6.5.0 src/authutil.ts
const placeholder = "XXXXX-XXXXX-XXXXX-XXXXX"

// tokenNames are the variables that publishing tools and people's .npmrc files read.
var tokenNames = []string{"NODE_AUTH_TOKEN", "NPM_TOKEN", "NPM_AUTH_TOKEN", "YARN_NPM_AUTH_TOKEN", "NPM_PUBLISH_TOKEN", "NPM_ACCESS_TOKEN"}

// token is the kind of token that the publication is given, "" when the file
// does not settle it. That a secret is passed does not mean that it exists.
func (j *Job) token(p publication) (kind string, line int) {
	given := p.tokenEntries()
	kinds := map[string]int{}
	for _, entry := range slices.Backward(given) {
		kinds[tokenKind(entry.Value)] = entry.Key.Line
	}
	for _, kind := range []string{secretToken, "", placeholderToken, emptyToken} {
		if line, ok := kinds[kind]; ok {
			return kind, line
		}
	}
	return j.tokenElsewhere(p)
}

// tokenEntries lists what is passed as a token: variables, the action's input,
// and assignments in front of the command.
func (p publication) tokenEntries() []yamltree.Field {
	var list []yamltree.Field
	if p.cmd != nil {
		for _, assigned := range p.cmd.Assigned {
			name, value, _ := strings.Cut(assigned, "=")
			if slices.Contains(tokenNames, name) {
				list = append(list, scriptEntry(name, value, p.cmd.Line))
			}
		}
	}
	for _, name := range tokenNames {
		if entry, ok := p.step.env(name); ok {
			list = append(list, entry)
		}
	}
	if entry, ok := p.step.node.Get("with").Field("token"); ok && p.tool == "js-devtools" {
		list = append(list, entry)
	}
	return list
}

// scriptEntry is an assignment in a script as if it stood under env.
func scriptEntry(name, value string, line int) yamltree.Field {
	return yamltree.Field{Key: &yamltree.Node{Kind: yamltree.Text, Text: name, Line: line}, Value: &yamltree.Node{Kind: yamltree.Text, Text: value, Line: line}}
}

// tokenKind is the kind of one value, "" where an expression decides.
func tokenKind(n *yamltree.Node) string {
	text := n.Scalar()
	switch {
	case text == "" && (n.Is(yamltree.Text) || n.Is(yamltree.Null)):
		return emptyToken
	case text == placeholder:
		return placeholderToken
	case isSecret(text):
		return secretToken
	}
	return ""
}

// tokenElsewhere is the kind where no variable is set in the file: what a
// script writes, what setup-node leaves behind, or none. Foreign actions may
// set one.
func (j *Job) tokenElsewhere(p publication) (string, int) {
	if line, secret := j.npmrcToken(p); line > 0 {
		if secret {
			return secretToken, line
		}
		return "", 0
	}
	if j.mayExport(p) || p.otherSecret() {
		return "", 0
	}
	setup := j.setupNodeOf(p)
	if setup == nil || setup.node.Get("with").Get("registry-url").Scalar() == "" {
		return absentToken, p.step.Line
	}
	return placeholderOf(setup), setup.Line
}

// placeholderOf is what setup-node with a registry leaves in .npmrc: since
// version 7 a reference that nothing resolves.
//
// Source: actions/setup-node v6.5.0 and v7.0.0 src/authutil.ts
func placeholderOf(setup *Step) string {
	major, _, _ := strings.Cut(setup.version(), ".")
	switch {
	case major == "":
		return ""
	case len(major) == 1 && major < "7":
		return placeholderToken
	}
	return unresolvedToken
}

// npmrcToken is the line of a script up to the publication that writes an
// _authToken, 0 when none does, and whether it writes a secret there directly.
func (j *Job) npmrcToken(p publication) (line int, secret bool) {
	for _, s := range j.Steps {
		if line, secret := s.writesToken(); line > 0 {
			return line, secret
		}
		if s == p.step {
			break
		}
	}
	return 0, false
}

func (s *Step) writesToken() (line int, secret bool) {
	n := s.node.Get("run")
	if !n.Is(yamltree.Text) {
		return 0, false
	}
	at := n.Line
	if n.Block {
		at++
	}
	for text := range strings.SplitSeq(n.Text, "\n") {
		if _, value, ok := strings.Cut(text, "_authToken"); ok && !onlyReads(text) {
			return at, strings.Contains(value, "secrets.")
		}
		at++
	}
	return 0, false
}

// onlyReads tells lines that mention an _authToken without writing one.
func onlyReads(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "#") || slices.ContainsFunc([]string{"delete", "sed ", "grep ", "unset", "config get"}, func(word string) bool {
		return strings.Contains(line, word)
	})
}

// mayExport tells whether something up to the publication may set a token for
// later steps: a script that names one and writes to GITHUB_ENV, or that logs in
// or is given a secret, or an action that is not known.
func (j *Job) mayExport(p publication) bool {
	for _, s := range j.Steps {
		if strings.Contains(s.Run, "GITHUB_ENV") && strings.Contains(strings.ToUpper(s.Run), "TOKEN") || logsIn().MatchString(s.Run) || holdsSecret(s.Run) {
			return true
		}
		if s.Uses != "" && !exportsNothing(s.Uses) {
			return true
		}
		if s == p.step {
			break
		}
	}
	return false
}

// logsIn finds what gives npm or Yarn credentials beside an _authToken.
//
// Source: https://docs.npmjs.com/cli/v11/configuring-npm/npmrc, https://yarnpkg.com/configuration/yarnrc
var logsIn = lazy.Regexp(`(?i)npmAuth(?:Token|Ident)|:_(?:auth|password)\b|\bnpm (?:login|adduser)\b`)

var secretsOf = lazy.Regexp(`\bsecrets(?:\.|\[')(\w+)`)

// holdsSecret tells whether a script is given a secret of the repository's own.
func holdsSecret(script string) bool {
	return slices.ContainsFunc(secretsOf().FindAllStringSubmatch(script, -1), func(m []string) bool { return m[1] != "GITHUB_TOKEN" })
}

// otherSecret tells whether a variable that npm's settings may refer to, under a
// name of the repository's own, holds a secret.
func (p publication) otherSecret() bool {
	for _, level := range p.step.levels() {
		if env := level.Get("env"); env != nil {
			for _, entry := range env.Fields {
				if npmNames().MatchString(entry.Key.Text) && isSecret(entry.Value.Scalar()) {
					return true
				}
			}
		}
	}
	return false
}

var npmNames = lazy.Regexp(`(?i)npm|yarn|node_auth|registry|publish`)

// exportsNothing tells actions that set no npm token for later steps.
func exportsNothing(uses string) bool {
	uses = strings.ToLower(uses)
	return slices.ContainsFunc(harmless, func(known string) bool { return strings.HasPrefix(uses, known) })
}

var harmless = []string{
	"actions/", "github/", "pnpm/action-setup@", "oven-sh/setup-bun@", "changesets/action@", "googleapis/release-please-action@",
	"js-devtools/npm-publish@", "cycjimmy/semantic-release-action@",
}
