package cli

import (
	"os/exec"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	tests := []struct {
		line string // words apart by blanks, the last one being typed
		want string // some of the candidates, and what else there is
		not  string
	}{
		{"", "explain catalog last :0", "__complete"},
		{"ex", "explain excerpt :0", "catalog"},
		{"run.log ", ":4", "explain"},
		{"catalog ", "list lint test new schema :4", "explain"},
		{"catalog new ", "symptom row :4", ""},
		{"catalog list --", "--kind --cause --tool --catalog", "--fact"},
		{"catalog list --cause npm-too", "npm-too-old npm-too-new-for-wrapper :4", "token-missing"},
		{"catalog list --tool chang", "changesets :4", "npm"},
		{"--fact ", "npm.version= token.kind= :6", "explain"},
		{"--fact token.kind=", "token.kind=secret :4", "npm.version="},
		{"--fact=token.kind=se", "token.kind=secret :4", "token.kind=absent"},
		{"-f ", "text json :4", "explain"},
		{"run.log --color ", "auto always never :4", ""},
		{"-o ", ":0", "explain"},
		{"explain npm-too-o", "npm-too-old :4", ""},
		{"-v explain npm-too-o", "npm-too-old :4", ""},
		{"help ca", "catalog :4", "explain"},
		{"completion z", "zsh :4", "bash"},
		{"version ", ":4", ""},
		{"--fail-on ", "never failed without-provenance :4", "explain"},
		{"--report-to ", "summary issue check :4", ""},
	}
	for _, test := range tests {
		w := newWorld("", nil)
		w.run(append([]string{"__complete"}, strings.Split(test.line, " ")...)...)
		var got []string
		for line := range strings.Lines(w.out.String()) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			got = append(got, word)
		}
		all := " " + strings.Join(got, " ") + " "
		for _, want := range strings.Fields(test.want) {
			if !strings.Contains(all, " "+want+" ") {
				t.Errorf("%q: no %s in%s", test.line, want, all)
			}
		}
		if test.not != "" && strings.Contains(all, " "+test.not+" ") {
			t.Errorf("%q: %s in%s", test.line, test.not, all)
		}
	}
}

func TestCompletionScriptsAreWhole(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		w := newWorld("", nil)
		if code := w.run("completion", shell); code != exitOK || !strings.Contains(w.out.String(), "__complete") {
			t.Errorf("%s: code %d, and the script does not ask for candidates", shell, code)
		}
		bash, err := exec.LookPath("bash")
		if err != nil || shell != "bash" {
			continue
		}
		cmd := exec.Command(bash, "-n")
		cmd.Stdin = &w.out
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
	}
}
