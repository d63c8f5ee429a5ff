package fetch

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
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

// RefDefaults is what completes a number or "last".
type RefDefaults struct {
	// Host is github.com when empty.
	Host     string
	Owner    string
	Repo     string
	Workflow string
	Branch   string
}

// ParseRef turns an argument into a Ref: a run's number, "last", or the address
// of a run, an attempt or a job, of the web pages or of the API. The boolean
// tells whether arg has one of these forms at all; a file's name has not.
//
// Its errors are *Error of kind BadRef.
func ParseRef(arg string, defaults RefDefaults) (Ref, bool, error) {
	arg = strings.TrimSpace(arg)
	switch {
	case arg == "last":
		ref, err := defaults.ref("the last failed run")
		ref.Last, ref.Workflow, ref.Branch = true, defaults.Workflow, defaults.Branch
		return ref, true, err
	case isNumber(arg):
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
func (d RefDefaults) ref(what string) (Ref, error) {
	if d.Owner == "" || d.Repo == "" {
		return Ref{}, badRef(what+" of which repository?", "name it with -R owner/repo, or give the run's address")
	}
	ref := Ref{Host: d.Host, Owner: d.Owner, Repo: d.Repo}
	if ref.Host == "" {
		ref.Host = publicHost
	}
	return ref, ref.check()
}

func badRef(msg, hint string) error {
	return &Error{Kind: BadRef, Msg: msg, Hint: hint}
}

// ParseRepo splits "owner/repo" or "host/owner/repo", or a repository's
// address; host is defaultHost, else github.com, where text names none.
func ParseRepo(text, defaultHost string) (host, owner, repo string, err error) {
	if host, owner, repo, ok := RepoFromRemote(text); ok {
		return host, owner, repo, nil
	}
	ref := Ref{Host: defaultHost}
	if ref.Host == "" {
		ref.Host = publicHost
	}
	switch parts := strings.Split(text, "/"); len(parts) {
	case 2:
		ref.Owner, ref.Repo = parts[0], parts[1]
	case 3:
		ref.Host, ref.Owner, ref.Repo = strings.ToLower(parts[0]), parts[1], parts[2]
	}
	if err := ref.check(); err != nil {
		return "", "", "", badRef(shown(text)+" is no repository", "write it as owner/repo or host/owner/repo")
	}
	return ref.Host, ref.Owner, ref.Repo, nil
}

// check tells whether host, owner and repository can be used in addresses. The
// API's client does not escape them, so a "/.." would reach another path.
func (r Ref) check() error {
	switch {
	case !validHost(r.Host):
		return badRef(shown(r.Host)+" is no host name", "give a name such as github.com")
	case !validOwner(r.Owner):
		return badRef(shown(r.Owner)+" is no owner of a repository", "write owner/repo as GitHub spells it")
	case !validRepo(r.Repo):
		return badRef(shown(r.Repo)+" is no name of a repository", "write owner/repo as GitHub spells it")
	}
	return nil
}

const longestName = 100

func validOwner(name string) bool {
	return name != "" && len(name) <= longestName && name[0] != '-' && name[0] != '_' && onlyNameBytes(name, "-_")
}

func validRepo(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= longestName && onlyNameBytes(name, "-_.")
}

// validHost accepts a name, with a port or without, in lower case.
func validHost(host string) bool {
	name, port, hasPort := strings.Cut(host, ":")
	if hasPort && !isNumber(port) {
		return false
	}
	return name != "" && len(name) < 254 && name[0] != '.' && name[0] != '-' &&
		!strings.Contains(name, "..") && name == strings.ToLower(name) && onlyNameBytes(name, "-.")
}

// onlyNameBytes tells whether s holds only ASCII letters, digits and extra.
func onlyNameBytes(s, extra string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		alnum := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !alnum && !strings.ContainsRune(extra, r)
	})
}

func isNumber(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func parseID(digits string) (int64, error) {
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id <= 0 || !isNumber(digits) {
		return 0, badRef(shown(digits)+" is no run's or job's number", "copy it from the run's address")
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
	return strings.Contains(host, ".") && validHost(host) && strings.Contains(rest, "/actions/")
}

const addressForm = "give a run's address: https://github.com/OWNER/REPO/actions/runs/NUMBER"

func parseAddress(arg string) (Ref, error) {
	if !strings.Contains(arg, "://") {
		arg = "https://" + arg
	}
	u, err := url.Parse(arg)
	if err != nil || u.User != nil {
		return Ref{}, badRef("this is no address of a run", addressForm)
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
	if err := ref.takePath(path, isAPI); err != nil {
		return Ref{}, err
	}
	return ref, ref.check()
}

// takePath reads OWNER/REPO/actions/runs/ID and what may follow. In the web
// pages' addresses a job is /job/ID, and /runs/ID without /actions is the old
// form of a job's; in the API's it is /actions/jobs/ID.
func (r *Ref) takePath(path []string, isAPI bool) (err error) {
	const short = 4
	if len(path) < short {
		return badRef("the address names no run", addressForm)
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
		err = badRef("the address names no run", addressForm)
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
				err = badRef("the address names no attempt of a run", addressForm)
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
	if r.Host != publicHost {
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
