package fetch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cache keeps the logs of completed attempts, which do not change any more:
// HOST/OWNER/REPO/RUN/ATTEMPT.zip and …/job-ID.log.
type cache struct {
	dir string // empty keeps nothing
}

// cacheOf is the cache of one run, whose names were checked.
func (c *Client) cacheOf(ref Ref, completed bool) cache {
	if c.opts.CacheDir == "" || c.opts.NoCache || !completed {
		return cache{}
	}
	host := strings.ReplaceAll(ref.Host, ":", "_") // no file name on Windows
	return cache{filepath.Join(c.opts.CacheDir, host, strings.ToLower(ref.Owner), strings.ToLower(ref.Repo), fmt.Sprint(ref.RunID))}
}

// file is the path of name, or "" when nothing is kept.
func (c cache) file(name string) string {
	if c.dir == "" {
		return ""
	}
	return filepath.Join(c.dir, name)
}

// open returns what was kept under name, if it still passes check; what does
// not is removed.
func (c cache) open(name string, check func(*saved) error) (*saved, bool) {
	path := c.file(name)
	if path == "" {
		return nil, false
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	s, err := openSaved(f, false)
	if err != nil {
		return nil, false
	}
	if check(s) != nil {
		_ = s.drop() // a new download replaces it
		return nil, false
	}
	return s, true
}
