package fetch

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
)

// ErrNotFound is in the chain of an *Error of kind NotFound that File, Package
// and Attestation return: the thing asked for is not there.
var ErrNotFound = errors.New("not found")

// File returns the file at path of a repository, at a branch, tag or commit. It
// reads at most 1 MB, which is all that the API delivers in this form. There is
// no file for a folder, a submodule, or a link to the outside.
//
// Its errors are *Error; errors.Is ErrNotFound tells that there is none.
func (c *Client) File(ctx context.Context, owner, repo, file, ref string) ([]byte, error) {
	at := Ref{Host: c.host, Owner: owner, Repo: repo}
	if err := at.check(); err != nil {
		return nil, err
	}
	if file == "" || path.Clean("/"+file) != "/"+file || strings.ContainsAny(file, "\\\x00") {
		return nil, badRef(shown(file)+" is no path in a repository", "write it from the repository's root")
	}
	where := at.repoPath("contents/%s?%s", escapePath(file), url.Values{"ref": {ref}}.Encode())
	what := target{name: fmt.Sprintf("%s in %s/%s", shown(file), owner, repo), owner: owner}
	var raw content
	if err := c.json(ctx, where, what, &raw); err != nil {
		return nil, notFound(err)
	}
	return raw.text(what)
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

func (f *content) text(what target) ([]byte, error) {
	const most = 1 << 20
	if f.GetType() != "file" {
		return nil, &Error{Kind: NotFound, Msg: what.name + " is no file", Hint: "check the path", Err: ErrNotFound}
	}
	text, err := f.GetContent()
	if err != nil || len(text) > most || f.GetSize() > most {
		return nil, &Error{Kind: BadContent, Msg: what.name + " is larger than 1 MB, or of an unknown encoding", Hint: "read it from a working tree", Err: err}
	}
	return []byte(text), nil
}

// escapePath escapes all but the slashes.
func escapePath(file string) string {
	parts := strings.Split(file, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// notFound puts ErrNotFound into the chain of a 404.
func notFound(err error) error {
	e, ok := errors.AsType[*Error](err)
	f, answered := errors.AsType[*failure](err)
	if ok && answered && f.status == http.StatusNotFound && !f.storage {
		e.Err = errors.Join(ErrNotFound, e.Err)
	}
	return err
}
