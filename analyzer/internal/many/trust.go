package many

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
)

// Release is a version of a package as the registry tells of it, flat.
type Release struct {
	Date    string `json:"date"`
	Package string `json:"package"`
	Version string `json:"version"`
	// Trust is one of the Trusts, Publisher the account or the trusted publisher.
	Trust     string `json:"trust"`
	Publisher string `json:"publisher"`
	Attested  bool   `json:"attested"`
	// Lost tells that an earlier version was published with more.
	Lost bool `json:"lost"`
}

// trusts are the proofs of where a version came from, the weakest first, as
// pnpm's trustPolicy ranks them (resolving/npm-resolver/src/trustChecks.ts).
var trusts = []string{"none", "provenance", "trusted-publisher", "staged-publish"}

func trustOf(v *probe.Version) int {
	switch {
	case v.Staged:
		return 3
	case v.TrustedPublisher != "" && v.Attested:
		return 2
	case v.Attested:
		return 1
	}
	return 0
}

// History is who published the versions of a package.
type History struct {
	Package  string
	Releases []Release
	// Attested counts the versions with an attestation.
	Attested int
	// LostSince is the first of the newest versions that were all published with
	// less proof than an earlier one, or nil; Before is the last that was not.
	LostSince, Before *Release
}

// HistoryOf ranks a package's versions, the earliest first. Installs with pnpm's
// "trustPolicy: no-downgrade" refuse a version with less proof than one before;
// for one that is no prerelease, prereleases do not count.
func HistoryOf(name string, p *probe.Package) *History {
	h := &History{Package: name}
	best, bestStable := 0, 0
	for i := range p.Versions {
		v := &p.Versions[i]
		trust, prerelease := trustOf(v), strings.Contains(v.Number, "-")
		r := Release{Package: name, Version: v.Number, Trust: trusts[trust], Publisher: v.Publisher, Attested: v.Attested}
		if !v.Published.IsZero() {
			r.Date = v.Published.UTC().Format(time.RFC3339)
		}
		if v.TrustedPublisher != "" {
			r.Publisher = v.TrustedPublisher
		}
		r.Lost = trust < bestStable || prerelease && trust < best
		best = max(best, trust)
		if !prerelease {
			bestStable = max(bestStable, trust)
		}
		if v.Attested {
			h.Attested++
		}
		clean(&r)
		h.Releases = append(h.Releases, r)
	}
	for i := range h.Releases {
		switch r := &h.Releases[i]; {
		case strings.Contains(r.Version, "-"):
		case !r.Lost:
			h.LostSince, h.Before = nil, r
		case h.LostSince == nil:
			h.LostSince = r
		}
	}
	return h
}

// published says who published a version, as far as the registry tells: a token
// in a workflow and a person at a keyboard look the same there without provenance.
func (r *Release) published() string {
	switch {
	case r.Trust == "trusted-publisher":
		return "trusted publisher " + r.Publisher
	case r.Trust == "staged-publish":
		return join(r.Publisher, "approved by a second person")
	case r.Attested:
		return join(r.Publisher, "by a token, with provenance")
	}
	return join(r.Publisher, "by a token or a person")
}

func join(name, how string) string { return strings.TrimSpace(name + " " + how) }

// TrustDocument sums up histories for people, those that lost trust first.
func TrustDocument(all []*History) document.Document {
	var lost, kept []*History
	for _, h := range all {
		if h.LostSince != nil {
			lost = append(lost, h)
		} else {
			kept = append(kept, h)
		}
	}
	t := document.Title{Tone: document.Good, Text: fmt.Sprintf("No version of %s is trusted less than an earlier one", words.Count(len(all), "package"))}
	if len(lost) > 0 {
		t = document.Title{Tone: document.Bad, Text: fmt.Sprintf("%s of %s lost trust", words.Thousands(int64(len(lost))), words.Count(len(all), "package"))}
		t.Detail = "installs with pnpm's trustPolicy: no-downgrade refuse these versions"
	}
	if len(all) == 0 {
		t = document.Title{Text: "There are no packages to look at"}
	}
	d := document.Document{{Body: t}}
	for _, h := range lost {
		d.Add(0, document.Gap{})
		items := []string{fmt.Sprintf("trust lost since %s (%s): published %s", h.LostSince.Version, cmp.Or(first10(h.LostSince.Date), "no date"), h.LostSince.published())}
		if h.Before != nil {
			items = append(items, fmt.Sprintf("before, %s: %s", h.Before.Version, h.Before.published()))
		}
		d.Add(0, document.Heading{Level: 4, Text: h.Package})
		d.Add(0, document.List{Items: items})
	}
	table := document.Table{Head: []string{"Package", "Versions", "Attested", "Newest", "Published"}, Numbers: []int{1, 2}}
	for _, h := range kept {
		row := []string{h.Package, fmt.Sprint(len(h.Releases)), fmt.Sprint(h.Attested), "–", ""}
		if n := len(h.Releases); n > 0 {
			row[3], row[4] = h.Releases[n-1].Version, h.Releases[n-1].published()
		}
		table.Rows = append(table.Rows, row)
	}
	if len(kept) > 0 {
		d.Add(0, document.Gap{})
		d.Add(0, table)
	}
	return d
}

func first10(date string) string { return date[:min(len(date), len(time.DateOnly))] }
