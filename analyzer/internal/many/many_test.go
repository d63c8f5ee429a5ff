package many

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

func TestRows(t *testing.T) {
	r := &report.Report{
		Verdict: report.PartlyExplained,
		Source:  report.Source{Kind: "dir", Name: "logs", StartedAt: "2026-09-01T08:00:00Z"},
		Incidents: []report.Incident{{
			File: "a.log", Job: "publish", Outcome: report.Failed, Package: &report.Package{Name: "@acme/widget", Version: "1.2.0"},
			Diagnoses: []report.Diagnosis{{Cause: "npm-too-old", Title: "npm is too old", Confidence: report.Certain}, {Cause: "other"}},
			Evidence:  []report.Evidence{{Line: 3, Text: "context"}, {Line: 7, Text: "npm error\x1b[31m code", Deciding: true}},
		}},
		Unexplained: []report.Evidence{{File: "b.log", Job: "publish", Line: 9, Text: "npm error code EODD"}, {File: "b.log", Job: "publish", Line: 10, Text: "more"}},
		Facts: []report.Fact{
			{File: "a.log", ID: "publish.tool", Value: "npm", Job: "build"}, {File: "a.log", ID: "publish.tool", Value: "pnpm", Job: "publish"},
			{File: "a.log", ID: "run.repository", Value: "acme/widget"}, {File: "b.log", ID: "run.workflow", Value: ".github/workflows/release.yml"},
		},
	}
	base := Row{Date: "2026-09-01T08:00:00Z", Verdict: "partly-explained", Job: "publish", Outcome: "failed"}
	first, second := base, base
	first.File, first.Repository, first.Cause, first.Title, first.Confidence, first.Tool = "logs/a.log", "acme/widget", "npm-too-old", "npm is too old", "certain", "pnpm"
	first.Package, first.Version, first.Line, first.Text = "@acme/widget", "1.2.0", 7, "npm error code"
	second.File, second.Workflow, second.Cause, second.Title, second.Line, second.Text = "logs/b.log", "release.yml", Unexplained, "Nothing in the catalog explains it", 9, "npm error code EODD"
	if diff := cmp.Diff([]Row{first, second}, Rows(r)); diff != "" {
		t.Error(diff)
	}
	healthy := Rows(&report.Report{Verdict: report.Healthy, Run: &report.Run{Repository: "acme/widget", ID: 7, Attempt: 2, StartedAt: "2026-09-02T08:00:00Z", URL: "https://github.com/acme/widget/actions/runs/7"}})
	want := []Row{{Date: "2026-09-02T08:00:00Z", Repository: "acme/widget", Run: 7, Attempt: 2, Verdict: "healthy", URL: "https://github.com/acme/widget/actions/runs/7"}}
	if diff := cmp.Diff(want, healthy); diff != "" {
		t.Error(diff)
	}
}

func TestFlatForms(t *testing.T) {
	rows := []Row{{Cause: "npm-too-old", Run: 7, Text: `=HYPERLINK("x")`, Package: "@acme/widget"}, {Error: "gone, \"for good\""}}
	var lines, table bytes.Buffer
	if err := errors.Join(WriteJSONL(&lines, rows), WriteCSV(&table, rows)); err != nil {
		t.Fatal(err)
	}
	var back []Row
	for line := range bytes.Lines(lines.Bytes()) {
		var object map[string]any
		if err := json.Unmarshal(line, &object); err != nil || len(object) != len(Columns[Row]()) || object["repository"] != nil {
			t.Errorf("%v in %s", err, line)
		}
		row, err := ReadRow(line)
		if err != nil {
			t.Error(err)
		}
		back = append(back, row)
	}
	if diff := cmp.Diff(rows, back); diff != "" {
		t.Error(diff)
	}
	cells, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(cells) != 2 {
		t.Fatalf("%v, %q", err, cells)
	}
	at := func(name string) int { return slices.Index(Columns[Row](), name) }
	if cells[0][at("text")] != `'=HYPERLINK("x")` || cells[0][at("package")] != "@acme/widget" || cells[0][at("run")] != "7" || cells[0][at("line")] != "" || cells[1][at("error")] != rows[1].Error {
		t.Errorf("cells %q", cells)
	}
}

