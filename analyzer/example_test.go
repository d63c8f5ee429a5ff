package analyzer_test

import (
	"context"
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

const failedLog = `npm notice 📦  @acme/widget@1.2.3
npm error code E404
npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found
`

const unpermittedLog = "publish\tRun npm publish\t2026-06-18T10:00:00.0000000Z npm error code EUSAGE\n" +
	"publish\tRun npm publish\t2026-06-18T10:00:00.0000000Z npm error Provenance generation in GitHub Actions requires \"write\" access to the \"id-token\" permission\n"

// A log comes from any reader: a file, standard input, a response's body.
func Example() {
	ctx := context.Background()
	log, err := analyzer.Open("publish.log", strings.NewReader(failedLog))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	r, err := analyzer.New(patterns.Builtin()).Analyze(ctx, log, analyzer.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	in := r.Incidents[0]
	fmt.Println(r.Verdict, in.Package.Name, in.Symptoms[0], in.Diagnoses[0].Confidence)
	// Output: explained @acme/widget registry-put-not-found possible
}

// A scan is diagnosed again when more is known, without reading the log again.
func ExampleScan_Diagnose() {
	ctx := context.Background()
	log, err := analyzer.Open("publish.log", strings.NewReader(failedLog))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	scan, err := analyzer.New(patterns.Builtin()).Scan(ctx, log)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, known := range [][]report.Fact{
		nil,
		{{ID: "token.kind", Value: "secret", Origin: report.FromUser}, {ID: "package.exists", Value: "true", Origin: report.FromUser}},
	} {
		r, err := scan.Diagnose(ctx, analyzer.Options{Facts: known})
		if err != nil {
			fmt.Println(err)
			return
		}
		d := r.Incidents[0].Diagnoses[0]
		fmt.Println(d.Cause, d.Confidence)
	}
	// Output:
	// trusted-publisher-mismatch possible
	// token-invalid-or-expired likely
}

// Files of the repository tell what the log does not, and the fix shows the
// edit of them.
func ExampleFiles() {
	ctx := context.Background()
	log, err := analyzer.Open("publish.log", strings.NewReader(unpermittedLog))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	repository := fstest.MapFS{".github/workflows/release.yml": {Data: []byte(`on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v6
      - run: npm publish --provenance
`)}}
	r, err := analyzer.New(patterns.Builtin()).Analyze(ctx, log, analyzer.Options{Sources: analyzer.Sources{Tree: analyzer.Files(repository)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := r.Incidents[0].Diagnoses[0]
	fmt.Println(d.Cause, d.Fix.File, d.Fix.Line)
	// Output: id-token-permission-missing .github/workflows/release.yml 7
}

// A folder may hold the logs of many runs. Each is diagnosed alone.
func ExampleScan_Runs() {
	ctx := context.Background()
	log, err := analyzer.OpenFS("logs", fstest.MapFS{
		"monday.log":  {Data: []byte(failedLog)},
		"tuesday.log": {Data: []byte("npm error code EPUBLISHCONFLICT\nnpm error publish fail Cannot publish over existing version.\n")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	scan, err := analyzer.New(patterns.Builtin()).Scan(ctx, log)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, run := range scan.Runs() {
		r, err := run.Diagnose(ctx, analyzer.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.Source.File, r.Verdict, len(r.Incidents))
	}
	// Output:
	// monday.log explained 1
	// tuesday.log explained 1
}
