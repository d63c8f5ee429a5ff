package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCaskHasAllPages: Homebrew installs the pages that the cask lists.
func TestCaskHasAllPages(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile("../../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := os.ReadDir(dir)
	if err != nil || strings.Count(string(config), "- man/") != len(pages) {
		t.Errorf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		if !strings.Contains(string(config), "- man/"+page.Name()+"\n") {
			t.Errorf("the cask in .goreleaser.yaml lacks %s", page.Name())
		}
	}
}

// TestPages looks for what readers look up, and lets groff look for mistakes
// where it is installed.
func TestPages(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"pubmortem.1":              {`\fB-R\fP, \fB--repo\fP`, "nothing failed", "run.log", "pubmortem-explain(1)"},
		"pubmortem-explain.1":      {"--no-user-catalog", "ENEEDAUTH"},
		"pubmortem-catalog-test.1": {"--against"},
	} {
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		for _, text := range want {
			if !strings.Contains(string(page), text) {
				t.Errorf("%s: no %q", name, text)
			}
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		return
	}
	cmd := exec.Command(groff, "-man", "-ww", "-Tutf8", "-z", "-K", "utf8", filepath.Join(dir, "pubmortem.1"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("groff: %v\n%s", err, out)
	}
}
