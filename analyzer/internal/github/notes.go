package github

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
)

// Notes keeps notes about failed publishes in one repository: one issue for each
// workflow, one comment for each pull request, one check run for each attempt.
//
// A note is found again by a hidden marker, brought up to date by later runs,
// and struck through once a later run goes well. Only notes that the token's
// own user wrote are touched.
type Notes struct {
	c           *Client
	owner, repo string
	// self is the login that the token stands for, "" for a job's token, which
	// stands for a bot.
	self  string
	asked bool
}

// Notes prepares for writing to a repository, which needs a token. Nothing is
// sent. Its errors are *fault.Error.
func (c *Client) Notes(owner, repo string) (*Notes, error) {
	if c.token == "" {
		return nil, &fault.Error{Kind: fault.NoToken, Msg: "there is no token for " + c.host, Hint: c.signInHint()}
	}
	return &Notes{c: c, owner: owner, repo: repo}, nil
}

// Note is what there is to say about a run.
type Note struct {
	// Marker is the first line of the note's text, a hidden comment that names
	// the workflow. It ends in a line feed.
	Marker string
	// Title is the title of an issue or a check run, in plain text.
	Title string
	// Body is the report as Markdown, without a marker.
	Body string
	// Well tells that the run published well: an earlier note is settled, and
	// no new one is written.
	Well bool
	// Run is the run that the note is about.
	Run RunOf
}

// RunOf names the run that a note is about, and its commit.
type RunOf struct {
	ID      int64
	Attempt int
	URL     string
	SHA     string
}

// Annotation is one place in a file to which a check run says something.
type Annotation struct {
	// Path is relative to the repository's root; Line is 1-based.
	Path string
	Line int
	// Level is notice, warning or failure.
	Level string
	// Title and Message are plain text.
	Title, Message string
}

// Outcome says what became of a note.
type Outcome string

// The outcomes.
const (
	Created Outcome = "created"
	Updated Outcome = "updated"
	Settled Outcome = "settled"
	// Kept: there was nothing to say, or a later run had its say already.
	Kept Outcome = "kept"
)

func (n *Note) text() string {
	body := n.Body
	if n.Well {
		body = fmt.Sprintf("~~A publish of this workflow failed.~~ Published well in [run %d](%s).\n", n.Run.ID, n.Run.URL)
	}
	return n.Marker + n.Run.marker() + "\n" + body
}

// runMarker begins the line that tells which run a note is about.
const runMarker = "<!-- pubmortem-run: "

func (r RunOf) marker() string {
	return fmt.Sprintf("%s%d.%d -->\n", runMarker, r.ID, r.Attempt)
}

// ours tells whether a text is that of a note with n's marker, which stands at
// its very beginning: further down somebody may have quoted it.
func (n *Note) ours(text string) bool {
	return n.Marker != "" && strings.HasPrefix(plainEnds(text), n.Marker)
}

// stale tells whether a text is about a later run than n, so that n comes too
// late.
func (n *Note) stale(text string) bool {
	_, rest, ok := strings.Cut(plainEnds(text), runMarker)
	if !ok {
		return false
	}
	var have RunOf
	if _, err := fmt.Sscanf(rest, "%d.%d", &have.ID, &have.Attempt); err != nil {
		return false
	}
	return cmp.Or(cmp.Compare(have.ID, n.Run.ID), cmp.Compare(have.Attempt, n.Run.Attempt)) > 0
}

// settled tells whether the text says already that a run went well.
func settled(text string) bool {
	return strings.Contains(text, "\n~~A publish of this workflow failed.~~ ")
}

