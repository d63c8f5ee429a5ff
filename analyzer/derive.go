package analyzer

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// derive adds the facts that no single line states: which tool published, what
// is absent from a step whose head was seen, how the siblings fared.
func (d *diagnosis) derive() {
	whole := false
	for _, j := range d.scan.Jobs {
		whole = whole || j.Whole
		if j.Whole {
			d.deriveJob(j)
		}
	}
	d.infer("input.pasted", yesNo(!whole), facts.Anywhere, facts.Anywhere)
	for _, j := range d.scan.Jobs {
		for _, s := range j.Steps {
			d.deriveTool(s)
		}
	}
	for _, a := range d.attempts {
		d.deriveAttempt(a)
	}
}

func (d *diagnosis) infer(id, value string, job, step int) {
	d.store.Add(facts.Reading{Fact: id, Value: value, Origin: report.Inferred, Job: job, Step: step})
}

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// deriveJob says what a whole job's log does not show: no called workflow, no
// registry-url, no token in a step's environment.
func (d *diagnosis) deriveJob(j *match.Job) {
	has := func(id string) bool {
		_, ok := d.store.Lookup(id, facts.Place{Job: j.Index, Step: facts.Anywhere, Last: len(d.scan.Events)})
		return ok
	}
	if has("secrets.source") && !has("run.called-workflow") {
		d.infer("run.called-workflow", "none", j.Index, facts.Anywhere)
	}
	if has("setup-node.version") && !has("setup-node.registry-url") {
		d.infer("setup-node.registry-url", "none", j.Index, facts.Anywhere)
	}
	if has("secrets.source") && !has("npm.self-upgrade") {
		d.infer("npm.self-upgrade", "none", j.Index, facts.Anywhere)
	}
	if d.writesToken(j) {
		return
	}
	for _, s := range j.Steps {
		if s.Title != "" {
			d.deriveToken(s)
		}
	}
}

// writesToken tells whether a script of the job writes a token into an .npmrc:
// then the environment of the publishing step says nothing, and the token is
// whatever the writing step had.
func (d *diagnosis) writesToken(j *match.Job) bool {
	for i := range d.scan.Events {
		ev := &d.scan.Events[i]
		if ev.Job != j || ev.Fact == nil || ev.Fact.ID != "npmrc.token" {
			continue
		}
		kind := "secret"
		if k, ok := d.store.Lookup("token.kind", facts.Place{Job: j.Index, Step: ev.Step.Index, Last: i}); ok {
			kind = k.Value
		}
		d.store.Add(facts.Reading{Fact: "token.kind", Value: kind, Origin: report.FromLog, Rank: 45, Scope: patterns.ScopeJob, Job: j.Index, Step: ev.Step.Index, Seq: i, Where: where(ev)})
		return true
	}
	return false
}

// deriveToken says that a step whose head was printed has no token. With
// setup-node's .npmrc but no variable, npm sends the unresolved name itself.
func (d *diagnosis) deriveToken(s *match.Step) {
	p := facts.Place{Job: s.Job.Index, Step: s.Index, Last: len(d.scan.Events)}
	if _, ok := d.store.Lookup("token.kind", p); ok {
		return
	}
	kind := "absent"
	if k, ok := d.store.Lookup("registry.userconfig", p); ok && k.Value == "true" {
		kind = "unresolved"
	}
	d.infer("token.kind", kind, s.Job.Index, s.Index)
}

// tools recognises the publishing tool in a step's name and script, by a word
// in lower case and then by more. The first that fits wins.
var tools = []struct {
	name, word string
	re         func() *regexp.Regexp
}{
	{"semantic-release", "semantic-release", lazy.Regexp(`(?i)semantic-release`)},
	{"changesets", "changeset", lazy.Regexp(`(?i)\bchangesets?\b`)},
	{"lerna", "lerna", lazy.Regexp(`(?i)\blerna\b`)},
	{"release-it", "release-it", lazy.Regexp(`(?i)\brelease-it\b`)},
	{"js-devtools", "js-devtools", lazy.Regexp(`(?i)JS-DevTools/npm-publish`)},
	{"nx", "nx", lazy.Regexp(`(?i)\bnx\s+(?:release|run|run-many)\b`)},
	{"np", "np", lazy.Regexp(`(?i)(?:^|\s)(?:npx )?np\b`)},
	{"bun", "bun", lazy.Regexp(`(?i)\bbun (?:x )?publish\b`)},
	{"pnpm", "pnpm", lazy.Regexp(`(?i)\bpnpm\b.*\bpublish\b`)},
	{"yarn", "yarn", lazy.Regexp(`(?i)\byarn\b.*\bnpm publish\b`)},
	{"yarn-classic", "yarn", lazy.Regexp(`(?i)\byarn publish\b`)},
	{"npm", "npm", lazy.Regexp(`(?i)\bnpm (?:publish|stage)\b`)},
}

