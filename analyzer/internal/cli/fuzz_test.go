package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// checkOutput looks for what output must never hold: controls, and what the
// runner takes for commands unless it is asked for.
func checkOutput(t *testing.T, in, format, out string) {
	t.Helper()
	for line := range strings.SplitSeq(out, "\n") {
		if i := strings.IndexFunc(line, unicode.IsControl); i >= 0 {
			t.Errorf("%s of %q has the control %q in %q", format, in, line[i], line)
		}
		if strings.Contains(line, "##[") || strings.HasPrefix(strings.TrimSpace(line), "::") && format != "github" {
			t.Errorf("%s of %q has a workflow command: %q", format, in, line)
		}
	}
}

var fuzzFormats = []string{"text", "json", "markdown", "github"}

// FuzzMain diagnoses any bytes from standard input, in every format.
func FuzzMain(f *testing.F) {
	for _, place := range secretPlaces {
		f.Add([]byte(strings.ReplaceAll(place.log, "SECRET", "\x1b[31m##[error]::error::x\x1b[0m")), uint8(0))
	}
	f.Add([]byte("PK\x03\x04\x14\x00\b\x00\b\x00"), uint8(1))
	f.Add([]byte("{\"message\": \"Not Found\", \"documentation_url\": \"x\"}"), uint8(2))
	f.Fuzz(func(t *testing.T, log []byte, pick uint8) {
		format := fuzzFormats[int(pick)%len(fuzzFormats)]
		w := newWorld(string(log), nil)
		code := w.run("--offline", "--all", "-f", format, "-")
		if code != exitOK && code != exitUnexplained && code != exitNoLogs {
			t.Errorf("exit code %d for %q", code, log)
		}
		checkOutput(t, string(log), format, w.out.String())
		checkOutput(t, string(log), "messages", w.err.String())
	})
}

// FuzzSavedReport renders anything that may be a saved report, in every format.
func FuzzSavedReport(f *testing.F) {
	saved, err := filepath.Glob("../../../logs-testdata/golden/report/*.json")
	if err != nil || len(saved) == 0 {
		f.Fatalf("no saved reports: %v", err)
	}
	for i, path := range saved {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint8(i))
	}
	f.Add([]byte(`{"schema":1,"verdict":"explained","incidents":[{"diagnoses":[]}]}`), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, pick uint8) {
		format := fuzzFormats[int(pick)%len(fuzzFormats)]
		w := newWorld(string(data), nil)
		w.run("render", "-f", format, "-")
		checkOutput(t, string(data), format, w.out.String())
		checkOutput(t, string(data), "messages", w.err.String())
	})
}
