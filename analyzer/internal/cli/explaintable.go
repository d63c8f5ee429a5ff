package cli

import (
	"slices"

	"github.com/pubmortem/pubmortem/patterns"
)

// stages are the parts of a publish in the order in which a run passes them.
var stages = []struct {
	stage patterns.Stage
	title string
}{
	{patterns.StageStartup, "The workflow does not start"},
	{patterns.StageUpgrade, "npm is replaced by another npm"},
	{patterns.StageInstall, "Dependencies are installed"},
	{patterns.StageAuth, "Who is logged in; the exchange of the OIDC token"},
	{patterns.StageCheck, "The client's own checks"},
	{patterns.StageSign, "Provenance is signed"},
	{patterns.StagePublish, "The upload"},
	{patterns.StageAfter, "After the upload"},
	{patterns.StageAttest, "Attestations"},
	{patterns.StageVerify, "Verification"},
}

// table writes the whole decision table, by stage and symptom.
func (x *explainer) table() {
	x.prose(0, `The decision table: what a log shows, what it points to, and when. Of several
rows, the one whose conditions are known to hold comes first; a row with an unknown condition
stays possible, and what is unknown is what to check next.

pubmortem explain ID says more about a symptom, cause or fact.`)
	for _, stage := range stages {
		first := true
		for i := range x.cat.Symptoms {
			s := &x.cat.Symptoms[i]
			rows := x.rowsOf(func(r *patterns.Row) bool { return slices.Contains(r.Symptoms, s.ID) })
			if s.Stage != stage.stage || len(rows) == 0 {
				continue
			}
			if first {
				x.heading("== " + stage.title)
				first = false
			}
			x.heading(s.ID + ": " + s.Title)
			x.rows(rows)
		}
	}
}
