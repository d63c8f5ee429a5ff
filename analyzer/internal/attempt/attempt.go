// Package attempt cuts what a scan found into publish attempts: what belongs
// to one package's way to the registry, how far it came, and how it ended.
package attempt

import (
	"net/url"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/patterns"
)

// Attempt is one try to publish one package, or a step that it needs.
type Attempt struct {
	Job  *match.Job
	Step *match.Step
	// First and Last are indexes of events; what lies between belongs to the attempt.
	First, Last int
	// Package and Version as far as the log names them.
	Package, Version string
	// Registry is the URL that the tool said it publishes to.
	Registry string
	Failures []*match.Event
	Hints    []*match.Event
	Starts   []*match.Event
	// Published is the line that says that the upload was accepted, or nil.
	Published *match.Event
	// Signed: a provenance statement was made. Announced: the tool named the
	// registry, so its notices are visible at this log level.
	Signed, Announced, DryRun, Staged bool
	// signing: a statement was about to be made; the upload that follows has it.
	signing bool

	// LooksUp tells that the request that failed was no upload, NoPublish that
	// the step shows a failed test or installation and no publish.
	LooksUp, NoPublish bool

	// ended tells that the tool's own error block came to its end, or the runner's.
	ended bool
	// after is the failed attempt that hints followed; they go back to it when
	// no new attempt comes of them.
	after *Attempt
}

// Failed tells whether the attempt shows a failure.
func (a *Attempt) Failed() bool { return len(a.Failures) > 0 }

func (a *Attempt) done() bool { return a.Published != nil || a.ended }

// onlyHints tells whether nothing but hints came yet.
func (a *Attempt) onlyHints() bool {
	return len(a.Failures) == 0 && len(a.Starts) == 0 && a.Published == nil && !a.Signed && !a.signing
}

// Build cuts a scan into attempts, in the order of the log.
func Build(s *match.Scan) []*Attempt {
	b := builder{noPublish: map[*match.Step]bool{}}
	for _, i := range readingOrder(s.Events) {
		ev := &s.Events[i]
		if b.at != ev.Step {
			b = builder{
				all: b.all, noPublish: b.noPublish, installing: b.installing, at: ev.Step, everyday: ev.Step.Everyday(), unsigned: len(b.all),
				uploads: map[[2]string]*Attempt{}, reports: map[*patterns.Symptom]int{},
			}
		}
		b.take(ev, i)
	}
	for _, a := range b.all {
		a.NoPublish = b.noPublish[a.Step] && len(a.Starts) == 0 && !Publishes(a.Step) &&
			!slices.ContainsFunc(a.Hints, func(ev *match.Event) bool { return ev.Symptom.Role == patterns.RolePublishScript })
	}
	return dropRequests(giveBack(b.all))
}

// requests tells whether the attempt is a command about trusted publishers,
// which publishes nothing.
func (a *Attempt) requests() bool {
	return slices.ContainsFunc(a.Failures, isRequest)
}

func isRequest(ev *match.Event) bool { return ev.Symptom.Role == patterns.RolePublisherRequest }

// dropRequests takes out commands about trusted publishers that failed, where a
// publish of the same job failed: people look the publisher up because of that.
func dropRequests(all []*Attempt) []*Attempt {
	failed := map[*match.Job]bool{}
	for _, a := range all {
		failed[a.Job] = failed[a.Job] || a.Failed() && !a.requests()
	}
	return slices.DeleteFunc(all, func(a *Attempt) bool { return failed[a.Job] && a.requests() })
}

// splitRequest opens an attempt of its own for a command about trusted
// publishers, with the line before, which has its error's code, and for what
// fails after it.
func (b *builder) splitRequest(ev *match.Event, i int) {
	code := func(f *match.Event) bool { return strings.Contains(f.Text, " code E") }
	failed := b.cur.Failures
	switch {
	case isRequest(ev) && !b.cur.requests():
		own := slices.IndexFunc(failed, func(f *match.Event) bool { return code(f) && f.Line+1 == ev.Line })
		if own == 0 || len(failed) == 0 {
			return
		}
		var moved []*match.Event
		if own > 0 {
			moved, b.cur.Failures = slices.Clone(failed[own:]), failed[:own]
		}
		b.open(ev, i)
		b.cur.Failures = moved
	case b.cur.requests() && !isRequest(ev) && code(ev):
		b.open(ev, i)
	}
}

