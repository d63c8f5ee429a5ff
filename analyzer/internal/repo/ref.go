// Package repo reads what people and files write for repositories and for runs:
// numbers, addresses, git remotes, and the `repository` of a package.json.
package repo

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
)

// Ref names a run, or one job of a run, on a GitHub server.
type Ref struct {
	// Host is the server as people type it, in lower case: github.com,
	// acme.ghe.com, or a server of one's own with its port, if any.
	Host  string
	Owner string
	Repo  string
	// RunID is 0 for Last, and where only a job is known.
	RunID int64
	// Attempt is 0 for the newest.
	Attempt int
	// JobID is 0 for the whole run.
	JobID int64
	// Last asks for the newest failed run; Workflow (file name, id or title)
	// and Branch narrow it down when they are not empty.
	Last     bool
	Workflow string
	Branch   string
}

// Defaults is what completes a number or "last".
type Defaults struct {
	// Host is github.com when empty.
	Host     string
	Owner    string
	Repo     string
	Workflow string
	Branch   string
}

// Parse turns an argument into a Ref: a run's number, "last", or the address
// of a run, an attempt or a job, of the web pages or of the API. The boolean
// tells whether arg has one of these forms at all; a file's name has not.
//
// Its errors are *fault.Error of kind BadRef.
func Parse(arg string, defaults Defaults) (Ref, bool, error) {
	arg = strings.TrimSpace(arg)
	switch {
	case arg == "last":
		ref, err := defaults.ref("the last failed run")
		ref.Last, ref.Workflow, ref.Branch = true, defaults.Workflow, defaults.Branch
		return ref, true, err
	case IsNumber(arg):
		ref, err := defaults.ref("run " + arg)
		if err != nil {
			return Ref{}, true, err
		}
		ref.RunID, err = parseID(arg)
		return ref, true, err
	case isAddress(arg):
		ref, err := parseAddress(arg)
		return ref, true, err
	}
	return Ref{}, false, nil
}

// ref is the defaults' repository; what names what is asked for in it.
func (d Defaults) ref(what string) (Ref, error) {
	if d.Owner == "" || d.Repo == "" {
		return Ref{}, fault.NewBadRef(what+" of which repository?", "name it with -R owner/repo, or give the run's address")
	}
	ref := Ref{Host: d.Host, Owner: d.Owner, Repo: d.Repo}
	if ref.Host == "" {
		ref.Host = PublicHost
	}
	return ref, ref.Check()
}

// ParseName splits "owner/repo" or "host/owner/repo", or a repository's
// address; host is defaultHost, else github.com, where text names none.
func ParseName(text, defaultHost string) (host, owner, repo string, err error) {
	if host, owner, repo, ok := FromRemote(text); ok {
		return host, owner, repo, nil
	}
	ref := Ref{Host: defaultHost}
	if ref.Host == "" {
		ref.Host = PublicHost
	}
	switch parts := strings.Split(text, "/"); len(parts) {
	case 2:
		ref.Owner, ref.Repo = parts[0], parts[1]
	case 3:
		ref.Host, ref.Owner, ref.Repo = Host(parts[0]), parts[1], parts[2]
	}
	if err := ref.Check(); err != nil {
		return "", "", "", fault.NewBadRef(fault.Shown(text)+" is not a repository", "write it as owner/repo or host/owner/repo")
	}
	return ref.Host, ref.Owner, ref.Repo, nil
}

// Check tells whether host, owner and repository can be used in addresses. The
// API's client does not escape them, so a "/.." would reach another path.
func (r Ref) Check() error {
	switch {
	case !ValidHost(r.Host):
		return fault.NewBadRef(fault.Shown(r.Host)+" is not a host name", "give a name such as github.com")
	case !ValidOwner(r.Owner):
		return fault.NewBadRef(fault.Shown(r.Owner)+" is not an owner of repositories", "write owner/repo as GitHub spells it")
	case !ValidName(r.Repo):
		return fault.NewBadRef(fault.Shown(r.Repo)+" is not a repository's name", "write owner/repo as GitHub spells it")
	}
	return nil
}

const longestName = 100

func ValidOwner(name string) bool {
	return name != "" && len(name) <= longestName && name[0] != '-' && name[0] != '_' && OnlyNameBytes(name, "-_")
}

func ValidName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= longestName && OnlyNameBytes(name, "-_.")
}

// ValidHost accepts a name or an IPv6 address in brackets, with a port or
// without, in lower case.
func ValidHost(host string) bool {
	name, port, hasPort := strings.Cut(host, ":")
	if inner, rest, ok := strings.Cut(strings.TrimPrefix(host, "["), "]"); ok && strings.HasPrefix(host, "[") {
		addr, err := netip.ParseAddr(inner)
		return err == nil && addr.Is6() && addr.Zone() == "" && (rest == "" || rest[0] == ':' && IsNumber(rest[1:]))
	}
	if hasPort && !IsNumber(port) {
		return false
	}
	return name != "" && len(name) < 254 && name[0] != '.' && name[0] != '-' &&
		!strings.Contains(name, "..") && name == strings.ToLower(name) && OnlyNameBytes(name, "-.")
}

// Host is the server that a setting such as GH_HOST means, which people also
// write as an address: in lower case, without scheme, path, "www." or "api.".
func Host(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	text, _, _ = strings.Cut(text, "/")
	web, _ := webHost(text)
	return web
}

