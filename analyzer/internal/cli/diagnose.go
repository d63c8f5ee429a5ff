package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

func diagnoseCommand() command {
	return command{
		args:  "[flags] [RUN-ID|RUN-URL|JOB-URL|last|FILE|ZIP|DIR|-]",
		short: "explain a run, a saved log, or the one on standard input",
		examples: []string{
			"pubmortem 1234567890",
			"pubmortem https://github.com/OWNER/REPO/actions/runs/1234567890",
			"pubmortem -R OWNER/REPO last --workflow release.yml",
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
	fs.StringVarP(&o.repo, "repo", "R", "", "`[HOST/]OWNER/REPO` the repository of a run; otherwise GH_REPO, GITHUB_REPOSITORY or the git remote")
	fs.StringVar(&o.job, "job", "", "`ID|NAME` only this job of a run")
	fs.IntVar(&o.attempt, "attempt", 0, "`N` this attempt of a run; otherwise the newest")
	fs.BoolVar(&o.allJobs, "all-jobs", false, "read the jobs of a run that went well, too")
	fs.StringVar(&o.workflow, "workflow", "", "`FILE` with \"last\": only runs of this workflow")
	fs.StringVar(&o.branch, "branch", "", "`NAME` with \"last\": only runs on this branch")
	fs.StringVar(&o.source, "source", "", "`DIR` a working tree to read the workflow file and package.json from")
	fs.BoolVar(&o.noCache, "no-cache", false, "download again what is in the cache")
	fs.BoolVar(&o.offline, "offline", false, "use no network")
	stepFlags(fs, o)
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
	if err := errors.Join(e.checkActions(), e.checkPlaces()); err != nil {
		return exitUsage, err
	}
	if e.actions {
		return e.runInActions(ctx, arg)
	}
	r, err := e.diagnose(ctx, arg)
	if err != nil {
		return exitNoLogs, err
	}
	e.report(ctx, r)
	if hint := unexplainedHint(r); hint != "" && !e.quiet {
		e.say("hint: " + hint)
	}
	return verdictCode(r.Verdict), e.write(r, targets)
}

// diagnose reads one log and says what it shows.
func (e *env) diagnose(ctx context.Context, arg string) (*report.Report, error) {
	cat, err := e.catalogAbout(ctx, arg)
	if err != nil {
		return nil, err
	}
	given, err := parseFacts(cat, e.facts)
	if err != nil {
		return nil, err
	}
	in, err := e.open(ctx, arg)
	if err != nil {
		return nil, err
	}
	defer in.log.Close() // it was only read
	in.known.Version = currentBuild().version
	in.known.Facts = append(in.known.Facts, given...)
	if in.known.Sources, err = e.sources(in); err != nil {
		return nil, err
	}
	return analyzer.New(cat).Analyze(ctx, in.log, in.known)
}
