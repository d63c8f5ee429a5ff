package render

import (
	"net/url"
	"strings"
)

// links makes the references of a diagnosis clickable. They come from the
// catalog, unlike every other address in a report.
func links(references []string) []string {
	var all []string
	for _, s := range references[:min(len(references), maxFolded)] {
		all = append(all, link(s))
	}
	return all
}

// link is a reference as a link, or as a code span if it is no plain https
// address.
func link(reference string) string {
	target, ok := linkTarget(reference)
	if !ok {
		return name(reference)
	}
	return "[" + codeSpan(strings.TrimPrefix(reference, "https://")) + "](" + target + ")"
}

// targetChars are all that an address may have so that it needs no escaping in
// a link: no brackets, quotes, backslashes, entities or blanks.
const targetChars = wordChars + "?#=&%,~"

// linkTarget is where the link of a reference goes. GitHub announces comments
// in the issues and commits that they link to; by way of redirect.github.com
// it does not.
func linkTarget(reference string) (string, bool) {
	u, err := url.Parse(reference)
	if err != nil || !strings.HasPrefix(reference, "https://") || u.Host == "" || u.User != nil ||
		len(reference) > maxName || strings.Trim(reference, targetChars) != "" {
		return "", false
	}
	rest, isGitHub := strings.CutPrefix(reference, "https://github.com/")
	if isGitHub && strings.Count(rest, "/") > 1 {
		return "https://redirect.github.com/" + rest, true
	}
	return reference, true
}
