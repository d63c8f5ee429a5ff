package fetch

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// last finds the newest failed run. GitHub lists the newest first, and only
// 1,000 of a filtered list.
func (c *Client) last(ctx context.Context, ref Ref) (Ref, error) {
	const mostPages = 10
	path, byTitle := lastPath(ref)
	what := target{name: fmt.Sprintf("the list of runs of %s/%s", ref.Owner, ref.Repo), owner: ref.Owner}
	c.opts.Progress(Progress{Text: "looking for the last failed run"})
	for page := 1; page <= mostPages; page++ {
		var list struct {
			Runs []workflowRun `json:"workflow_runs"`
		}
		if err := c.json(ctx, fmt.Sprintf("%s&page=%d", path, page), what, &list); err != nil {
			return ref, err
		}
		for i := range list.Runs {
			run := &list.Runs[i]
			if !byTitle || strings.EqualFold(run.GetName(), ref.Workflow) {
				ref.RunID = run.GetID()
				return ref, nil
			}
		}
		if len(list.Runs) == 0 {
			break
		}
	}
	return ref, noFailedRun(ref)
}

// lastPath also tells whether the workflow is a title, which the API does not
// filter by.
func lastPath(ref Ref) (path string, byTitle bool) {
	query := url.Values{"status": {"failure"}, "per_page": {"100"}}
	if ref.Branch != "" {
		query.Set("branch", ref.Branch)
	}
	name := ref.Workflow[strings.LastIndex(ref.Workflow, "/")+1:]
	isFile := strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml")
	if isFile || isNumber(name) {
		return ref.repoPath("actions/workflows/%s/runs?%s", url.PathEscape(name), query.Encode()), false
	}
	return ref.repoPath("actions/runs?%s", query.Encode()), name != ""
}

func noFailedRun(ref Ref) error {
	msg := fmt.Sprintf("%s/%s has no failed run", ref.Owner, ref.Repo)
	if ref.Workflow != "" {
		msg += " of the workflow " + shown(ref.Workflow)
	}
	if ref.Branch != "" {
		msg += " on the branch " + shown(ref.Branch)
	}
	return &Error{Kind: NotFound, Msg: msg, Hint: "name a run by its number or address"}
}
