package fetch

import (
	"net/url"
	"strings"
)

// RepoFromRemote reads a git remote's address, as `git remote get-url` prints
// it: https, ssh and git addresses, and the form [user@]host:owner/repo.git. It
// is not ok for other things: paths, other depths, host aliases of ssh_config.
func RepoFromRemote(text string) (host, owner, repo string, ok bool) {
	text = strings.TrimSpace(text)
	var path string
	if strings.Contains(text, "://") {
		host, path, ok = splitURL(text)
	} else {
		host, path, ok = splitSCP(text)
	}
	if !ok {
		return "", "", "", false
	}
	host = strings.ToLower(host)
	host = strings.TrimPrefix(host, "ssh.") // ssh.github.com serves port 443
	host, _ = webHost(host)
	owner, repo, ok = strings.Cut(strings.TrimSuffix(strings.Trim(path, "/"), ".git"), "/")
	if !ok || (Ref{Host: host, Owner: owner, Repo: repo}).check() != nil {
		return "", "", "", false
	}
	return host, owner, repo, true
}

// splitURL drops the port of ssh, which is not the one of the web pages.
func splitURL(text string) (host, path string, ok bool) {
	u, err := url.Parse(text)
	if err != nil {
		return "", "", false
	}
	switch u.Scheme {
	case "https", "http":
		return u.Host, u.EscapedPath(), u.Host != ""
	case "ssh", "git", "git+ssh", "git+https":
		return u.Hostname(), u.EscapedPath(), u.Hostname() != ""
	}
	return "", "", false
}

func splitSCP(text string) (host, path string, ok bool) {
	host, path, ok = strings.Cut(text, ":")
	if _, name, hasUser := strings.Cut(host, "@"); hasUser {
		host = name
	}
	return host, path, ok && strings.Contains(host, ".")
}
