// Package post keeps notes about failed publishes on GitHub: one issue for each
// workflow, one comment for each pull request, one check run for each attempt.
//
// A note is found again by a hidden marker, brought up to date by later runs,
// and struck through once a later run goes well. Only notes that the token's
// own user wrote are touched.
package post

import (
	"cmp"
	"fmt"
	"strings"
)

// Note is what there is to say about a run.
type Note struct {
	// Marker is the first line of the note's text, a hidden comment that names
	// the workflow. It ends in a line feed.
	Marker string
	// Title is the title of an issue or a check run, in plain text.
	Title string
	// Body is the report as Markdown, without a marker.
	Body string
	// Well tells that the run published well: an earlier note is settled, and
	// no new one is written.
	Well bool
	// Run is the run that the note is about.
	Run Run
}

// Run names a run and its commit.
type Run struct {
	ID      int64
	Attempt int
	URL     string
	SHA     string
}

// Annotation is one place in a file to which a check run says something.
type Annotation struct {
	// Path is relative to the repository's root; Line is 1-based.
	Path string
	Line int
	// Level is notice, warning or failure.
	Level string
	// Title and Message are plain text.
	Title, Message string
}

// Outcome says what became of a note.
type Outcome string

// The outcomes.
const (
	Created Outcome = "created"
	Updated Outcome = "updated"
	Settled Outcome = "settled"
	// Kept: there was nothing to say, or a later run had its say already.
	Kept Outcome = "kept"
)

// text is the whole text of the note.
func (n *Note) text() string {
	body := n.Body
	if n.Well {
		body = fmt.Sprintf("~~A publish of this workflow failed.~~ Published well in [run %d](%s).\n", n.Run.ID, n.Run.URL)
	}
	return n.Marker + n.Run.marker() + "\n" + body
}

// runMarker begins the line that tells which run a note is about.
const runMarker = "<!-- pubmortem-run: "

func (r Run) marker() string {
	return fmt.Sprintf("%s%d.%d -->\n", runMarker, r.ID, r.Attempt)
}

// ours tells whether a text is that of a note with n's marker, which stands at
// its very beginning: further down somebody may have quoted it.
func (n *Note) ours(text string) bool {
	return n.Marker != "" && strings.HasPrefix(plainEnds(text), n.Marker)
}

// stale tells whether a text is about a later run than n, so that n comes too
// late.
func (n *Note) stale(text string) bool {
	_, rest, ok := strings.Cut(plainEnds(text), runMarker)
	if !ok {
		return false
	}
	var have Run
	if _, err := fmt.Sscanf(rest, "%d.%d", &have.ID, &have.Attempt); err != nil {
		return false
	}
	return cmp.Or(cmp.Compare(have.ID, n.Run.ID), cmp.Compare(have.Attempt, n.Run.Attempt)) > 0
}

// settled tells whether the text says already that a run went well.
func settled(text string) bool {
	return strings.Contains(text, "\n~~A publish of this workflow failed.~~ ")
}

// plainEnds undoes the line ends that GitHub's editor writes.
func plainEnds(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
