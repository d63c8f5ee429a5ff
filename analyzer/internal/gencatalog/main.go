// Command gencatalog prepares the catalog's YAML files as Go values and as pages
// to read: it writes patterns/builtin_gen.go and patterns/reference. It runs in
// the directory patterns (go generate).
package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pubmortem/pubmortem/patterns"
)

const target = "builtin_gen.go"

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
func generate(module fs.FS) (map[string][]byte, []patterns.Problem, error) {
	catalog, problems := patterns.Load(module, roots...)
	problems = append(problems, catalog.Lint()...)
	if patterns.Errors(problems) {
		return nil, problems, fmt.Errorf("%s not written: the catalog has errors", target)
	}
	var b bytes.Buffer
	if err := writeSource(&b, catalog); err != nil {
		return nil, problems, fmt.Errorf("write %s: %w", target, err)
	}
	files := map[string][]byte{target: b.Bytes()}
	for name, text := range pages(catalog) {
		files["reference/"+name] = []byte(text)
	}
	return files, problems, nil
}
