package fetch

import (
	"strings"
	"testing"
)

func TestParseRef(t *testing.T) {
	defaults := RefDefaults{Owner: "acme", Repo: "widget", Workflow: "release.yml", Branch: "main"}
	base := Ref{Host: "github.com", Owner: "acme", Repo: "widget"}
	with := func(change func(*Ref)) Ref {
		r := base
		change(&r)
		return r
	}
	run12 := with(func(r *Ref) { r.RunID = 12 })
	tests := []struct {
		arg  string
		want Ref
	}{
		{"12", run12},
		{" 12\n", run12},
		{"last", with(func(r *Ref) { r.Last, r.Workflow, r.Branch = true, "release.yml", "main" })},
		{"https://github.com/acme/widget/actions/runs/12", run12},
		{"http://www.github.com/acme/widget/actions/runs/12/", run12},
		{"github.com/acme/widget/actions/runs/12?pr=7", run12},
		{"https://GitHub.com/acme/widget/actions/runs/12/workflow", run12},
		{"https://github.com/acme/widget/actions/runs/12/attempts/2", with(func(r *Ref) { r.RunID, r.Attempt = 12, 2 })},
		{"https://github.com/acme/widget/actions/runs/12/job/34#step:5:12", with(func(r *Ref) { r.RunID, r.JobID = 12, 34 })},
		{"https://github.com/acme/widget/actions/runs/12/attempts/2/job/34", with(func(r *Ref) { r.RunID, r.Attempt, r.JobID = 12, 2, 34 })},
		{"https://github.com/acme/widget/actions/runs/12/jobs/34", run12}, // not a job's id
		{"https://github.com/acme/widget/runs/34", with(func(r *Ref) { r.JobID = 34 })},
		{"https://api.github.com/repos/acme/widget/actions/runs/12/logs", run12},
		{"https://api.github.com/repos/acme/widget/actions/jobs/34/logs", with(func(r *Ref) { r.JobID = 34 })},
		{"https://git.acme.example:8443/api/v3/repos/acme/widget/actions/runs/12/attempts/3/logs", with(func(r *Ref) { r.Host, r.RunID, r.Attempt = "git.acme.example:8443", 12, 3 })},
		{"https://git.acme.example/acme/widget/actions/runs/12", with(func(r *Ref) { r.Host, r.RunID = "git.acme.example", 12 })},
		{"https://acme.ghe.com/acme/widget/actions/runs/12", with(func(r *Ref) { r.Host, r.RunID = "acme.ghe.com", 12 })},
		{"https://api.acme.ghe.com/repos/acme/widget/actions/runs/12", with(func(r *Ref) { r.Host, r.RunID = "acme.ghe.com", 12 })},
	}
	for _, test := range tests {
		got, ok, err := ParseRef(test.arg, defaults)
		if got != test.want || !ok || err != nil {
			t.Errorf("ParseRef(%q) = %+v, %v, %v", test.arg, got, ok, err)
		}
	}
}

func TestParseRefRefuses(t *testing.T) {
	for _, arg := range []string{
		"0", "99999999999999999999",
		"https://github.com/acme/widget", "https://github.com/", "https://example.com/x.zip",
		"https://github.com/acme/widget/pull/3/checks",
		"https://github.com/acme/../actions/runs/12", "https://github.com/acme/%2e%2e/actions/runs/12",
		"https://github.com/acme/a%2fb/actions/runs/12", "https://github.com/-acme/widget/actions/runs/12",
		"https://github.com/acme/widget/actions/runs/x", "https://github.com/acme/widget/actions/runs/-1",
		"https://github.com/acme/widget/actions/runs/12/attempts/0", "https://github.com/acme/widget/actions/jobs/3",
		"https://user:pw@github.com/acme/widget/actions/runs/12", "https://ex ample/acme/widget/actions/runs/12",
		"https://git..example/acme/widget/actions/runs/1",
	} {
		got, ok, err := ParseRef(arg, RefDefaults{Owner: "acme", Repo: "widget"})
		if !ok {
			t.Errorf("ParseRef(%q) = %+v: taken for a file", arg, got)
		}
		checkError(t, err, BadRef, "")
	}
	_, _, err := ParseRef("12", RefDefaults{})
	checkError(t, err, BadRef, "of which repository?; name it with -R")
	_, _, err = ParseRef("12", RefDefaults{Owner: "acme", Repo: "../../x?y="})
	checkError(t, err, BadRef, "no name of a repository")
	for _, file := range []string{"run.log", "./12", "-", "dir/actions/x", "", "C:\\logs\\1.txt", "last.log"} {
		if got, ok, err := ParseRef(file, RefDefaults{}); ok || err != nil {
			t.Errorf("ParseRef(%q) = %+v, %v, %v", file, got, ok, err)
		}
	}
}

