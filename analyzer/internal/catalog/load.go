// Package catalog is the bench of those who write catalogs. It turns YAML files
// into a catalog and says everything that is wrong with them, puts people's own
// catalogs on top of the built-in one, searches a catalog and writes the
// skeletons of new entries.
package catalog

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/internal/yamltree"
	"github.com/pubmortem/pubmortem/patterns"
)

// Catalog is a catalog that knows where its fields were written.
type Catalog struct {
	*patterns.Catalog

	// places holds where the fields of entries were written, for Lint.
	places map[place]patterns.Pos
	// incomplete says that a file could not be read, so that ids may be missing.
	incomplete bool
	// unfilled are the texts of a scaffold that nobody has written yet.
	unfilled []patterns.Pos
}

// Of is a catalog of which only the entries' places are known.
func Of(c *patterns.Catalog) *Catalog {
	return &Catalog{Catalog: c}
}

// place names a field of an entry: the entry (or matcher) by its position, the
// field by its path, such as "refines[1]".
type place struct {
	owner patterns.Pos
	path  string
}

// at is where a field was written, or the place of its owner when that is not
// known, as in the built-in catalog.
func (c *Catalog) at(owner patterns.Pos, path string) patterns.Pos {
	if pos, ok := c.places[place{owner, path}]; ok {
		return pos
	}
	return owner
}

// Load reads the catalog files (*.yaml, *.yml) at and below the roots, folders
// or single files of fsys, in sorted order. Folders whose name starts with a
// dot are left out. Positions name files as fsys does.
//
// It reports every mistake of form at once: what YAML does not allow, unknown
// keys, wrong types, missing fields, ids that are malformed or used twice. The
// catalog is never nil and holds whatever could be read, so that Lint can look
// at the same files for mistakes of meaning.
func Load(fsys fs.FS, roots ...string) (*Catalog, []Problem) {
	d := &decoder{catalog: &Catalog{Catalog: &patterns.Catalog{}, places: map[place]patterns.Pos{}}, declared: map[string]patterns.Pos{}}
	for _, root := range roots {
		d.root(fsys, root)
	}
	return d.catalog, d.sorted()
}

func (d *decoder) root(fsys fs.FS, root string) {
	for _, name := range d.find(fsys, root) {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			d.unreadable(name, err)
			continue
		}
		d.file = name
		if n, ok := d.parse(data); !ok {
			d.catalog.incomplete = true
		} else if n.Is(yamltree.List) || n.Is(yamltree.Map) || n.Is(yamltree.Text) {
			d.structure(n, reflect.ValueOf(d.catalog.Catalog).Elem(), "catalog file", d.pos(n), "")
		}
	}
}

// parse is the one document of a file, nil when there is none. ok is false when
// YAML cannot make sense of it.
func (d *decoder) parse(data []byte) (_ *yamltree.Node, ok bool) {
	// The library names such bytes without a place, and lines copied from logs are full of them.
	if at := bytes.IndexFunc(data, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }); at >= 0 {
		line := bytes.Count(data[:at], []byte("\n")) + 1
		start := bytes.LastIndexByte(data[:at], '\n') + 1
		d.hinted(patterns.Pos{File: d.file, Line: line, Col: utf8.RuneCount(data[start:at]) + 1},
			`write it as "\x1b" (its code) inside double quotes`, "control character 0x%02x in the file", data[at])
		return nil, false
	}
	tree, err := yamltree.Parse(data)
	if wrong, isSyntax := errors.AsType[*yamltree.Error](err); isSyntax {
		pos := patterns.Pos{File: d.file, Line: wrong.Line, Col: wrong.Col}
		d.hinted(pos, syntaxHint(wrong.Msg), "YAML: %s", wrong.Msg)
	}
	if tree.Second != nil {
		d.hinted(d.pos(tree.Second), "put all entries into one document, or this part into a file of its own", "a second document")
	}
	if tree.Alias != nil { // an entry says everything itself
		d.hinted(d.pos(tree.Alias), "write the value out; quote a text that starts with *", "aliases are not supported")
		return nil, false
	}
	return tree.Root, err == nil || tree.Root != nil
}

// syntaxHint says what most often leads to a message of the YAML library.
func syntaxHint(msg string) string {
	switch {
	case strings.Contains(msg, "mapping values are not allowed"):
		return `quote a text that contains ": "`
	case strings.Contains(msg, "cannot start any token"):
		return "indent with blanks, not tabs, and quote a text that starts with @, % or `"
	case strings.Contains(msg, "unknown escape"):
		return "write regular expressions in single quotes"
	case strings.Contains(msg, "unknown anchor"):
		return "quote a text that starts with *"
	}
	return ""
}

// find lists the catalog files at and below root, sorted.
func (d *decoder) find(fsys fs.FS, root string) []string {
	var files []string
	failed := false
	walk := func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			failed = true
			d.unreadable(name, err)
		case entry.IsDir():
			if name != root && strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
		case !entry.Type().IsRegular() && entry.Type()&fs.ModeSymlink == 0 && name != root: // a pipe would wait for a writer
		case path.Ext(name) == ".yaml" || path.Ext(name) == ".yml":
			files = append(files, name)
		}
		return nil
	}
	if err := fs.WalkDir(fsys, root, walk); err != nil {
		d.unreadable(root, err)
	}
	if len(files) == 0 && !failed {
		d.hinted(patterns.Pos{File: root}, "name a folder or a file with the ending .yaml or .yml", "no catalog files here")
	}
	slices.Sort(files)
	return files
}

// unreadable notes a file or folder that could not be read. The path is in the
// position already, so the message is only the reason.
func (d *decoder) unreadable(name string, err error) {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	d.errorf(patterns.Pos{File: name}, "cannot be read: %v", err)
	d.catalog.incomplete = true
}

// Severity says whether a problem keeps a catalog from being used.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is a mistake in a catalog: where it is, what is wrong, what to do.
type Problem struct {
	Pos      patterns.Pos
	Severity Severity
	Msg      string
	// Hint is the next step, or empty.
	Hint string
}

// String is "file:line:col: msg; hint".
func (p Problem) String() string {
	s := p.Pos.String() + ": " + p.Msg
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}

// Errors tells whether one of the problems is an error.
func Errors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == SeverityError })
}

// ProblemsError carries problems as an error.
type ProblemsError struct {
	Problems []Problem
}

// AsError is a *ProblemsError with all problems when one of them is an error, else nil.
func AsError(problems []Problem) error {
	if !Errors(problems) {
		return nil
	}
	return &ProblemsError{Problems: problems}
}

// Error lists the problems, one a line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// didYouMean is `did you mean "x"?` for the candidate nearest to word, or
// empty when none is near.
func didYouMean(word string, candidates []string) string {
	if best := words.Closest(word, candidates); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return ""
}

type collector struct {
	problems []Problem
}

// errorf notes an error without a hint.
func (c *collector) errorf(pos patterns.Pos, format string, args ...any) {
	c.add(pos, SeverityError, "", format, args...)
}

func (c *collector) hinted(pos patterns.Pos, hint, format string, args ...any) {
	c.add(pos, SeverityError, hint, format, args...)
}

func (c *collector) add(pos patterns.Pos, severity Severity, hint, format string, args ...any) {
	c.problems = append(c.problems, Problem{Pos: pos, Severity: severity, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// sorted returns the problems by file, line and column; problems of one place
// keep the order in which they were found.
func (c *collector) sorted() []Problem {
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
		)
	})
	return c.problems
}
