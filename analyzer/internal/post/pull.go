package post

import (
	"context"

	"github.com/google/go-github/v62/github"
)

// PullRequest writes the note as a comment on the run's pull request, or
// changes the one that is there. A run without one is not noted. It returns the
// comment's address. It needs the permission "pull-requests: write". Its errors
// are *Error.
func (c *Client) PullRequest(ctx context.Context, n Note) (Outcome, string, error) {
	number, err := c.pullRequest(ctx, n.Run)
	if err != nil || number == 0 {
		return Kept, "", explained(ctx, err, "pull-requests: read")
	}
	out, link, err := c.comment(ctx, number, &n)
	return out, link, explained(ctx, err, "pull-requests: write")
}

// pullRequest finds the one that a run belongs to: by the run, which knows none
// for a fork's, else by its commit. 0 means that there is none.
func (c *Client) pullRequest(ctx context.Context, r Run) (int, error) {
	run, _, err := c.gh.Actions.GetWorkflowRunByID(ctx, c.owner, c.repo, r.ID)
	if err != nil {
		return 0, err
	}
	for _, p := range run.PullRequests {
		if p.GetBase().GetRepo().GetID() == run.GetRepository().GetID() {
			return p.GetNumber(), nil
		}
	}
	list, _, err := c.gh.PullRequests.ListPullRequestsWithCommit(ctx, c.owner, c.repo, run.GetHeadSHA(), nil)
	if err != nil {
		return 0, err
	}
	for _, p := range list {
		// A merged one holds the commit, too, but nobody reads it any more.
		if p.GetState() == "open" && p.GetHead().GetSHA() == run.GetHeadSHA() && p.GetBase().GetRepo().GetID() == run.GetRepository().GetID() {
			return p.GetNumber(), nil
		}
	}
	return 0, nil
}

func (c *Client) comment(ctx context.Context, number int, n *Note) (Outcome, string, error) {
	have, err := c.findComment(ctx, number, n)
	switch {
	case err != nil:
		return "", "", err
	case have == nil && n.Well:
		return Kept, "", nil
	case have == nil:
		made, _, err := c.gh.Issues.CreateComment(ctx, c.owner, c.repo, number, &github.IssueComment{Body: github.String(n.text())})
		return Created, made.GetHTMLURL(), err
	case n.stale(have.GetBody()), n.Well && settled(plainEnds(have.GetBody())):
		return Kept, have.GetHTMLURL(), nil
	}
	_, _, err = c.gh.Issues.EditComment(ctx, c.owner, c.repo, have.GetID(), &github.IssueComment{Body: github.String(n.text())})
	if n.Well {
		return Settled, have.GetHTMLURL(), err
	}
	return Updated, have.GetHTMLURL(), err
}

// mostPages bounds the comments that are looked through.
const mostPages = 30

func (c *Client) findComment(ctx context.Context, number int, n *Note) (*github.IssueComment, error) {
	o := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: mostListed, Page: 1}}
	for ; o.Page <= mostPages; o.Page++ {
		list, _, err := c.gh.Issues.ListComments(ctx, c.owner, c.repo, number, o)
		if err != nil {
			return nil, err
		}
		for _, have := range list {
			if n.ours(have.GetBody()) && c.wrote(ctx, have.User) {
				return have, nil
			}
		}
		if len(list) < mostListed {
			break
		}
	}
	return nil, nil
}
