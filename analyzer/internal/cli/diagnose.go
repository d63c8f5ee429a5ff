package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

func (e *env) diagnoseCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   program + " [flags] [RUN-ID|RUN-URL|JOB-URL|last|FILE…|ZIP…|DIR|-]",
		Short: "explain why an npm publish failed in GitHub Actions",
		Long:  about + "\n" + exitHelp,
		Example: examples(
			"pubmortem 1234567890",
			"pubmortem https://github.com/OWNER/REPO/actions/runs/1234567890",
			"pubmortem -R OWNER/REPO last --workflow release.yml",
			"gh run view 1234567890 --log | pubmortem",
			"pubmortem run.log --fact npm.version=11.6.2",
			"pubmortem logs.zip -f json -o report.json",
			"pubmortem run.log -f text -f json=report.json",
			"pubmortem run.log --catalog our-patterns/",
		),
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeRun,
	}
	c.RunE = e.runs(func(ctx context.Context, e *env, args []string) (int, error) {
		code, err := runDiagnose(ctx, e, args)
		return code, asCommand(c, err)
	})
	fs := c.Flags()
	e.outputFlags(fs, render.Names())
	e.allFlag(fs)
	fs.StringArrayVar(&e.facts, "fact", nil, "what you know and the log does not say, as `ID=VALUE`; may be repeated")
	e.catalogFlags(fs)
	fs.StringVarP(&e.repo, "repo", "R", "", "the repository `[HOST/]OWNER/REPO` of a run; otherwise GH_REPO, GITHUB_REPOSITORY or the git remote")
	fs.StringVar(&e.publisher, "publisher", "", "the trusted publishers that \"npm trust list\" printed, in `[NAME=]FILE` or on standard input (-)")
	fs.StringVar(&e.job, "job", "", "only the job `ID|NAME` of a run")
	fs.IntVar(&e.attempt, "attempt", 0, "attempt `N` of a run; otherwise the newest")
	fs.BoolVar(&e.allJobs, "all-jobs", false, "read the jobs of a run that went well, too")
	fs.StringVar(&e.workflow, "workflow", "", "with \"last\": only runs of the workflow `FILE`")
	fs.StringVar(&e.branch, "branch", "", "with \"last\": only runs on the branch `NAME`")
	fs.StringVar(&e.source, "source", "", "a working tree `DIR` to read the workflow file and package.json from")
	fs.BoolVar(&e.noCache, "no-cache", false, "download again what is in the cache")
	fs.BoolVar(&e.offline, "offline", false, "use no network")
	e.stepFlags(fs)
	return c
}

func runDiagnose(ctx context.Context, e *env, args []string) (int, error) {
	if len(args) == 0 && e.InTerminal {
		return exitOK, e.print(shortHelp)
	}
	if e.attempt < 0 {
		return exitUsage, wrongCall(fmt.Sprintf("--attempt is counted from 1, not %d", e.attempt), "without it the newest attempt is read")
	}
	targets, err := e.targets(render.Names())
	if err != nil {
		return exitUsage, err
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	if err := errors.Join(e.checkActions(), e.checkPlaces()); err != nil {
		return exitUsage, err
	}
	if e.actions {
		return e.runInActions(ctx, func(ctx context.Context) (*report.Report, error) { return e.diagnose(ctx, args) })
	}
	r, err := e.diagnose(ctx, args)
	if err != nil {
		return exitNoLogs, err
	}
	e.report(ctx, r)
	if hint := unexplainedHint(r); hint != "" && !e.quiet {
		e.say("hint: " + hint)
	}
	return reportCode(r), e.write(r, targets)
}

func (e *env) diagnose(ctx context.Context, args []string) (*report.Report, error) {
	arg := args[0] // what is not about a log's text is about the first one
	cat, err := e.catalogAbout(ctx, arg)
	if err != nil {
		return nil, err
	}
	given, err := parseFacts(cat, e.facts)
	if err != nil {
		return nil, err
	}
	list, err := e.publishers(ctx, cat, arg)
	if err != nil {
		return nil, err
	}
	in, err := e.open(ctx, args)
	if err != nil {
		return nil, err
	}
	defer in.log.Close() // it was only read
	in.known.Publishers = list
	in.known.Version = currentBuild().version
	in.known.Facts = append(in.known.Facts, given...)
	if in.known.Sources, err = e.sources(ctx, in); err != nil {
		return nil, err
	}
	return analyzer.New(cat).Analyze(ctx, in.log, in.known)
}

// parseFacts reads what a person knows, "ID=VALUE" each, as the catalog
// declares it. All mistakes are reported at once.
func parseFacts(cat *patterns.Catalog, given []string) ([]report.Fact, error) {
	var all []report.Fact
	var msgs []string
	for _, g := range given {
		f, err := parseFact(cat, g)
		if err == nil && slices.ContainsFunc(all, func(other report.Fact) bool { return other.ID == f.ID }) {
			err = fmt.Errorf("--fact %s is given twice", f.ID)
		}
		if err != nil {
			msgs = append(msgs, err.Error())
			continue
		}
		all = append(all, f)
	}
	if msgs != nil {
		return nil, &callError{msgs: msgs, hint: `"pubmortem catalog list --kind fact" lists the facts, "pubmortem explain ID" says more about one`}
	}
	return all, nil
}

func parseFact(cat *patterns.Catalog, given string) (report.Fact, error) {
	id, value, ok := strings.Cut(given, "=")
	id, value = strings.TrimSpace(id), strings.TrimSpace(value)
	def, known := cat.Fact(id)
	switch {
	case !known:
		var ids []string
		for i := range cat.Facts {
			ids = append(ids, cat.Facts[i].ID)
		}
		return report.Fact{}, errors.New(words.DidYouMean(fmt.Sprintf("there is no fact %q", id), id, ids))
	case !ok || value == "":
		return report.Fact{}, fmt.Errorf("--fact %s has no value; write %s=%s", id, id, exampleValue(def))
	}
	value, err := facts.Value(def, value)
	if err != nil {
		return report.Fact{}, fmt.Errorf("--fact %w", err)
	}
	return report.Fact{ID: id, Value: value, Origin: report.FromUser}, nil
}

func exampleValue(def *patterns.FactDef) string {
	if allowed := facts.Allowed(def); len(allowed) > 0 {
		return allowed[0]
	}
	if def.Type == patterns.TypeVersion {
		return "11.5.1"
	}
	return "VALUE"
}
