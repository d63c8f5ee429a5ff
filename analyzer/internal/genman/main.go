// Command genman writes the manual pages, one for each command, to a folder:
//
//	go run ./analyzer/internal/genman FOLDER
//
// It is a program of its own so that what formats the pages is no part of
// pubmortem. SOURCE_DATE_EPOCH dates the pages, as in other builds that can be
// repeated (https://reproducible-builds.org/specs/source-date-epoch/).
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra/doc"

	"github.com/pubmortem/pubmortem/analyzer/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "genman: name one folder")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "genman:", err)
		os.Exit(1)
	}
}

// write makes the folder and writes the pages into it.
func write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root := cli.Command()
	root.DisableAutoGenTag = true
	return doc.GenManTree(root, &doc.GenManHeader{Title: "PUBMORTEM", Section: "1", Source: "pubmortem", Manual: "User Commands"}, dir)
}
