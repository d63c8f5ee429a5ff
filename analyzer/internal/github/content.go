package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
)

// File returns the file at path of a repository, at a branch, tag or commit. It
// reads at most 1 MB, which is all that the API delivers in this form. There is
// no file for a folder, a submodule, or a link to the outside.
//
// Its errors are *fault.Error; errors.Is fault.ErrNotFound tells that there is none.
func (c *Client) File(ctx context.Context, owner, name, file, ref string) ([]byte, error) {
	at := repo.Ref{Host: c.host, Owner: owner, Repo: name}
	if err := at.Check(); err != nil {
		return nil, err
	}
	if file == "" || path.Clean("/"+file) != "/"+file || strings.ContainsAny(file, "\\\x00") {
		return nil, fault.NewBadRef(fault.Shown(file)+" is not a path in a repository", "write it from the repository's root")
	}
	what := target{name: fmt.Sprintf("%s in %s/%s", fault.Shown(file), owner, name), owner: owner}
	// go-github's own call refuses each path with two dots, "a..b" too.
	where := repoPath(at, "contents/%s?%s", escapePath(file), url.Values{"ref": {ref}}.Encode())
	var raw content
	if err := c.json(ctx, where, what, &raw); err != nil {
		return nil, notFound(err)
	}
	const most = 1 << 20
	if raw.GetType() != "file" {
		return nil, &fault.Error{Kind: fault.NotFound, Msg: what.name + " is not a file", Hint: "check the path", Err: fault.ErrNotFound}
	}
	text, err := raw.GetContent()
	if err != nil || len(text) > most || raw.GetSize() > most {
		return nil, &fault.Error{Kind: fault.BadContent, Msg: what.name + " is larger than 1 MB, or of an unknown encoding", Hint: "read it from a working tree", Err: err}
	}
	return []byte(text), nil
}

// content is a file's answer; a folder's is a list, and has no type.
type content struct {
	github.RepositoryContent
}

// UnmarshalJSON takes a folder's list for nothing.
func (f *content) UnmarshalJSON(data []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(data[:min(len(data), 16)])), "[") {
		return nil
	}
	return json.Unmarshal(data, &f.RepositoryContent)
}

// escapePath escapes all but the slashes.
func escapePath(file string) string {
	parts := strings.Split(file, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// notFound puts fault.ErrNotFound into the chain of a 404.
func notFound(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	f, answered := errors.AsType[*failure](err)
	if ok && answered && f.Status == http.StatusNotFound && !f.storage {
		e.Err = errors.Join(fault.ErrNotFound, e.Err)
	}
	return err
}

// Paths lists the files of a repository at a branch, tag or commit. Of very
// large ones GitHub lists a part only. Its errors are *fault.Error.
func (c *Client) Paths(ctx context.Context, owner, name, ref string) ([]string, error) {
	at := repo.Ref{Host: c.host, Owner: owner, Repo: name}
	if err := at.Check(); err != nil {
		return nil, err
	}
	var tree github.Tree
	what := target{name: fmt.Sprintf("%s/%s at %s", owner, name, fault.Shown(ref)), owner: owner}
	if err := c.json(ctx, repoPath(at, "git/trees/%s?recursive=1", url.PathEscape(ref)), what, &tree); err != nil {
		return nil, notFound(err)
	}
	var paths []string
	for _, e := range tree.Entries {
		if e.GetType() == "blob" {
			paths = append(paths, e.GetPath())
		}
	}
	return paths, nil
}

// SubjectHasIDs tells whether the subject of a repository's identity tokens
// holds the ids of owner and repository; told is false where GitHub does not
// say. Its errors are *fault.Error.
//
// Source: https://docs.github.com/en/rest/actions/oidc
func (c *Client) SubjectHasIDs(ctx context.Context, owner, name string) (ids, told bool, err error) {
	at := repo.Ref{Host: c.host, Owner: owner, Repo: name}
	if err := at.Check(); err != nil {
		return false, false, err
	}
	var answer struct {
		Immutable *bool `json:"use_immutable_subject"`
	}
	what := target{name: fmt.Sprintf("the subject claims of %s/%s", owner, name), owner: owner}
	err = c.json(ctx, repoPath(at, "actions/oidc/customization/sub"), what, &answer)
	if err != nil || answer.Immutable == nil {
		return false, false, err
	}
	return *answer.Immutable, true, nil
}
