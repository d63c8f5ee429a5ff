// Package edit turns the text of a file before and after a change into a
// unified diff, and a unified diff back into the changed text.
package edit

import (
	"errors"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

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
	_, text, ok := strings.Cut(string(diff.Diff("a/"+file, before, "b/"+file, after)), "\n") // "diff a/… b/…"
	if !ok {
		return Edit{}, false
	}
	return Edit{File: file, Line: firstChange(text), Diff: text}, true
}

// firstChange is the number of the first line that a diff takes out or puts
// something before.
func firstChange(text string) int {
	line := 0
	for _, row := range strings.Split(text, "\n")[2:] {
		switch {
		case strings.HasPrefix(row, "@@"):
			from, count := span(row)
			line = from
			if count == 0 {
				line++
			}
		case strings.HasPrefix(row, " "):
			line++
		default:
			return line
		}
	}
	return line
}

// span reads the old side of a hunk's head, "@@ -12,7 +12,8 @@".
func span(head string) (from, count int) {
	old, _, _ := strings.Cut(strings.TrimPrefix(head, "@@ -"), " ")
	start, lines, _ := strings.Cut(old, ",")
	from, noStart := strconv.Atoi(start)
	count, noCount := strconv.Atoi(lines)
	if noStart != nil || noCount != nil {
		return from, -1
	}
	return from, count
}

// Apply carries out a unified diff of one file, as Between writes it. It fails
// when the text is not the one that the diff was made from.
func Apply(src []byte, text string) ([]byte, error) {
	old := strings.SplitAfter(string(src), "\n")
	next := 0
	var out strings.Builder
	copyTo := func(n int) {
		out.WriteString(strings.Join(old[next:n], ""))
		next = n
	}
	rows := strings.SplitAfter(text, "\n")
	for i, row := range rows {
		if i < 2 && (strings.HasPrefix(row, "--- ") || strings.HasPrefix(row, "+++ ")) || row == "" || row[0] == '\\' {
			continue
		}
		if row[0] == '@' {
			from, count := span(row)
			if count != 0 {
				from--
			}
			if count < 0 || from < next || from > len(old) {
				return nil, errMismatch
			}
			copyTo(from)
			continue
		}
		line := row[1:]
		if i+1 < len(rows) && strings.HasPrefix(rows[i+1], `\`) {
			line = strings.TrimSuffix(line, "\n")
		}
		if row[0] != '+' {
			if next >= len(old) || old[next] != line {
				return nil, errMismatch
			}
			next++
		}
		if row[0] != '-' {
			out.WriteString(line)
		}
	}
	copyTo(len(old))
	return []byte(out.String()), nil
}

var errMismatch = errors.New("the text is not the one that the diff was made from")