func TestRepoFromRemote(t *testing.T) {
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
		host, owner, repo, ok := RepoFromRemote(test.text)
		if got := strings.Trim(host+"/"+owner+"/"+repo, "/"); got != test.want || ok != (test.want != "") {
			t.Errorf("RepoFromRemote(%q) = %q, %v", test.text, got, ok)
		}
	}
}

func TestParseRepo(t *testing.T) {
	tests := []struct{ text, host, want string }{
		{"acme/widget", "", "github.com/acme/widget"},
		{"acme/widget", "git.acme.example", "git.acme.example/acme/widget"},
		{"Git.acme.example/acme/widget", "", "git.acme.example/acme/widget"},
		{"https://github.com/acme/widget", "", "github.com/acme/widget"},
	}
	for _, test := range tests {
		host, owner, repo, err := ParseRepo(test.text, test.host)
		if got := host + "/" + owner + "/" + repo; got != test.want || err != nil {
			t.Errorf("ParseRepo(%q) = %q, %v", test.text, got, err)
		}
	}
	for _, text := range []string{"", "acme", "acme/..", "a/b/c/d", "acme/wid get"} {
		_, _, _, err := ParseRepo(text, "")
		checkError(t, err, BadRef, "is no repository")
	}
}

func TestAPIBase(t *testing.T) {
	tests := []struct{ host, given, want string }{
		{"github.com", "", "https://api.github.com/"},
		{"acme.ghe.com", "", "https://api.acme.ghe.com/"},
		{"git.acme.example:8443", "", "https://git.acme.example:8443/api/v3/"},
		{"github.com", "http://127.0.0.1:1/api/v3", "http://127.0.0.1:1/api/v3/"},
	}
	for _, test := range tests {
		if u, err := apiBase(test.host, test.given); err != nil || u.String() != test.want {
			t.Errorf("apiBase(%q, %q) = %v, %v", test.host, test.given, u, err)
		}
	}
	for _, given := range []string{"ftp://x/", "x", "https://u:p@x/"} {
		_, err := apiBase("github.com", given)
		checkError(t, err, BadRef, "address of the API")
	}
}

func FuzzParseRef(f *testing.F) {
	f.Add("https://github.com/acme/widget/actions/runs/12/attempts/2/job/34#step:5:12")
	f.Add("git@github.com:acme/widget.git")
	f.Add("12")
	f.Fuzz(func(t *testing.T, arg string) {
		if ref, ok, err := ParseRef(arg, RefDefaults{Owner: "acme", Repo: "widget"}); ok && err == nil {
			if ref.check() != nil || ref.RunID < 0 || ref.JobID < 0 || !ref.Last && ref.RunID+ref.JobID == 0 {
				t.Errorf("ParseRef(%q) = %+v", arg, ref)
			}
		}
		if host, owner, repo, ok := RepoFromRemote(arg); ok && (Ref{Host: host, Owner: owner, Repo: repo}).check() != nil {
			t.Errorf("RepoFromRemote(%q) = %q, %q, %q", arg, host, owner, repo)
		}
	})
}
