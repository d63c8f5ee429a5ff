package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github"
)

// maxFile bounds what is read of one file of a working tree.
const maxFile = 1 << 20

// Dir is a working tree.
type Dir struct{ FS fs.FS }

// File reads a file of the tree.
func (d Dir) File(_ context.Context, name string) ([]byte, error) {
	f, err := d.FS.Open(path.Clean(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, fault.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// Workflows lists .github/workflows.
func (d Dir) Workflows() []string {
	var list []string
	for _, pattern := range []string{".github/workflows/*.yml", ".github/workflows/*.yaml"} {
		found, _ := fs.Glob(d.FS, pattern) // the patterns are well formed
		list = append(list, found...)
	}
	return list
}

// Manifests walks the tree for package.json files, without node_modules.
func (d Dir) Manifests(string) []string {
	var list []string
	fs.WalkDir(d.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || len(list) >= maxManifests:
			return fs.SkipDir
		case entry.IsDir() && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".") && name != "."):
			return fs.SkipDir
		case entry.Name() == "package.json":
			list = append(list, name)
		}
		return nil
	})
	return list
}

// maxManifests bounds the package.json files that are looked at.
const maxManifests = 500

// Remote is the repository on GitHub at a commit.
type Remote struct {
	Client           *github.Client
	Owner, Repo, Ref string
}

// File reads a file at the commit.
func (r Remote) File(ctx context.Context, name string) ([]byte, error) {
	return r.Client.File(ctx, r.Owner, r.Repo, name, r.Ref)
}

// Workflows cannot tell without listing folders; the run names its file.
func (r Remote) Workflows() []string { return nil }

// Manifests are the usual places of a package in a repository.
func (r Remote) Manifests(name string) []string {
	short := name[strings.LastIndexByte(name, '/')+1:]
	return []string{"package.json", "packages/" + short + "/package.json", short + "/package.json", "libs/" + short + "/package.json", "modules/" + short + "/package.json"}
}
