package main

import (
	"fmt"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/patterns"
)

// tableMarkdown is the decision table as a Markdown table, rows in catalog order.
func tableMarkdown(c *patterns.Catalog) string {
	var b strings.Builder
	b.WriteString("| Symptom | When | Likely cause | Confidence | First check |\n")
	b.WriteString("| --- | --- | --- | --- | --- |\n")
	for i := range c.Rows {
		r := &c.Rows[i]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n",
			symptomCell(c, r), whenCell(r), causeCell(c, r), r.Confidence, cell(firstCheck(c, r)))
	}
	return b.String()
}

// symptomCell names the symptoms of a row, each with its id.
func symptomCell(c *patterns.Catalog, r *patterns.Row) string {
	var lines []string
	for _, id := range r.Symptoms {
		title := ""
		if s, ok := c.Symptom(id); ok {
			title = cell(s.Title) + " "
		}
		lines = append(lines, title+"`"+id+"`")
	}
	return strings.Join(lines, "<br>")
}

// whenCell lists what else has to hold.
func whenCell(r *patterns.Row) string {
	var lines []string
	for _, cond := range r.When {
		lines = append(lines, cell(cond.String()))
	}
	for _, id := range r.Seen {
		lines = append(lines, "after `"+id+"`")
	}
	for _, id := range r.Unless {
		lines = append(lines, "without `"+id+"`")
	}
	return strings.Join(lines, "<br>")
}

func causeCell(c *patterns.Catalog, r *patterns.Row) string {
	title := ""
	if cause, ok := c.Cause(r.Cause); ok {
		title = cell(cause.Title) + " "
	}
	return title + "`" + r.Cause + "`"
}

// firstCheck is the row's first check or its cause's, with what it says when
// nothing is known of a run.
func firstCheck(c *patterns.Catalog, r *patterns.Row) string {
	text := r.FirstCheck
	if cause, ok := c.Cause(r.Cause); ok && text == "" {
		text = cause.FirstCheck
	}
	return explain.Shown(text)
}

// cell makes a text safe inside a table: one line, nothing that Markdown would
// take for markup but code spans.
func cell(text string) string {
	var b strings.Builder
	parts := strings.Split(patterns.Collapse(text), "`")
	for i, part := range parts {
		inCode := i%2 == 1 && i < len(parts)-1
		switch {
		case i == 0:
		case i%2 == 1 && !inCode:
			b.WriteString("\\`")
		default:
			b.WriteByte('`')
		}
		if inCode {
			b.WriteString(strings.ReplaceAll(part, "|", `\|`))
		} else {
			b.WriteString(escapeMarkdown.Replace(part))
		}
	}
	return b.String()
}

var escapeMarkdown = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`)
