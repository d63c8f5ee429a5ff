package post

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v62/github"
)

// Error says in one sentence why a note could not be written. It holds no
// token.
type Error struct {
	// Msg has no capital and no full stop.
	Msg string
	Err error
}

func (e *Error) Error() string { return e.Msg }

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// explained is err as an *Error. The permission is what a job has to grant.
func explained(ctx context.Context, err error, permission string) error {
	if err == nil {
		return nil
	}
	return &Error{Msg: reason(ctx, err, permission), Err: err}
}

func reason(ctx context.Context, err error, permission string) string {
	if ctx.Err() != nil {
		return "interrupted"
	}
	if limit, ok := errors.AsType[*github.RateLimitError](err); ok {
		return "the rate limit of GitHub's API is used up until " + limit.Rate.Reset.UTC().Format("15:04") + " UTC"
	}
	if _, ok := errors.AsType[*github.AbuseRateLimitError](err); ok {
		return slowDown
	}
	if answer, ok := errors.AsType[*github.ErrorResponse](err); ok && answer.Response != nil {
		return refusal(answer, permission)
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Sprintf("GitHub cannot be reached: %v", failed.Err)
	}
	return "GitHub's answer could not be read"
}

const slowDown = "GitHub wants fewer requests for a while"

// refusal words an error status.
func refusal(answer *github.ErrorResponse, permission string) string {
	// Not every limit comes with the address by which go-github knows it.
	limited := answer.Response.Header.Get("Retry-After") != "" || strings.Contains(strings.ToLower(answer.Message), "rate limit")
	switch status := answer.Response.StatusCode; {
	case limited:
		return slowDown
	case status == http.StatusUnauthorized:
		return "GitHub refused the token"
	case status == http.StatusForbidden, status == http.StatusNotFound:
		return fmt.Sprintf("the token may not do that (%s); give the job the permission %q", answer.Message, permission)
	case status == http.StatusGone:
		return "issues are switched off in this repository"
	case status/100 == 3:
		return "the repository has moved"
	default:
		return fmt.Sprintf("GitHub answered %d (%s)", status, answer.Message)
	}
}
