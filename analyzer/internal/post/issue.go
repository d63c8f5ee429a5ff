package post

import (
	"context"
	"strings"

	"github.com/google/go-github/v62/github"
)

// Label marks the issues of this program, so that they are found quickly.
const Label = "pubmortem"

// mostListed is how many issues are looked through, and how many comments on a
// page.
const mostListed = 100

// Issue writes the note to the workflow's issue: it opens one, or changes the
// one that is there, or closes it when the run went well. It returns the
// issue's address. It needs the permission "issues: write". Its errors are
// *Error.
func (c *Client) Issue(ctx context.Context, n Note) (Outcome, string, error) {
	out, link, err := c.issue(ctx, &n)
	return out, link, explained(ctx, err, "issues: write")
}

func (c *Client) issue(ctx context.Context, n *Note) (Outcome, string, error) {
	have, err := c.findIssue(ctx, n)
	switch {
	case err != nil:
		return "", "", err
	case have == nil && n.Well:
		return Kept, "", nil
	case have == nil:
		made, _, err := c.gh.Issues.Create(ctx, c.owner, c.repo, &github.IssueRequest{
			Title: github.String(plainTitle(n.Title)), Body: github.String(n.text()), Labels: &[]string{Label},
		})
		return Created, made.GetHTMLURL(), err
	case n.stale(have.GetBody()), n.Well && have.GetState() == "closed":
		return Kept, have.GetHTMLURL(), nil
	}
	out, state := Updated, "open"
	if n.Well {
		out, state = Settled, "closed"
	}
	_, _, err = c.gh.Issues.Edit(ctx, c.owner, c.repo, have.GetNumber(), &github.IssueRequest{
		Body: github.String(n.text()), State: github.String(state),
	})
	return out, have.GetHTMLURL(), err
}

// findIssue looks among the issues with the label, open or closed, and then
// among the open ones: a label may have been taken away.
func (c *Client) findIssue(ctx context.Context, n *Note) (*github.Issue, error) {
	page := github.ListOptions{PerPage: mostListed}
	for _, o := range []github.IssueListByRepoOptions{
		{State: "all", Labels: []string{Label}, ListOptions: page},
		{State: "open", Sort: "updated", ListOptions: page},
	} {
		list, _, err := c.gh.Issues.ListByRepo(ctx, c.owner, c.repo, &o)
		if err != nil {
			return nil, err
		}
		for _, i := range list {
			if !i.IsPullRequest() && n.ours(i.GetBody()) && c.wrote(ctx, i.User) {
				return i, nil
			}
		}
	}
	return nil, nil
}

// plainTitle keeps a title from notifying people and from linking to issues.
func plainTitle(s string) string {
	return strings.NewReplacer("@", "＠", "#", "＃", "\n", " ", "\r", " ").Replace(s)
}
