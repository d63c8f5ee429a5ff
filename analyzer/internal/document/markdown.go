package document

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
)

// How much of a list or of quoted text is shown: items, characters of a line of
// a log, lines of a log in one block, bytes of code.
const (
	maxItems   = 25
	maxQuoted  = 400
	maxLines   = 25
	maxSnippet = 12000
)

// leastBytes holds the head of a document and the note that the rest is left
// out; a smaller limit counts as this one. maxNote is the room for the note.
const (
	leastBytes = 8192
	maxNote    = 256
)

// Markdown is the document for a job summary, a comment or a page, in at most
// limit bytes (0: no limit). What has a rank is left out first, the highest
// rank and the end of the document before others. Nothing is cut inside a
// block.
//
// Nothing in a log has an effect on the page: its lines stand in fences that
// they cannot close, everything else is ordinary text or a code span. The only
// links are addresses of [Links].
func (d Document) Markdown(limit int) string {
	texts := make([]string, len(d))
	size := 0
	for i, b := range d {
		texts[i] = markdown(b)
		size += len(texts[i]) + 1
	}
	if limit > 0 {
		if limit = max(limit, leastBytes); size > limit {
			texts = append(texts, shortened(d, texts, size-limit+maxNote))
		}
	}
	return Join("\n", texts...)
}

// shortened leaves out at least excess bytes and says so.
func shortened(d Document, texts []string, excess int) string {
	left := 0
	for rank := d.maxRank(); rank > 0 && excess > 0; rank-- {
		for i := len(d) - 1; i >= 0 && excess > 0; i-- {
			if d[i].Rank == rank && texts[i] != "" {
				excess -= len(texts[i]) + 1
				texts[i] = ""
				left++
			}
		}
	}
	return fmt.Sprintf("*Shortened to fit here. Left out: %s.*\n", words.Count(left, "block"))
}

func markdown(block Block) string {
	if block.Until > 0 {
		return ""
	}
	switch b := block.Body.(type) {
	case Title:
		return alert(b)
	case Heading:
		return line(strings.Repeat("#", max(b.Level, 1)), prose(inert.Cut(Clean(b.Text), maxHeading)))
	case paragraph:
		return line(prose(string(b)))
	case Text:
		return nested(b.blocks())
	case Labelled:
		return labelled(b)
	case List:
		return bullets(b.Items, prose)
	case Inline:
		return bullets(b.Items, prose)
	case Quote:
		return quotation(b)
	case Code:
		return codeBlock(b)
	case Table:
		return table(b)
	case Choices:
		return table(b.table())
	case Refs:
		var items []string
		for _, r := range b.Items {
			at := name(r.ID)
			if r.Target != "" {
				at = "[" + r.ID + "](" + r.Target + ")"
			}
			items = append(items, Join(" ", prose(r.Lead), at, prose(r.Text)))
		}
		return bullets(items, strings.Clone)
	case Links:
		return bullets(b.Addresses, link)
	case Details:
		if text := nested(b.Body); text != "" {
			return "<details>\n<summary>" + b.Summary + "</summary>\n\n" + text + "\n</details>\n"
		}
	}
	return ""
}

func nested(d Document) string {
	var texts []string
	for _, b := range d {
		texts = append(texts, markdown(b))
	}
	return Join("\n", texts...)
}

const maxHeading = 300

// alert is a title as a box
// (https://docs.github.com/get-started/writing-on-github, "Alerts").
func alert(t Title) string {
	kind := [...]string{"NOTE", "CAUTION", "WARNING", "TIP"}[t.Tone]
	text := "> [!" + kind + "]\n> **" + prose(inert.Cut(Clean(t.Text), maxHeading)) + "**\n"
	if detail := prose(t.Detail); detail != "" {
		text += ">\n> " + detail
		if aside := prose(t.Aside); aside != "" {
			text += " (" + aside + ")"
		}
		text += "\n"
	}
	return text
}

// labelled begins the first paragraph with the label, or stands above what is
// no paragraph.
func labelled(b Labelled) string {
	body := b.Body
	if len(body) > 0 {
		if text, ok := body[0].Body.(Text); ok {
			body = append(text.blocks(), body[1:]...)
		}
	}
	label := "**" + b.Label + "**"
	if len(body) == 0 {
		return ""
	}
	if first, ok := body[0].Body.(paragraph); ok {
		return Join("\n", line(label+": "+prose(string(first))), nested(body[1:]))
	}
	if text := nested(body); text != "" {
		return label + "\n\n" + text
	}
	return ""
}

