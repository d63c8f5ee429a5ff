package fetch

import (
	"net/url"
	"strings"
)

const publicHost = "github.com"

// tenancySuffix ends the hosts of GitHub Enterprise Cloud with data residency.
const tenancySuffix = ".ghe.com"

// webHost turns the API's host into the one that people know, and tells whether
// it was the API's.
func webHost(host string) (web string, isAPI bool) {
	if host == "www."+publicHost {
		return publicHost, false
	}
	name, hasPrefix := strings.CutPrefix(host, "api.")
	if hasPrefix && (name == publicHost || strings.HasSuffix(name, tenancySuffix)) {
		return name, true
	}
	return host, false
}

// apiBase returns the address of host's API, which ends in a slash; given, when
// not empty, overrides it. Only an address that is given can be plain http.
func apiBase(host, given string) (*url.URL, error) {
	switch {
	case given != "":
		u, err := url.Parse(strings.TrimSuffix(given, "/") + "/")
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
			return nil, badRef("the address of the API is not valid", "set GITHUB_API_URL to one such as https://api.github.com")
		}
		return u, nil
	case host == publicHost || strings.HasSuffix(host, tenancySuffix):
		return &url.URL{Scheme: "https", Host: "api." + host, Path: "/"}, nil
	}
	return &url.URL{Scheme: "https", Host: host, Path: "/api/v3/"}, nil
}
