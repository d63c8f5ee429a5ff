// Command gencatalog prepares the catalog's YAML files as Go values: it writes
// patterns/builtin_gen.go. It runs in the directory patterns (go generate).
package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"

	"github.com/pubmortem/pubmortem/patterns"
)

const target = "builtin_gen.go"

func main() {
	source, problems, err := generate(os.DirFS(".."))
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if err == nil {
		err = os.WriteFile(target, source, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gencatalog:", err)
		os.Exit(1)
	}
}

// roots are the folders of the catalog, as seen from the module's root.
var roots = []string{"patterns/symptoms", "patterns/facts", "patterns/causes", "patterns/rows"}

// generate is the source of builtin_gen.go. The problems are those of the
// catalog; errors among them keep the source from being written.
func generate(module fs.FS) ([]byte, []patterns.Problem, error) {
	catalog, problems := patterns.Load(module, roots...)
	problems = append(problems, catalog.Lint()...)
	if patterns.Errors(problems) {
		return nil, problems, fmt.Errorf("%s not written: the catalog has errors", target)
	}
	var b bytes.Buffer
	if err := writeSource(&b, catalog); err != nil {
		return nil, problems, fmt.Errorf("write %s: %w", target, err)
	}
	return b.Bytes(), problems, nil
}
