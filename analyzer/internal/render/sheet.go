package render

import (
	"fmt"
	"strings"
)

// CommentBytes and SummaryBytes are limits for Options.MaxBytes. An issue or
// pull-request comment holds 65,536 characters, of which a few are left to
// whoever posts it. A job summary holds 1,024 KiB (actions/runner
// src/Runner.Worker/FileCommandManager.cs).
const (
	CommentBytes = 60_000
	SummaryBytes = 1 << 20
)

// leastBytes holds the head of a sheet and the note that the rest is left out;
// a smaller limit counts as this one. maxNote is the room for the note.
const (
	leastBytes = 8192
	maxNote    = 256
)

// partKind says how readily a part is left out.
type partKind int

const (
	headPart     partKind = iota // never
	incidentPart                 // last, from the end
	tailPart                     // before incidents
	foldedPart                   // first
)

// part is a whole piece of Markdown: no fence and no element is open at its
// end.
type part struct {
	kind partKind
	text string
}

// sheet is a Markdown document that is cut between its parts only.
type sheet struct {
	parts []part
	left  map[partKind]int
}

// add appends a part made of blocks. Empty ones are skipped.
func (s *sheet) add(kind partKind, blocks ...string) {
	if text := join("\n", blocks...); text != "" {
		s.parts = append(s.parts, part{kind, text})
	}
}

// text is the document in at most limit bytes.
func (s *sheet) text(limit int) string {
	limit = max(limit, leastBytes)
	if size := s.size(); size > limit {
		s.shorten(size - limit + maxNote)
		s.add(headPart, s.note())
	}
	var texts []string
	for _, p := range s.parts {
		texts = append(texts, p.text)
	}
	return strings.Join(texts, "\n")
}

func (s *sheet) size() int {
	n := 0
	for _, p := range s.parts {
		n += len(p.text) + 1
	}
	return n
}

// shorten leaves out at least excess bytes: what is folded first, incidents
// last, of each kind the last ones first.
func (s *sheet) shorten(excess int) {
	s.left = map[partKind]int{}
	for _, kind := range []partKind{foldedPart, tailPart, incidentPart} {
		for i := len(s.parts) - 1; i >= 0 && excess > 0; i-- {
			if s.parts[i].kind == kind && s.parts[i].text != "" {
				excess -= len(s.parts[i].text) + 1
				s.parts[i].text = ""
				s.left[kind]++
			}
		}
	}
	kept := s.parts[:0]
	for _, p := range s.parts {
		if p.text != "" {
			kept = append(kept, p)
		}
	}
	s.parts = kept
}

// note says what shorten left out.
func (s *sheet) note() string {
	var what []string
	if n := s.left[incidentPart]; n > 0 {
		what = append(what, count(n, "incident"))
	}
	if n := s.left[foldedPart]; n > 0 {
		what = append(what, count(n, "block")+" of details")
	}
	if n := s.left[tailPart]; n > 0 {
		what = append(what, count(n, "closing section"))
	}
	return line(fmt.Sprintf("*Shortened to fit here. Left out: %s.*", strings.Join(what, ", ")))
}

// line ends a text with a line break; no text, no line.
func line(s string) string {
	if s == "" {
		return ""
	}
	return s + "\n"
}

// fold hides blocks behind a summary, which must be our own words.
func fold(summary string, blocks ...string) string {
	body := join("\n", blocks...)
	if body == "" {
		return ""
	}
	return "<details>\n<summary>" + summary + "</summary>\n\n" + body + "\n</details>\n"
}

// bullets makes a list of the first n texts, already Markdown.
func bullets(items []string, n int) string {
	var b strings.Builder
	for i, s := range items {
		if i == n {
			fmt.Fprintf(&b, "- and %s more\n", thousands(int64(len(items)-i)))
			break
		}
		if s != "" {
			b.WriteString("- " + s + "\n")
		}
	}
	return b.String()
}
