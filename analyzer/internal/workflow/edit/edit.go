// Package edit turns the text of a file before and after a change into a
// unified diff, and a unified diff back into the changed text.
package edit

import (
	"fmt"
	"strings"
)

// context is the number of unchanged lines around a change.
const context = 3

// Edit is a change to one file.
type Edit struct {
	// File is the path as the caller named it.
	File string
	// Line is the first line, 1-based, of the file as it is now, that changes
	// or that something is put before.
	Line int
	// Diff is the change in unified form, with file names behind a/ and b/ and
	// three lines of context, as `git apply` and `patch -p1` read it.
	Diff string
}

// Between is the change that turns before into after. ok is false when there
// is none. Lines keep their endings; a missing one at the end of the file is
// marked as diff(1) does.
func Between(file string, before, after []byte) (_ Edit, ok bool) {
	a, b := split(string(before)), split(string(after))
	hunks := hunksOf(script(a, b))
	if len(hunks) == 0 {
		return Edit{}, false
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- a/%s\n+++ b/%s\n", file, file)
	for _, h := range hunks {
		h.write(&out)
	}
	return Edit{File: file, Line: hunks[0].first(), Diff: out.String()}, true
}

// split cuts text behind each line feed.
func split(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// op is one line of a script: ' ' kept, '-' taken out or '+' put in.
type op struct {
	mark byte
	text string
	// a and b are the numbers, from 0, of the lines that come next in the old
	// and in the new text.
	a, b int
}

// hunk is a run of ops whose changes lie close together.
type hunk []op

// hunksOf groups changes, each with its context.
func hunksOf(ops []op) []hunk {
	var hunks []hunk
	start, end := -1, -1
	for i, o := range ops {
		if o.mark == ' ' {
			continue
		}
		if start >= 0 && i-context > end {
			hunks = append(hunks, ops[start:end])
			start = -1
		}
		if start < 0 {
			start = max(0, i-context)
		}
		end = min(len(ops), i+1+context)
	}
	if start >= 0 {
		hunks = append(hunks, ops[start:end])
	}
	return hunks
}

// first is the number of the first line that changes, from 1.
func (h hunk) first() int {
	for _, o := range h {
		if o.mark != ' ' {
			return o.a + 1
		}
	}
	return h[0].a + 1
}

func (h hunk) write(out *strings.Builder) {
	oldLen, newLen := 0, 0
	for _, o := range h {
		if o.mark != '+' {
			oldLen++
		}
		if o.mark != '-' {
			newLen++
		}
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", span(h[0].a, oldLen), span(h[0].b, newLen))
	for _, o := range h {
		out.WriteByte(o.mark)
		out.WriteString(o.text)
		if !strings.HasSuffix(o.text, "\n") {
			out.WriteString("\n" + noNewline + "\n")
		}
	}
}

const noNewline = `\ No newline at end of file`

// span writes the range of a hunk: an empty one names the line before it.
func span(from, n int) string {
	switch n {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprintf("%d", from+1)
	}
	return fmt.Sprintf("%d,%d", from+1, n)
}
