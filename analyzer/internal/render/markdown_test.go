package render

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// TestMarkdownOfFixtures checks that a page links all references of the first
// causes and names no id of the catalog.
func TestMarkdownOfFixtures(t *testing.T) {
	var sheets cmarkSheets
	defer sheets.check(t)
	for _, fixtureName := range fixtures(t) {
		r := fixture(t, fixtureName)
		p := checkMarkdown(t, &sheets, rendered(t, Markdown, r, Options{Marker: "x"}), r)
		if want := firstReferences(r); len(p.links) != len(want) {
			t.Errorf("%s: links %q, want %q", fixtureName, p.links, want)
		}
	}
}

func TestMarkdownIsInert(t *testing.T) {
	t.Parallel()
	var sheets cmarkSheets
	defer sheets.check(t)
	hostileReports(t, func(t *testing.T, r *report.Report) {
		checkMarkdown(t, &sheets, rendered(t, Markdown, r, Options{MaxBytes: SummaryBytes, Verbose: true, Marker: r.Tool.Name}), r)
		checkMarkdown(t, &sheets, rendered(t, Markdown, r, Options{Quiet: true}), r)
	})
}

// TestMarkdownLimits checks that a page keeps to its limit and is whole
// wherever it is cut.
func TestMarkdownLimits(t *testing.T) {
	var sheets cmarkSheets
	defer sheets.check(t)
	r := reportOf(hostileTexts[:60]...)
	r.Verdict = report.PartlyExplained
	r.Incidents = slices.Repeat(r.Incidents, 10)
	for limit := 60_000; limit < 200_000; limit += 7001 {
		md := rendered(t, Markdown, r, Options{MaxBytes: limit})
		if len(md) > limit {
			t.Errorf("%d bytes, not %d", len(md), limit)
		}
		checkMarkdown(t, &sheets, md, r)
	}
	for i, r := range []*report.Report{r, manyBackticks()} {
		md := rendered(t, Markdown, r, Options{})
		if len(md) > CommentBytes {
			t.Errorf("%d: %d bytes", i, len(md))
		}
		checkMarkdown(t, &sheets, md, r)
	}
}

func TestMarkdownLeavesDetailsOutFirst(t *testing.T) {
	r := fixture(t, "open")
	r.Incidents = slices.Repeat(r.Incidents, 8)
	md := rendered(t, Markdown, r, Options{MaxBytes: 20_000})
	if strings.Count(md, "> [!CAUTION]") != 9 || !strings.Contains(md, "Shortened to fit here. Left out: ") {
		t.Errorf("not all incidents, or no note on what is left out:\n%s", md)
	}
	if n := strings.Count(md, "<details>"); n == 0 || n >= 16 {
		t.Errorf("%d folded details", n)
	}
}

func FuzzMarkdown(f *testing.F) {
	seed := func(data []byte) {
		f.Add(data, uint16(0), uint8(0))
		f.Add(data, uint16(9000), uint8(1))
	}
	addSeeds(f, seed)
	for _, s := range hostileTexts {
		seed([]byte(strings.Repeat(s+"\x00", 40)))
	}
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	var sheets cmarkSheets // of the seeds
	f.Cleanup(func() { sheets.check(f) })
	f.Fuzz(func(t *testing.T, data []byte, limit uint16, flags uint8) {
		r := reportFrom(data)
		o := Options{MaxBytes: int(limit), Marker: r.Tool.Name, Quiet: flags&1 != 0, Verbose: flags&2 != 0}
		md := rendered(t, Markdown, r, o)
		checkMarkdown(t, &sheets, md, r)
		if fuzzing {
			sheets.check(t)
		}
	})
}
