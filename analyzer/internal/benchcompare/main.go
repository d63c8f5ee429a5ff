// Command benchcompare measures pubmortem beside ripgrep and GNU grep: the same
// logs, the catalog's own patterns, one run. It says how much each does in a
// second, what it needs for that, and whether all find the same lines.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/joblog"
	"github.com/pubmortem/pubmortem/analyzer/internal/match"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

func main() {
	var b bench
	flag.StringVar(&b.rg, "rg", "rg", "ripgrep, a name or a path")
	flag.StringVar(&b.grep, "grep", "grep", "GNU grep, a name or a path")
	flag.StringVar(&b.recordings, "recordings", "logs-testdata/jobs", "the folder of recorded jobs' logs")
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
	for _, part := range []func() error{b.dense, b.hostile, b.archive, b.startUp, b.interrupt} {
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

// bench is one measurement of everything.
type bench struct {
	rg, grep string
	// recordings is the folder of recorded jobs' logs.
	recordings string
	runs       int
	dir        string
	program    string
	patterns   []pattern
	// files of patterns: regular expressions, and the literals that gate them.
	regexes, literals string
	oneCore, allCores tool
}

// prepare builds the program and writes the pattern files.
func (b *bench) prepare() error {
	b.program = filepath.Join(b.dir, "pubmortem")
	build := exec.Command("go", "build", "-trimpath", "-o", b.program, "github.com/pubmortem/pubmortem/cmd/pubmortem")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	diagnose := []string{b.program, "--offline", "-f", "json"}
	b.oneCore = tool{name: "pubmortem, one core", args: diagnose, env: []string{"GOMAXPROCS=1"}, none: 3}
	b.allCores = tool{name: "pubmortem", args: diagnose, none: 3}

	b.patterns = outputPatterns(patterns.Builtin())
	var regexes, literals strings.Builder
	for _, p := range b.patterns {
		regexes.WriteString("(?i)" + p.regex + "\n")
		literals.WriteString(p.literal + "\n")
	}
	b.regexes, b.literals = filepath.Join(b.dir, "regexes"), filepath.Join(b.dir, "literals")
	return errors.Join(os.WriteFile(b.regexes, []byte(regexes.String()), 0o644), os.WriteFile(b.literals, []byte(literals.String()), 0o644))
}

// tools are the competitors that are installed. ripgrep gets the room that its
// automaton needs for so many patterns: without it, it is fifty times slower.
func (b *bench) tools() []tool {
	list := []tool{b.oneCore, b.allCores}
	if _, err := exec.LookPath(b.rg); err == nil {
		room := []string{"--dfa-size-limit", "2G", "--regex-size-limit", "2G"}
		list = append(list,
			tool{name: "rg -f regexes", args: slices.Concat([]string{b.rg, "-j1", "-a", "-c"}, room, []string{"-f", b.regexes}), none: 1},
			tool{name: "rg -F -i -f literals", args: []string{b.rg, "-j1", "-a", "-c", "-F", "-i", "-f", b.literals}, none: 1})
	}
	if _, err := exec.LookPath(b.grep); err == nil {
		list = append(list, tool{name: "grep -F -i -f literals", args: []string{b.grep, "-a", "-c", "-F", "-i", "-f", b.literals}, env: []string{"LC_ALL=C"}, none: 1})
	}
	return list
}

// compare measures all on an ordinary log of some size.
func (b *bench) compare(size int64) error {
	path, err := b.log(joblog.Ordinary, size)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	if err := b.beside("ordinary job log", path, size); err != nil {
		return err
	}
	same, err := b.sameLines(path)
	fmt.Printf("  %s\n\n", same)
	return err
}

// dense measures all on what recorded jobs printed before their last steps.
func (b *bench) dense() error {
	log, err := joblog.Dense(os.DirFS(b.recordings), 100<<20)
	if err != nil {
		return err
	}
	path := filepath.Join(b.dir, "dense.log")
	defer os.Remove(path)
	if err := os.WriteFile(path, log, 0o644); err != nil {
		return err
	}
	err = b.beside("the beginnings of recorded jobs", path, int64(len(log)))
	fmt.Println()
	return err
}

// beside measures all tools on a log.
func (b *bench) beside(what, path string, size int64) error {
	tools := b.tools()
	costs, err := interleaved(tools, b.runs, path)
	if err != nil {
		return err
	}
	fmt.Printf("%d MB of %s\n", size/1e6, what)
	base := 0.0
	for i, t := range tools {
		if strings.HasPrefix(t.name, "rg -f") {
			base = costs[i].rate(size)
		}
	}
	for i, t := range tools {
		ratio := ""
		if base > 0 {
			ratio = fmt.Sprintf("%6.1f x rg -f", costs[i].rate(size)/base)
		}
		fmt.Printf("  %-24s %8.1f ms %7.0f MB/s  %8s %s\n", t.name, float64(costs[i].wall.Microseconds())/1000, costs[i].rate(size), mib(costs[i].peak), ratio)
	}
	return nil
}

// sameLines compares the lines that ripgrep finds with the engine's.
func (b *bench) sameLines(path string) (string, error) {
	if _, err := exec.LookPath(b.rg); err != nil {
		return "ripgrep is not installed: nothing to compare with", nil
	}
	out, err := exec.Command(b.rg, "-n", "--dfa-size-limit", "2G", "--regex-size-limit", "2G", "-f", b.regexes, path).Output()
	if err != nil {
		return "", fmt.Errorf("rg -n: %w", err)
	}
	var theirs []int64
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		number, _, _ := strings.Cut(lines.Text(), ":")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return "", fmt.Errorf("rg -n: %w", err)
		}
		theirs = append(theirs, n)
	}
	ours, err := foundLines(path)
	if err != nil {
		return "", err
	}
	if !slices.Equal(ours, theirs) {
		return "", fmt.Errorf("not the same lines: pubmortem %v, rg %v", ours, theirs)
	}
	return fmt.Sprintf("pubmortem and rg find the same %d lines", len(ours)), nil
}

