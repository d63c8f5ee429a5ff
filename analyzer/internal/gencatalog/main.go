// Command gencatalog packs the catalog's YAML files for the program and prints them
// as pages to read: it writes patterns/catalog.bin and patterns/reference. It
// also writes patterns/schema.json from the types of the catalog. It runs in
// the directory patterns (go generate).
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/patterns"
)

const target = "catalog.bin"

func main() {
	files, problems, err := generate(os.DirFS(".."))
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if err == nil {
		err = write(files)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gencatalog:", err)
		os.Exit(1)
	}
}

// roots are the folders of the catalog, as seen from the module's root.
var roots = []string{"patterns/symptoms", "patterns/facts", "patterns/causes", "patterns/rows", "patterns/tools"}

// write writes the files, by their paths below patterns.
func write(files map[string][]byte) error {
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// generate makes all files, by their paths below patterns. The problems are
// those of the catalog; errors among them keep anything from being written.
func generate(module fs.FS) (map[string][]byte, []catalog.Problem, error) {
	loaded, problems := catalog.Load(module, roots...)
	problems = append(problems, loaded.Lint()...)
	if catalog.Errors(problems) {
		return nil, problems, fmt.Errorf("%s not written: the catalog has errors", target)
	}
	shape, err := schema(module)
	if err != nil {
		return nil, problems, fmt.Errorf("schema.json: %w", err)
	}
	files := map[string][]byte{target: patterns.Pack(loaded.Catalog), "schema.json": shape}
	for name, text := range pages(loaded.Catalog) {
		files["reference/"+name] = []byte(text)
	}
	return files, problems, nil
}
