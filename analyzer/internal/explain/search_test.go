package explain

import (
	"slices"
	"testing"

	"github.com/pubmortem/pubmortem/patterns"
)

func TestSearch(t *testing.T) {
	tests := []struct{ text, want string }{
		{"unable to mint provenance", "id-token-permission-missing"},
		{"provenance mint: unable", "id-token-permission-missing"},
		{"OIDC permission denied", "id-token-permission-missing"},
		{"write id-token", "id-token-permission-missing"},
		{"rekor timeout", "rekor-network"},
		{"fulcio 500", "sigstore-outage"},
		{"the tokn has expird", "token-invalid-or-expired"},
		{"runs on a self hosted runer", "self-hosted-runner"},
		{"version exists already", "version-already-published"},
		{"badge", "provenance-not-requested"},
		{"NODE_AUTH_TOKEN", "long-lived-token-in-env"},
		{"E403", "token-lacks-permission"},
		{"TS2304: cannot find name", ""},
		{"EXYZZYQ registry token", ""},
		{"xyzzy blub", ""},
		{"", ""},
		{"the of and", ""},
	}
	ix := newIndex(patterns.Whole())
	for _, test := range tests {
		hits := ix.search(test.text)
		if test.want == "" && len(hits) > 0 || test.want != "" && (len(hits) == 0 || hits[0].ID != test.want) {
			t.Errorf("%q: got %v, want %q", test.text, hits[:min(len(hits), 3)], test.want)
		}
	}
}

// TestPhrasesFindTheirCause checks that what people call a cause leads to it.
func TestPhrasesFindTheirCause(t *testing.T) {
	cat := patterns.Whole()
	ix := newIndex(cat)
	phrases := 0
	for i := range cat.Causes {
		for _, phrase := range append(cat.Causes[i].Phrases, cat.Causes[i].Title) {
			phrases++
			hits := ix.search(phrase)
			isIt := func(h Hit) bool { return h.Kind == "cause" && h.ID == cat.Causes[i].ID }
			if at := slices.IndexFunc(hits, isIt); at < 0 || at > 1 {
				t.Errorf("%q: %s is at %d of %v", phrase, cat.Causes[i].ID, at, hits[:min(len(hits), 3)])
			}
		}
	}
	if phrases < 200 {
		t.Errorf("only %d phrases", phrases)
	}
}
