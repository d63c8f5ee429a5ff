package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

func versionCommand() command {
	return command{
		name:  "version",
		short: "print the version",
		long:  "Print the version, the commit that it was built from and the version of Go.",
		run: func(_ context.Context, e *env, args []string) (int, error) {
			if len(args) > 0 {
				return exitUsage, wrongCall("version takes no arguments", "")
			}
			return exitOK, e.printVersion()
		},
	}
}

func (e *env) printVersion() error {
	return e.print(fmt.Sprintf("%s %s\n", program, currentBuild()))
}

// build says which program this is.
type build struct {
	version   string // "v1.2.3", or "devel"
	commit    string // empty when it was not built from a repository
	date      string // of the commit, RFC 3339
	dirty     bool   // built with changes that are not in the commit
	goVersion string
}

// currentBuild reads what the go command wrote into this program.
func currentBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) build {
	b := build{version: info.Main.Version, goVersion: info.GoVersion}
	if b.version == "" || b.version == "(devel)" {
		b.version = "devel"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.time":
			b.date = s.Value
		case "vcs.modified":
			b.dirty = s.Value == "true"
		}
	}
	return b
}

// String is "v1.2.3 (4f2a91c0b7d3, 2026-11-02) go1.26.0 linux/amd64".
func (b build) String() string {
	const shortCommit, day = 12, len("2006-01-02")
	var from []string
	if b.commit != "" {
		commit := b.commit[:min(shortCommit, len(b.commit))]
		if b.dirty {
			commit += " with changes"
		}
		from = append(from, commit)
	}
	if b.date != "" {
		from = append(from, b.date[:min(day, len(b.date))])
	}
	text := b.version
	if from != nil {
		text += " (" + strings.Join(from, ", ") + ")"
	}
	return fmt.Sprintf("%s %s %s/%s", text, b.goVersion, runtime.GOOS, runtime.GOARCH)
}