// foundLines are the lines on which the engine finds one of the patterns.
func foundLines(path string) ([]int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	log, err := runlog.OpenText("file", path, f)
	if err != nil {
		return nil, err
	}
	scan, err := match.New(patterns.Builtin()).Scan(context.Background(), log)
	if err != nil {
		return nil, err
	}
	var lines []int64
	for _, ev := range scan.Events {
		if everywhere(ev.Matcher) && !slices.Contains(lines, ev.Line) {
			lines = append(lines, ev.Line)
		}
	}
	slices.Sort(lines)
	return lines, nil
}

// tool is a way to look through a log.
type tool struct {
	name string
	args []string // the log's path follows
	env  []string
	// none is the exit code for "nothing found", or for a log that is made to be
	// slow and not read to its end: no failure.
	none int
}

// cost is what one run took.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // bytes; 0 where the system does not tell
}

// once runs a tool and throws its output away.
func once(t tool, in io.Reader, more ...string) (cost, error) {
	cmd := exec.Command(t.args[0], append(slices.Clone(t.args[1:]), more...)...)
	cmd.Env = append(os.Environ(), t.env...)
	cmd.Stdin = in
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	start := time.Now()
	err := cmd.Run()
	c := cost{wall: time.Since(start)}
	if cmd.ProcessState == nil {
		return c, err
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != t.none {
		return c, fmt.Errorf("%s: exit code %d: %s", t.name, code, strings.TrimSpace(trouble.String()))
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.peak = peakMemory(cmd.ProcessState)
	return c, nil
}

// interleaved runs all tools in turn, so that all see the same disturbances,
// and returns the median of each.
func interleaved(tools []tool, runs int, more ...string) ([]cost, error) {
	all := make([][]cost, len(tools))
	for range runs {
		for i, t := range tools {
			c, err := once(t, nil, more...)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], c)
		}
	}
	medians := make([]cost, len(tools))
	for i, costs := range all {
		medians[i] = median(costs)
	}
	return medians, nil
}

// median takes the median of each measure.
func median(costs []cost) cost {
	middle := func(of func(cost) int64) int64 {
		var list []int64
		for _, c := range costs {
			list = append(list, of(c))
		}
		slices.Sort(list)
		return list[len(list)/2]
	}
	return cost{
		wall: time.Duration(middle(func(c cost) int64 { return int64(c.wall) })),
		cpu:  time.Duration(middle(func(c cost) int64 { return int64(c.cpu) })),
		peak: middle(func(c cost) int64 { return c.peak }),
	}
}

func (c cost) rate(size int64) float64 { return float64(size) / 1e6 / c.wall.Seconds() }

func mib(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// peakMemory is the most memory that a process had, in bytes. It is 0 where
// that is unknown: other systems count it otherwise, or not at all.
func peakMemory(p *os.ProcessState) int64 {
	if runtime.GOOS != "linux" {
		return 0
	}
	return reflect.ValueOf(p.SysUsage()).Elem().FieldByName("Maxrss").Int() << 10
}
