package npm

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

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
