package cli

import (
	"regexp"
	"strings"
	"testing"
)

// secretSeeds are invented secrets in the text that says what they are. They
// are put together here, so that scanners do not take this file for a leak.
var secretSeeds = []struct{ name, before, secret, after string }{
	{"npm token", "", "npm_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6", ""},
	{"classic token", "", "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a", ""},
	{"installation token", "", "ghs_" + "16C7e42F292c6912E7710c838347Ae178B4a", ""},
	{"user token", "", "gho_" + "26C7e42F292c6912E7710c838347Ae178B4a", ""},
	{"app token", "", "ghu_" + "36C7e42F292c6912E7710c838347Ae178B4a", ""},
	{"fine-grained token", "", "github_pat_" + "11ABCDEFG0aBcDeFgHiJkL_" + strings.Repeat("mNoPqRsTuVwXyZ012", 3) + "34567890", ""},
	{"identity token", "", "eyJ" + "hbGciOiJSUzI1NiIsImtpZCI6IjE.eyJ" + "pc3MiOiJodHRwczovL2V4YW1wbGUifQ" + ".c2lnbmF0dXJl-dGVzdA_xYz012345", ""},
	{"old npm token", "//registry.npmjs.org/:_authToken=", "3f8a1c52-77aa-4b0e-9c1d-5e6f708192a3", ""},
	{"password", "https://user:", "s3cretPassw0rdOfSomebody", "@registry.example/x"},
}

// unspaced takes out what output puts between and around the parts of lines
// that it quotes: blanks, line numbers, bars, the client's name, JSON's ink.
var unspaced = regexp.MustCompile(`\d+\s*│|\\n|\s|│|\||"[a-z_]+":|npm(?:error|ERR!)|["',{}\[\]]`)

// survives tells whether a secret can be read in the output, in one piece or
// put together from successive lines.
func survives(output, secret string) bool {
	return strings.Contains(output, secret) || strings.Contains(unspaced.ReplaceAllString(output, ""), secret)
}

// secretCalls ask for each form of output.
var secretCalls = [][]string{
	{"--offline", "--all", "-v", "-"}, {"--offline", "-f", "json", "-"}, {"--offline", "-f", "markdown", "--all", "-"},
	{"--offline", "-f", "github", "-"}, {"excerpt", "-"},
}

func checkSecret(t *testing.T, log, secret string, call []string) {
	t.Helper()
	w := newWorld(log, nil)
	w.run(call...)
	if out := w.out.String() + w.err.String(); survives(out, secret) {
		t.Errorf("%q of %q shows it:\n%s", call, log, out)
	}
}

// secretForms write a secret with something in its middle.
var secretForms = []struct{ name, with string }{
	{"in one piece", ""},
	{"coloured", "\x1b[31m"},
	{"linked", "\x1b]8;;https://example.com\a"},
	{"caret colour", "^[[31m"},
	{"zero width", "\u200b"},
	{"NUL", "\x00"},
	{"bidi", "\u202e"},
	{"line break", "\n"},
	{"Windows line break", "\r\n"},
	{"wrapped and prefixed", "\nnpm error "},
	{"carriage return", "\r"},
}

// secretPlaces are logs that quote the words SECRET in each part of a report:
// evidence, steps, jobs, packages, facts, unexplained errors, captures.
var secretPlaces = []struct{ name, log string }{
	{"evidence", "npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - SECRET\n"},
	{"wrapped evidence", "lerna ERR! TLOG error (409) an equivalent\nentry already exists in the log SECRET\n"},
	{"address", "npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/SECRET\n"},
	{"unexplained", "npm error something that nobody knows\nnpm error SECRET\nnpm error the end\n"},
	{"step and job", "SECRET\tRun SECRET\t2026-11-23T03:36:47.2350370Z npm error 404 Not Found - PUT https://registry.npmjs.org/x\nSECRET\tRun SECRET\t2026-11-23T03:36:47.2350370Z ##[error]Process completed with exit code 1.\n"},
	{"title", "2026-11-23T03:36:44.8380360Z ##[group]Run npm publish SECRET\n2026-11-23T03:36:44.8383080Z shell: bash\n2026-11-23T03:36:44.8383080Z env:\n2026-11-23T03:36:44.8383080Z   NODE_AUTH_TOKEN: SECRET\n2026-11-23T03:36:44.8390376Z ##[endgroup]\n2026-11-23T03:36:47.2350370Z npm error 404 Not Found - PUT https://registry.npmjs.org/x SECRET\n2026-11-23T03:36:47.2490728Z ##[error]SECRET\n"},
	{"package", "npm notice package: SECRET@1.0.0\nnpm error 404 Not Found - PUT https://registry.npmjs.org/x\n"},
}

// alike are the secrets that differ from another in a letter only. A few forms
// are enough for them.
var alike = map[string]bool{"classic token": true, "user token": true, "app token": true}

// TestSecretsSurviveNowhere breaks secrets in all ways, puts them in every part
// of a log, and looks for them in every form of output.
func TestSecretsSurviveNowhere(t *testing.T) {
	for i, seed := range secretSeeds {
		t.Run(seed.name, func(t *testing.T) {
			t.Parallel()
			for j, form := range secretForms {
				if alike[seed.name] && j%4 != 0 {
					continue
				}
				for k, place := range secretPlaces { // by turns broken near its start and in its middle
					at := []int{1 + 6*(j%2), len(seed.secret) / 2}[(i+k)%2]
					text := seed.before + seed.secret[:at] + form.with + seed.secret[at:] + seed.after
					call := secretCalls[(i+j+k)%len(secretCalls)]
					checkSecret(t, strings.ReplaceAll(place.log, "SECRET", text), seed.secret, call)
				}
			}
		})
	}
	// The test can fail: what is no secret does survive.
	w := newWorld(strings.ReplaceAll(secretPlaces[0].log, "SECRET", "ordinary-words"), nil)
	if w.run("--offline", "-"); !survives(w.out.String(), "ordinary-words") {
		t.Errorf("nothing is quoted at all: %s", w.out.String())
	}
}
