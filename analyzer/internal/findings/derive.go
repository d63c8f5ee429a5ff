package findings

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/attempt"
	"github.com/pubmortem/pubmortem/analyzer/internal/commands"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/publisher"
	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// derive adds the facts that no single line states: which tool published, what
// is absent from a step whose head was seen, how the siblings fared.
func (f *Findings) derive() {
	whole := false
	written := f.writtenTokens()
	for _, j := range f.Scan.Jobs {
		whole = whole || j.Whole
		if j.Whole {
			f.deriveJob(j, written[j])
		}
	}
	f.infer(facts.InputPasted, yesNo(!whole), facts.Anywhere, facts.Anywhere)
	spoke := f.spoke()
	for _, j := range f.Scan.Jobs {
		for _, s := range j.Steps {
			f.deriveTool(s, spoke[s])
		}
	}
	for _, a := range f.Attempts {
		f.deriveAttempt(a)
	}
	f.derivePublisher()
}

func (f *Findings) infer(id, value string, job, step int) {
	f.Facts.Add(facts.Reading{Fact: id, Value: value, Origin: report.Inferred, Job: job, Step: step})
}

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// deriveJob says what a whole job's log does not show: no called workflow, no
// registry-url, no token in a step's environment. written names the
// script that writes a token into an .npmrc, as writtenTokens does: then the
// environment of the publishing step says nothing, and the token is whatever
// the writing step had.
func (f *Findings) deriveJob(j *match.Job, written int) {
	has := func(id string) bool {
		_, ok := f.Facts.Lookup(id, f.WholeJob(j))
		return ok
	}
	absent := func(id string, when string) {
		if has(when) && !has(id) {
			f.infer(id, "none", j.Index, facts.Anywhere)
		}
	}
	absent(facts.RunCalledWorkflow, facts.SecretsSource)
	absent(facts.SetupNodeRegistryURL, facts.SetupNodeVersion)
	absent(facts.NpmSelfUpgrade, facts.SecretsSource)
	if written > 0 && f.writtenToken(written-1) {
		return
	}
	for _, s := range j.Steps {
		if s.Title != "" {
			f.deriveToken(s)
		}
	}
}

// writtenTokens finds for each job the first script that writes a token into an
// .npmrc, as the event's index plus one.
func (f *Findings) writtenTokens() map[*match.Job]int {
	found := map[*match.Job]int{}
	for i := range f.Scan.Events {
		ev := &f.Scan.Events[i]
		if ev.Fact != nil && ev.Fact.ID == facts.NpmrcToken && found[ev.Job] == 0 {
			found[ev.Job] = i + 1
		}
	}
	return found
}

// writtenToken says which token a script wrote, and whether the publishing step
// can have no other: a name in single quotes is written as it is, and stands for
// what the publishing step has.
func (f *Findings) writtenToken(i int) bool {
	ev := &f.Scan.Events[i]
	kind := "secret"
	name := tokenVariable().FindStringSubmatch(ev.Text)
	k, ok := f.Facts.Lookup(facts.TokenKind, facts.Place{Job: ev.Job.Index, Step: ev.Step.Index, Last: i})
	switch {
	case name != nil && strings.HasPrefix(name[0], "'"):
		return false
	case ok:
		kind = k.Value
	case name != nil && !slices.ContainsFunc(ev.Step.Script, func(line string) bool { return strings.Contains(line, name[1]+"=") }):
		kind = "empty" // the step has no such variable, or the runner would have printed it
	}
	const rank = 45 // above what a step's environment says, below what npm itself says
	f.Facts.Add(f.reading(ev, i, facts.TokenKind, kind, rank, patterns.ScopeJob))
	return true
}

// tokenVariable is a shell variable in a line that writes a token, with the
// quote before it where nothing expands it.
var tokenVariable = lazy.Regexp(`(?:'[^'"]*)?\$\{?(\w+)`)

// deriveToken says that a step whose head was printed has no token. With
// setup-node's .npmrc but no variable, npm sends the unresolved name itself.
func (f *Findings) deriveToken(s *match.Step) {
	p := facts.Place{Job: s.Job.Index, Step: s.Index, Last: len(f.Scan.Events)}
	if _, ok := f.Facts.Lookup(facts.TokenKind, p); ok {
		return
	}
	kind := "absent"
	if k, ok := f.Facts.Lookup(facts.RegistryUserconfig, p); ok && k.Value == "true" {
		kind = "unresolved"
	}
	f.infer(facts.TokenKind, kind, s.Job.Index, s.Index)
}

// spoke tells which tool's error line stands in a step that shows no publishing
// command, as in a paste. Other tools print npm's lines too, so npm's prove
// nothing.
func (f *Findings) spoke() map[*match.Step]string {
	found := map[*match.Step]string{}
	for i := range f.Scan.Events {
		ev := &f.Scan.Events[i]
		if ev.Symptom == nil || len(ev.Step.Publications) > 0 || found[ev.Step] != "" {
			continue
		}
		for k := range f.catalog.Tools {
			t := &f.catalog.Tools[k]
			if t.ID != "npm" && slices.ContainsFunc(t.Errors, func(text string) bool { return strings.Contains(ev.Text, text) }) {
				found[ev.Step] = t.FactValue()
				break
			}
		}
	}
	return found
}

