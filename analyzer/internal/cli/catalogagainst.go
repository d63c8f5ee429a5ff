package cli

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

// compared is one log's diagnosis by the built-in catalog and by the extended
// one.
type compared struct {
	name           string
	verdict        report.Verdict
	before, now    string // "explained: npm-too-old (certain)"
	err            error
	fallen, gained bool // whether it stopped or began to be explained
}

// runAgainst diagnoses every log at and below a path and prints what comes of it.
func (e *env) runAgainst(ctx context.Context, cat *patterns.Catalog) error {
	names, err := logFiles(e.against)
	if err != nil {
		return openError(e.against, err)
	}
	if len(names) == 0 {
		return wrongCall(fmt.Sprintf("there are no logs in %s", e.against), "logs end in .log, .txt or .zip")
	}
	results := compareAll(ctx, cat, names)
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range results {
		if rel, err := filepath.Rel(e.against, names[i]); err == nil && rel != "." {
			results[i].name = filepath.ToSlash(rel)
		}
	}
	return e.print(againstText(results, cat != patterns.Whole(), e.quiet))
}

// logFiles lists the logs at and below a path, sorted. A path that is a file is
// taken for a log, whatever its name.
func logFiles(root string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".log", ".txt", ".zip":
			if entry.Type().IsRegular() {
				names = append(names, path)
			}
		default:
			if path == root && !entry.IsDir() {
				names = append(names, path)
			}
		}
		return nil
	})
	return names, err
}

// compareAll diagnoses the logs, as many at a time as there are processors.
func compareAll(ctx context.Context, cat *patterns.Catalog, names []string) []compared {
	with := []*analyzer.Analyzer{analyzer.New(patterns.Whole())}
	if cat != patterns.Whole() {
		with = append(with, analyzer.New(cat))
	}
	results := make([]compared, len(names))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				results[i] = compareLog(ctx, with, names[i])
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	workers.Wait()
	return results
}

// compareLog diagnoses one log by each catalog, the built-in one first.
func compareLog(ctx context.Context, with []*analyzer.Analyzer, name string) compared {
	c := compared{name: name}
	var explained [2]bool
	for i, a := range with {
		r, err := analyzeFile(ctx, a, name)
		if err != nil {
			c.err = err
			return c
		}
		c.verdict, c.now = r.Verdict, summary(r)
		if i == 0 {
			c.before = c.now
		}
		explained[i] = reportCode(r) == exitOK
	}
	c.gained = len(with) > 1 && explained[1] && !explained[0]
	c.fallen = len(with) > 1 && explained[0] && !explained[1]
	return c
}

func analyzeFile(ctx context.Context, a *analyzer.Analyzer, name string) (*report.Report, error) {
	log, err := openLog(name)
	if err != nil {
		return nil, err
	}
	defer log.Close() // it was only read
	return a.Analyze(ctx, log, analyzer.Options{})
}

// summary is a report in one line: the verdict, and each incident's first
// cause.
func summary(r *report.Report) string {
	var causes []string
	for _, in := range r.Incidents {
		if len(in.Diagnoses) == 0 {
			continue
		}
		d := in.Diagnoses[0]
		text := fmt.Sprintf("%s (%s)", d.Cause, d.Confidence)
		if in.Outcome == report.Recovered {
			text += ", recovered"
		}
		if !slices.Contains(causes, text) {
			causes = append(causes, text)
		}
	}
	if len(causes) == 0 {
		return string(r.Verdict)
	}
	return string(r.Verdict) + ": " + strings.Join(causes, "; ")
}

// againstText lists the logs, those that the catalog changes first, and sums
// up. Unless both catalogs were tried, all logs stand in one list.
func againstText(results []compared, both, quiet bool) string {
	var b strings.Builder
	var same, unread [][2]string
	changed := 0
	for _, c := range results {
		name := clean(c.name)
		switch {
		case c.err != nil:
			unread = append(unread, [2]string{name, clean(c.err.Error())})
		case c.before == c.now:
			same = append(same, [2]string{name, clean(c.now)})
		default:
			if changed++; changed == 1 {
				b.WriteString("\nChanged by this catalog:\n")
			}
			fmt.Fprintf(&b, "  %s\n      built-in   %s\n      with it    %s\n", name, clean(c.before), clean(c.now))
		}
	}
	if !quiet && len(same) > 0 {
		title := "Logs"
		if both {
			title = "The same with and without it"
		}
		fmt.Fprintf(&b, "\n%s:\n%s", title, twoColumns(same))
	}
	if unread != nil {
		b.WriteString("\nNot read:\n" + twoColumns(unread))
	}
	b.WriteString("\n" + againstSum(results, both, changed))
	return b.String()
}

var verdicts = []report.Verdict{
	report.Explained, report.PartlyExplained, report.Unexplained,
	report.PublishedWithoutProvenance, report.Healthy, report.NoPublish,
	report.WouldPublish, report.WouldFail, report.WouldPublishWithoutProvenance,
}

// againstSum is "177 logs: 150 explained, 27 healthy; 2 changed by this catalog".
func againstSum(results []compared, both bool, changed int) string {
	counts, unread, gained, fallen := map[report.Verdict]int{}, 0, 0, 0
	for _, c := range results {
		if c.err != nil {
			unread++
			continue
		}
		counts[c.verdict]++
		if c.gained {
			gained++
		}
		if c.fallen {
			fallen++
		}
	}
	var parts []string
	for _, v := range verdicts {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	if unread > 0 {
		parts = append(parts, fmt.Sprintf("%d not read", unread))
	}
	text := words.Count(len(results), "log") + ": " + strings.Join(parts, ", ")
	if both {
		text += fmt.Sprintf("; %d changed by this catalog, %d newly explained, %d no longer", changed, gained, fallen)
	}
	return text + "\n"
}
