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
	"runtime"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
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
func load(paths []string) (own []*catalog.Catalog, problems []catalog.Problem) {
	for _, path := range paths {
		cat, found := catalog.Load(files{}, filepath.ToSlash(path))
		own, problems = append(own, cat), append(problems, found...)
	}
	return own, problems
}

// merge adds people's own catalogs to the built-in one and returns it with all
// problems that they bring, in the order of their places.
func merge(paths []string) (*catalog.Catalog, []catalog.Problem) {
	own, problems := load(paths)
	builtin := catalog.Of(patterns.Whole())
	cat, found := catalog.Merge(builtin, own...)
	problems = append(problems, found...)
	before := builtin.LintLenient()
	for _, p := range cat.LintLenient() {
		if !slices.Contains(before, p) {
			problems = append(problems, p)
		}
	}
	slices.SortStableFunc(problems, func(a, b catalog.Problem) int {
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

// wholeCatalog is the same with all that only people read.
func (e *env) wholeCatalog() (*patterns.Catalog, error) {
	cat, err := e.catalog()
	if cat == patterns.Builtin() {
		cat = patterns.Whole()
	}
	return cat, err
}

// catalogAbout is the catalog for a call that is about an argument: a run of
// another repository has nothing to do with the working directory's catalog.
func (e *env) catalogAbout(ctx context.Context, arg string) (*patterns.Catalog, error) {
	paths := e.ownPaths(ctx, arg)
	if len(paths) == 0 {
		return patterns.Builtin(), nil
	}
	cat, problems := merge(paths)
	if err := catalog.AsError(problems); err != nil {
		if len(paths) > len(e.catalogs) {
			return nil, &ownError{err}
		}
		return nil, err
	}
	if e.verbose {
		e.listProblems(e.Err, problems)
	}
	return cat.Catalog, nil
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
func (e *env) listProblems(w io.Writer, problems []catalog.Problem) {
	for _, p := range problems {
		if p.Severity == catalog.SeverityWarning {
			if e.quiet {
				continue
			}
			p.Msg = "warning: " + p.Msg
		}
		fmt.Fprintln(w, inert.Text(p.String()))
	}
}

// tally counts problems: "2 errors, 1 warning".
func tally(problems []catalog.Problem) string {
	errs := 0
	for _, p := range problems {
		if p.Severity == catalog.SeverityError {
			errs++
		}
	}
	text := words.Count(errs, "error")
	if warnings := len(problems) - errs; warnings > 0 {
		text += ", " + words.Count(warnings, "warning")
	}
	return text
}

const ownFolder = ".pubmortem"

// ownPaths are the catalogs to add to the built-in one, those that have the
// last word last: the user's, the repository's (where the call, with its
// argument, is about that), and those of --catalog.
func (e *env) ownPaths(ctx context.Context, arg string) []string {
	if e.noOwn {
		return e.catalogs
	}
	var paths []string
	if dir := e.configDir(); dir != "" {
		paths = append(paths, filepath.Join(dir, program))
	}
	if found := repositoryCatalog(); found != nil && e.trusted() && e.isHere(ctx, arg) {
		paths = append(paths, found...)
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { return !holdsCatalog(path) || e.named(path) })
	return append(paths, e.catalogs...)
}

// named tells whether --catalog names a folder, too.
func (e *env) named(path string) bool {
	info, err := os.Stat(path)
	return err == nil && slices.ContainsFunc(e.catalogs, func(other string) bool {
		named, err := os.Stat(other)
		return err == nil && os.SameFile(info, named)
	})
}

// configDir is the folder of the user's configuration, as os.UserConfigDir
// finds it, or empty.
func (e *env) configDir() string {
	switch runtime.GOOS {
	case "windows":
		return e.Env("AppData")
	case "darwin", "ios":
		return below(e.Env("HOME"), "Library", "Application Support")
	}
	if dir := e.Env("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	return below(e.Env("HOME"), ".config")
}

// below is a path in a folder, or empty when there is no folder.
func below(dir string, names ...string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, names...)...)
}

// trustedEvents are those that check out what the repository's own people
// wrote. Others may have checked out a stranger's pull request, whose catalog
// could explain failures away
// (https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows).
var trustedEvents = []string{"push", "release", "schedule", "workflow_dispatch", "repository_dispatch", "create", "deployment"}

// trusted tells whether the working directory's catalog may be read unasked:
// always outside of GitHub Actions.
func (e *env) trusted() bool {
	return e.Env("GITHUB_ACTIONS") != "true" || slices.Contains(trustedEvents, e.Env("GITHUB_EVENT_NAME"))
}

// repositoryCatalog is the nearest folder .pubmortem from the working directory
// up to the root of its repository. Outside of one, only the working directory
// counts.
func repositoryCatalog() []string {
	dir, err := os.Getwd()
	if err != nil {
		return nil
	}
	found := ""
	for at, up := dir, "."; ; at, up = filepath.Dir(at), filepath.Join(up, "..") {
		if info, err := os.Stat(filepath.Join(at, ownFolder)); found == "" && err == nil && info.IsDir() {
			found = filepath.Join(up, ownFolder)
		}
		switch _, err := os.Stat(filepath.Join(at, ".git")); {
		case err == nil && found != "":
			return []string{found}
		case err == nil:
			return nil
		case filepath.Dir(at) == at: // no repository
			if found == ownFolder {
				return []string{found}
			}
			return nil
		}
	}
}

func holdsCatalog(dir string) bool {
	found := false
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := filepath.Ext(path); ext == ".yaml" || ext == ".yml" {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found || err != nil && !os.IsNotExist(err) // what cannot be read is reported by those who load it
}

// isHere tells whether a call is about the working directory's repository, as
// far as it names one by -R or by a run's address.
func (e *env) isHere(ctx context.Context, arg string) bool {
	about := e.repo
	if _, isRef, _ := repo.Parse(arg, repo.Defaults{}); isRef {
		about = e.repositoryOf(ctx, arg)
	}
	if about == "" || e.Output == nil {
		return about == ""
	}
	_, owner, name, err := repo.ParseName(about, e.host())
	if err != nil {
		return false
	}
	_, ownerHere, nameHere, ok := e.workingRepository(ctx)
	return ok && strings.EqualFold(owner, ownerHere) && strings.EqualFold(name, nameHere)
}

// repositoryOf is the repository of a run that an argument names, "owner/name",
// or empty when nothing says which.
func (e *env) repositoryOf(ctx context.Context, arg string) string {
	defaults, err := e.refDefaults(ctx)
	if err != nil {
		return ""
	}
	ref, _, err := repo.Parse(arg, defaults)
	if err != nil {
		return ""
	}
	return ref.Owner + "/" + ref.Repo
}