// deriveTool finds which tool a step publishes with: what its output proves,
// else its script, else whose error it shows, else npm.
func (f *Findings) deriveTool(s *match.Step, spoke string) {
	p := facts.Place{Job: s.Job.Index, Step: s.Index, Last: len(f.Scan.Events)}
	if k, ok := f.Facts.Lookup(facts.PublishTool, p); ok {
		f.tools[s] = k.Value
		return
	}
	f.tools[s] = cmp.Or(spoke, "npm")
	if len(s.Publications) > 0 && !s.Publications[0].Named() {
		f.tools[s] = s.Publications[0].Tool.FactValue()
	}
	f.infer(facts.PublishTool, f.tools[s], s.Job.Index, s.Index)
}

// deriveAttempt adds what is known of one attempt: its package, registry,
// signature and siblings.
func (f *Findings) deriveAttempt(a *attempt.Attempt) {
	add := func(id, value string) {
		f.Facts.Add(facts.Reading{Fact: id, Value: value, Origin: report.Inferred, Scope: patterns.ScopeAttempt, Job: a.Job.Index, Step: a.Step.Index, Seq: a.First})
	}
	add(facts.PackageName, a.Package)
	add(facts.PackageVersion, a.Version)
	if a.Package != "" {
		add(facts.PackageScoped, yesNo(strings.HasPrefix(a.Package, "@")))
	}
	if a.Signed = a.Signed || f.mustBeSigned(a); a.Signed {
		add(facts.ProvenanceSigned, "true")
	}
	if at, whole := registryOf(a); at != nil {
		host := strings.ToLower(at.Host)
		add(facts.RegistryHost, host)
		add(facts.RegistryPublic, yesNo(isPublic(host, f.tools[a.Step])))
		if folder, ok := strings.CutSuffix(strings.TrimSuffix(at.Path, "/"), "/"+a.Package); ok || whole {
			add(facts.RegistryAddress, host+folder)
		}
	}
	add(facts.SiblingsPublished, f.siblings(a))
	if a.Failed() && skippedOIDC(a) {
		add(facts.OIDCExchange, "skipped")
	}
	if comparedWithItself(a) {
		add(facts.PackageVersionExists, "true")
	}
}

// mustBeSigned tells whether an upload has a statement though none was printed:
// a client that is asked for one on its command line ends with an error where
// it cannot make it (npm 9.5.0 and pnpm 11.0.0 on; `pnpm -r` of older ones drops
// the flag), and npm 9.5 and some wrappers of it say nothing.
func (f *Findings) mustBeSigned(a *attempt.Attempt) bool {
	client := map[string]patterns.Cond{
		"npm":  {Fact: facts.NpmVersion, Op: patterns.OpRange, Values: []string{">= 9.5.0"}},
		"pnpm": {Fact: facts.PnpmVersion, Op: patterns.OpRange, Values: []string{">= 11.0.0"}},
	}
	cond, ok := client[f.tools[a.Step]]
	if !ok || a.Published == nil || a.DryRun || a.Staged {
		return false
	}
	holds, _ := f.Facts.Eval(cond, f.Place(a))
	return Asks(a.Step) && len(a.Step.Publications) == 1 && holds == version.True
}

// Asks tells whether a publishing command of the step asks for provenance.
func Asks(s *match.Step) bool {
	return slices.ContainsFunc(s.Publications, func(p commands.Publication) bool {
		return p.Command != nil && slices.Contains(p.Command.Words, "--provenance")
	})
}

// comparedWithItself tells whether the version that is in the way on the
// registry is the one to publish: npm 11.0.0 calls it higher than itself.
func comparedWithItself(a *attempt.Attempt) bool {
	return slices.ContainsFunc(a.Failures, func(ev *match.Event) bool {
		return ev.Captures.Get("found") != "" && ev.Captures.Get("found") == ev.Captures.Get("version")
	})
}

// skippedOIDC tells whether npm's requests are visible and none of them is for
// an identity token.
func skippedOIDC(a *attempt.Attempt) bool {
	return slices.ContainsFunc(a.Starts, func(ev *match.Event) bool { return ev.Symptom.Role == patterns.RoleRequestsShown }) &&
		!slices.ContainsFunc(a.Hints, func(ev *match.Event) bool {
			return ev.Symptom.Role.IsOIDC() || ev.Symptom.Role == patterns.RoleIDToken
		})
}

