package render

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// The parts of SARIF 2.1.0 that code scanning reads.
//
// Source: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string     `json:"id"`
		Short   sarifText  `json:"shortDescription"`
		Full    *sarifText `json:"fullDescription,omitempty"`
		HelpURI string     `json:"helpUri,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		Rule      string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region struct {
			Line int `json:"startLine"`
		} `json:"region"`
	}
)

// SARIF writes what was found at places in files, for code scanning. What has
// no place in a file is left out, since code scanning refuses it.
func SARIF(w io.Writer, r *report.Report, _ Options) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: clean(r.Tool.Name), Version: clean(r.Tool.Version), Rules: []sarifRule{}}}, Results: []sarifResult{}}
	for _, in := range r.Incidents {
		if len(in.Diagnoses) == 0 {
			continue
		}
		d := in.Diagnoses[0]
		result := sarifResult{Rule: clean(d.Cause), Level: level(in.Outcome), Message: sarifText{clean(d.Summary) + "\n" + clean(d.Fix.Text)}}
		if result.Level == "notice" {
			result.Level = "note"
		}
		var at sarifPhysical
		at.Artifact.URI, at.Region.Line = clean(cmp.Or(d.Fix.File, in.File)), max(d.Fix.Line, 1)
		if !isRepositoryPath(at.Artifact.URI) {
			continue
		}
		result.Locations = []sarifLocation{{at}}
		run.Results = append(run.Results, result)
		if slices.ContainsFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == result.Rule }) {
			continue
		}
		rule := sarifRule{ID: result.Rule, Short: sarifText{causeName(d)}}
		if d.Summary != "" {
			rule.Full = &sarifText{clean(d.Summary)}
		}
		if len(d.References) > 0 {
			rule.HelpURI = clean(d.References[0])
		}
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}