// giveBack joins hints that followed a failure, and that no new attempt came
// of, with the attempt that failed.
func giveBack(all []*Attempt) []*Attempt {
	kept := all[:0]
	for _, a := range all {
		if a.after == nil || !a.onlyHints() {
			kept = append(kept, a)
			continue
		}
		a.after.Hints = append(a.after.Hints, a.Hints...)
		a.after.Last = max(a.after.Last, a.Last)
	}
	return kept
}

// readingOrder lists the indexes of symptoms by their place; on one line starts
// come first, since some tools name the package and the error on the same line.
func readingOrder(events []match.Event) []int {
	var order []int
	line := 0 // where the symptoms of the current line begin in order
	for i := range events {
		ev := &events[i]
		if ev.Symptom == nil {
			continue
		}
		if line < len(order) && (events[order[line]].Step != ev.Step || events[order[line]].Line != ev.Line) {
			line = len(order)
		}
		order = append(order, i)
		for n := len(order) - 1; n > line && kindOrder[events[order[n-1]].Symptom.Kind] > kindOrder[ev.Symptom.Kind]; n-- {
			order[n-1], order[n] = order[n], order[n-1]
		}
	}
	return order
}

var kindOrder = map[patterns.Kind]int{
	patterns.KindStart: 0, patterns.KindHint: 1, patterns.KindFailure: 2, patterns.KindSuccess: 3, patterns.KindContext: 4,
}

type builder struct {
	all []*Attempt
	cur *Attempt
	// at is the step that is read, everyday whether it runs only what never
	// publishes, unsigned its first attempt that signStep has not seen.
	at       *match.Step
	everyday bool
	unsigned int
	// uploads are the step's by package and version, reports the symptoms that
	// said so.
	uploads map[[2]string]*Attempt
	reports map[*patterns.Symptom]int
	// noPublish are the steps in which a test or an installation failed.
	noPublish map[*match.Step]bool
	// installing is the step in which a tool lists dependencies.
	installing *match.Step
}

func (b *builder) take(ev *match.Event, i int) {
	name, version := subject(ev)
	switch ev.Symptom.Kind {
	case patterns.KindStart:
		b.start(ev, i, name)
	case patterns.KindFailure:
		b.failure(ev, i, name)
	case patterns.KindHint:
		b.hint(ev, i)
	case patterns.KindSuccess:
		b.success(ev, i)
	default:
		b.context(ev)
		return
	}
	if b.cur != nil {
		b.cur.extend(i, name, version)
		b.list(b.cur)
	}
}

func (a *Attempt) extend(i int, name, version string) {
	a.First, a.Last = min(a.First, i), max(a.Last, i)
	if a.Package == "" {
		a.Package = name
	}
	if a.Version == "" && (name == "" || name == a.Package) {
		a.Version = version
	}
}

func (b *builder) open(ev *match.Event, i int) {
	b.cur = &Attempt{Job: ev.Job, Step: ev.Step, First: i, Last: i}
	b.all = append(b.all, b.cur)
}

// other tells whether name is a package other than the current attempt's.
func (b *builder) other(name string) bool {
	return name != "" && b.cur.Package != "" && name != b.cur.Package
}

func (b *builder) start(ev *match.Event, i int, name string) {
	again := ev.Symptom.Role == patterns.RolePublishNotice && b.cur != nil && b.cur.Announced
	if b.cur == nil || !b.cur.onlyHints() && (b.cur.done() || b.cur.Failed() && !b.repeats(ev) || b.other(name) || again) {
		b.open(ev, i)
	}
	b.cur.Starts = append(b.cur.Starts, ev)
	b.installing = nil
	if ev.Symptom.Role == patterns.RolePublishNotice {
		b.cur.Announced = true
		b.cur.Registry = ev.Captures.Get("registry")
		b.cur.DryRun = b.cur.DryRun || strings.Contains(ev.Text, "(dry-run)")
	}
}

// repeats tells whether npm's notice belongs to the failure right above it:
// changesets says in one line what npm answered, then prints npm's whole output.
func (b *builder) repeats(ev *match.Event) bool {
	last := b.cur.Failures[len(b.cur.Failures)-1]
	return ev.Symptom.Role == patterns.RolePublishNotice && !b.cur.Announced && ev.Line <= last.Line+echoLines
}

// echoLines is how far npm's output begins below the sentence that a wrapper made
// of it: npm's summary and its advice stand between.
const echoLines = 8

