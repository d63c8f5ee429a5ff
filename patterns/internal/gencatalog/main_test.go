package main

import (
	"bytes"
	"os"
	"reflect"
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
	got, err := os.ReadFile("../../" + target)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale: run go generate ./patterns", target)
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
	if source, _, err := generate(module); err != nil || !strings.Contains(string(source), "var builtin = Catalog{") {
		t.Errorf("an empty catalog: %v\n%s", err, source)
	}
	module["patterns/rows/bad.yaml"] = &fstest.MapFile{Data: []byte("rows:\n  - id: x\n")}
	source, problems, err := generate(module)
	if err == nil || source != nil || len(problems) == 0 {
		t.Errorf("got source %q, problems %v, error %v", source, problems, err)
	}
}
