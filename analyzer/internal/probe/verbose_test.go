package probe

import (
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/workflow"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

func TestSuggestVerbose(t *testing.T) {
	file, err := workflow.Read(".github/workflows/release.yml", []byte("on: push\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm publish\n"))
	if err != nil {
		t.Fatal(err)
	}
	const line = "`env: {NPM_CONFIG_LOGLEVEL: verbose}`"
	for _, test := range []struct {
		name       string
		symptoms   []string
		confidence report.Confidence
		workflow   *workflow.File
		want       string
	}{
		{"silent", []string{"registry-put-not-found"}, report.Possible, nil, line + " to the step that publishes, and"},
		{"place known", []string{"need-auth"}, report.Likely, file, line + " to the step that publishes, at .github/workflows/release.yml:"},
		{"certain", []string{"need-auth"}, report.Certain, file, ""},
		{"reason shown", []string{"need-auth", "oidc-exchange-not-found"}, report.Possible, file, ""},
		{"another failure", []string{"version-exists"}, report.Possible, file, ""},
	} {
		in := report.Incident{Job: "publish", Outcome: report.Failed, Symptoms: test.symptoms, Diagnoses: []report.Diagnosis{{Confidence: test.confidence}}}
		asked := in
		asked.Question = &report.Question{How: "Look."}
		rep := &report.Report{Incidents: []report.Incident{in, in, asked}}
		(&Result{workflow: test.workflow}).SuggestVerbose(rep)
		notes, how := strings.Join(rep.Notes, "\n"), strings.TrimPrefix(asked.Question.How, "Look.")
		if strings.TrimSpace(how) != notes || !strings.Contains(notes, test.want) || test.want == "" && notes != "" {
			t.Errorf("%s: notes %q, how %q, want %q", test.name, notes, how, test.want)
		}
		if strings.Count(notes, line) > 1 {
			t.Errorf("%s: said twice: %q", test.name, notes)
		}
	}
}
