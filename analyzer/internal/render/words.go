package render

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

var (
	clean = document.Clean
	join  = document.Join
	count = words.Count[int]
)

// headline says in words of npm's users how an incident ended.
func headline(in report.Incident, r *report.Report) string {
	what := packagesText(in)
	several := len(in.Packages) > 1
	switch {
	case in.Outcome == report.WithoutProvenance && several:
		return what + " were published without provenance"
	case in.Outcome == report.WithoutProvenance:
		return cmp.Or(what, "A package") + " was published without provenance"
	case in.Outcome == report.Recovered && several:
		return what + " were published in the end, after a failure"
	case in.Outcome == report.Recovered:
		return cmp.Or(what, "The package") + " was published in the end, after a failure"
	case in.Outcome == report.Foreseen:
		return cmp.Or(what, "The package") + " would not be published"
	case in.Outcome == report.ForeseenWithoutProvenance:
		return cmp.Or(what, "The package") + " would be published without provenance"
	case in.OtherCommand && len(in.Titles) > 0:
		return cmp.Or(clean(in.Titles[0]), "A command failed")
	case what == "" && in.Needed && in.Step != "":
		return "The step “" + clean(in.Step) + "” failed"
	case what == "" && len(in.Jobs) > 1:
		return "The publish failed in " + count(len(in.Jobs), "job")
	case what == "":
		return "The publish failed"
	case several:
		return what + " were not published"
	case wentOut(in, r):
		return what + " was published, but a step after it failed"
	case known(in, r, facts.PackageVersionExists) == "true":
		return what + " was not published again"
	}
	return what + " was not published"
}

// wentOut tells whether the log shows the upload of an incident's package.
func wentOut(in report.Incident, r *report.Report) bool {
	return in.Package != nil && in.Package.Version != "" && slices.ContainsFunc(r.Published, func(p report.Published) bool {
		return p.Package == *in.Package && !p.Staged
	})
}

// known is the value of a fact of an incident's package, or of the whole run.
func known(in report.Incident, r *report.Report, id string) string {
	for _, f := range r.Facts {
		if f.ID == id && (f.Package == "" || in.Package != nil && f.Package == in.Package.Name) && (f.Job == "" || f.Job == in.Job) {
			return f.Value
		}
	}
	return ""
}

// packagesText names the package of an incident, or says how many it folds.
func packagesText(in report.Incident) string {
	switch {
	case len(in.Packages) > 1:
		return count(len(in.Packages), "package")
	case len(in.Packages) == 1:
		return packageText(in.Packages[0])
	case in.Package != nil:
		return packageText(*in.Package)
	}
	return ""
}

func packageText(p report.Package) string { return join(" ", clean(p.Name), clean(p.Version)) }

func healthy(out []report.Published) string {
	what, verb := count(len(out), "package"), " were published"
	switch len(out) {
	case 0:
		return "Nothing failed in this log"
	case 1:
		what, verb = packageText(out[0].Package), " was published"
	}
	for _, one := range out {
		switch {
		case one.Staged:
			return what + strings.Replace(verb, "published", "staged", 1) + " for a maintainer's approval"
		case one.Provenance != "yes":
			return what + verb
		}
	}
	return what + verb + " with provenance"
}

// wouldPublish says what a rehearsal shows.
func wouldPublish(out []report.Published) string {
	if len(out) == 0 {
		return "Nothing found that would keep the publish from working"
	}
	what := count(len(out), "package")
	if len(out) == 1 {
		what = packageText(out[0].Package)
	}
	for _, one := range out {
		if one.Provenance != "yes" {
			return what + " would be published"
		}
	}
	return what + " would be published with provenance"
}

func provenanceText(provenance string) string {
	switch provenance {
	case "yes":
		return "with provenance"
	case "no":
		return "without provenance"
	}
	return "the log does not show whether with provenance"
}

func tone(o report.Outcome) document.Tone {
	switch o {
	case report.WithoutProvenance, report.ForeseenWithoutProvenance:
		return document.Warn
	case report.Recovered:
		return document.Good
	}
	return document.Bad
}

// causeName is a cause's title, else its id, as the beginning of a sentence.
func causeName(d report.Diagnosis) string {
	return words.Capital(cmp.Or(clean(d.Title), clean(d.Cause)))
}

// withConfidence is a cause and how sure it is, in words.
func withConfidence(d report.Diagnosis) string {
	return causeName(d) + " (" + clean(string(d.Confidence)) + ")"
}

// where is the place of an incident, with the number of jobs that it folds
// beside the first.
func where(in report.Incident) string {
	at := document.Place(in.Job, in.Step)
	if n := len(in.Jobs) - 1; n > 0 {
		at += " and " + count(n, "more job")
	}
	return at
}

// sure is how sure a cause is: "likely cause", or certain.
func sure(c report.Confidence) string {
	if c == report.Certain {
		return string(c)
	}
	return string(c) + " cause"
}

func sourceText(r *report.Report) string {
	switch {
	case r.Run != nil && r.Run.Repository != "":
		parts := []string{clean(r.Run.Repository)}
		if r.Run.ID != 0 {
			parts = append(parts, "run "+number(r.Run.ID))
		}
		if r.Run.Attempt > 1 {
			parts = append(parts, "attempt "+number(int64(r.Run.Attempt)))
		}
		return join(" · ", append(parts, clean(base(r.Run.Workflow)))...)
	case r.Source.Kind == "stdin":
		return "standard input"
	}
	return clean(base(r.Source.Name))
}

func base(name string) string {
	if name == "" {
		return ""
	}
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}

// factText is a reason of a diagnosis in words: of "npm.version = 10.8.2 (job ›
// step:43)", "Npm of the step: 10.8.2 (line 43)".
func factText(s string, facts []report.Fact) string {
	id, rest, ok := strings.Cut(s, " = ")
	if !ok || strings.Contains(id, " ") {
		return s
	}
	value, place, placed := strings.Cut(rest, " (")
	title, text := id, value
	for _, f := range facts {
		if f.ID == id {
			title = cmp.Or(f.Title, title)
			if f.Value == value {
				text = cmp.Or(f.Text, value)
			}
		}
	}
	if at := strings.LastIndexByte(place, ':'); at > 0 && !strings.Contains(place[:at], ".") {
		if line := strings.TrimRight(place[at+1:], ")"); strings.Trim(line, "0123456789") == "" {
			place = "line " + line + ")" // of the log, in a job or a step of it
		}
	}
	if placed {
		text += " (" + place
	}
	return words.Capital(title) + ": " + text
}

const wordChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:+-"
