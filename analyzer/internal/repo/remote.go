package repo

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// FromRemote reads a git remote's address, as `git remote get-url` prints it:
// https, ssh and git addresses, and the form [user@]host:owner/repo.git. It is
// not ok for other things: paths, other depths, host aliases of ssh_config.
func FromRemote(text string) (host, owner, repo string, ok bool) {
	text = strings.TrimSpace(text)
	r, ok := parseRepository(text)
	if !ok || r.short || r.page || r.branch != "" || !strings.Contains(r.host, ".") && !strings.HasPrefix(r.host, "[") {
		return "", "", "", false
	}
	switch r.scheme {
	case "https", "http", "ssh", "git":
	default:
		return "", "", "", false
	}
	host = r.host
	if r.scheme == "ssh" || r.scheme == "git" { // their port is not the one of the web pages
		u := url.URL{Host: host}
		host = u.Hostname()
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
	}
	host, _ = webHost(strings.TrimPrefix(host, "ssh.")) // ssh.github.com serves port 443
	if (Ref{Host: host, Owner: r.owner, Repo: r.name}).Check() != nil {
		return "", "", "", false
	}
	return host, r.owner, r.name, true
}

// remoteOrder is the order in which gh prefers remotes; others follow in git's.
//
// Source: https://github.com/cli/cli/blob/v2.60.0/context/remote.go
var remoteOrder = []string{"upstream", "github", "origin"}

// OfRemotes is the repository that a working tree belongs to. remotes is what
// `git remote -v` prints, and resolved what `git config --get-regexp
// ^remote\..*\.gh-resolved$` does: the choice that gh was told, "base" for the
// remote itself or a repository of its host.
func OfRemotes(remotes, resolved string) (host, owner, name string, ok bool) {
	type remote struct{ name, url string }
	var all []remote
	for line := range strings.Lines(remotes) {
		if f := strings.Fields(line); len(f) >= 2 && !slices.ContainsFunc(all, func(r remote) bool { return r.name == f[0] }) {
			all = append(all, remote{f[0], f[1]})
		}
	}
	slices.SortStableFunc(all, func(a, b remote) int { return remoteRank(a.name) - remoteRank(b.name) })
	for line := range strings.Lines(resolved) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		key = strings.TrimSuffix(strings.TrimPrefix(key, "remote."), ".gh-resolved")
		i := slices.IndexFunc(all, func(r remote) bool { return r.name == key })
		if i < 0 {
			continue
		}
		host, owner, name, ok = FromRemote(all[i].url)
		if ok && value != "base" {
			var err error
			host, owner, name, err = ParseName(value, host)
			ok = err == nil
		}
		if ok {
			return host, owner, name, true
		}
	}
	for _, r := range all {
		if host, owner, name, ok = FromRemote(r.url); ok {
			return host, owner, name, true
		}
	}
	return "", "", "", false
}

func remoteRank(name string) int {
	if i := slices.Index(remoteOrder, strings.ToLower(name)); i >= 0 {
		return i
	}
	return len(remoteOrder)
}