// PublicHost is GitHub's own server.
const PublicHost = "github.com"

// tenancySuffix ends the hosts of GitHub Enterprise Cloud with data residency.
const tenancySuffix = ".ghe.com"

// IsCloud tells whether GitHub runs the server, and its API is at api.HOST.
func IsCloud(host string) bool {
	return host == PublicHost || strings.HasSuffix(host, tenancySuffix)
}

// webHost turns the API's host into the one that people know, and tells whether
// it was the API's.
func webHost(host string) (web string, isAPI bool) {
	if host == "www."+PublicHost {
		return PublicHost, false
	}
	if name, ok := strings.CutPrefix(host, "api."); ok && IsCloud(name) {
		return name, true
	}
	return host, false
}

// OnlyNameBytes tells whether s holds only ASCII letters, digits and extra.
func OnlyNameBytes(s, extra string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		alnum := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !alnum && !strings.ContainsRune(extra, r)
	})
}

func IsNumber(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func parseID(digits string) (int64, error) {
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id <= 0 || !IsNumber(digits) {
		return 0, fault.NewBadRef(fault.Shown(digits)+" is not a run's or job's number", "copy it from the run's address")
	}
	return id, nil
}

// isAddress tells an address from a file's name. People also leave out the
// scheme.
func isAddress(arg string) bool {
	lower := strings.ToLower(arg)
	if strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return true
	}
	host, rest, _ := strings.Cut(lower, "/")
	return strings.Contains(host, ".") && ValidHost(host) &&
		(strings.Contains(rest, "/actions/") || strings.Contains(rest, checkRunQuery+"="))
}

const addressForm = "give a run's address: https://github.com/OWNER/REPO/actions/runs/NUMBER"

func parseAddress(arg string) (Ref, error) {
	if !strings.Contains(arg, "://") {
		arg = "https://" + arg
	}
	u, err := url.Parse(arg)
	if err != nil || u.User != nil {
		return Ref{}, fault.NewBadRef("this is not the address of a run", addressForm)
	}
	ref := Ref{Host: strings.ToLower(u.Host)}
	path := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	web, isAPI := webHost(ref.Host)
	ref.Host = web
	if len(path) > 2 && path[0] == "api" && path[1] == "v3" {
		path, isAPI = path[2:], true
	}
	if isAPI && path[0] == "repos" {
		path = path[1:]
	}
	// Links from a pull request's or a commit's checks name a job only by its
	// check run, which has the job's number.
	if id := u.Query().Get(checkRunQuery); id != "" && len(path) > 2 && path[2] != "actions" {
		ref.Owner, ref.Repo = path[0], path[1]
		if ref.JobID, err = parseID(id); err != nil {
			return Ref{}, err
		}
		return ref, ref.Check()
	}
	if err := ref.takePath(path, isAPI); err != nil {
		return Ref{}, err
	}
	return ref, ref.Check()
}

const checkRunQuery = "check_run_id"

// takePath reads OWNER/REPO/actions/runs/ID and what may follow. In the web
// pages' addresses a job is /job/ID, and /runs/ID without /actions is the old
// form of a job's; in the API's it is /actions/jobs/ID.
func (r *Ref) takePath(path []string, isAPI bool) (err error) {
	const short = 4
	if len(path) < short {
		return fault.NewBadRef("the address names no run", addressForm)
	}
	r.Owner, r.Repo = path[0], path[1]
	kind, rest := path[2], path[3:]
	if kind == "actions" && len(rest) > 1 {
		kind, rest = "actions/"+rest[0], rest[1:]
	}
	switch {
	case kind == "actions/runs":
		if r.RunID, err = parseID(rest[0]); err == nil {
			err = r.takeRest(rest[1:])
		}
	case kind == "actions/jobs" && isAPI, kind == "runs" && !isAPI:
		r.JobID, err = parseID(rest[0])
	default:
		err = fault.NewBadRef("the address names no run", addressForm)
	}
	return err
}

// takeRest reads attempts/N and job/ID; pages such as /usage are no matter.
func (r *Ref) takeRest(rest []string) (err error) {
	for i := 0; i+1 < len(rest) && err == nil; i++ {
		switch rest[i] {
		case "attempts":
			r.Attempt, err = strconv.Atoi(rest[i+1])
			if err != nil || r.Attempt <= 0 {
				err = fault.NewBadRef("the address names no attempt of a run", addressForm)
			}
		case "job":
			r.JobID, err = parseID(rest[i+1])
		}
	}
	return err
}

// String is the reference in a form that people read.
func (r Ref) String() string {
	name := r.Owner + "/" + r.Repo
	if r.Host != PublicHost {
		name = r.Host + "/" + name
	}
	switch {
	case r.RunID > 0:
		return fmt.Sprintf("%s run %d", name, r.RunID)
	case r.JobID > 0:
		return fmt.Sprintf("%s job %d", name, r.JobID)
	case r.Last:
		return name + " last"
	}
	return name
}

// WorkflowFile cuts ".github/workflows/x.yml" out of the forms that the API
// uses: with owner and repository in front, or with @REF behind.
func WorkflowFile(path string) string {
	path, _, _ = strings.Cut(path, "@")
	if i := strings.LastIndex(path, ".github/workflows/"); i >= 0 {
		return path[i:]
	}
	return path
}
