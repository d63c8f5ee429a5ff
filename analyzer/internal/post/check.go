package post

import (
	"context"
	"strconv"

	"github.com/google/go-github/v62/github"
)

// CheckName is the name of all check runs of this program.
const CheckName = "pubmortem"

// MostAnnotations is how many annotations GitHub takes with one request.
const MostAnnotations = 50

// Check writes the note as a check run on the run's commit. Its conclusion is
// neutral, so that it blocks nothing, or success where an attempt went well
// after one that is noted. It returns the check run's address. It needs the
// permission "checks: write". Its errors are *Error.
func (c *Client) Check(ctx context.Context, n Note, annotations []Annotation) (Outcome, string, error) {
	out, link, err := c.check(ctx, &n, annotations)
	return out, link, explained(ctx, err, "checks: write")
}

func (c *Client) check(ctx context.Context, n *Note, annotations []Annotation) (Outcome, string, error) {
	list, _, err := c.gh.Checks.ListCheckRunsForRef(ctx, c.owner, c.repo, n.Run.SHA, &github.ListCheckRunsOptions{
		CheckName: github.String(CheckName), ListOptions: github.ListOptions{PerPage: mostListed},
	})
	if err != nil {
		return "", "", err
	}
	noted, same := n.findChecks(list.CheckRuns)
	switch {
	case n.Well && !noted:
		return Kept, "", nil
	case same != nil:
		// GitHub adds to the annotations, so the same ones are not sent again.
		_, _, err := c.gh.Checks.UpdateCheckRun(ctx, c.owner, c.repo, same.GetID(), github.UpdateCheckRunOptions{
			Name: CheckName, Status: github.String("completed"), Conclusion: github.String(n.conclusion()), Output: n.output(nil),
		})
		return Updated, same.GetHTMLURL(), err
	}
	made, _, err := c.gh.Checks.CreateCheckRun(ctx, c.owner, c.repo, github.CreateCheckRunOptions{
		Name: CheckName, HeadSHA: n.Run.SHA, ExternalID: github.String(n.externalID()),
		Status: github.String("completed"), Conclusion: github.String(n.conclusion()), Output: n.output(annotations),
	})
	if n.Well {
		return Settled, made.GetHTMLURL(), err
	}
	return Created, made.GetHTMLURL(), err
}

// findChecks tells whether there is a check run for the workflow, and finds the
// one for this very attempt.
func (n *Note) findChecks(list []*github.CheckRun) (noted bool, same *github.CheckRun) {
	for _, have := range list {
		if n.ours(have.GetOutput().GetSummary()) {
			noted = true
			if have.GetExternalID() == n.externalID() {
				same = have
			}
		}
	}
	return noted, same
}

func (n *Note) externalID() string {
	return strconv.FormatInt(n.Run.ID, 10) + "." + strconv.Itoa(n.Run.Attempt)
}

func (n *Note) conclusion() string {
	if n.Well {
		return "success"
	}
	return "neutral"
}

func (n *Note) output(annotations []Annotation) *github.CheckRunOutput {
	out := &github.CheckRunOutput{Title: github.String(n.Title), Summary: github.String(n.text())}
	for _, a := range annotations[:min(len(annotations), MostAnnotations)] {
		out.Annotations = append(out.Annotations, &github.CheckRunAnnotation{
			Path: github.String(a.Path), StartLine: github.Int(a.Line), EndLine: github.Int(a.Line),
			AnnotationLevel: github.String(a.Level), Title: github.String(a.Title), Message: github.String(a.Message),
		})
	}
	return out
}
