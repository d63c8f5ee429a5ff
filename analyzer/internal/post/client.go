package post

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"
)

// Options say where to write and as whom.
type Options struct {
	// Host is the GitHub server, such as github.com, and Owner and Repo name the
	// repository there.
	Host, Owner, Repo string
	// BaseURL is the API's address where it does not follow from the host
	// (GITHUB_API_URL, tests). Only it can be plain http.
	BaseURL string
	// Token is the host's; it is sent to the API's address and nowhere else.
	Token     string
	UserAgent string
	// HTTP gives its Transport to all requests; nil means the default one.
	HTTP *http.Client
}

// Client writes notes to one repository.
type Client struct {
	gh          *github.Client
	owner, repo string
	// self is the login that the token stands for, "" for a job's token, which
	// stands for a bot.
	self  string
	asked bool
}

// requestTime bounds each request.
const requestTime = 30 * time.Second

// New prepares a client. Nothing is sent. Its errors are *Error.
func New(o Options) (*Client, error) {
	base, err := apiBase(o.Host, o.BaseURL)
	switch {
	case err != nil:
		return nil, err
	case o.Token == "":
		return nil, &Error{Msg: "there is no token for " + o.Host}
	}
	next := http.DefaultTransport
	if o.HTTP != nil && o.HTTP.Transport != nil {
		next = o.HTTP.Transport
	}
	gh := github.NewClient(&http.Client{
		Transport: &transport{next: next, base: base, token: o.Token},
		Timeout:   requestTime,
		// A repository that moved answers with a redirect. To follow it would
		// be to write where nobody asked for it.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	gh.BaseURL = base
	gh.UserAgent = o.UserAgent
	return &Client{gh: gh, owner: o.Owner, repo: o.Repo}, nil
}

// apiBase is the address of host's API, which ends in a slash.
func apiBase(host, given string) (*url.URL, error) {
	if given == "" {
		given = "https://" + host + "/api/v3"
		if host == "github.com" || strings.HasSuffix(host, ".ghe.com") {
			given = "https://api." + host
		}
	}
	u, err := url.Parse(strings.TrimSuffix(given, "/") + "/")
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, &Error{Msg: "the address of the API is not valid"}
	}
	return u, nil
}

// transport adds the token to requests for the API, and to no other.
type transport struct {
	next  http.RoundTripper
	base  *url.URL
	token string
}

// RoundTrip sends one request.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme == t.base.Scheme && req.URL.Host == t.base.Host {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+t.token)
	}
	return t.next.RoundTrip(req)
}

// wrote tells whether a user is the one that the token stands for. Anybody can
// write a marker, and a token that may write may also change what others wrote.
func (c *Client) wrote(ctx context.Context, user *github.User) bool {
	if !c.asked {
		c.asked = true
		// A job's token is no user's, and is told so by an error.
		if me, _, err := c.gh.Users.Get(ctx, ""); err == nil {
			c.self = me.GetLogin()
		}
	}
	if c.self == "" {
		return user.GetType() == "Bot"
	}
	return user.GetLogin() == c.self
}
