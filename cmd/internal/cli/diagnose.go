package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

func diagnoseCommand() command {
	return command{
		args:  "[flags] [FILE|ZIP|DIR|-]",
		short: "explain a saved log, or the one on standard input",
		examples: []string{
			"gh run view 1234567890 --log | pubmortem",
			"pubmortem run.log --fact npm.version=11.6.2",
			"pubmortem logs.zip -f json -o report.json",
			"pubmortem run.log -f text -f json=report.json",
			"pubmortem run.log --catalog our-patterns/",
		},
		flags: diagnoseFlags,
		run:   runDiagnose,
	}
}

func diagnoseFlags(fs *pflag.FlagSet, o *options) {
	outputFlags(fs, o)
	fs.StringArrayVar(&o.facts, "fact", nil, "`ID=VALUE` what you know and the log does not say; may be repeated")
	catalogFlag(fs, o)
	fs.BoolVar(&o.offline, "offline", false, "use no network")
}

func runDiagnose(ctx context.Context, e *env, args []string) (int, error) {
	if len(args) > 1 {
		return exitUsage, wrongCall(fmt.Sprintf("one log at a time, not %d", len(args)), "put the files into a folder and name that")
	}
	if len(args) == 0 && e.InTerminal {
		return exitOK, e.print(shortHelp)
	}
	targets, err := e.targets()
	if err != nil {
		return exitUsage, err
	}
	arg := "-"
	if len(args) == 1 {
		arg = args[0]
	}
	r, err := e.diagnose(ctx, arg)
	if err != nil {
		return exitNoLogs, err
	}
	return verdictCode(r.Verdict), e.write(r, targets)
}

// diagnose reads one log and says what it shows.
func (e *env) diagnose(ctx context.Context, arg string) (*report.Report, error) {
	cat, err := e.catalog()
	if err != nil {
		return nil, err
	}
	given, err := parseFacts(cat, e.facts)
	if err != nil {
		return nil, err
	}
	log, known, err := e.open(ctx, arg)
	if err != nil {
		return nil, err
	}
	defer log.Close() // it was only read
	known.Facts = append(known.Facts, given...)
	known.Version = currentBuild().version
	return analyzer.New(cat).Analyze(ctx, log, known)
}
