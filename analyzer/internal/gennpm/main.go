// Command gennpm lays out the npm packages of a release: pubmortem, which has
// the launcher, and one for each system with the program, of which npm installs
// the one that fits:
//
//	go run ./analyzer/internal/gennpm -version 1.2.3 -programs dist/programs dist/npm
//
// The programs are those of the release, under their names there. A package is
// made for each one that is found.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// system is one that Go and Node.js name each in its own way
// (https://nodejs.org/api/process.html#processplatform).
type system struct{ goos, goarch, os, cpu string }

var systems = []system{
	{"darwin", "amd64", "darwin", "x64"},
	{"darwin", "arm64", "darwin", "arm64"},
	{"linux", "amd64", "linux", "x64"},
	{"linux", "arm64", "linux", "arm64"},
	{"windows", "amd64", "win32", "x64"},
	{"windows", "arm64", "win32", "arm64"},
}

// manifest is package.json (https://docs.npmjs.com/cli/configuring-npm/package-json).
type manifest struct {
	Name                 string            `json:"name"`
	Version              string            `json:"version"`
	Description          string            `json:"description"`
	Keywords             []string          `json:"keywords,omitempty"`
	Homepage             string            `json:"homepage"`
	Bugs                 string            `json:"bugs"`
	Repository           map[string]string `json:"repository"`
	License              string            `json:"license"`
	Bin                  map[string]string `json:"bin,omitempty"`
	Files                []string          `json:"files"`
	OS                   []string          `json:"os,omitempty"`
	CPU                  []string          `json:"cpu,omitempty"`
	PreferUnplugged      bool              `json:"preferUnplugged,omitempty"` // Yarn must not leave a program in a zip
	Engines              map[string]string `json:"engines"`
	PublishConfig        map[string]any    `json:"publishConfig"`
	OptionalDependencies map[string]string `json:"optionalDependencies,omitempty"`
}

func main() {
	version := flag.String("version", "", "the `version` of the packages")
	programs := flag.String("programs", "", "the `folder` of the programs")
	source := flag.String("source", ".", "the `folder` of the project")
	flag.Parse()
	if flag.NArg() != 1 || *version == "" || *programs == "" {
		fmt.Fprintln(os.Stderr, "gennpm: name a version, the folder of the programs and one folder for the packages")
		os.Exit(2)
	}
	if err := layOut(*source, *programs, *version, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "gennpm:", err)
		os.Exit(1)
	}
}

// layOut writes the packages as folders into dir: one for each system, and
// "pubmortem".
func layOut(source, programs, version, dir string) error {
	text, err := os.ReadFile(filepath.Join(source, "npm", "package.json"))
	if err != nil {
		return err
	}
	var main manifest
	if err := json.Unmarshal(text, &main); err != nil {
		return fmt.Errorf("npm/package.json: %w", err)
	}
	main.Version, main.OptionalDependencies = version, map[string]string{}
	for _, s := range systems {
		exe := ""
		if s.goos == "windows" {
			exe = ".exe"
		}
		program := filepath.Join(programs, fmt.Sprintf("gh-pubmortem_%s_%s-%s%s", version, s.goos, s.goarch, exe))
		if _, err := os.Stat(program); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		m := main
		m.Name = "@pubmortem/" + s.os + "-" + s.cpu
		m.Description = fmt.Sprintf("The program of pubmortem for %s %s", s.os, s.cpu)
		m.Bin, m.Keywords, m.OptionalDependencies = nil, nil, nil
		m.OS, m.CPU, m.PreferUnplugged = []string{s.os}, []string{s.cpu}, true
		files := map[string]string{program: "bin/pubmortem" + exe}
		if err := write(source, filepath.Join(dir, s.os+"-"+s.cpu), m, files); err != nil {
			return err
		}
		main.OptionalDependencies[m.Name] = version
	}
	if len(main.OptionalDependencies) == 0 {
		return fmt.Errorf("no program of version %s in %s", version, programs)
	}
	launcher := "bin/pubmortem.js"
	return write(source, filepath.Join(dir, main.Name), main, map[string]string{filepath.Join(source, "npm", launcher): launcher})
}

// write makes a package of its manifest, the files to run and what each has.
func write(source, dir string, m manifest, run map[string]string) error {
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o777); err != nil {
		return err
	}
	for from, to := range run {
		if err := copyFile(from, filepath.Join(dir, to), 0o755); err != nil {
			return err
		}
	}
	for _, from := range []string{"LICENSE", "npm/README.md"} {
		if err := copyFile(filepath.Join(source, from), filepath.Join(dir, filepath.Base(from)), 0o644); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "package.json"), append(text, '\n'), 0o644)
}

func copyFile(from, to string, mode fs.FileMode) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, data, mode); err != nil {
		return err
	}
	return os.Chmod(to, mode) // whatever the umask
}