func (b *builder) failure(ev *match.Event, i int, name string) {
	if b.cur != nil && b.cur.after != nil && b.cur.onlyHints() && !b.cur.after.ended {
		if a := b.cur.after; name == "" || a.Package == "" || a.Package == name {
			b.resume(a)
		}
	}
	if b.cur == nil || b.cur.done() || b.other(name) {
		b.open(ev, i)
	}
	b.splitRequest(ev, i)
	b.cur.Failures = append(b.cur.Failures, ev)
	// What is refused at the upload was signed before.
	b.cur.Signed = b.cur.Signed || b.cur.signing && ev.Symptom.Stage == patterns.StagePublish
}

// resume goes on with the failed attempt that the current hints followed.
func (b *builder) resume(a *Attempt) {
	a.Hints = append(a.Hints, b.cur.Hints...)
	b.all = b.all[:len(b.all)-1]
	b.cur = a
}

func (b *builder) hint(ev *match.Event, i int) {
	if b.cur == nil || b.cur.done() || b.cur.Failed() {
		var after *Attempt
		if b.cur != nil && b.cur.Failed() {
			after = b.cur
		}
		b.open(ev, i)
		b.cur.after = after
	}
	b.cur.Hints = append(b.cur.Hints, ev)
}

func (b *builder) success(ev *match.Event, i int) {
	switch role := ev.Symptom.Role; role {
	case patterns.RoleSignedList:
		b.signStep()
		return
	case patterns.RoleSigned, patterns.RoleSigning, patterns.RoleAttested:
		if b.cur == nil || b.cur.ended || b.cur.Published != nil && !b.late(ev) {
			b.open(ev, i)
		}
		b.cur.signing = b.cur.signing || role == patterns.RoleSigning
		b.cur.Signed = b.cur.Signed || role == patterns.RoleSigned || b.cur.signing && b.cur.Published != nil
		return
	}
	if b.reported(ev) || b.installing == ev.Step || b.everyday {
		return
	}
	name, version := subject(ev)
	if heading := b.cur != nil && b.cur.Published != nil && b.cur.Package == "" && name != ""; !heading && (b.cur == nil || b.cur.Published != nil || b.cur.Failed()) {
		b.open(ev, i)
	}
	if name != "" && (version != "" || name != b.cur.Package) {
		b.cur.Package, b.cur.Version = name, version // parallel publishes mix their lines
	}
	b.cur.Published = ev
	b.reports[ev.Symptom]++
	b.cur.Signed = b.cur.Signed || b.cur.signing
	b.cur.Staged = ev.Symptom.Role == patterns.RoleStaged
}

// anyVersion stands for each version of a package's uploads.
const anyVersion = "*"

// list makes an upload known to reported.
func (b *builder) list(a *Attempt) {
	if a.Published == nil {
		return
	}
	for _, version := range []string{a.Version, anyVersion} {
		if key := [2]string{a.Package, version}; b.uploads[key] == nil {
			b.uploads[key] = a
		}
	}
}

// reported tells whether the upload is known already: wrappers say again what
// npm has said.
func (b *builder) reported(ev *match.Event) bool {
	name, version := subject(ev)
	if name == "" && (len(b.reports) > 1 || len(b.reports) == 1 && b.reports[ev.Symptom] == 0) {
		return true
	}
	if version == "" {
		version = anyVersion
	}
	a := b.uploads[[2]string{name, version}]
	if a == nil {
		a = b.uploads[[2]string{name, ""}]
	}
	if a == nil || version != anyVersion && a.Version != "" && a.Version != version {
		return false
	}
	if a.Published.Symptom.Role == patterns.RoleAccepted && name != "" {
		if b.reports[a.Published.Symptom]--; b.reports[a.Published.Symptom] == 0 {
			delete(b.reports, a.Published.Symptom)
		}
		a.Published = ev // says more: the version too
		b.reports[ev.Symptom]++
	}
	return true
}

// late tells whether a provenance line may belong to the upload that was just
// reported: stdout and stderr are two streams, and their lines may swap.
func (b *builder) late(ev *match.Event) bool {
	return !b.cur.Signed && ev.Line <= b.cur.Published.Line+2
}

// signStep marks all uploads of the step as attested: the tool lists their log
// entries at the end.
func (b *builder) signStep() {
	for _, a := range b.all[b.unsigned:] {
		if a.Published != nil {
			a.Signed = true
		}
	}
	b.unsigned = max(b.unsigned, len(b.all)-1) // the last one may yet be published
}

