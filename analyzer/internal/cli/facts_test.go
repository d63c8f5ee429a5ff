package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

var factCatalog = &patterns.Catalog{Facts: []patterns.FactDef{
	{ID: "npm.version", Type: patterns.TypeVersion},
	{ID: "token.kind", Type: patterns.TypeEnum, Values: []string{"secret", "absent"}},
	{ID: "run.fork", Type: patterns.TypeBool},
	{ID: "run.ref", Type: patterns.TypeString},
}}

func TestParseFacts(t *testing.T) {
	got, err := parseFacts(factCatalog, []string{"npm.version=< 11.5.0", " token.kind = Secret", "run.fork=TRUE", "run.ref=a=b"})
	if err != nil {
		t.Fatal(err)
	}
	want := []report.Fact{
		{ID: "npm.version", Value: "< 11.5.0", Origin: report.FromUser},
		{ID: "token.kind", Value: "secret", Origin: report.FromUser},
		{ID: "run.fork", Value: "true", Origin: report.FromUser},
		{ID: "run.ref", Value: "a=b", Origin: report.FromUser},
	}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got[i], want[i])
		}
	}
}

func TestParseFactsSaysAllMistakes(t *testing.T) {
	_, err := parseFacts(factCatalog, []string{
		"npm.verison=12", "npm.version=new", "token.kind=secrte", "run.fork=perhaps", "run.ref", "run.ref=", "nothing like it", "run.ref=x", "run.ref=y",
	})
	call, ok := errors.AsType[*callError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := []string{
		`there is no fact "npm.verison"; did you mean npm.version?`,
		`--fact npm.version: "new" is not a version or a range like "< 11.5.0"`,
		`--fact token.kind is secret or absent, not "secrte"; did you mean secret?`,
		`--fact run.fork is true or false, not "perhaps"`,
		`--fact run.ref has no value; write run.ref=VALUE`,
		`--fact run.ref has no value; write run.ref=VALUE`,
		`there is no fact "nothing like it"`,
		`--fact run.ref is given twice`,
	}
	if got := strings.Join(call.msgs, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}
