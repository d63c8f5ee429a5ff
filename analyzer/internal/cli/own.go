package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/patterns"
)

// files is the file system as paths on the command line name it, so that
// problems are reported under the names that people typed.
type files struct{}

// Open opens the file or the folder at a path.
func (files) Open(name string) (fs.File, error) {
	return os.Open(filepath.FromSlash(name))
}

// load reads people's own catalogs, one for each path.
func load(paths []string) (own []*patterns.Catalog, problems []patterns.Problem) {
	for _, path := range paths {
		cat, found := patterns.Load(files{}, filepath.ToSlash(path))
		own, problems = append(own, cat), append(problems, found...)
	}
	return own, problems
}

// merge adds people's own catalogs to the built-in one and returns it with all
// problems that they bring, in the order of their places.
func merge(paths []string) (*patterns.Catalog, []patterns.Problem) {
	own, problems := load(paths)
	cat, found := patterns.Merge(patterns.Builtin(), own...)
	problems = append(problems, found...)
	before := patterns.Builtin().LintLenient()
	for _, p := range cat.LintLenient() {
		if !slices.Contains(before, p) {
			problems = append(problems, p)
		}
	}
	slices.SortStableFunc(problems, func(a, b patterns.Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return cat, problems
}

// catalog is the built-in catalog with those that the user, the repository of
// the working directory and --catalog add. Warnings are shown only when much is
// wanted; "catalog lint" shows them as well.
func (e *env) catalog() (*patterns.Catalog, error) {
	return e.catalogAbout(context.Background(), "")
}

// catalogAbout is the catalog for a call that is about an argument: a run of
// another repository has nothing to do with the working directory's catalog.
func (e *env) catalogAbout(ctx context.Context, arg string) (*patterns.Catalog, error) {
	paths := e.ownPaths(ctx, arg)
	if len(paths) == 0 {
		return patterns.Builtin(), nil
	}
	cat, problems := merge(paths)
	if err := patterns.AsError(problems); err != nil {
		if len(paths) > len(e.catalogs) {
			return nil, &ownError{err}
		}
		return nil, err
	}
	if e.verbose {
		e.listProblems(e.Err, problems)
	}
	return cat, nil
}

// ownError says that the mistakes may be in a catalog that nobody named.
type ownError struct{ err error }

func (e *ownError) Error() string { return e.err.Error() }
func (e *ownError) Unwrap() error { return e.err }

// ownHint says how to go on without the catalogs that nobody named.
func ownHint(err error) string {
	if _, ok := errors.AsType[*ownError](err); ok {
		return "--no-user-catalog goes on without .pubmortem and the user's catalog"
	}
	return ""
}

// listProblems writes problems as compilers do, one a line, so that editors
// find the places. Warnings are left out when little is wanted.
func (e *env) listProblems(w io.Writer, problems []patterns.Problem) {
	for _, p := range problems {
		if p.Severity == patterns.SeverityWarning {
			if e.quiet {
				continue
			}
			p.Msg = "warning: " + p.Msg
		}
		fmt.Fprintln(w, inert.Text(p.String()))
	}
}

// tally counts problems: "2 errors, 1 warning".
func tally(problems []patterns.Problem) string {
	errs := 0
	for _, p := range problems {
		if p.Severity == patterns.SeverityError {
			errs++
		}
	}
	text := count(errs, "error", "errors")
	if warnings := len(problems) - errs; warnings > 0 {
		text += ", " + count(warnings, "warning", "warnings")
	}
	return text
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