// registryOf is the address that the attempt talked to, as the log names it, and
// whether that is the whole registry's rather than a package's in it.
func registryOf(a *attempt.Attempt) (at *url.URL, whole bool) {
	whole = true
	for _, name := range []string{"registry", "url"} {
		addresses := []string{a.Registry}
		for _, ev := range a.Failures {
			addresses = append(addresses, ev.Captures.Get(name))
		}
		for _, s := range addresses {
			if u, err := url.Parse(s); err == nil && u.Host != "" {
				return u, whole
			}
		}
		whole = false
	}
	return nil, false
}

// isPublic tells whether a host is the public registry. Yarn's own name for it
// serves the same packages.
func isPublic(host, tool string) bool {
	return host == "registry.npmjs.org" || host == "registry.yarnpkg.com" && (strings.HasPrefix(tool, "yarn") || tool == "lerna")
}

// siblings says how other packages of the same job fared: some were published,
// or none was. In a paste that shows no others it cannot tell.
func (f *Findings) siblings(a *attempt.Attempt) string {
	if a.Package == "" {
		return ""
	}
	switch published, failed := f.Groups.Siblings(a); {
	case published:
		return "some"
	case failed || a.Job.Whole:
		return "none"
	}
	return ""
}

// derivePublisher states the fields of the trusted publisher that the owner
// listed, and how they differ from what each attempt presents.
func (f *Findings) derivePublisher() {
	list := &f.Scan.Publishers
	for _, a := range f.Attempts {
		if path := f.value(facts.RunWorkflow, a); path != "" {
			f.infer(facts.RunWorkflowFile, publisher.Base(path), a.Job.Index, a.Step.Index)
		}
	}
	if !list.Listed() {
		return
	}
	if list.Unnamed() && f.severalPackages() {
		f.Notes = append(f.Notes, "the list of trusted publishers does not name its package, and the log names several: give it as --publisher NAME=FILE")
		return
	}
	for _, a := range f.Attempts {
		if all, none := list.Of(a.Package); none || len(all) > 0 {
			f.comparePublisher(a, all)
		}
	}
}

// severalPackages tells whether the attempts name more than one package.
func (f *Findings) severalPackages() bool {
	first := ""
	return slices.ContainsFunc(f.Attempts, func(a *attempt.Attempt) bool {
		first = cmp.Or(first, a.Package)
		return a.Package != "" && a.Package != first
	})
}

func (f *Findings) value(id string, a *attempt.Attempt) string {
	k, _ := f.Facts.Lookup(id, f.Place(a))
	return k.Value
}

func (f *Findings) comparePublisher(a *attempt.Attempt, list []publisher.Publisher) {
	add := func(id, value, where string) {
		f.Facts.Add(facts.Reading{
			Fact: id, Value: value, Origin: report.FromUser, Where: where,
			Package: a.Package, Job: a.Job.Index, Step: a.Step.Index,
		})
	}
	const where = "npm trust list"
	f.Facts.Add(facts.Reading{
		Fact: facts.OIDCPossible, Value: yesNo(f.exchangePossible(a)), Origin: report.Inferred,
		Scope: patterns.ScopeAttempt, Job: a.Job.Index, Step: a.Step.Index, Seq: a.First,
	})
	if len(list) == 0 {
		add(facts.PublisherListed, "none", where)
		add(facts.PublisherMatches, "false", where)
		add(facts.PublisherDiffers, "missing", "the list is empty")
		return
	}
	p, differences, whole := publisher.Nearest(list, publisher.Run{
		Repository: f.value(facts.RunRepository, a), Workflow: f.value(facts.RunWorkflow, a),
		Called: f.value(facts.RunCalledWorkflow, a), Environment: f.value(facts.RunEnvironment, a),
	})
	add(facts.PublisherListed, "some", where)
	add(facts.PublisherID, p.ID, where)
	add(facts.PublisherRepository, p.Repository, where)
	add(facts.PublisherWorkflow, p.Workflow, where)
	add(facts.PublisherEnvironment, publisher.OrNone(p.Environment), where)
	add(facts.PublisherPermissions, p.Allows(), where)
	field, text := publisher.Words(differences)
	switch {
	case field != "":
		add(facts.PublisherDiffers, field, text)
		add(facts.PublisherMatches, "false", text)
	case whole:
		add(facts.PublisherDiffers, "nothing", "repository, workflow file and environment are equal")
		add(facts.PublisherMatches, "true", "repository, workflow file and environment are equal")
	}
}

// exchangePossible tells whether nothing is known that keeps an attempt from
// being compared with a publisher, or that shows it was let in.
func (f *Findings) exchangePossible(a *attempt.Attempt) bool {
	is := func(fact string, values ...string) bool { return slices.Contains(values, f.value(fact, a)) }
	old, _ := f.Facts.Eval(patterns.Cond{Fact: facts.NpmVersion, Op: patterns.OpRange, Values: []string{"< 11.5.0"}}, f.Place(a))
	return !is(facts.IDToken, "missing") && !is(facts.RunnerKind, "self-hosted") && !is(facts.RegistryPublic, "false") &&
		!is(facts.TokenKind, "secret") && old != version.True && is(facts.OIDCExchange, "", "not-found")
}
