package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/github"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
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
	switch {
	case len(r.Incidents) > 0:
		code = exitUnexplained
	case r.Source.Damaged:
		code = exitNoLogs
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
		return nil, "", wrongCall(dir+" is not a folder", "name the working tree to check")
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
the publisher names that file, start it by hand, and let pubmortem read its log.`,
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

// maxList bounds what is read of a list of publishers.
const maxList = 1 << 20

// publishers reads the list of --publisher, "FILE", "-" or "NAME=FILE". It is
// nil without one; log names what else is read.
func (e *env) publishers(ctx context.Context, cat *patterns.Catalog, log string) (*analyzer.Publishers, error) {
	if e.publisher == "" {
		return nil, nil
	}
	name, file, named := strings.Cut(e.publisher, "=")
	if !named {
		name, file = "", e.publisher
	}
	in := e.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, wrongCall("--publisher "+file+" cannot be read", "save the output of \"npm trust list PACKAGE\" there")
		}
		defer f.Close()
		in = func(context.Context) io.Reader { return f }
	} else if log == "-" {
		return nil, wrongCall("standard input cannot be both the log and the list of publishers", "paste the list behind the log and leave --publisher away")
	}
	text, err := io.ReadAll(io.LimitReader(in(ctx), maxList))
	if err != nil {
		return nil, wrongCall("--publisher "+file+" cannot be read", "")
	}
	list, ok := analyzer.ReadPublishers(string(text))
	if !ok {
		return nil, noList(ctx, cat, file, string(text))
	}
	if named {
		list.Name(name)
	}
	return list, nil
}

// noList says why a text is no list of publishers: npm's error, if it is one.
func noList(ctx context.Context, cat *patterns.Catalog, file, text string) error {
	msg, hint := "--publisher "+file+" holds no list of trusted publishers", "it is what \"npm trust list PACKAGE\" prints; without --json it says so when there is none"
	if log, err := analyzer.Open(file, strings.NewReader(text)); err == nil {
		defer log.Close() // it was only read
		r, err := analyzer.New(cat).Analyze(ctx, log, analyzer.Options{})
		if err == nil && len(r.Incidents) > 0 && len(r.Incidents[0].Symptoms) > 0 {
			if s, ok := cat.Symptom(r.Incidents[0].Symptoms[0]); ok {
				msg, hint = msg+", but an error: "+s.Title, strings.Join(strings.Fields(s.Meaning), " ")
			}
		}
	}
	return wrongCall(msg, hint)
}
