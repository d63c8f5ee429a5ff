package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	tests := []struct {
		line string // words apart by blanks, the last one being typed
		want string // some of the candidates, and what else there is
		not  string
	}{
		{"", "explain catalog last :files", "__complete"},
		{"ex", "explain excerpt :files", "catalog"},
		{"run.log ", ":files", "explain"},
		{"catalog ", "list lint test new schema :none", "explain"},
		{"catalog new ", "symptom row :none", ""},
		{"catalog list --", "--kind --cause --tool --catalog :none", "--fact"},
		{"catalog list --cause npm-too", "npm-too-old npm-too-new-for-wrapper :none", "token-missing"},
		{"catalog list --tool chang", "changesets :none", "npm"},
		{"--fact ", "npm.version= token.kind= :nospace", "explain"},
		{"--fact token.kind=", "token.kind=secret :none", "npm.version="},
		{"--fact=token.kind=se", "--fact=token.kind=secret :none", "--fact=token.kind=absent"},
		{"-f ", "text json :none", "explain"},
		{"run.log --color ", "auto always never :none", ""},
		{"-o ", ":files", "explain"},
		{"explain npm-too-o", "npm-too-old :none", ""},
		{"-v explain npm-too-o", "npm-too-old :none", ""},
		{"help ca", "catalog :none", "explain"},
		{"completion z", "zsh :none", "bash"},
		{"version ", ":none", ""},
		{"--bogus ex", "explain :files", ""},
	}
	for _, test := range tests {
		e := &env{IO: newWorld("", nil).IO}
		var got []string
		for line := range strings.Lines(e.complete(strings.Split(test.line, " ")).String()) {
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
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	for _, shell := range shells {
		script := completionScripts[shell]
		if !strings.Contains(script, "__complete") {
			t.Errorf("%s: the script does not ask for candidates", shell)
		}
		if shell != "bash" && shell != "zsh" {
			continue
		}
		cmd := exec.Command(bash, "-n")
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
	}
}

// TestBashCompletion runs the script in bash, with a program that answers in
// place of this one.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	dir := t.TempDir()
	answer := "#!" + bash + "\n" + `shift 2; case "${*: -1}" in
token.k*) printf 'token.kind=secret\twhat it is\ntoken.kind=absent\n:none\n' ;;
na*) printf ':files\n' ;;
*) printf 'explain\tsay more\nexcerpt\n:none\n' ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, "pubmortem"), []byte(answer), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "name of a.log"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"pubmortem ":                       "explain|excerpt|",
		"pubmortem -v ex":                  "explain|excerpt|",
		"pubmortem na":                     "name of a.log|",
		"pubmortem run.log --fact token.k": "token.kind=secret|token.kind=absent|",
		"pubmortem --fact token.kind=":     "secret|absent|",
	} {
		cmd := exec.Command(bash, "--norc", "-c", completionScripts["bash"]+`
COMP_LINE=$1 COMP_POINT=${#1}; _pubmortem; printf '%s|' "${COMPREPLY[@]}"`, "bash", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("%q: got %q, want %q, %v", line, out, want, err)
		}
	}
}
