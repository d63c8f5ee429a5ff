// Package npm asks npm registries and the status pages of the services behind a
// publish what anybody may know.
package npm

import (
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
	// StatusURL, when not empty, replaces the address of a status page.
	StatusURL func(StatusPage) string
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
	req.Header.Set("User-Agent", r.userAgent())
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

func (r *Registry) userAgent() string {
	if r.UserAgent == "" {
		return "pubmortem"
	}
	return r.UserAgent
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

// escapeName writes a package's name as one element of a path, the way npm does
// it: @scope%2fname.
func escapeName(name string) (string, error) {
	scope, base, scoped := strings.Cut(name, "/")
	plain := name
	if scoped {
		plain = base
		if !strings.HasPrefix(scope, "@") || !validPackageName(scope[1:]) {
			return "", badPackage(name)
		}
	}
	if !validPackageName(plain) {
		return "", badPackage(name)
	}
	return strings.Replace(name, "/", "%2f", 1), nil
}

func validPackageName(name string) bool {
	const longest = 214
	return name != "" && len(name) <= longest && name != "." && name != ".." && repo.OnlyNameBytes(name, "-_.~")
}

func badPackage(name string) error {
	return fault.NewBadRef(fault.Shown(name)+" is no package's name", "check the name")
}

// StatusPage is a service's public page on incidents.
type StatusPage int

// The pages that matter to a publish.
const (
	SigstoreStatus StatusPage = iota
	GitHubStatus
	NpmStatus
)

// StatusPages lists all pages.
var StatusPages = []StatusPage{SigstoreStatus, GitHubStatus, NpmStatus}

type statusPage struct {
	url, fact, name string
	// parts are the components that count; none means all.
	parts []string
}

var statusPages = map[StatusPage]statusPage{
	SigstoreStatus: {url: "https://status.sigstore.dev", fact: facts.StatusSigstore, name: "Sigstore's status page"},
	GitHubStatus:   {url: "https://www.githubstatus.com", fact: facts.StatusGitHub, name: "GitHub's status page", parts: []string{"Actions", "API Requests"}},
	NpmStatus:      {url: "https://status.npmjs.org", fact: facts.RegistryStatus, name: "npm's status page"},
}

// URL is the page's address for people.
func (p StatusPage) URL() string {
	return statusPages[p].url
}

// Status is what a page says about one moment.
type Status struct {
	Page StatusPage
	// Known is false when the page's list does not reach back that far.
	Known bool
	// Incidents went on at that moment.
	Incidents []Incident
}

// Incident is an incident of a service.
type Incident struct {
	Name   string
	Impact string
	URL    string
	// Resolved is zero while it goes on.
	Started, Resolved time.Time
}

// Fact says "incident" or "ok", under the page's fact id; it is not ok when the
// page does not know.
func (s Status) Fact() (fact report.Fact, ok bool) {
	page := statusPages[s.Page]
	fact = report.Fact{ID: page.fact, Value: "ok", Origin: report.FromStatus, Where: page.url}
	if len(s.Incidents) > 0 {
		fact.Value, fact.Where = "incident", s.Incidents[0].Name
		if s.Incidents[0].URL != "" {
			fact.Where += " (" + s.Incidents[0].URL + ")"
		}
	}
	return fact, s.Known
}

// statusLead is how long an incident may have gone on before its page said so.
const statusLead = 30 * time.Minute

// listedIncidents is how many incidents, the newest, a page lists.
const listedIncidents = 50

// Status asks a page for incidents at a moment. Its errors are *fault.Error.
func (r *Registry) Status(ctx context.Context, page StatusPage, at time.Time) (Status, error) {
	def := statusPages[page]
	address := def.url
	if r.StatusURL != nil {
		address = r.StatusURL(page)
	}
	var list incidents
	const most = 16 << 20
	err := r.open(ctx, strings.TrimSuffix(address, "/")+"/api/v2/incidents.json", def.name, most, func(body io.Reader) error {
		list = incidents{}
		return json.NewDecoder(body).Decode(&list)
	})
	if err != nil {
		return Status{}, err
	}
	return list.at(page, def.parts, at), nil
}

// incidents is the list of a Statuspage (https://www.githubstatus.com/api).
type incidents struct {
	Incidents []rawIncident `json:"incidents"`
}

type rawIncident struct {
	Name       string     `json:"name"`
	Impact     string     `json:"impact"`
	Shortlink  string     `json:"shortlink"`
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at"`
	ResolvedAt *time.Time `json:"resolved_at"`
	Components []struct {
		Name string `json:"name"`
	} `json:"components"`
}

func (l *incidents) at(page StatusPage, parts []string, at time.Time) Status {
	s := Status{Page: page, Known: len(l.Incidents) < listedIncidents}
	for i := range l.Incidents {
		raw := &l.Incidents[i]
		in := raw.incident()
		s.Known = s.Known || !in.Started.After(at)
		if raw.matters(parts) && in.covers(at) {
			s.Incidents = append(s.Incidents, in)
		}
	}
	s.Known = s.Known && !at.IsZero()
	return s
}

func (raw *rawIncident) incident() Incident {
	in := Incident{Name: raw.Name, Impact: raw.Impact, URL: raw.Shortlink, Started: raw.CreatedAt}
	if raw.StartedAt != nil {
		in.Started = *raw.StartedAt
	}
	if raw.ResolvedAt != nil {
		in.Resolved = *raw.ResolvedAt
	}
	return in
}

// matters leaves out notices, and incidents of other parts of the service.
func (raw *rawIncident) matters(parts []string) bool {
	if raw.Impact == "none" || raw.Impact == "maintenance" {
		return false
	}
	if len(parts) == 0 || len(raw.Components) == 0 {
		return true
	}
	for _, c := range raw.Components {
		if slices.Contains(parts, c.Name) {
			return true
		}
	}
	return false
}

func (in *Incident) covers(at time.Time) bool {
	return !at.Before(in.Started.Add(-statusLead)) && (in.Resolved.IsZero() || !at.After(in.Resolved))
}
