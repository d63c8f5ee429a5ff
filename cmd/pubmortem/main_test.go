package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pubmortem": main})
}

// TestScripts runs the transcripts of the command line. GOLDIE_UPDATE=1 writes
// the expected output in them anew.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../logs-testdata/script",
		UpdateScripts:       os.Getenv("GOLDIE_UPDATE") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition:           condition,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exitcode": exitCode,
			"zip":      zipFolder,
			"truncate": truncateFile,
			"binary":   binaryFile,
		},
	})
}

// setup keeps each call from waiting a second for late races at its end
// (https://go.dev/doc/articles/race_detector#Options).
func setup(env *testscript.Env) error {
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	recipes, err := filepath.Abs("../../logs-testdata/recipes")
	env.Setenv("RECIPES", recipes)
	duckdb, err2 := filepath.Abs(duckdbFolder)
	env.Setenv("DUCKDB", duckdb)
	return errors.Join(err, err2)
}

// duckdbFolder is where "make recipes" installs DuckDB.
const duckdbFolder = "../../dist/recipes"

// condition knows [root], for whom no file is closed, and [duckdb].
func condition(cond string) (bool, error) {
	switch cond {
	case "root":
		return os.Geteuid() == 0, nil
	case "duckdb":
		_, err := os.Stat(filepath.Join(duckdbFolder, "node_modules", "@duckdb", "node-api"))
		_, err2 := exec.LookPath("node")
		return err == nil && err2 == nil, nil
	}
	return false, fmt.Errorf("unknown condition %q", cond)
}

// exitCode runs pubmortem, which has to end with a code: "exitcode 3 run.log".
func exitCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("pubmortem", args[1:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if want, _ := strconv.Atoi(args[0]); code != want {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// zipFolder packs a folder: "zip logs.zip logs".
func zipFolder(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	ts.Check(w.AddFS(os.DirFS(ts.MkAbs(args[1]))))
	ts.Check(w.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// truncateFile cuts a file: "truncate logs.zip 900".
func truncateFile(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

// binaryFile writes bytes that are no text: "binary data.bin".
func binaryFile(ts *testscript.TestScript, _ bool, args []string) {
	data := make([]byte, 4096)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o666))
}
