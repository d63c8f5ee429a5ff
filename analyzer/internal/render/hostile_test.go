package render

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// hostileTexts is what somebody who writes into the log may try.
var hostileTexts = []string{
	"::error::boom", "  ::error file=a.js,line=1::boom", "\u00a0\u2003::warning::x", "x\r::notice::y", "x\n::error::y", "x\r\n::debug::y",
	"##[error]boom", "a ##[group]x", "####[endgroup]", "#\u200b#[error]x", "#\x1b[0m#[command]x", "##[add-mask]x", "##[set-output name=a;]b",
	"::add-mask::a", "::stop-commands::TOKEN", "::TOKEN::", "::set-output name=a::b", "::set-env name=PATH::/tmp", "::add-path::/tmp", "::add-matcher::x.json",
	"%0A::error::x", "%0D%0A::error::x", "%250A::error::x", "100%, 50%25", "a:b,c=d::e",
	"a::b title=x,file=y::z", "\t::echo::on", "::error::", "::", ":::", "::::::",
	"```", "````\n```\n# heading", "~~~", "~~~~~\n~~~\ntext", "`", "``", "` ` ``", "a`b``c```d", "`@everyone`", "`a`@everyone", "@`everyone`", "`a``b`", "`` `a``",
	"`<!--`", "a\\`b", "\\`@x`", "\\", "\\\\|", "a | b | c", "`a|b`", "`a\\|b`", "\\|", "|||", "|--|--|", "a\\", "`a\\`",
	"@everyone", "@org/team", "x@y.example", "(@octo-dev)", "\"@octo-dev\",", "mailto:x@y.example", "@\u200bocto", "/@octo",
	"#123", "owner/repo#1", "GH-12", "gh-7", "(#5)", "fixes #5.", "owner/repo@4f0c2d7e9b1a58c36d2f7e0a9c8b7d6e5f4a3b2c",
	"4f0c2d7e9b1a58c36d2f7e0a9c8b7d6e5f4a3b2c", "deadbeef1", "(0123456)", "see:deadbeef1.", "a/deadbeef/b", "GHSA-abcd-efgh-ijkl CVE-2026-1",
	":tada:", ":+1:", "a:tada:b", "(:x:)", "$x$", "$`x`$", "$$\nx\n$$", "`$x$`",
	"https://evil.example", "http://evil.example/a_b", "www.evil.example", "WWW.EVIL.EXAMPLE", "ftp://evil.example", "hTTps://evil.example", "(https://evil.example)", "xmpp:a@b.example",
	"[x](https://evil.example)", "[x](javascript:alert(1))", "[x]: https://evil.example", "[x]", "[^1]", "[^1]: note", "![x](https://evil.example/a.png)", "<https://evil.example>", "<x@y.example>",
	"javascript:alert(1)", "data:text/html,x", "https://user:pw@evil.example/", "https://evil.example/a b", "https://evil.example/)[x](y", "https://evil.example/\"onmouseover=x", "https://evil.example/&copy;",
	"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</details>", "<details><summary>", "</summary>", "<!-- -->", "<!--", "-->", "<![CDATA[", "<?php", "<!DOCTYPE x>", "<br", "<a href='x'>", "<style>", "<pre>", "</table>", "<", "< b", "a<b>c", "&lt;script&gt;", "&#64;everyone", "&amp", "&copy;",
	"# heading", "#", "> quote", "> [!NOTE]", "- list", "* list", "+ list", "1. list", "1) list", "1.", "---", "***", "===", "___", "- [ ] task", "    indented", "\tindented", "=====", "--", "+", "*", "-",
	"**bold**", "_x_", "~~x~~", "*", "**", "a*b*c", "snake_case_word", "__x__", "***x***",
	"\u202egnp.exe\u2066", "a\u200bb", "\u2028::error::x", "\u0085::error::x", "\u0301x", "Z\u0336\u0336\u0336\u0336\u0336", "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07", "\xff\xfe", "\x00", "\ufeff::error::x",
	"../../etc/passwd", "/etc/passwd", "C:\\x", "a/../b", "a//b", "a.js,line=9", "a.js::x", "=x", "a\nb.js", "~/x", ".", "..",
	"", " ", "\n", "\t",
}

// longTexts try to push everything else away.
var longTexts = []string{
	strings.Repeat("`", 80) + " @octocat #1 ![p](https://evil.example/p.png)", strings.Repeat("`", 81) + "a" + strings.Repeat("`", 81) + " ![p](https://evil.example/p.png) @a",
	strings.Repeat("long ", 2000), strings.Repeat("a", 3000), strings.Repeat("`", 10_000), strings.Repeat("~", 3000), strings.Repeat("`~", 1500), strings.Repeat("` ", 3000),
	strings.Repeat("@a ", 1000), strings.Repeat("|", 3000), strings.Repeat("%\n", 3000), strings.Repeat("[", 3000), strings.Repeat("*a ", 2000), strings.Repeat("𝕏", 3000), strings.Repeat("<b>", 2000),
}

// reportOf is a report whose texts are those given, over and over.
func reportOf(texts ...string) *report.Report {
	f := &feed{data: []byte(strings.Join(texts, "\x00") + "\x00"), again: true}
	r := new(report.Report)
	fill(reflect.ValueOf(r).Elem(), f)
	return r
}

// hostileReports calls f with reports full of each text, and with reports
// where the texts follow each other, begun at every sixth of them.
func hostileReports(t *testing.T, f func(t *testing.T, r *report.Report)) {
	t.Helper()
	for i, s := range slices.Concat(hostileTexts, longTexts) {
		reports := []*report.Report{reportOf(s)}
		if i < len(hostileTexts) && i%6 == 0 {
			reports = append(reports, reportOf(slices.Concat(hostileTexts[i:], hostileTexts[:i])...))
		}
		for _, r := range reports {
			vary(r, i)
			f(t, r)
		}
		if t.Failed() {
			t.Fatalf("with the text %.80q", s)
		}
	}
}

// vary gives a report one of the known verdicts and its incidents outcomes.
func vary(r *report.Report, n int) {
	verdicts := []report.Verdict{report.Explained, report.PartlyExplained, report.Unexplained, report.Healthy, report.NoPublish, "new"}
	outcomes := []report.Outcome{report.Failed, report.WithoutProvenance, report.Recovered}
	r.Verdict = verdicts[n%len(verdicts)]
	for i := range r.Incidents {
		r.Incidents[i].Outcome = outcomes[(n+i)%len(outcomes)]
	}
}

// manyBackticks is a report with 5 MB in a few places.
func manyBackticks() *report.Report {
	long := strings.Repeat("`", 5<<20)
	return &report.Report{Verdict: report.Explained, Incidents: []report.Incident{{
		Job:       long,
		Titles:    []string{long},
		Diagnoses: []report.Diagnosis{{Title: long, FirstCheck: long, Fix: report.Fix{Text: long, Snippet: long, Language: "yaml"}}},
		Evidence:  []report.Evidence{{Line: 1, Text: long}},
	}}}
}

// TestNoCommands runs the runner's parser over what is not meant to be a
// command. For Markdown, checkMarkdown does.
func TestNoCommands(t *testing.T) {
	formats := map[string]Func{"text": Terminal, "json": JSON, "sarif": SARIF}
	for name, render := range formats {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hostileReports(t, func(t *testing.T, r *report.Report) {
				checkNoCommand(t, rendered(t, render, r, Options{}))
			})
		})
	}
}

// rendered is what a renderer writes.
func rendered(tb testing.TB, render Func, r *report.Report, o Options) string {
	tb.Helper()
	var out strings.Builder
	if err := render(&out, r, o); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}
