package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"github.com/pubmortem/pubmortem/analyzer/internal/filter"
	"github.com/pubmortem/pubmortem/analyzer/internal/joblog"
	"github.com/pubmortem/pubmortem/patterns"
)

// hostile measures logs that are made to be slow.
func (b *bench) hostile() error {
	fmt.Println("logs that are made to be slow, one core")
	for _, kind := range joblog.Kinds()[1:] {
		const size = 100 << 20
		path, err := b.log(kind, size)
		if err != nil {
			return err
		}
		costs, err := interleaved([]tool{b.oneCore}, b.runs, path)
		if err != nil {
			return err
		}
		fmt.Printf("  %-24s %8.1f ms %7.0f MB/s  %8s\n", kind, float64(costs[0].wall.Microseconds())/1000, costs[0].rate(size), mib(costs[0].peak))
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// archive compares a run's archive with inflating it alone.
func (b *bench) archive() error {
	const members, size = 8, 25 << 20
	path := filepath.Join(b.dir, "logs.zip")
	if err := writeArchive(path, members, size); err != nil {
		return err
	}
	defer os.Remove(path)
	var alone []cost
	for range b.runs {
		start := time.Now()
		if err := inflate(path); err != nil {
			return err
		}
		alone = append(alone, cost{wall: time.Since(start)})
	}
	costs, err := interleaved([]tool{b.oneCore, b.allCores}, b.runs, path)
	if err != nil {
		return err
	}
	fmt.Printf("a zip of %d jobs, %d MB\n", members, members*size/1_000_000)
	base := median(alone).rate(members * size)
	fmt.Printf("  %-24s %31.0f MB/s\n", "inflating alone", base)
	for i, t := range []tool{b.oneCore, b.allCores} {
		rate := costs[i].rate(members * size)
		fmt.Printf("  %-24s %8.1f ms %18.0f MB/s  %8s %5.0f %% of inflating\n", t.name, float64(costs[i].wall.Microseconds())/1000, rate, mib(costs[i].peak), 100*rate/base)
	}
	fmt.Println()
	return nil
}

func writeArchive(path string, members int, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	zw := zip.NewWriter(f)
	for i := range members {
		w, err := zw.Create(fmt.Sprintf("%d_job %d.txt", i, i))
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, joblog.Reader(joblog.Ordinary, size)); err != nil {
			return err
		}
	}
	return errors.Join(zw.Close(), f.Close())
}

// inflate reads all members with the decompressor that the program uses.
func inflate(path string) error {
	r, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer r.Close()
	r.RegisterDecompressor(zip.Deflate, flate.NewReader)
	block := make([]byte, 256<<10)
	for _, m := range r.File {
		rc, err := m.Open()
		if err != nil {
			return err
		}
		for err == nil {
			_, err = rc.Read(block)
		}
		if !errors.Is(err, io.EOF) {
			return err
		}
		if err := rc.Close(); err != nil {
			return err
		}
	}
	return nil
}

const hello = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello, world\") }\n"

const paste = "npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found\n"

// startUp compares what a call costs with what an empty Go program does.
func (b *bench) startUp() error {
	source, empty := filepath.Join(b.dir, "hello.go"), filepath.Join(b.dir, "hello")
	if err := os.WriteFile(source, []byte(hello), 0o644); err != nil {
		return err
	}
	if out, err := exec.Command("go", "build", "-trimpath", "-o", empty, source).CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	calls := []tool{
		{name: "hello world", args: []string{empty}},
		{name: "pubmortem version", args: []string{b.program, "version"}},
		{name: "a paste of two lines", args: []string{b.program, "--offline", "-"}},
	}
	all := make([][]cost, len(calls))
	for range 20 * b.runs {
		for i, t := range calls {
			c, err := once(t, bytes.NewReader([]byte(paste)))
			if err != nil {
				return err
			}
			all[i] = append(all[i], c)
		}
	}
	fmt.Println("start-up, CPU time")
	base := median(all[0]).cpu
	for i, t := range calls {
		c := median(all[i])
		fmt.Printf("  %-24s %8.2f ms %5.1f x hello world\n", t.name, float64(c.cpu.Microseconds())/1000, float64(c.cpu)/float64(base))
	}
	fmt.Println()
	return nil
}

// interrupt measures how long the program goes on after Ctrl-C in the middle
// of a log of 2 GB.
func (b *bench) interrupt() error {
	var took []cost
	for range b.runs {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		cmd := exec.CommandContext(ctx, b.program, "--offline", "-")
		cmd.Stdin = joblog.Reader(joblog.Ordinary, 2<<30)
		if err := cmd.Start(); err != nil {
			cancel()
			return err
		}
		time.Sleep(300 * time.Millisecond)
		start := time.Now()
		err := cmd.Process.Signal(os.Interrupt)
		state, waited := cmd.Process.Wait()
		cancel()
		if err := errors.Join(err, waited); err != nil {
			return err
		}
		const interrupted = 130
		if code := state.ExitCode(); code != interrupted {
			return fmt.Errorf("interrupted, it exits with %d", code)
		}
		took = append(took, cost{wall: time.Since(start)})
	}
	fmt.Printf("interrupted within 2 GB: ends after %.0f ms\n", float64(median(took).wall.Microseconds())/1000)
	return nil
}

// pattern is a matcher of the catalog in the form that grep programs take.
type pattern struct{ literal, regex string }

// outputPatterns are the matchers that look for what programs print, wherever
// in a log. Those with shorter literals are tried only near a publish.
func outputPatterns(cat *patterns.Catalog) []pattern {
	var list []pattern
	add := func(m *patterns.Matcher) {
		if !everywhere(m) {
			return
		}
		p := pattern{m.Literal, regexp.QuoteMeta(m.Literal)}
		if m.Regex != "" {
			p.regex = onRawLine(m.Regex)
		}
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	for i := range cat.Symptoms {
		for j := range cat.Symptoms[i].Match {
			add(&cat.Symptoms[i].Match[j])
		}
	}
	for i := range cat.Facts {
		for j := range cat.Facts[i].From {
			add(&cat.Facts[i].From[j])
		}
	}
	return list
}

func everywhere(m *patterns.Matcher) bool {
	switch m.In {
	case "", patterns.InOutput, patterns.InAny:
		return len(m.Literal) >= filter.MinLen
	}
	return false
}

// start is where the text of a line of a job's log begins: behind its time
// stamp.
const start = `(?:^|Z )`

// ascii are Go's classes as ripgrep has to be told them: to it they are those
// of Unicode, with which its fast automaton gives up at the first check mark.
var ascii = map[byte]struct{ alone, inClass string }{
	'b': {alone: `(?-u:\b)`},
	'w': {alone: `[0-9A-Za-z_]`, inClass: `0-9A-Za-z_`},
	'W': {alone: `[^0-9A-Za-z_]`},
	'd': {alone: `[0-9]`, inClass: `0-9`},
	's': {alone: `[\t\n\f\r ]`, inClass: `\t\n\f\r `},
	'S': {alone: `[^\t\n\f\r ]`},
}

// groupName is how a group of a matcher gets its name.
var groupName = regexp.MustCompile(`\(\?P<\w+>`)

// onRawLine is a matcher's regex for ripgrep and for lines as they stand in a
// file. Names of groups, of which a list of patterns may have none twice, go.
func onRawLine(regex string) string {
	regex = groupName.ReplaceAllString(regex, "(?:")
	var out strings.Builder
	class := false
	for i := 0; i < len(regex); i++ {
		part := regex[i : i+1]
		switch {
		case part == `\` && i+1 < len(regex):
			part = escaped(regex[i:i+2], class)
			i++
		case part == "[" && !class:
			class = true
			if strings.HasPrefix(regex[i:], "[^") {
				part = "[^"
				i++
			}
		case part == "]":
			class = false
		case part == "^" && !class:
			part = start
		}
		out.WriteString(part)
	}
	return out.String()
}

func escaped(text string, class bool) string {
	as := ascii[text[1]]
	switch {
	case class && as.inClass != "":
		return as.inClass
	case !class && as.alone != "":
		return as.alone
	case text[1] == '"' || text[1] == '\'':
		return text[1:] // ripgrep before 14 refuses what need not be escaped
	}
	return text
}