func (b *builder) context(ev *match.Event) {
	switch ev.Symptom.Role {
	case patterns.RoleInstalling:
		b.installing = ev.Step
	case patterns.RoleNoPublish:
		b.noPublish[ev.Step] = true
	}
	if b.cur == nil {
		return
	}
	switch ev.Symptom.Role {
	case patterns.RoleEndOfError:
		b.cur.ended = b.cur.ended || b.cur.Failed()
	case patterns.RoleDryRun:
		b.cur.DryRun = true
	}
	if IsOther(ev.Symptom) && b.cur.Failed() {
		b.cur.LooksUp = true
		b.cur.dropLookups(ev)
	}
}

// dropLookups takes back the failures that the look-up in ev, on their line or
// the next, got for an answer. What a publishing tool looks up itself stays, and
// what it says of it.
func (a *Attempt) dropLookups(ev *match.Event) {
	if ev.Symptom.Role != patterns.RoleOtherRequest || len(a.Starts) > 0 || Publishes(ev.Step) {
		return
	}
	answer := func(f *match.Event) bool {
		return !f.Symptom.OnlyPasted && f.Line+1 >= ev.Line && !strings.Contains(f.Text, "PUT ") && !strings.Contains(f.Text, "/-/package/")
	}
	if !slices.ContainsFunc(a.Failures, func(f *match.Event) bool { return !f.Symptom.OnlyPasted && !answer(f) }) {
		a.Failures = slices.DeleteFunc(a.Failures, answer)
	}
}

// IsOther tells whether a line says that what failed was no upload: a look-up,
// an installation, a test.
func IsOther(s *patterns.Symptom) bool {
	return s.Role == patterns.RoleOtherRequest || s.Role == patterns.RoleVersionLookup || s.Role == patterns.RoleNoPublish
}

// subject is the package and version that an event names.
func subject(ev *match.Event) (name, version string) {
	c := ev.Captures
	if name = c.Get("package"); name == "" {
		if u := c.Get("url"); u != "" && ev.Symptom.Kind != patterns.KindHint {
			name = packageOfURL(u)
		}
	}
	name = strings.Trim(Unescape(name), `"'`)
	version = c.Get("version")
	if at := strings.LastIndexByte(name, '@'); at > 0 {
		name, version = name[:at], name[at+1:]
	}
	if !packageName().MatchString(name) {
		name = ""
	}
	return name, strings.TrimRight(version, ".,:;'\")")
}

// packageName is what the registry accepts as a name, old upper-case names included.
var packageName = lazy.Regexp(`^(?:@[\w.~-]+/)?[\w.~-]+$`)

// Unescape undoes the registry's URL escaping of scoped names: @acme%2fwidget.
func Unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// packageOfURL is the package in an upload's or a look-up's address, whatever
// path the registry has in front of the name: /artifactory/api/npm/REPO/@acme%2fx,
// /api/v4/projects/1/packages/npm/x, /_packaging/FEED/npm/registry/x. It stands
// behind the word package/ in the registry's own endpoints.
func packageOfURL(u string) string {
	_, path, _ := strings.Cut(u, "://")
	_, path, ok := strings.Cut(path, "/")
	if path, _, _ = strings.Cut(path, "?"); !ok || path == "" {
		return ""
	}
	if _, after, ok := strings.Cut(path, "/-/package/"); ok {
		path = after
	} else if strings.HasPrefix(path, "-/") {
		_, after, _ := strings.Cut(path, "package/")
		path = after
	}
	path = Unescape(strings.TrimSuffix(path, "/"))
	for _, end := range []string{"/-/", "/-rev/"} {
		path, _, _ = strings.Cut(path, end)
	}
	if at := strings.LastIndex("/"+path, "/@"); at >= 0 {
		if parts := strings.SplitN(path[at:], "/", 3); len(parts) >= 2 {
			return parts[0] + "/" + parts[1]
		}
		return ""
	}
	if rest := registryPath().ReplaceAllLiteralString(path, ""); rest != path {
		path = rest
	}
	path, _, _ = strings.Cut(path, "/")
	return path
}

// registryPath is what registries other than the public one have before a
// package's name: Artifactory, Nexus, GitLab, Azure Artifacts, CodeArtifact.
var registryPath = lazy.Regexp(`^(?:artifactory/)?api/npm/[^/]+/?|^(?:[^/]+/)*repository/[^/]+/?|^api/v4/(?:(?:projects|groups)/[^/]+/(?:-/)?)?packages/npm/?|^(?:[^/]+/)*_packaging/[^/]+/npm/registry/?|^npm/[^/]+/(?:[^/]+/)?`)
