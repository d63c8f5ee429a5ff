package render

import (
	"fmt"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// How much of quoted text is shown in Markdown: characters of a line of the
// log, bytes of a block that is to be copied, lines of the log in one block.
const (
	maxQuoted  = 400
	maxSnippet = 12000
	maxLines   = 25
)

// languages are the labels that a fence may have. Others could have an effect:
// GitHub draws mermaid, math and geojson.
var languages = map[string]bool{
	"yaml": true, "json": true, "diff": true, "sh": true, "text": true,
	"ini": true, "toml": true, "js": true, "ts": true,
}

// fence puts lines, already inert, into a code block that none of them can
// close: its marks are more than the lines have in a row. Tildes are taken
// where that is shorter.
func fence(language string, lines []string) string {
	body := strings.Join(lines, "\n")
	mark, n := "`", longestRun(body, '`')
	if tildes := longestRun(body, '~'); tildes < n {
		mark, n = "~", tildes
	}
	if !languages[language] {
		language = ""
	}
	marks := strings.Repeat(mark, max(3, n+1))
	return marks + language + "\n" + body + "\n" + marks + "\n"
}

// quotation is lines of the log in a fence. Places other than here stand above
// their lines.
func quotation(list []report.Evidence, here string) string {
	left := len(list) - min(len(list), maxLines)
	list = list[:len(list)-left]
	if len(list) == 0 {
		return ""
	}
	numbers := 0
	for _, e := range list {
		numbers = max(numbers, len(lineNumber(e)))
	}
	var lines []string
	for _, e := range list {
		if at := place(e.Job, e.Step); at != here && at != "" {
			lines = append(lines, inert.Cut(at, maxQuoted))
			here = at
		}
		text := inert.Cut(strings.Join(strings.Fields(clean(e.Text)), " "), maxQuoted)
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%*s │ %s", numbers, lineNumber(e), text), " "))
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("and %s more", thousands(int64(left))))
	}
	return fence("text", lines)
}

// editBlock is the diff or snippet of a fix in a fence, under the file that it
// belongs to. One that is too long to be read is left out whole: half an edit
// is worse than none.
func editBlock(f report.Fix) string {
	at := name(fileText(f))
	lines, isDiff := edit(f)
	if len(lines) == 0 {
		return line(at)
	}
	size := len(lines)
	for _, s := range lines {
		size += len(s)
	}
	if size > maxSnippet {
		return line(at) + line("*The text to paste is too long to be shown here.*")
	}
	language := f.Language
	if isDiff {
		language = "diff"
	}
	return join("\n", line(at), fence(language, lines))
}
