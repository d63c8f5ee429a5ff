package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/excerpt"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/internal/tempfile"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

func (e *env) excerptCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "excerpt FILE|ZIP|DIR|-",
		Short: "the decisive lines of a log, without secrets, to show to others",
		Long: `Print the decisive lines of a log with ten lines around each, the verdict and the
versions that took part: what another person needs to see. Known kinds of secrets
are taken out; read it before you send it, all the same.`,
		Example: examples("pubmortem excerpt run.log > excerpt.txt"),
		RunE:    e.runs(runExcerpt),
	}
	e.catalogFlags(c.Flags())
	return c
}

func runExcerpt(ctx context.Context, e *env, args []string) (int, error) {
	if len(args) != 1 {
		return exitUsage, wrongCall("excerpt needs one log", "pubmortem excerpt run.log")
	}
	cat, err := e.catalog()
	if err != nil {
		return exitUsage, err
	}
	path := args[0]
	if path == "-" {
		copied, err := e.keepStdin(ctx)
		if err != nil {
			return exitNoLogs, err
		}
		defer tempfile.Drop(copied) // nobody needs it any more
		path = copied.Name()
	}
	log, err := openLog(path)
	if err != nil {
		return exitNoLogs, err
	}
	defer log.Close() // it was only read
	r, err := analyzer.New(cat).Analyze(ctx, log, analyzer.Options{Version: currentBuild().version})
	if err != nil {
		return exitNoLogs, err
	}
	x := excerpt.New(r, len(log.Members) == 1)
	if args[0] == "-" {
		x.Name = "stdin"
	}
	x.Verdict = summary(r)
	if err := eachLine(ctx, path, x.Add); err != nil {
		return exitNoLogs, err
	}
	return exitOK, e.print(x.String())
}

// keepStdin copies standard input to a temporary file: the lines around a
// decisive one can only be told once the whole log is read.
func (e *env) keepStdin(ctx context.Context) (*os.File, error) {
	f, err := tempfile.Create("", program+"-stdin-*.log")
	if err != nil {
		return nil, err
	}
	most := runlog.DefaultLimits().MaxTotal
	n, err := io.Copy(f, io.LimitReader(e.stdin(ctx), most+1))
	err = errors.Join(err, f.Close())
	switch {
	case err == nil && n == 0:
		err = &fault.Error{Kind: fault.BadContent, Msg: "stdin is empty"}
	case err == nil && n > most:
		err = &fault.Error{Kind: fault.BadContent, Msg: fmt.Sprintf("stdin is larger than %d GiB", most>>30)}
	}
	if err != nil {
		return nil, errors.Join(err, tempfile.Drop(f))
	}
	return f, nil
}

// eachLine calls visit with the lines of a saved log until it returns false.
func eachLine(ctx context.Context, name string, visit func(excerpt.Line) bool) error {
	log, err := openLog(name)
	if err != nil {
		return err
	}
	defer log.Close() // it was only read
	return excerpt.Lines(ctx, log, nil, visit)
}

// unexplainedHint is what to do about a report that nothing explains, or not
// all of it: write a symptom for the decisive line, or send it to somebody. It
// is empty when there is nothing to explain.
func unexplainedHint(r *report.Report) string {
	if len(r.Unexplained) == 0 {
		return ""
	}
	if r.Source.Kind != "file" {
		return "no symptom explains this; with the log in a file, write one: pubmortem catalog new symptom --from-log FILE:LINE"
	}
	line := "LINE"
	if r.Source.Format == "raw" || r.Source.Format == "text" { // only there are lines those of the file
		line = strconv.FormatInt(r.Unexplained[len(r.Unexplained)-1].Line, 10)
	}
	return fmt.Sprintf("no symptom explains this; write one: pubmortem catalog new symptom --from-log %s (or show it to somebody: pubmortem excerpt %s)",
		words.ShellWord(r.Source.Name+":"+line), words.ShellWord(r.Source.Name))
}
