package main

import (
	"bytes"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/patterns"
)

// TestBuiltinIsFresh lints the catalog and compares what would be generated
// with what is there.
func TestBuiltinIsFresh(t *testing.T) {
	want, problems, err := generate(os.DirFS("../../.."))
	for _, p := range problems {
		t.Log(p)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		got, err := os.ReadFile("../../../patterns/" + name)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s is stale: run go generate ./patterns (%v)", name, err)
		}
	}
}

// TestBuiltinIsWhatWasLoaded compares the prepared values with the files'.
func TestBuiltinIsWhatWasLoaded(t *testing.T) {
	loaded, _ := catalog.Load(os.DirFS("../../.."), roots...)
	if !reflect.DeepEqual(patterns.Whole(), loaded.Catalog) {
		t.Error("the built-in catalog differs from the files: run go generate ./patterns")
	}
}

func TestGenerateRefusesErrors(t *testing.T) {
	module := fstest.MapFS{}
	for _, root := range roots {
		module[root+"/empty.yaml"] = &fstest.MapFile{}
	}
	if files, _, err := generate(module); err != nil || len(files["catalog.bin"]) == 0 {
		t.Errorf("an empty catalog: %v", err)
	}
	module["patterns/rows/bad.yaml"] = &fstest.MapFile{Data: []byte("rows:\n  - id: x\n")}
	files, problems, err := generate(module)
	if err == nil || files != nil || len(problems) == 0 {
		t.Errorf("got files %v, problems %v, error %v", files, problems, err)
	}
}

// TestPagesLinks follows the links between the pages.
func TestPagesLinks(t *testing.T) {
	all := pages(patterns.Whole())
	link := regexp.MustCompile(`\]\(([a-z]+\.md)#([a-z0-9-]+)\)`)
	for name, text := range all {
		for _, to := range link.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(all[to[1]], "\n## "+to[2]+"\n") {
				t.Errorf("%s: the link %s leads nowhere", name, to[0])
			}
		}
	}
}

func TestDecisionTable(t *testing.T) {
	c := &patterns.Catalog{
		Symptoms: []patterns.Symptom{{ID: "put-not-found", Title: "The registry answered 404"}},
		Causes: []patterns.Cause{{
			ID: "npm-too-old", Title: "npm is too old",
			FirstCheck: "Run `npm -v | cat` <in> ${run.fork} a_b | ${token.kind|the *job*}",
		}},
		Rows: []patterns.Row{{
			Symptoms: []string{"put-not-found"}, Cause: "npm-too-old", Confidence: "likely",
			When: []patterns.Cond{{Fact: "npm.version", Op: patterns.OpRange, Values: []string{"< 11.5.0"}}},
		}, {
			Symptoms: []string{"put-not-found", "gone"}, Seen: []string{"a"}, Unless: []string{"b"}, Cause: "lost", Confidence: "possible",
			When: []patterns.Cond{
				{Fact: "token.kind", Op: patterns.OpIs, Values: []string{"secret", "absent"}},
				{Fact: "run.fork", Op: patterns.OpNot, Values: []string{"true"}},
			},
			FirstCheck: "an odd `",
		}},
	}
	want := "| Symptom | When | Likely cause | Confidence | First check |\n" +
		"| --- | --- | --- | --- | --- |\n" +
		"| The registry answered 404 `put-not-found` | npm.version \\< 11.5.0 | npm is too old `npm-too-old` | likely | Run `npm -v \\| cat` `<in>` ‹run.fork› `a_b` `\\|` the `*job*` |\n" +
		"| The registry answered 404 `put-not-found`; `gone` | token.kind is secret or absent; run.fork is not true; after `a`; without `b` | `lost` | possible | an odd `` ` `` |\n"
	if got := (document.Document{{Body: decisionTable(c)}}).Markdown(0); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