func plainEnds(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// explained is err as a *fault.Error about the place of the note. What is
// written is not tried again: it may have arrived.
func (s *Notes) explained(ctx context.Context, err error, place, permission string) error {
	if f := s.c.failed(err); f != nil {
		return s.c.explain(ctx, f, target{name: place, owner: s.owner, permission: permission})
	}
	return nil
}

func (s *Notes) gh() *github.Client { return s.c.gh.Load() }

// wrote tells whether a user is the one that the token stands for. Anybody can
// write a marker, and a token that may write may also change what others wrote.
func (s *Notes) wrote(ctx context.Context, user *github.User) bool {
	if !s.asked {
		s.asked = true
		// A job's token is no user's, and is told so by an error.
		if me, _, err := s.gh().Users.Get(ctx, ""); err == nil {
			s.self = me.GetLogin()
		}
	}
	if s.self == "" {
		return user.GetType() == "Bot"
	}
	return user.GetLogin() == s.self
}

// Label marks the issues of this program, so that they are found quickly.
const Label = "pubmortem"

// mostListed is how many issues are looked through, and how many comments on a
// page.
const mostListed = 100

// Issue writes the note to the workflow's issue: it opens one, or changes the
// one that is there, or closes it when the run went well. It returns the
// issue's address. It needs the permission "issues: write". Its errors are
// *fault.Error.
func (s *Notes) Issue(ctx context.Context, n Note) (Outcome, string, error) {
	out, link, err := s.issue(ctx, &n)
	return out, link, s.explained(ctx, err, "the issue", "issues: write")
}

func (s *Notes) issue(ctx context.Context, n *Note) (Outcome, string, error) {
	have, err := s.findIssue(ctx, n)
	switch {
	case err != nil:
		return "", "", err
	case have == nil && n.Well:
		return Kept, "", nil
	case have == nil:
		made, _, err := s.gh().Issues.Create(ctx, s.owner, s.repo, &github.IssueRequest{
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
	_, _, err = s.gh().Issues.Edit(ctx, s.owner, s.repo, have.GetNumber(), &github.IssueRequest{
		Body: github.String(n.text()), State: github.String(state),
	})
	return out, have.GetHTMLURL(), err
}

// findIssue looks among the issues with the label, open or closed, and then
// among the open ones: a label may have been taken away.
func (s *Notes) findIssue(ctx context.Context, n *Note) (*github.Issue, error) {
	page := github.ListOptions{PerPage: mostListed}
	for _, o := range []github.IssueListByRepoOptions{
		{State: "all", Labels: []string{Label}, ListOptions: page},
		{State: "open", Sort: "updated", ListOptions: page},
	} {
		list, _, err := s.gh().Issues.ListByRepo(ctx, s.owner, s.repo, &o)
		if err != nil {
			return nil, err
		}
		for _, i := range list {
			if !i.IsPullRequest() && n.ours(i.GetBody()) && s.wrote(ctx, i.User) {
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

// PullRequest writes the note as a comment on the run's pull request, or
// changes the one that is there. A run without one is not noted. It returns the
// comment's address. It needs the permission "pull-requests: write". Its errors
// are *Error.
func (s *Notes) PullRequest(ctx context.Context, n Note) (Outcome, string, error) {
	number, err := s.pullRequest(ctx, n.Run)
	switch {
	case err != nil:
		return "", "", s.explained(ctx, err, "the pull request", "pull-requests: read")
	case number == 0 && !n.Well:
		return "", "", &fault.Error{Kind: fault.NotFound, Msg: "the run belongs to no open pull request", Hint: "report to the issue or the summary instead"}
	case number == 0:
		return Kept, "", nil
	}
	out, link, err := s.comment(ctx, number, &n)
	return out, link, s.explained(ctx, err, "the pull request", "pull-requests: write")
}

// pullRequest finds the one that a run belongs to: by the run, which knows none
// for a fork's, else by its commit. 0 means that there is none.
func (s *Notes) pullRequest(ctx context.Context, r RunOf) (int, error) {
	run, _, err := s.gh().Actions.GetWorkflowRunByID(ctx, s.owner, s.repo, r.ID)
	if err != nil {
		return 0, err
	}
	for _, p := range run.PullRequests {
		if p.GetBase().GetRepo().GetID() == run.GetRepository().GetID() {
			return p.GetNumber(), nil
		}
	}
	list, _, err := s.gh().PullRequests.ListPullRequestsWithCommit(ctx, s.owner, s.repo, run.GetHeadSHA(), nil)
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

func (s *Notes) comment(ctx context.Context, number int, n *Note) (Outcome, string, error) {
	have, err := s.findComment(ctx, number, n)
	switch {
	case err != nil:
		return "", "", err
	case have == nil && n.Well:
		return Kept, "", nil
	case have == nil:
		made, _, err := s.gh().Issues.CreateComment(ctx, s.owner, s.repo, number, &github.IssueComment{Body: github.String(n.text())})
		return Created, made.GetHTMLURL(), err
	case n.stale(have.GetBody()), n.Well && settled(plainEnds(have.GetBody())):
		return Kept, have.GetHTMLURL(), nil
	}
	_, _, err = s.gh().Issues.EditComment(ctx, s.owner, s.repo, have.GetID(), &github.IssueComment{Body: github.String(n.text())})
	if n.Well {
		return Settled, have.GetHTMLURL(), err
	}
	return Updated, have.GetHTMLURL(), err
}

const mostPages = 30

func (s *Notes) findComment(ctx context.Context, number int, n *Note) (*github.IssueComment, error) {
	o := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: mostListed, Page: 1}}
	for ; o.Page <= mostPages; o.Page++ {
		list, _, err := s.gh().Issues.ListComments(ctx, s.owner, s.repo, number, o)
		if err != nil {
			return nil, err
		}
		for _, have := range list {
			if n.ours(have.GetBody()) && s.wrote(ctx, have.User) {
				return have, nil
			}
		}
		if len(list) < mostListed {
			break
		}
	}
	return nil, nil
}

// CheckName is the name of all check runs of this program.
const CheckName = "pubmortem"

// MostAnnotations is how many annotations GitHub takes with one request.
const MostAnnotations = 50

// Check writes the note as a check run on the run's commit. Its conclusion is
// neutral, so that it blocks nothing, or success where an attempt went well
// after one that is noted. It returns the check run's address. It needs the
// permission "checks: write". Its errors are *fault.Error.
func (s *Notes) Check(ctx context.Context, n Note, annotations []Annotation) (Outcome, string, error) {
	out, link, err := s.check(ctx, &n, annotations)
	return out, link, s.explained(ctx, err, "the check run", "checks: write")
}

func (s *Notes) check(ctx context.Context, n *Note, annotations []Annotation) (Outcome, string, error) {
	list, _, err := s.gh().Checks.ListCheckRunsForRef(ctx, s.owner, s.repo, n.Run.SHA, &github.ListCheckRunsOptions{
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
		_, _, err := s.gh().Checks.UpdateCheckRun(ctx, s.owner, s.repo, same.GetID(), github.UpdateCheckRunOptions{
			Name: CheckName, Status: github.String("completed"), Conclusion: github.String(n.conclusion()), Output: n.output(nil),
		})
		return Updated, same.GetHTMLURL(), err
	}
	made, _, err := s.gh().Checks.CreateCheckRun(ctx, s.owner, s.repo, github.CreateCheckRunOptions{
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
