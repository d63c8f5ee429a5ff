package main

import (
	"bytes"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

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
	loaded, _ := patterns.Load(os.DirFS("../../.."), roots...)
	got := reflect.ValueOf(patterns.Builtin()).Elem()
	want := reflect.ValueOf(loaded).Elem()
	for i := range got.NumField() {
		name := got.Type().Field(i).Name
		if !got.Type().Field(i).IsExported() {
			continue
		}
		if !reflect.DeepEqual(got.Field(i).Interface(), want.Field(i).Interface()) {
			t.Errorf("%s differ from the files: run go generate ./patterns", name)
		}
	}
}

func TestGenerateRefusesErrors(t *testing.T) {
	module := fstest.MapFS{}
	for _, root := range roots {
		module[root+"/empty.yaml"] = &fstest.MapFile{}
	}
	if files, _, err := generate(module); err != nil || len(files[target]) == 0 {
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
	all := pages(patterns.Builtin())
	link := regexp.MustCompile(`\]\(([a-z]+\.md)#([a-z0-9-]+)\)`)
	for name, text := range all {
		for _, to := range link.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(all[to[1]], "\n## "+to[2]+"\n") {
				t.Errorf("%s: the link %s leads nowhere", name, to[0])
			}
		}
	}
}