// forges are the hosts that npm knows, by their shorthand.
//
// Source: hosted-git-info@9.0.2 lib/hosts.js
var forges = map[string]string{"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}

// Normalize turns a `repository` into the URL that npm publishes:
//
//	acme/widget, github:acme/widget      git+https://github.com/acme/widget.git
//	https://github.com/acme/widget       git+https://github.com/acme/widget.git
//	https://github.com/acme/widget/tree/main/packages/a   git+https://github.com/acme/widget.git#main
//	git@github.com:acme/widget.git       git+ssh://git@github.com/acme/widget.git
//	git://github.com/acme/widget         git://github.com/acme/widget.git
//
// Addresses of other hosts, and other pages of these, stay as they are. Letter
// case stays. A user or password before the host, which npm keeps, is left out.
//
// Source: normalize-package-data@8.0.0 lib/fixer.js (fixRepositoryField) and
// hosted-git-info@9.0.2 lib/hosts.js, lib/from-url.js
func Normalize(text string) string {
	r, ok := parseRepository(strings.TrimSpace(text))
	if !ok || !r.known() {
		return text
	}
	place := r.host + "/" + r.owner + "/" + r.name + ".git"
	if r.branch != "" {
		place += "#" + r.branch
	}
	switch r.scheme {
	case "git":
		return "git://" + place
	case "ssh", "git+ssh", "http":
		return "git+ssh://git@" + place
	}
	return "git+https://" + place
}

type repository struct {
	scheme, host, owner, name, branch string
	// short tells npm's shorthand, and page a tree's address.
	short, page bool
}

func (r repository) known() bool {
	for _, host := range forges {
		if r.host == host {
			return true
		}
	}
	return false
}

// parseRepository reads a shorthand, a URL or an scp address. ok is false when
// it names no owner and repository, or another page than a tree.
func parseRepository(text string) (_ repository, ok bool) {
	r := repository{}
	text, r.branch, _ = strings.Cut(text, "#")
	path, found := "", false
	if r.scheme, path, found = strings.Cut(text, "://"); found {
		r.host, path, _ = strings.Cut(path, "/")
		r.host = r.host[strings.LastIndexByte(r.host, '@')+1:]
	} else if r.host, path, found = strings.Cut(text, ":"); found {
		r.scheme = "ssh"
		if host, short := forges[r.host]; short {
			r.scheme, r.host, r.short = "https", host, true
		}
		r.host = r.host[strings.LastIndexByte(r.host, '@')+1:]
	} else {
		r.scheme, r.host, path, r.short = "https", "github.com", text, true
		if strings.Count(path, "/") != 1 || strings.HasPrefix(path, ".") || strings.HasPrefix(path, "@") {
			return r, false
		}
	}
	r.scheme = strings.TrimPrefix(r.scheme, "git+")
	r.host = strings.TrimPrefix(strings.ToLower(r.host), "www.")
	return r.withPath(path)
}

// withPath takes owner, repository and the branch of a tree's address.
func (r repository) withPath(path string) (_ repository, ok bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 || len(parts) > 2 && parts[2] != "tree" {
		return r, false
	}
	r.owner, r.name, r.page = parts[0], strings.TrimSuffix(parts[1], ".git"), len(parts) > 2
	if len(parts) > 3 {
		r.branch = strings.TrimSpace(parts[3])
	}
	return r, r.owner != "" && r.name != ""
}

// Same tells whether the `repository` of a package.json is the one at url, as
// the registry compares it with the provenance: host, owner and repository,
// letter case included; the form of the address, a branch, the trailing .git and
// `directory` do not matter. Where it is not, reason says what differs.
//
// Source: https://docs.npmjs.com/trusted-publishers#troubleshooting
func Same(repository, url string) (_ bool, reason string) {
	if strings.TrimSpace(repository) == "" {
		return false, "repository.url is missing or empty"
	}
	have, ok := parseRepository(strings.TrimSpace(repository))
	if !ok {
		return false, fmt.Sprintf("repository.url %q is not a repository's address", repository)
	}
	want, ok := parseRepository(strings.TrimSpace(url))
	if !ok {
		return false, fmt.Sprintf("%q is not a repository's address", url)
	}
	return have.equal(want)
}

func (r repository) equal(want repository) (_ bool, reason string) {
	parts := []struct{ name, have, want string }{
		{"host", r.host, want.host}, {"owner", r.owner, want.owner}, {"repository", r.name, want.name},
	}
	for _, part := range parts {
		switch {
		case part.have == part.want:
		case strings.EqualFold(part.have, part.want):
			return false, fmt.Sprintf("the %s differs in letter case: %s, not %s", part.name, part.have, part.want)
		default:
			return false, fmt.Sprintf("the %s is %s, not %s", part.name, part.have, part.want)
		}
	}
	return true, ""
}
