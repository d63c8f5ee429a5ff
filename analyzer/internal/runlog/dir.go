package runlog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// OpenDir opens an unpacked log archive, or a folder of .log and .txt files of
// which each is a job. Symbolic links are not followed; hidden folders and
// node_modules are not entered. fsys must stay usable until the members are
// read; see OnClose.
//
// A folder that holds no log gives a *ContentError.
func OpenDir(name string, fsys fs.FS, lim Limits) (*Log, error) {
	lim = lim.orDefault()
	l := &Log{Kind: "dir", Name: name}
	w := walker{l: l, fsys: fsys, lim: lim}
	if err := fs.WalkDir(fsys, ".", w.visit); err != nil {
		return nil, fmt.Errorf("read %s: %w", inertName(name), err)
	}
	return l, w.files.assemble(l, &budget{lim: lim})
}

// walker collects the files of a folder.
type walker struct {
	l     *Log
	fsys  fs.FS
	lim   Limits
	seen  int
	files files
}

func (w *walker) visit(path string, d fs.DirEntry, err error) error {
	if err != nil {
		if path == "." {
			return err
		}
		w.l.AddDamage(fmt.Sprintf("%s could not be read (%v)", inertName(path), cause(err)))
		return nil
	}
	if w.seen++; w.seen > w.lim.MaxMembers {
		w.l.AddDamage(tooMany(w.l, w.lim))
		return fs.SkipAll
	}
	switch mode := d.Type(); {
	case d.IsDir():
		if path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
	case mode&fs.ModeSymlink != 0:
		w.files.links++
	case mode.IsRegular():
		w.add(path, d)
	}
	return nil
}

func (w *walker) add(path string, d fs.DirEntry) {
	e := &entry{size: -1}
	if info, err := d.Info(); err == nil {
		e.size = info.Size()
	}
	e.open = func() (io.ReadCloser, error) { return openRegular(w.fsys, path) }
	w.files.add(path, e)
}

var errNotRegular = errors.New("not a regular file")

// openRegular opens path unless it became something else since it was listed.
func openRegular(fsys fs.FS, path string) (io.ReadCloser, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(errNotRegular, f.Close())
	}
	return f, nil
}

// cause is err without the operation and the path, which the message names.
func cause(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
