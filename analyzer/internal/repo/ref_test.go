package repo

import (
	"errors"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
)

func TestParse(t *testing.T) {
	defaults := Defaults{Owner: "acme", Repo: "widget", Workflow: "release.yml", Branch: "main"}
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
		{"https://github.com/acme/widget/pull/5/checks?check_run_id=34", with(func(r *Ref) { r.JobID = 34 })},
		{"github.com/acme/widget/commit/a1b2/checks?check_run_id=34", with(func(r *Ref) { r.JobID = 34 })},
		{"https://[2001:db8::1]:8443/acme/widget/actions/runs/12", with(func(r *Ref) { r.Host, r.RunID = "[2001:db8::1]:8443", 12 })},
		{"https://github.com/acme/widget/runs/34", with(func(r *Ref) { r.JobID = 34 })},
		{"https://api.github.com/repos/acme/widget/actions/runs/12/logs", run12},
		{"https://api.github.com/repos/acme/widget/actions/jobs/34/logs", with(func(r *Ref) { r.JobID = 34 })},
		{"https://git.acme.example:8443/api/v3/repos/acme/widget/actions/runs/12/attempts/3/logs", with(func(r *Ref) { r.Host, r.RunID, r.Attempt = "git.acme.example:8443", 12, 3 })},
		{"https://git.acme.example/acme/widget/actions/runs/12", with(func(r *Ref) { r.Host, r.RunID = "git.acme.example", 12 })},
		{"https://acme.ghe.com/acme/widget/actions/runs/12", with(func(r *Ref) { r.Host, r.RunID = "acme.ghe.com", 12 })},
		{"https://api.acme.ghe.com/repos/acme/widget/actions/runs/12", with(func(r *Ref) { r.Host, r.RunID = "acme.ghe.com", 12 })},
	}
	for _, test := range tests {
		got, ok, err := Parse(test.arg, defaults)
		if got != test.want || !ok || err != nil {
			t.Errorf("Parse(%q) = %+v, %v, %v", test.arg, got, ok, err)
		}
	}
}

func TestParseuses(t *testing.T) {
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
		got, ok, err := Parse(arg, Defaults{Owner: "acme", Repo: "widget"})
		if !ok {
			t.Errorf("Parse(%q) = %+v: taken for a file", arg, got)
		}
		checkRef(t, err, "")
	}
	_, _, err := Parse("12", Defaults{})
	checkRef(t, err, "of which repository?; name it with -R")
	_, _, err = Parse("12", Defaults{Owner: "acme", Repo: "../../x?y="})
	checkRef(t, err, "not a repository's name")
	for _, file := range []string{"run.log", "./12", "-", "dir/actions/x", "", "C:\\logs\\1.txt", "last.log"} {
		if got, ok, err := Parse(file, Defaults{}); ok || err != nil {
			t.Errorf("Parse(%q) = %+v, %v, %v", file, got, ok, err)
		}
	}
}

func TestParseName(t *testing.T) {
	tests := []struct{ text, host, want string }{
		{"acme/widget", "", "github.com/acme/widget"},
		{"acme/widget", "git.acme.example", "git.acme.example/acme/widget"},
		{"Git.acme.example/acme/widget", "", "git.acme.example/acme/widget"},
		{"https://github.com/acme/widget", "", "github.com/acme/widget"},
	}
	for _, test := range tests {
		host, owner, repo, err := ParseName(test.text, test.host)
		if got := host + "/" + owner + "/" + repo; got != test.want || err != nil {
			t.Errorf("ParseName(%q) = %q, %v", test.text, got, err)
		}
	}
	for _, text := range []string{"", "acme", "acme/..", "a/b/c/d", "acme/wid get"} {
		_, _, _, err := ParseName(text, "")
		checkRef(t, err, "is not a repository")
	}
}

func TestHost(t *testing.T) {
	for text, want := range map[string]string{
		"https://Git.Acme.example/": "git.acme.example", "api.github.com": "github.com", " GITHUB.com ": "github.com",
		"git.acme.example:8443/x": "git.acme.example:8443", "http://[::1]:3000": "[::1]:3000",
	} {
		if got := Host(text); got != want || !ValidHost(got) {
			t.Errorf("Host(%q) = %q", text, got)
		}
	}
	for _, host := range []string{"[::1", "[::1]x", "[1.2.3.4]", "[fe80::1%eth0]", "[::1]:x", "::1", ""} {
		if ValidHost(host) {
			t.Errorf("%q is a host", host)
		}
	}
}

func checkRef(t *testing.T, err error, want string) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != fault.BadRef || !strings.Contains(err.Error(), want) || e.Hint == "" {
		t.Errorf("error = %v, want %q", err, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("https://github.com/acme/widget/actions/runs/12/attempts/2/job/34#step:5:12")
	f.Add("git@github.com:acme/widget.git")
	f.Add("12")
	f.Fuzz(func(t *testing.T, arg string) {
		if ref, ok, err := Parse(arg, Defaults{Owner: "acme", Repo: "widget"}); ok && err == nil {
			if ref.Check() != nil || ref.RunID < 0 || ref.JobID < 0 || !ref.Last && ref.RunID+ref.JobID == 0 {
				t.Errorf("Parse(%q) = %+v", arg, ref)
			}
		}
		if host, owner, repo, ok := FromRemote(arg); ok && (Ref{Host: host, Owner: owner, Repo: repo}).Check() != nil {
			t.Errorf("FromRemote(%q) = %q, %q, %q", arg, host, owner, repo)
		}
	})
}
