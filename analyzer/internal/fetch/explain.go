package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// explain turns the last failure into a sentence and a next step. What the
// statuses mean on logs: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
func (c *Client) explain(ctx context.Context, f *failure, what target) error {
	if err := ctx.Err(); err != nil {
		return &Error{Kind: Interrupted, Msg: "interrupted while reading " + what.name, Err: err}
	}
	if _, until, limited := c.limit(f); limited {
		return c.rateLimited(f, until)
	}
	if f.storage {
		return c.explainStorage(f, what)
	}
	switch {
	case f.status == 0:
		return c.explainConnection(f, what)
	case f.status == http.StatusUnauthorized && c.token != "":
		return &Error{Kind: BadToken, Msg: fmt.Sprintf("%s refused the token (%s)", c.host, f.reason()), Hint: "it may have expired: " + c.signInHint(), Err: f}
	case f.status == http.StatusUnauthorized, c.token == "" && (f.status == http.StatusForbidden || f.status == http.StatusNotFound):
		return c.noToken(what, f)
	case f.status == http.StatusForbidden:
		return c.forbidden(f, what)
	case f.status == http.StatusNotFound:
		return &Error{Kind: NotFound, Msg: fmt.Sprintf("%s does not exist, or the token may not see it", what.name), Hint: "check the number and the repository, and the token's access to it", Err: f}
	case f.status == http.StatusGone:
		return expired(what, f)
	case f.status >= 500, f.status == http.StatusAccepted:
		return &Error{Kind: Unavailable, Msg: fmt.Sprintf("%s could not answer for %s (%s)", c.host, what.name, f.reason()), Hint: c.statusHint(), Err: f}
	}
	return &Error{Kind: Unreadable, Msg: fmt.Sprintf("%s cannot be read (%s)", what.name, f.reason()), Hint: "check the number and the repository", Err: f}
}

func (c *Client) statusHint() string {
	if c.host == publicHost {
		return "try again later; see https://www.githubstatus.com"
	}
	return "try again later"
}

func (c *Client) signInHint() string {
	if c.host == publicHost || strings.HasSuffix(c.host, tenancySuffix) {
		return "set GH_TOKEN, or run gh auth login --hostname " + c.host
	}
	return "set GH_ENTERPRISE_TOKEN, or run gh auth login --hostname " + c.host
}

// noToken also stands for a 404: without a token private repositories do not
// exist.
func (c *Client) noToken(what target, cause error) error {
	msg := fmt.Sprintf("%s cannot be read without a token", what.name)
	if what.logs {
		msg = "logs cannot be read without a token, not even those of public repositories"
	}
	return &Error{Kind: NoToken, Msg: msg, Hint: c.signInHint(), Err: cause}
}

func (c *Client) forbidden(f *failure, what target) error {
	e := &Error{Kind: NoAccess, Err: f, Msg: fmt.Sprintf("the token may not read %s (%s)", what.name, f.reason())}
	switch needs := f.header.Get("X-Accepted-GitHub-Permissions"); {
	case f.header.Get("X-GitHub-SSO") != "":
		// The header's address is a personal one; this leads to the same page.
		e.Msg = fmt.Sprintf("the token is not authorised for the single sign-on of %s", what.owner)
		e.Hint = fmt.Sprintf("authorise it: https://%s/orgs/%s/sso", c.host, what.owner)
	case needs != "":
		e.Hint = "give the token the permission " + c.clean(needs) + " (in a workflow: permissions: actions: read)"
	default:
		e.Hint = "give the token read access to Actions of the repository (in a workflow: permissions: actions: read)"
	}
	return e
}

func expired(what target, cause error) error {
	return &Error{
		Kind: Expired,
		Msg:  fmt.Sprintf("%s is gone: GitHub keeps logs for the repository's retention time, 90 days by default", what.name),
		Hint: "give a saved log, or run the workflow again",
		Err:  cause,
	}
}

func (c *Client) rateLimited(f *failure, until time.Time) error {
	e := &Error{Kind: RateLimited, Until: until, Err: f, Msg: c.host + " allows no more requests for now", Hint: "try again later"}
	if !until.IsZero() {
		e.Msg = fmt.Sprintf("%s allows no more requests until %s", c.host, until.Format("2006-01-02 15:04:05 UTC"))
		e.Hint = "try again then"
	}
	if c.token == "" {
		e.Hint += ", or with a token: " + c.signInHint()
	}
	return e
}

// explainStorage is for what an address of the API led to.
func (c *Client) explainStorage(f *failure, what target) error {
	switch {
	case f.status == http.StatusNotFound:
		return &Error{Kind: NotFound, Msg: what.name + " is not in GitHub's storage", Hint: "wait until the job is done, or look at it on its page", Err: f}
	case errors.Is(f, errTooLarge):
		return &Error{Kind: BadContent, Msg: fmt.Sprintf("%s has more than %d bytes", what.name, c.opts.MaxBytes), Hint: "name one job, or download the log and cut it", Err: f}
	case errors.Is(f, errDisk):
		return &Error{Kind: Unreadable, Msg: fmt.Sprintf("%s cannot be saved: %s", what.name, f.reason()), Hint: "check the disk, or the folder for temporary files", Err: f}
	case truncated(f):
		return &Error{Kind: Unavailable, Msg: what.name + " came incomplete each time", Hint: "try again, or name one job", Err: f}
	}
	return &Error{Kind: Unavailable, Msg: fmt.Sprintf("%s could not be downloaded (%s)", what.name, f.reason()), Hint: "try again later", Err: f}
}

func (c *Client) explainConnection(f *failure, what target) error {
	if truncated(f) {
		return c.explainStorage(f, what)
	}
	return &Error{
		Kind: Unavailable,
		Msg:  fmt.Sprintf("%s cannot be reached for %s: %s", c.base.Host, what.name, f.reason()),
		Hint: "check the network, the proxy (HTTPS_PROXY) and the host's name",
		Err:  f,
	}
}
