package match

import (
	"testing"

	"github.com/pubmortem/pubmortem/patterns"
)

func TestComplains(t *testing.T) {
	e := New(patterns.Builtin())
	for line, want := range map[string]bool{
		"✖ Connection to npm registry timed out":                                                                                 true,
		"ERROR Unable to reach npm registry (timed out after 10000ms).":                                                          true,
		"error: attempted to publish a private package":                                                                          true,
		`Skipped package "@acme/widget" from project "widget", because no new version was resolved for this project`:             true,
		"➤ YN0041: Invalid OTP token":                                                                                            true,
		"error: failed to publish to registry at https://crates.io":                                                              false,
		"ERROR: failed to solve: process \"/bin/sh -c npm ci\" did not complete successfully":                                    false,
		"error: Response status code does not indicate success: 409 (Conflict - The feed already contains 'Acme.Widget 1.0.0').": false,
		"npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory.":                                    false,
		"Error: Command failed: npm run build":                                                                                   false,
		"FAILED tests/test_api.py::test_publish - AssertionError: assert 1 == 2":                                                 false,
		"Execution failed for task ':publishToMavenCentral'.":                                                                    false,
		"Error: Cannot find module '@acme/widget'":                                                                               false,
		"+ @acme/widget@1.2.3": false,
	} {
		if got := e.complains(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