// line joins parts by blanks and ends them with a line break; nothing to say,
// no line.
func line(parts ...string) string {
	if s := Join(" ", parts...); s != "" {
		return s + "\n"
	}
	return ""
}

func bullets(items []string, write func(string) string) string {
	var b strings.Builder
	for i, s := range items {
		if i == maxItems {
			fmt.Fprintf(&b, "- and %s more\n", words.Thousands(int64(len(items)-i)))
			break
		}
		if s = write(s); s != "" {
			b.WriteString("- " + s + "\n")
		}
	}
	return b.String()
}

// table writes a table. Where rows have no head, the first one is taken, which
// a table must have.
func table(t Table) string {
	rows := t.Rows
	if len(t.Head) > 0 {
		rows = append([][]string{t.Head}, rows...)
	}
	var b strings.Builder
	for i, row := range rows {
		for _, c := range row {
			b.WriteString("| " + cell(c) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			for j := range row {
				b.WriteString("| ---")
				if slices.Contains(t.Numbers, j) {
					b.WriteByte(':')
				}
				b.WriteByte(' ')
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}

// quotation is lines of a log in a fence, under their place. The deciding one
// is marked.
func quotation(q Quote) string {
	left := len(q.Lines) - min(len(q.Lines), maxLines)
	shown := q.Lines[:len(q.Lines)-left]
	if len(shown) == 0 {
		return ""
	}
	numbers := 0
	for _, l := range shown {
		numbers = max(numbers, len(l.number()))
	}
	var lines []string
	for _, l := range shown {
		mark := "  "
		if l.Deciding {
			mark = "> "
		}
		text := inert.Cut(l.text(), maxQuoted)
		if numbers == 0 {
			lines = append(lines, text)
			continue
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s%*s │ %s", mark, numbers, l.number(), text), " "))
		if note := Clean(l.Note); note != "" {
			lines = append(lines, fmt.Sprintf("  %*s │   (%s)", numbers, "", inert.Cut(note, maxQuoted)))
		}
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("and %s more", words.Thousands(int64(left))))
	}
	return Join("\n", line(prose(Join(" · ", q.Place, q.Source))), fence("text", lines))
}

// codeBlock is code in a fence, under the file that it belongs to. Code that is
// too long to be read is left out whole: half an edit is worse than none.
func codeBlock(c Code) string {
	lines := c.lines()
	size := len(lines)
	for _, s := range lines {
		size += len(s)
	}
	at := line(name(c.Title))
	switch {
	case len(lines) == 0:
		return at
	case size > maxSnippet:
		return at + "*The text to paste is too long to be shown here.*\n"
	}
	return Join("\n", at, fence(c.Language, lines))
}

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
	text := bounded(strings.Join(lines, "\n"))
	mark, n := "`", longestRun(text, '`')
	if tildes := longestRun(text, '~'); tildes < n {
		mark, n = "~", tildes
	}
	if !languages[language] {
		language = ""
	}
	marks := strings.Repeat(mark, max(3, n+1))
	return marks + language + "\n" + text + "\n" + marks + "\n"
}

// MarkerComment is a hidden line by which a bot finds its comment again. What
// is no letter, digit or one of ._/- becomes a hyphen. No key, no line.
func MarkerComment(key string) string {
	if key == "" {
		return ""
	}
	safe := strings.Map(func(r rune) rune {
		if r < 0x80 && inert.IsWordByte(byte(r)) || strings.ContainsRune("._/-", r) {
			return r
		}
		return '-'
	}, key)
	return "<!-- pubmortem: " + safe[:min(len(safe), maxNameLen)] + " -->\n"
}

// link is an address as a link, or as a code span if it is no plain https
// address.
func link(address string) string {
	target, ok := linkTarget(address)
	if !ok {
		return name(address)
	}
	return "[" + codeSpan(strings.TrimPrefix(address, "https://")) + "](" + target + ")"
}

// targetChars are all that an address may have so that it needs no escaping in
// a link: no brackets, quotes, backslashes, entities or blanks.
const targetChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:+-?#=&%,~"

// linkTarget is where a link goes. GitHub announces comments in the issues and
// commits that they link to; by way of redirect.github.com it does not.
func linkTarget(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, "https://") || u.Host == "" || u.User != nil ||
		len(address) > maxNameLen || strings.Trim(address, targetChars) != "" {
		return "", false
	}
	rest, isGitHub := strings.CutPrefix(address, "https://github.com/")
	if isGitHub && strings.Count(rest, "/") > 1 {
		return "https://redirect.github.com/" + rest, true
	}
	return address, true
}
