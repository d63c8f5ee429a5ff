package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/github"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

func (e *env) checkCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "check [flags] [DIR]",
		Short: "find what will keep a publish from working, before it runs",
		Long: `Find in a repository's workflows, package.json and .npmrc what will keep a
publish from working, or from having provenance, by the same table that
explains failed ones. Exit code 0 says that nothing was found, 1 that
something was.`,
		Example: examples(
			"pubmortem check",
			"pubmortem check ../widget --registry",
			"pubmortem check -R OWNER/REPO@main -f markdown",
			"pubmortem check -f sarif=pubmortem.sarif",
		),
		Args: cobra.MaximumNArgs(1),
	}
	c.RunE = e.runs(runCheck)
	fs := c.Flags()
	fs.SortFlags = false
	e.outputFlags(fs, render.Names())
	e.allFlag(fs)
	e.catalogFlags(fs)
	fs.StringVarP(&e.repo, "repo", "R", "", "check the repository `[HOST/]OWNER/REPO[@REF]` on GitHub, or say which one DIR is")
	e.stepFlags(fs)
	fs.BoolVar(&e.askPublic, "registry", false, "ask the registry what is public about the packages")
	return c
}

func runCheck(ctx context.Context, e *env, args []string) (int, error) {
	targets, err := e.targets(render.Names())
	if err != nil {
		return exitUsage, err
	}
	if err := errors.Join(e.checkActions(), e.checkPlaces()); err != nil {
		return exitUsage, err
	}
	if e.actions {
		return e.runInActions(ctx, func(ctx context.Context) (*report.Report, error) { return e.checkFiles(ctx, args) })
	}
	r, err := e.checkFiles(ctx, args)
	if err != nil {
		return exitNoLogs, err
	}
	code := exitOK
	if len(r.Incidents) > 0 {
		code = exitUnexplained
	}
	return code, e.write(r, targets)
}

// checkFiles checks the working tree that is named, or the repository of -R.
func (e *env) checkFiles(ctx context.Context, args []string) (*report.Report, error) {
	cat, err := e.catalogAbout(ctx, "-")
	if err != nil {
		return nil, err
	}
	o := analyzer.CheckOptions{Version: currentBuild().version}
	tree, name, err := e.treeToCheck(ctx, args)
	if err != nil {
		return nil, err
	}
	o.Sources.Tree, o.Repository = tree, name
	if e.askPublic {
		o.Sources.Registry = e.registry()
	}
	return analyzer.New(cat).Check(ctx, o)
}

// treeToCheck is the files to check and the repository that they are of, "" if
// that is not known.
func (e *env) treeToCheck(ctx context.Context, args []string) (probe.Tree, string, error) {
	name, ref, _ := strings.Cut(e.repo, "@")
	given := e.repo
	e.repo = name
	d, err := e.refDefaults(ctx)
	e.repo = given
	if err != nil {
		return nil, "", err
	}
	full := ""
	if d.Owner != "" {
		full = d.Owner + "/" + d.Repo
	}
	if len(args) == 0 && name != "" {
		c, err := github.NewClient(d.Host, e.clientOptions(ctx, d.Host))
		if err != nil {
			return nil, "", err
		}
		if ref == "" {
			ref = "HEAD"
		}
		paths, err := c.Paths(ctx, d.Owner, d.Repo, ref)
		return listed{repository{c, d.Owner, d.Repo, ref}, paths}, full, err
	}
	dir := "."
	if len(args) > 0 {
		dir = args[0]
		if name == "" {
			full = e.remoteOf(ctx, dir)
		}
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, "", wrongCall(dir+" is no folder", "name the working tree to check")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, "", wrongCall(dir+" cannot be read", "")
	}
	return analyzer.Files(root.FS()), full, nil
}

// remoteOf is the repository that the remotes of a working tree name.
func (e *env) remoteOf(ctx context.Context, dir string) string {
	if e.Output == nil {
		return ""
	}
	remotes, err := e.Output(ctx, "git", "-C", dir, "remote", "-v")
	if err != nil {
		return ""
	}
	if _, owner, name, ok := repo.OfRemotes(remotes, ""); ok {
		return owner + "/" + name
	}
	return ""
}

// listed is a repository whose files are known.
type listed struct {
	repository
	paths []string
}

// Workflows lists .github/workflows.
func (l listed) Workflows() []string {
	var list []string
	for _, p := range l.paths {
		if name, ok := strings.CutPrefix(p, ".github/workflows/"); ok && !strings.Contains(name, "/") && (strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml")) {
			list = append(list, p)
		}
	}
	return list
}

// maxRemoteManifests is how many package.json files are downloaded.
const maxRemoteManifests = 100

// Manifests lists the package.json files.
func (l listed) Manifests(string) []string {
	var list []string
	for _, p := range l.paths {
		if (p == "package.json" || strings.HasSuffix(p, "/package.json")) && !strings.Contains("/"+p, "/node_modules/") && len(list) < maxRemoteManifests {
			list = append(list, p)
		}
	}
	return list
}

func (e *env) rehearseCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "rehearse [flags] [DIR]",
		Short: "print the job that tries trusted publishing without publishing",
		Long: `Print the job that does all of a publish but the upload: npm's dry run
exchanges the identity token for real, and its verbose log says whether the
trusted publisher fits. Add the job to the workflow file that releases, since
the publisher names that file, start it by hand, and give me its log.`,
		Example: examples("pubmortem rehearse", "gh run view RUN-ID --log | pubmortem"),
		Args:    cobra.MaximumNArgs(1),
	}
	c.RunE = e.runs(runRehearse)
	c.Flags().StringVarP(&e.repo, "repo", "R", "", "read the repository `[HOST/]OWNER/REPO[@REF]` on GitHub")
	return c
}

func runRehearse(ctx context.Context, e *env, args []string) (int, error) {
	tree, _, err := e.treeToCheck(ctx, args)
	if err != nil {
		return exitNoLogs, err
	}
	jobs, err := analyzer.Rehearsals(ctx, tree)
	if err != nil {
		return exitNoLogs, err
	}
	if len(jobs) == 0 {
		return exitNoLogs, wrongCall("no workflow here publishes to npm in a way that can be rehearsed", "name the repository's root")
	}
	return exitOK, e.print(strings.Join(jobs, "\n"))
}
