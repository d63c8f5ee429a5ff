package analyzer_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/patterns"
)

const readme = "../README.md"

// TestREADME checks what is generated in the README: the picture of a report
// and the table of symptoms and causes. UPDATE_README=1 writes them anew.
func TestREADME(t *testing.T) {
	have, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	want := replaceSection(t, string(have), "picture", picture(t))
	want = replaceSection(t, want, "table", symptomTable(patterns.Builtin()))
	want = replaceSection(t, want, "rows", rowTable(patterns.Builtin()))
	if os.Getenv("UPDATE_README") != "" {
		if err := os.WriteFile(readme, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(have) {
		t.Error("README.md is stale; run make docs")
	}
}

// replaceSection puts text between the markers of a section.
func replaceSection(t *testing.T, doc, name, text string) string {
	t.Helper()
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->"
	head, rest, ok := strings.Cut(doc, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md has no section %q", name)
	}
	return head + begin + text + end + tail
}

// picture is the terminal report of the newcomer's log.
func picture(t *testing.T) string {
	t.Helper()
	const name = "logs-testdata/jobs/npm-too-old-placeholder.log"
	text, err := os.ReadFile("../" + name)
	if err != nil {
		t.Fatal(err)
	}
	r := analyze(t, analyzer.New(patterns.Builtin()), name, string(text), nil)
	var b bytes.Buffer
	if err := render.Terminal(&b, r, render.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	return "```\n" + b.String() + "```\n"
}

// symptomTable lists the symptoms that rows answer, with their causes in the
// order of the table, and the guide's reason where a row stems from one.
func symptomTable(cat *patterns.Catalog) string {
	var b strings.Builder
	b.WriteString("| symptom | causes |\n| --- | --- |\n")
	for i := range cat.Symptoms {
		s := &cat.Symptoms[i]
		if causes := causesOf(cat, s.ID); len(causes) > 0 {
			fmt.Fprintf(&b, "| %s `%s` | %s |\n", strings.ReplaceAll(s.Title, "|", `\|`), s.ID, strings.Join(causes, ", "))
		}
	}
	return b.String()
}

func causesOf(cat *patterns.Catalog, symptom string) []string {
	var list []string
	for i := range cat.Rows {
		row := &cat.Rows[i]
		if !slices.Contains(row.Symptoms, symptom) {
			continue
		}
		text := "`" + row.Cause + "`"
		if row.Guide != "" && row.Guide != "faq" {
			text += " (" + row.Guide + ")"
		}
		if !slices.ContainsFunc(list, func(have string) bool { return strings.HasPrefix(have, "`"+row.Cause+"`") }) {
			list = append(list, text)
		}
	}
	return list
}

// rowTable is the whole decision table, one line a row.
func rowTable(cat *patterns.Catalog) string {
	var b strings.Builder
	b.WriteString("| row | symptoms | when | cause | confidence |\n| --- | --- | --- | --- | --- |\n")
	for i := range cat.Rows {
		row := &cat.Rows[i]
		var when []string
		for _, c := range row.When {
			when = append(when, strings.ReplaceAll(c.String(), "|", `\|`))
		}
		for _, id := range row.Seen {
			when = append(when, "after "+id)
		}
		for _, id := range row.Unless {
			when = append(when, "without "+id)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", row.ID, strings.Join(row.Symptoms, ", "), strings.Join(when, "; "), row.Cause, row.Confidence)
	}
	return b.String()
}
