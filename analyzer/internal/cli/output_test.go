package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/render"
)

func TestTargets(t *testing.T) {
	tests := []struct {
		formats, output string
		want            string // the files, - for standard output, or the mistakes
	}{
		{"", "", "-"},
		{"", "a.txt", "a.txt"},
		{"json", "", "-"},
		{"json", "a.json", "a.json"},
		{"json=a.json", "", "a.json -"},
		{"json=a.json", "b.txt", "a.json b.txt"},
		{"text json=a.json", "", "- a.json"},
		{"json=- text=a.txt", "", "- a.txt -!"},
		{"text json", "", "- -!"},
		{"text=a json=a", "-", "a a!"},
		{"json=", "", "!"},
		{"yaml", "", "!"},
	}
	for _, test := range tests {
		e := &env{options: options{formats: strings.Fields(test.formats), output: test.output}}
		targets, err := e.targets(render.Names())
		if wantErr := strings.HasSuffix(test.want, "!"); wantErr != (err != nil) {
			t.Errorf("-f %q -o %q: got %v", test.formats, test.output, err)
		}
		if err != nil {
			continue
		}
		var got []string
		for _, target := range targets {
			if target.file == "" {
				target.file = "-"
			}
			got = append(got, target.file)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("-f %q -o %q: got %q, want %q", test.formats, test.output, got, test.want)
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report.txt")
	link := filepath.Join(dir, "link.txt")
	content := func(s string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		}
	}
	for _, text := range []string{"first", "second"} {
		if err := writeFile(name, content(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(name, link); err == nil {
		if err := writeFile(link, content("third")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("the link is gone: %v %v", info, err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || string(got) != "third" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestWriteFileKeepsWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report.txt")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := writeFile(name, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "old" {
		t.Errorf("got %q, %v", got, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
