package catalog

import (
	"github.com/pubmortem/pubmortem/patterns"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Load reads the catalog files (*.yaml, *.yml) at and below the roots, folders
// or single files of fsys, in sorted order. Folders whose name starts with a
// dot are left out. Positions name files as fsys does.
//
// It reports every mistake of form at once: what YAML does not allow, unknown
// keys, wrong types, missing fields, ids that are malformed or used twice. The
// catalog is never nil and holds whatever could be read, so that Lint can look
// at the same files for mistakes of meaning.
func Load(fsys fs.FS, roots ...string) (*Catalog, []Problem) {
	d := &decoder{catalog: &Catalog{places: map[place]patterns.Pos{}}, declared: map[string]patterns.Pos{}}
	for _, root := range roots {
		d.root(fsys, root)
	}
	return d.catalog, d.sorted()
}

// root loads every file under one root.
func (d *decoder) root(fsys fs.FS, root string) {
	files := d.find(fsys, root)
	for _, name := range files {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			d.unreadable(name, err)
			continue
		}
		n, ok := parseYAML(name, data, &d.collector)
		switch {
		case !ok:
			d.catalog.incomplete = true
		case n.kind != nullNode:
			d.file(n)
		}
	}
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