// made is a row of a run that failed for a cause, or published where it is "".
func made(run int64, repository, cause string, week int) Row {
	row := Row{Run: run, Repository: repository, Workflow: "release.yml", Verdict: "healthy", Date: time.Date(2026, 6, 3, 8, 0, 0, 0, time.UTC).AddDate(0, 0, 7*week).Format(time.RFC3339)}
	if cause != "" {
		row.Verdict, row.Outcome, row.Cause, row.Title = "explained", "failed", cause, "Title of "+cause
	}
	return row
}

func TestSummarize(t *testing.T) {
	rows := []Row{
		made(1, "acme/a", "npm-too-old", 0), made(1, "acme/a", "npm-too-old", 0), // two packages of one run
		made(2, "acme/b", "npm-too-old", 1), made(3, "acme/a", "", 2), made(4, "acme/b", "", 3),
		made(5, "acme/a", "otp-required", 4), made(6, "acme/b", "otp-required", 8), made(7, "acme/a", "", 9),
		made(8, "acme/c", "sigstore-outage", 9),
		{File: "x.log", Error: "gone"},
	}
	s := Summarize(rows, "cause")
	if s.Runs != 9 || s.Broken != 5 || s.Published != 3 || s.Unread != 1 || s.Causes != 3 || len(s.Weeks) != 10 {
		t.Errorf("%+v", s)
	}
	var got []string
	for _, g := range s.Groups {
		got = append(got, fmt.Sprintf("%s %d %d %s %s %q %s %d/%d", g.Name, g.Runs, g.Others, g.First.Format("01-02"), g.Last.Format("01-02"), g.Trend, g.Fixed.Format("2006-01-02"), g.Mended, g.Places))
	}
	want := []string{
		`npm-too-old 2 2 06-03 06-10 "quiet" 2026-06-24 2/2`,
		`otp-required 2 2 07-01 07-29 "steady" 0001-01-01 1/2`,
		`sigstore-outage 1 1 08-05 08-05 "new" 0001-01-01 0/1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for by, want := range map[string]string{"repository": "acme/a acme/b acme/c", "week": "2026-06-01 2026-06-08 2026-06-29 2026-07-27 2026-08-03", "workflow": "acme/a release.yml acme/b release.yml acme/c release.yml", "tool": "unknown"} {
		var names []string
		for _, g := range Summarize(rows, by).Groups {
			names = append(names, g.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("by %s: %s, want %s", by, got, want)
		}
	}
}

func TestTrend(t *testing.T) {
	for _, test := range []struct {
		counts []int
		want   Trend
	}{
		{nil, ""}, {[]int{1, 2, 3, 4}, ""}, {[]int{1, 0, 0, 0, 0}, Quiet}, {[]int{0, 0, 0, 0, 1}, New},
		{[]int{1, 1, 1, 1, 1, 1, 1, 1}, Steady}, {[]int{1, 1, 1, 1, 2, 2, 2, 2}, Rising}, {[]int{2, 2, 2, 2, 1, 1, 1, 1}, Falling},
	} {
		if got := trend(test.counts); got != test.want {
			t.Errorf("%v: %q, want %q", test.counts, got, test.want)
		}
	}
}

func TestSparkline(t *testing.T) {
	for want, counts := range map[string][]int{
		"": nil, "·": {0}, "█": {3}, "▁▂▃▄▅▆▇█": {1, 2, 3, 4, 5, 6, 7, 8}, "▄█": {1, 2}, "█·▁▁··▂": {9, 3, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1},
	} {
		if got := Sparkline(counts); got != want {
			t.Errorf("%v: %s, want %s", counts, got, want)
		}
	}
}

// No line of the table is wider than the terminal, or wrapped.
func TestTableFits(t *testing.T) {
	var rows []Row
	for i, c := range patterns.Builtin().Causes {
		for n := range 12 {
			rows = append(rows, made(int64(100*i+n), fmt.Sprintf("acme/%d", n), c.ID, n), made(int64(100*i+50+n), fmt.Sprintf("acme/%d", n), "", n+1))
		}
	}
	s := Summarize(rows, "cause")
	lines := strings.Split(s.Document().Terminal(document.TerminalOptions{Width: 80}), "\n")
	if len(lines) != len(s.Groups)+5 {
		t.Errorf("%d lines for %d groups", len(lines), len(s.Groups))
	}
	for _, line := range lines {
		if n := len([]rune(line)); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestHistoryOf(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	versions := func(text string) *probe.Package {
		p := &probe.Package{}
		for i, word := range strings.Fields(text) {
			number, kind, _ := strings.Cut(word, "=")
			v := probe.Version{Number: number, Published: at.AddDate(0, 0, i), Publisher: "ada"}
			v.Attested = strings.Contains("ats", kind)
			if kind == "t" || kind == "u" {
				v.TrustedPublisher = "github"
			}
			v.Staged = kind == "s"
			p.Versions = append(p.Versions, v)
		}
		return p
	}
	for _, test := range []struct{ text, lost, before, trusts string }{
		{"1.0.0=- 1.1.0=a 1.2.0=t 1.3.0=s", "", "1.3.0", "none provenance trusted-publisher staged-publish"},
		{"1.0.0=a 1.1.0=t 2.0.0=- 2.1.0=a", "2.0.0", "1.1.0", "provenance trusted-publisher none provenance"},
		{"1.0.0=a 1.1.0=- 1.2.0=a", "", "1.2.0", "provenance none provenance"},
		{"1.0.0-rc.1=t 1.0.0=-", "", "1.0.0", "trusted-publisher none"}, // prereleases do not count for others
		{"1.0.0=u", "", "1.0.0", "none"},
		{"", "", "", ""},
	} {
		h := HistoryOf("@acme/widget", versions(test.text))
		var trusts []string
		for _, r := range h.Releases {
			trusts = append(trusts, r.Trust)
		}
		number := func(r *Release) string {
			if r == nil {
				return ""
			}
			return r.Version
		}
		if number(h.LostSince) != test.lost || number(h.Before) != test.before || strings.Join(trusts, " ") != test.trusts {
			t.Errorf("%s: lost %s, before %s, %v", test.text, number(h.LostSince), number(h.Before), trusts)
		}
	}
}

// FuzzReadRow takes any bytes for a row; what it makes of them has no effect on
// a terminal, and reads as the same row again.
func FuzzReadRow(f *testing.F) {
	f.Add([]byte(`{"cause":"npm-too-old","run":7,"text":"\u001b[31m##[error]::error::x","date":"2026-09-01T08:00:00Z"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		row, err := ReadRow(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := WriteJSONL(&b, []Row{row}); err != nil {
			t.Fatal(err)
		}
		again, err := ReadRow(b.Bytes())
		if err != nil || again != row {
			t.Errorf("%v: %s", err, cmp.Diff(row, again))
		}
		s := Summarize([]Row{row}, "cause")
		if text := s.Document().Terminal(document.TerminalOptions{Width: 80}); strings.ContainsAny(text, "\x1b\x07\r") || strings.Contains(text, "##[") {
			t.Errorf("%q", text)
		}
		var page bytes.Buffer
		if err := WriteHTML(&page, []Row{row}, s, patterns.Builtin(), time.Time{}); err != nil || strings.Count(page.String(), "<script") != 1 {
			t.Errorf("%v, %s", err, page.String())
		}
	})
}
