// Command benchcompare measures pubmortem beside ripgrep and GNU grep: the same
// logs, the catalog's own patterns, one run. It says how much each does in a
// second, what it needs for that, and whether all find the same lines.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pubmortem/pubmortem/analyzer/internal/joblog"
)

func main() {
	var b bench
	flag.StringVar(&b.rg, "rg", "rg", "ripgrep, a name or a path")
	flag.StringVar(&b.grep, "grep", "grep", "GNU grep, a name or a path")
	flag.IntVar(&b.runs, "runs", 5, "how often each is run; the median counts")
	huge := flag.Bool("huge", true, "measure on 1 GB, too")
	flag.Parse()
	if err := run(&b, *huge); err != nil {
		fmt.Fprintln(os.Stderr, "benchcompare:", err)
		os.Exit(1)
	}
}

func run(b *bench, huge bool) error {
	dir, err := os.MkdirTemp("", "benchcompare-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	if err := b.prepare(); err != nil {
		return err
	}
	fmt.Printf("%d patterns of the catalog, medians of %d runs\n\n", len(b.patterns), b.runs)
	sizes := []int64{1 << 20, 100 << 20}
	if huge {
		sizes = append(sizes, 1000<<20)
	}
	for _, size := range sizes {
		if err := b.compare(size); err != nil {
			return err
		}
	}
	for _, part := range []func() error{b.hostile, b.archive, b.startUp, b.interrupt} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// log writes a log of a kind and size into the working directory.
func (b *bench) log(kind joblog.Kind, size int64) (string, error) {
	path := filepath.Join(b.dir, fmt.Sprintf("%s-%d.log", kind, size))
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	if _, err := f.ReadFrom(joblog.Reader(kind, size)); err != nil {
		return "", err
	}
	return path, f.Close()
}
