package manifest

import (
	"fmt"
	"strings"
)

// forges are the hosts that npm knows, by their shorthand.
//
// Source: hosted-git-info@9.0.2 lib/hosts.js
var forges = map[string]string{"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}

// NormalizeRepository turns a `repository` into the URL that npm publishes:
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
func NormalizeRepository(text string) string {
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

// repository is a repository's address in parts.
type repository struct {
	scheme, host, owner, name, branch string
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
			r.scheme, r.host = "https", host
		}
		r.host = r.host[strings.LastIndexByte(r.host, '@')+1:]
	} else {
		r.scheme, r.host, path = "https", "github.com", text
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
	r.owner, r.name = parts[0], strings.TrimSuffix(parts[1], ".git")
	if len(parts) > 3 {
		r.branch = strings.TrimSpace(parts[3])
	}
	return r, r.owner != "" && r.name != ""
}

// MatchesRepository tells whether the manifest's repository is the one at url,
// as the registry compares it with the provenance: host, owner and repository,
// letter case included; the form of the address, a branch, the trailing .git and
// `directory` do not matter. Where it is not, reason says what differs.
//
// Source: https://docs.npmjs.com/trusted-publishers#troubleshooting
func (p *Package) MatchesRepository(url string) (_ bool, reason string) {
	if strings.TrimSpace(p.Repository.URL.Value) == "" {
		return false, "repository.url is missing or empty"
	}
	have, ok := parseRepository(strings.TrimSpace(p.Repository.URL.Value))
	if !ok {
		return false, fmt.Sprintf("repository.url %q is no repository's address", p.Repository.URL.Value)
	}
	want, ok := parseRepository(strings.TrimSpace(url))
	if !ok {
		return false, fmt.Sprintf("%q is no repository's address", url)
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
