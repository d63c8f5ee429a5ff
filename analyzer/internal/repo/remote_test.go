package repo

import (
	"strings"
	"testing"
)

func TestFromRemote(t *testing.T) {
	tests := []struct{ text, want string }{
		{"https://github.com/acme/widget.git\n", "github.com/acme/widget"},
		{"https://token@github.com/acme/widget", "github.com/acme/widget"},
		{"https://www.github.com/acme/widget/", "github.com/acme/widget"},
		{"git@github.com:acme/widget.git", "github.com/acme/widget"},
		{"github.com:acme/widget", "github.com/acme/widget"},
		{"ssh://git@github.com/acme/widget.git", "github.com/acme/widget"},
		{"ssh://git@ssh.github.com:443/acme/widget.git", "github.com/acme/widget"},
		{"git+https://GitHub.com/acme/widget.git", "github.com/acme/widget"},
		{"git://git.acme.example/acme/w.js.git", "git.acme.example/acme/w.js"},
		{"https://git.acme.example:8443/acme/widget", "git.acme.example:8443/acme/widget"},
		{"git@acme.ghe.com:acme/widget.git", "acme.ghe.com/acme/widget"},
		{"C:\\src\\widget", ""}, {"../widget", ""}, {"/srv/git/widget.git", ""}, {"file:///srv/widget", ""},
		{"git@work:acme/widget.git", ""}, {"https://github.com/acme", ""}, {"https://gitlab.example/a/b/c", ""},
		{"https://github.com/acme/..", ""}, {"https://%zz/acme/widget", ""}, {"", ""},
	}
	for _, test := range tests {
		host, owner, repo, ok := FromRemote(test.text)
		if got := strings.Trim(host+"/"+owner+"/"+repo, "/"); got != test.want || ok != (test.want != "") {
			t.Errorf("FromRemote(%q) = %q, %v", test.text, got, ok)
		}
	}
}

func TestOfRemotes(t *testing.T) {
	const origin, upstream, work = "origin\tgit@github.com:octo/widget.git (fetch)\norigin\tgit@github.com:octo/widget.git (push)\n",
		"upstream\thttps://github.com/acme/widget (fetch)\n", "work\thttps://git.acme.example/acme/widget.git (fetch)\n"
	tests := []struct{ remotes, resolved, want string }{
		{origin, "", "github.com/octo/widget"},
		{origin + upstream, "", "github.com/acme/widget"},
		{origin + upstream, "remote.origin.gh-resolved base\n", "github.com/octo/widget"},
		{origin, "remote.origin.gh-resolved acme/widget\n", "github.com/acme/widget"},
		{origin, "remote.gone.gh-resolved base\n", "github.com/octo/widget"},
		{work, "", "git.acme.example/acme/widget"},
		{"backup\t/srv/git/widget.git (fetch)\n" + work, "", "git.acme.example/acme/widget"},
		{"", "", ""},
	}
	for _, tt := range tests {
		host, owner, name, ok := OfRemotes(tt.remotes, tt.resolved)
		if got := strings.Trim(host+"/"+owner+"/"+name, "/"); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q, %q: %s, %v, want %s", tt.remotes, tt.resolved, got, ok, tt.want)
		}
	}
}

func TestNormalize(t *testing.T) {
	tests := []struct{ in, want string }{
		{"acme/widget", "git+https://github.com/acme/widget.git"},
		{"github:Acme/Widget", "git+https://github.com/Acme/Widget.git"},
		{"gitlab:acme/widget", "git+https://gitlab.com/acme/widget.git"},
		{"https://github.com/acme/widget", "git+https://github.com/acme/widget.git"},
		{"https://www.github.com/acme/widget/", "git+https://github.com/acme/widget.git"},
		{"git+https://github.com/acme/widget.git", "git+https://github.com/acme/widget.git"},
		{"https://user@github.com/acme/widget.git", "git+https://github.com/acme/widget.git"},
		{"https://github.com/acme/widget#main", "git+https://github.com/acme/widget.git#main"},
		{"https://github.com/acme/widget/tree/main/packages/a", "git+https://github.com/acme/widget.git#main"},
		{"https://github.com/acme/widget/issues", "https://github.com/acme/widget/issues"},
		{"git@github.com:acme/widget.git", "git+ssh://git@github.com/acme/widget.git"},
		{"ssh://git@github.com/acme/widget", "git+ssh://git@github.com/acme/widget.git"},
		{"http://github.com/acme/widget", "git+ssh://git@github.com/acme/widget.git"},
		{"git://github.com/acme/widget", "git://github.com/acme/widget.git"},
		{"https://git.acme.example/acme/widget", "https://git.acme.example/acme/widget"},
		{"widget", "widget"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Normalize(tt.in); got != tt.want {
			t.Errorf("Normalize(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSame(t *testing.T) {
	const url = "https://github.com/acme/widget"
	tests := []struct{ have, reason string }{
		{"acme/widget", ""},
		{"git+https://github.com/acme/widget.git", ""},
		{"git@github.com:acme/widget.git", ""},
		{"https://github.com/acme/widget/tree/main/packages/a", ""},
		{"", "missing or empty"},
		{"Acme/widget", "the owner differs in letter case: Acme, not acme"},
		{"acme/Widget", "the repository differs in letter case: Widget, not widget"},
		{"acme/gadget", "the repository is gadget, not widget"},
		{"zenith/widget", "the owner is zenith, not acme"},
		{"https://gitlab.com/acme/widget", "the host is gitlab.com, not github.com"},
		{"widget", "not a repository's address"},
	}
	for _, tt := range tests {
		ok, reason := Same(tt.have, url)
		if ok != (tt.reason == "") || !strings.Contains(reason, tt.reason) {
			t.Errorf("%q: %v, %q, want %q", tt.have, ok, reason, tt.reason)
		}
	}
	if ok, reason := Same("acme/widget", "x"); ok || reason == "" {
		t.Errorf("a nonsense address matches: %v, %q", ok, reason)
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("https://github.com/acme/widget/tree/main/x#y")
	f.Add("git@github.com:acme/widget")
	f.Add("origin\tgit@github.com:acme/widget.git (fetch)\nremote.origin.gh-resolved base\n")
	f.Fuzz(func(t *testing.T, text string) {
		if host, owner, name, ok := OfRemotes(text, text); ok && (Ref{Host: host, Owner: owner, Repo: name}).Check() != nil {
			t.Errorf("%q: %q, %q, %q", text, host, owner, name)
		}
		once := Normalize(text)
		if again := Normalize(once); again != once {
			t.Errorf("%q becomes %q, and that %q", text, once, again)
		}
	})
}
