package page

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
)

// tree is a repository of which two files were given: package.json, and the
// workflow file of the run, whatever its name is.
type tree struct{ manifest, workflow, path string }

// tree takes the workflow file for the one that the log names.
func (s *Session) tree(k Known, o analyzer.Options) (tree, error) {
	t := tree{k.Manifest, k.Workflow, ".github/workflows/publish.yml"}
	if s.scan == nil {
		return t, nil
	}
	r, err := s.scan.Diagnose(context.Background(), o)
	if err != nil {
		return t, err
	}
	for _, f := range r.Facts {
		if f.ID == facts.RunWorkflow && path.Dir(f.Value) == ".github/workflows" {
			t.path = f.Value
		}
	}
	return t, nil
}

func (t tree) File(_ context.Context, name string) ([]byte, error) {
	switch {
	case name == "package.json" && t.manifest != "":
		return []byte(t.manifest), nil
	case name == t.path && t.workflow != "":
		return []byte(t.workflow), nil
	}
	return nil, fmt.Errorf("%s: %w", name, probe.ErrNotGiven)
}

func (t tree) Workflows() []string {
	if t.workflow == "" {
		return nil
	}
	return []string{t.path}
}

func (t tree) Manifests(string) []string {
	if t.manifest == "" {
		return nil
	}
	return []string{"package.json"}
}

// folder is files by their paths as a file system.
type folder []File

func (f folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if i := slices.IndexFunc(f, func(one File) bool { return one.Name == name }); i >= 0 {
		return file{io.NewSectionReader(f[i].At, 0, f[i].Size), info{path.Base(name), f[i].Size, 0}}, nil
	}
	dir := &directory{info: info{path.Base(name), 0, fs.ModeDir}}
	for _, one := range f {
		rest := one.Name
		if name != "." {
			var below bool
			if rest, below = strings.CutPrefix(rest, name+"/"); !below {
				continue
			}
		}
		first, _, deeper := strings.Cut(rest, "/")
		entry := info{first, one.Size, 0}
		if deeper {
			entry = info{first, 0, fs.ModeDir}
		}
		if !slices.ContainsFunc(dir.entries, func(e fs.DirEntry) bool { return e.Name() == first }) {
			dir.entries = append(dir.entries, fs.FileInfoToDirEntry(entry))
		}
	}
	if len(dir.entries) == 0 && name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return dir, nil
}

type file struct {
	*io.SectionReader
	info
}

func (f file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f file) Size() int64                { return f.size }
func (f file) Close() error               { return nil }

type directory struct {
	info
	entries []fs.DirEntry
}

func (d *directory) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *directory) Read([]byte) (int, error)   { return 0, fs.ErrInvalid }
func (d *directory) Close() error               { return nil }

func (d *directory) ReadDir(n int) ([]fs.DirEntry, error) {
	all := d.entries
	if n <= 0 {
		d.entries = nil
		return all, nil
	}
	if len(all) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(all))
	d.entries = all[n:]
	return all[:n], nil
}

type info struct {
	name string
	size int64
	mode fs.FileMode
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }
