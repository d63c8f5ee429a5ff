// Package npm asks npm registries and the status pages of the services behind a
// publish what anybody may know.
package npm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/web"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// PublicRegistry is the public npm registry's address.
const PublicRegistry = "https://registry.npmjs.org/"

// publicRegistries may be asked by default. A log names the registry, and
// whoever wrote the log should not choose where requests go.
var publicRegistries = []string{"registry.npmjs.org", "registry.yarnpkg.com"}

// Registry asks npm registries and status pages what anybody may know. It sends
// no credentials, and is safe for concurrent use. The zero value is ready.
type Registry struct {
	// HTTP gives its Transport; nil means a default one.
	HTTP *http.Client
	// BaseURL, when not empty, is asked in place of every registry.
	BaseURL string
	// StatusURL, when not empty, is asked in place of every status page.
	StatusURL string
	// Hosts are the registries that may be asked; empty means the public ones.
	Hosts []string
	// UserAgent names the program.
	UserAgent string
	// Timeout bounds one request, 0 means 15 s.
	Timeout time.Duration

	setUp  sync.Once
	client *http.Client // after setUp
	mu     sync.Mutex   // guards silent
	// silent are the hosts that did not answer in time, and how that was said:
	// they are not asked again.
	silent map[string]*web.Failure
}

const (
	requestTime   = 15 * time.Second
	mostRedirects = 3
)

// base is the address to ask for registryURL; it ends in a slash.
func (r *Registry) base(registryURL string) (string, error) {
	if r.BaseURL != "" {
		return strings.TrimSuffix(r.BaseURL, "/") + "/", nil
	}
	if registryURL == "" {
		registryURL = PublicRegistry
	}
	hosts := r.Hosts
	if len(hosts) == 0 {
		hosts = publicRegistries
	}
	u, err := url.Parse(registryURL)
	if err != nil || u.Scheme != "https" || u.User != nil || !slices.Contains(hosts, u.Host) {
		return "", &fault.Error{Kind: fault.NoAccess, Msg: "the registry is not a public one and was not asked", Hint: "look the package up there"}
	}
	return "https://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "/") + "/", nil
}

// open asks for address, without credentials, and hands the answer to read. One
// more try is made where the server or the connection failed. A server that is
// silent is not asked again, also for nothing else.
func (r *Registry) open(ctx context.Context, address, what string, most int64, read func(io.Reader) error) error {
	u, err := url.Parse(address)
	if err != nil {
		return fault.NewBadRef("the registry's address is not valid", "check it")
	}
	var f *web.Failure
	for range 2 {
		if f = r.silence(u.Host); f != nil {
			break
		}
		if err = r.once(ctx, address, most, read); err == nil {
			return nil
		}
		f = web.Unanswered(err, u.Host, "")
		if web.TimedOut(f.Err) && ctx.Err() == nil {
			r.silenced(f)
		}
		if ctx.Err() != nil || f.Page != "" || web.Lasting(f.Err) || 0 < f.Status && f.Status < 500 {
			break
		}
	}
	return explain(ctx, f, what)
}

func (r *Registry) silence(host string) *web.Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.silent[host]
}

func (r *Registry) silenced(f *web.Failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.silent == nil {
		r.silent = map[string]*web.Failure{}
	}
	r.silent[f.Host] = f
}

func (r *Registry) once(ctx context.Context, address string, most int64, read func(io.Reader) error) error {
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = requestTime
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", cmp.Or(r.UserAgent, "pubmortem"))
	r.setUp.Do(func() {
		r.client = &http.Client{Transport: web.Transport(r.HTTP, timeout), CheckRedirect: sameScheme}
	})
	resp, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() // it was only read
	if resp.StatusCode != http.StatusOK {
		return &web.Failure{Status: resp.StatusCode, Host: req.URL.Host}
	}
	return read(&web.Capped{R: resp.Body, Left: most})
}

// sameScheme follows few redirects, and none from https to plain http.
func sameScheme(req *http.Request, via []*http.Request) error {
	if len(via) > mostRedirects {
		return web.ErrTooManyRedirects
	}
	if req.URL.Scheme != via[0].URL.Scheme {
		return web.ErrUnsafeRedirect
	}
	return nil
}

func explain(ctx context.Context, f *web.Failure, what string) error {
	if err := ctx.Err(); err != nil {
		return &fault.Error{Kind: fault.Interrupted, Msg: "interrupted while asking for " + what, Err: err}
	}
	switch {
	case f.Page != "":
		return &fault.Error{Kind: fault.Unavailable, Msg: fmt.Sprintf("%v for %s", f, what), Hint: f.Hint(), Err: f}
	case f.Status == http.StatusNotFound:
		return &fault.Error{Kind: fault.NotFound, Msg: what + " does not exist, or is private", Hint: "check its name", Err: errors.Join(fault.ErrNotFound, f)}
	case f.Status == http.StatusUnauthorized, f.Status == http.StatusForbidden:
		return &fault.Error{Kind: fault.NoAccess, Msg: fmt.Sprintf("%s is not public (%v)", what, f), Hint: "look it up by hand", Err: f}
	case web.Untrusted(f.Err):
		return &fault.Error{Kind: fault.Unavailable, Msg: fmt.Sprintf("%s could not be read (%v); %s", what, f, f.Hint()), Hint: "look it up by hand", Err: f}
	}
	return &fault.Error{Kind: fault.Unavailable, Msg: fmt.Sprintf("%s could not be read (%v)", what, f), Hint: "try again later", Err: f}
}

// address is the registry's address, with a slash at its end, and a package's
// name in it.
func (r *Registry) address(registryURL, name string) (base, escaped string, err error) {
	if base, err = r.base(registryURL); err == nil {
		escaped, err = escapeName(name)
	}
	return base, escaped, err
}

// escapeName writes a package's name as one element of a path, the way npm does
// it: @scope%2fname.
func escapeName(name string) (string, error) {
	scope, base, scoped := strings.Cut(name, "/")
	if !scoped {
		scope, base = "@x", name
	}
	if !strings.HasPrefix(scope, "@") || !validPackageName(scope[1:]) || !validPackageName(base) {
		return "", fault.NewBadRef(fault.Shown(name)+" is not a package's name", "check the name")
	}
	return strings.Replace(name, "/", "%2f", 1), nil
}

func validPackageName(name string) bool {
	const longest = 214
	return name != "" && len(name) <= longest && name != "." && name != ".." && repo.OnlyNameBytes(name, "-_.~")
}

type statusPage struct {
	url, fact, name string
	// parts are the components that count; none means all.
	parts []string
}

var statusPages = map[patterns.StatusPage]statusPage{
	patterns.StatusSigstore: {url: "https://status.sigstore.dev", fact: facts.StatusSigstore, name: "Sigstore's status page"},
	patterns.StatusGitHub:   {url: "https://www.githubstatus.com", fact: facts.StatusGitHub, name: "GitHub's status page", parts: []string{"Actions", "API Requests"}},
	patterns.StatusNpm:      {url: "https://status.npmjs.org", fact: facts.RegistryStatus, name: "npm's status page"},
}

// statusLead is how long an incident may have gone on before its page said so.
const statusLead = 30 * time.Minute

// listedIncidents is how many incidents, the newest, a page lists.
const listedIncidents = 50

// Status asks a page about a moment: the page's fact is "incident" or "ok". known
// is false where the page's list does not reach back that far. Its errors are
// *fault.Error.
func (r *Registry) Status(ctx context.Context, page patterns.StatusPage, at time.Time) (_ report.Fact, known bool, _ error) {
	def := statusPages[page]
	address := def.url
	if r.StatusURL != "" {
		address = r.StatusURL
	}
	var list incidents
	const most = 16 << 20
	err := r.open(ctx, strings.TrimSuffix(address, "/")+"/api/v2/incidents.json", def.name, most, func(body io.Reader) error {
		list = incidents{}
		return json.NewDecoder(body).Decode(&list)
	})
	if err != nil {
		return report.Fact{}, false, err
	}
	f, known := list.at(def, at)
	return f, known, nil
}

// incidents is the list of a Statuspage (https://www.githubstatus.com/api).
type incidents struct {
	Incidents []incident `json:"incidents"`
}

type incident struct {
	Name       string     `json:"name"`
	Impact     string     `json:"impact"`
	Shortlink  string     `json:"shortlink"`
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at"`
	ResolvedAt *time.Time `json:"resolved_at"` // null while it goes on
	Components []struct {
		Name string `json:"name"`
	} `json:"components"`
}

// at is the page's fact for a moment: the first incident that went on then.
func (l *incidents) at(page statusPage, at time.Time) (_ report.Fact, known bool) {
	f := report.Fact{ID: page.fact, Value: "ok", Origin: report.FromStatus, Where: page.url}
	known = len(l.Incidents) < listedIncidents
	for i := range l.Incidents {
		in := &l.Incidents[i]
		known = known || !in.started().After(at)
		if f.Value == "ok" && in.matters(page.parts) && in.covers(at) {
			f.Value, f.Where = "incident", in.Name
			if in.Shortlink != "" {
				f.Where += " (" + in.Shortlink + ")"
			}
		}
	}
	return f, known && !at.IsZero()
}

func (in *incident) started() time.Time {
	if in.StartedAt != nil {
		return *in.StartedAt
	}
	return in.CreatedAt
}

// matters leaves out notices, and incidents of other parts of the service.
func (in *incident) matters(parts []string) bool {
	if in.Impact == "none" || in.Impact == "maintenance" {
		return false
	}
	named := func(c struct {
		Name string `json:"name"`
	}) bool {
		return slices.Contains(parts, c.Name)
	}
	return len(parts) == 0 || len(in.Components) == 0 || slices.ContainsFunc(in.Components, named)
}

func (in *incident) covers(at time.Time) bool {
	return !at.Before(in.started().Add(-statusLead)) && (in.ResolvedAt == nil || !at.After(*in.ResolvedAt))
}