// deriveTool finds which tool a step publishes with: what its output proves,
// else its script, else npm.
func (d *diagnosis) deriveTool(s *match.Step) {
	p := facts.Place{Job: s.Job.Index, Step: s.Index, Last: len(d.scan.Events)}
	if k, ok := d.store.Lookup("publish.tool", p); ok {
		d.tools[s] = k.Value
		return
	}
	name := "npm"
	text := s.Name + "\n" + strings.Join(s.Script, "\n")
	lower := strings.ToLower(text)
	for _, t := range tools {
		if strings.Contains(lower, t.word) && t.re().MatchString(text) {
			name = t.name
			break
		}
	}
	d.tools[s] = name
	d.infer("publish.tool", name, s.Job.Index, s.Index)
}

// deriveAttempt adds what is known of one attempt: its package, registry,
// signature and siblings.
func (d *diagnosis) deriveAttempt(a *attempt.Attempt) {
	add := func(id, value string) {
		d.store.Add(facts.Reading{Fact: id, Value: value, Origin: report.Inferred, Scope: patterns.ScopeAttempt, Job: a.Job.Index, Step: a.Step.Index, Seq: a.First})
	}
	add("package.name", a.Package)
	add("package.version", a.Version)
	if a.Package != "" {
		add("package.scoped", yesNo(strings.HasPrefix(a.Package, "@")))
	}
	if a.Signed {
		add("provenance.signed", "true")
	}
	if host := registryHost(a); host != "" {
		add("registry.host", host)
		add("registry.public", yesNo(isPublic(host, d.tools[a.Step])))
	}
	add("siblings.published", d.siblings(a))
	if a.Failed() && skippedOIDC(a) {
		add("oidc.exchange", "skipped")
	}
	if comparedWithItself(a) {
		add("package.version-exists", "true")
	}
}

// comparedWithItself tells whether npm 11.0.0 found the version that it was to
// publish on the registry: it then calls it higher than itself.
func comparedWithItself(a *attempt.Attempt) bool {
	return slices.ContainsFunc(a.Failures, func(ev *event) bool {
		return ev.Symptom.ID == "latest-tag-conflict" && ev.Captures["found"] != "" && ev.Captures["found"] == ev.Captures["version"]
	})
}

// skippedOIDC tells whether npm's requests are visible and none of them is for
// an identity token.
func skippedOIDC(a *attempt.Attempt) bool {
	return slices.ContainsFunc(a.Starts, func(ev *event) bool { return ev.Symptom.ID == "npm-argv" }) &&
		!slices.ContainsFunc(a.Hints, func(ev *event) bool {
			return strings.HasPrefix(ev.Symptom.ID, "oidc-") || ev.Symptom.ID == "id-token-fetched"
		})
}

// registryHost is the registry that the attempt talked to, as the log names it.
func registryHost(a *attempt.Attempt) string {
	addresses := []string{a.Registry}
	for _, ev := range a.Failures {
		addresses = append(addresses, ev.Captures["registry"], ev.Captures["url"])
	}
	for _, s := range addresses {
		if u, err := url.Parse(s); err == nil && u.Host != "" {
			return strings.ToLower(u.Host)
		}
	}
	return ""
}

// isPublic tells whether a host is the public registry. Yarn's own name for it
// serves the same packages.
func isPublic(host, tool string) bool {
	return host == "registry.npmjs.org" || host == "registry.yarnpkg.com" && strings.HasPrefix(tool, "yarn")
}

// siblings says how other packages of the same job fared: some were published,
// or none was. In a paste that shows no others it cannot tell.
func (d *diagnosis) siblings(a *attempt.Attempt) string {
	if a.Package == "" {
		return ""
	}
	none := false
	for _, b := range d.attempts {
		if b.Job != a.Job || b.Package == "" || b.Package == a.Package {
			continue
		}
		if b.Published != nil {
			return "some"
		}
		none = none || b.Failed()
	}
	if none || a.Job.Whole {
		return "none"
	}
	return ""
}
