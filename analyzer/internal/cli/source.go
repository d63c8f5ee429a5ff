package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/github"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// input is a log with what is known beside it, and where more can be asked.
type input struct {
	log   *runlog.Log
	known analyzer.Options
	// run is set when the log was downloaded.
	run *github.Run
}

// open gets the log that an argument names: "-" is standard input, a file or
// folder that exists is that, and a number, "last" or an address is a run.
// Several files are one log, each a run of its own. Close the log when it is read.
func (e *env) open(ctx context.Context, args []string) (*input, error) {
	arg := args[0]
	if len(args) > 1 {
		log, err := runlog.OpenFiles(args, runlog.DefaultLimits())
		if err != nil {
			err = logError(missingOf(args), "check that they are readable files", err)
		}
		return &input{log: log}, err
	}
	if arg == "-" {
		log, err := runlog.OpenStdin(e.stdin(ctx), runlog.DefaultLimits())
		if err != nil {
			err = logError("stdin", "save the log to a file and give that", err)
		}
		return &input{log: log}, err
	}
	log, err := openLog(arg)
	missing, ok := errors.AsType[*fault.Error](err)
	if !ok || missing.Kind != fault.NotFound {
		return &input{log: log}, err
	}
	defaults, err := e.refDefaults(ctx)
	if err != nil {
		return nil, err
	}
	ref, isRef, err := repo.Parse(arg, defaults)
	switch {
	case !isRef:
		return nil, noSuchFile(arg, missing)
	case err != nil:
		return nil, err
	case e.offline:
		return nil, wrongCall("--offline keeps the program from downloading a run", "save the log first, or leave --offline out")
	}
	return e.download(ctx, ref)
}

// missingOf is the first of some files that is not there, else all of them.
func missingOf(args []string) string {
	for _, name := range args {
		if _, err := os.Stat(name); err != nil {
			return name
		}
	}
	return strings.Join(args, ", ")
}

// openLog opens the file or the folder of a log. Its errors are *fault.Error.
func openLog(name string) (*runlog.Log, error) {
	log, err := runlog.Open(name, runlog.DefaultLimits())
	if err != nil {
		return nil, logError(name, "check that it is a readable file", err)
	}
	return log, nil
}

// logError says why a log could not be opened, and hint what to do where
// nothing better is known.
func logError(name, hint string, err error) error {
	if content, ok := errors.AsType[*runlog.ContentError](err); ok {
		return &fault.Error{Kind: fault.BadContent, Msg: content.Msg, Hint: content.Hint, Err: err}
	}
	e := openError(name, err)
	switch e.Hint = hint; e.Kind {
	case fault.NotFound:
		e.Hint = "give a file, a folder, a run id or a run's address"
	case fault.NoAccess:
		e.Hint = "check who may read it"
	}
	return e
}

type noSuchFileError struct{ arg string }

func (e *noSuchFileError) Error() string {
	return fmt.Sprintf("there is no file, zip, directory or command named %q", e.arg)
}

// noSuchFile says what is wrong with an argument that is no file.
func noSuchFile(arg string, missing error) error {
	if strings.ContainsAny(arg, `/\.`) {
		return missing
	}
	return &noSuchFileError{arg}
}

// asCommand adds to an error about a file that is not there which command was
// probably meant.
func asCommand(root *cobra.Command, err error) error {
	if missing, ok := errors.AsType[*noSuchFileError](err); ok {
		return wrongCall(words.DidYouMean(missing.Error(), missing.arg, names(root)), "the commands are "+words.And(names(root)))
	}
	return err
}

// stdin is standard input whose reads end when ctx does: a read of a terminal
// or a pipe cannot be broken off otherwise.
func (e *env) stdin(ctx context.Context) io.Reader {
	if e.InTerminal && !e.quiet {
		e.say("reading the log from the terminal; end it with Ctrl-D")
	}
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(w, e.In)
		w.CloseWithError(err)
	}()
	return r
}

// refDefaults are what a bare run number leaves open: -R, else GH_REPO, else
// GITHUB_REPOSITORY, else what the working directory's git remotes name.
func (e *env) refDefaults(ctx context.Context) (repo.Defaults, error) {
	d := repo.Defaults{Host: e.host(), Workflow: e.workflow, Branch: e.branch}
	for _, text := range []string{e.repo, e.Env("GH_REPO"), e.Env("GITHUB_REPOSITORY")} {
		if text == "" {
			continue
		}
		var err error
		d.Host, d.Owner, d.Repo, err = repo.ParseName(text, d.Host)
		return d, err
	}
	if e.Output == nil {
		return d, nil
	}
	if host, owner, name, ok := e.workingRepository(ctx); ok {
		d.Host, d.Owner, d.Repo = host, owner, name
	}
	return d, nil
}

func (e *env) workingRepository(ctx context.Context) (host, owner, name string, ok bool) {
	remotes, err := e.Output(ctx, "git", "remote", "-v")
	if err != nil {
		return "", "", "", false
	}
	resolved, _ := e.Output(ctx, "git", "config", "--get-regexp", `^remote\..*\.gh-resolved$`) // none is an error
	return repo.OfRemotes(remotes, resolved)
}

// host is the GitHub server that is meant when nothing else names one.
func (e *env) host() string {
	for _, name := range []string{"GH_HOST", "GITHUB_SERVER_URL"} {
		if h := repo.Host(e.Env(name)); h != "" {
			return h
		}
	}
	return repo.PublicHost
}

// token finds the token for a host. The variables' tokens go to the hosts that
// they are for only: an address may have been written by somebody else.
func (e *env) token(ctx context.Context) func(host string) (string, error) {
	return func(host string) (string, error) {
		for _, name := range e.tokenVariables(host) {
			if t := e.Env(name); t != "" {
				return t, nil
			}
		}
		if e.Output == nil {
			return "", nil
		}
		t, err := e.Output(ctx, "gh", "auth", "token", "--hostname", host)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return "", errors.New("gh auth token did not answer within 5 seconds")
		case err != nil:
			return "", nil // no gh, or nobody is logged in: no token
		case strings.ContainsAny(t, "\r\n"):
			return "", errors.New("gh auth token printed more than a token")
		}
		return t, nil
	}
}

func (e *env) tokenVariables(host string) []string {
	switch {
	case repo.IsCloud(host):
		return []string{"GH_TOKEN", "GITHUB_TOKEN"}
	case host == e.host():
		names := []string{"GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"}
		if e.Env("GITHUB_ACTIONS") == "true" {
			names = append(names, "GH_TOKEN", "GITHUB_TOKEN") // a server's own runner
		}
		return names
	}
	return nil
}

func (e *env) download(ctx context.Context, ref repo.Ref) (*input, error) {
	opts := e.clientOptions(ctx, ref.Host)
	opts.CacheDir, opts.NoCache = e.CacheDir, e.noCache
	opts.Jobs, opts.AllJobs, opts.Attempt, opts.Progress = e.job, e.allJobs, e.attempt, e.progress()
	c, err := github.NewClient(ref.Host, opts)
	if err != nil {
		return nil, err
	}
	run, err := c.Run(ctx, ref)
	e.clearProgress()
	if err != nil {
		return nil, err
	}
	meta := run.Meta
	return &input{log: run.Log, known: analyzer.Options{Facts: run.Facts, Run: &meta, Link: run.LineURL}, run: run}, nil
}

func (e *env) clientOptions(ctx context.Context, host string) github.Options {
	o := github.Options{
		Token: e.token(ctx), BaseURL: e.apiURL(host), UserAgent: program + "/" + currentBuild().version, Clock: e.Now,
	}
	if repo.IsCloud(host) && e.Env("GH_ENTERPRISE_TOKEN")+e.Env("GITHUB_ENTERPRISE_TOKEN") != "" {
		o.SignIn = fmt.Sprintf("the enterprise token is for a server of your own and does not go to %s: set GH_HOST to that server, or GH_TOKEN for %s", host, host)
	}
	return o
}

// apiURL is the API of the server that this job runs on, where it is the one
// that is asked.
func (e *env) apiURL(host string) string {
	if repo.Host(e.Env("GITHUB_SERVER_URL")) == host {
		return e.Env("GITHUB_API_URL")
	}
	return ""
}

// progress shows one line on a terminal, and nothing elsewhere.
func (e *env) progress() func(github.Progress) {
	if !e.ErrTerminal || e.quiet {
		return nil
	}
	return func(p github.Progress) {
		text := p.Text
		switch {
		case p.Total > 0:
			text += fmt.Sprintf(" %d of %d kB", p.Done/1000, p.Total/1000)
		case p.Done > 0:
			text += fmt.Sprintf(" %d kB", p.Done/1000)
		}
		fmt.Fprintf(e.Err, "\r\x1b[K%s", clean(text))
	}
}

func (e *env) clearProgress() {
	if e.ErrTerminal && !e.quiet {
		fmt.Fprint(e.Err, "\r\x1b[K")
	}
}

// sources are the places that may be asked beyond the log. A saved log is
// diagnosed alone unless --source or -R says what it belongs to.
func (e *env) sources(ctx context.Context, in *input) (analyzer.Sources, error) {
	var s analyzer.Sources
	if e.source != "" {
		info, err := os.Stat(e.source)
		if err != nil || !info.IsDir() {
			return s, wrongCall(fmt.Sprintf("--source %s is not a folder", e.source), "name the working tree that the run was made from")
		}
		root, err := os.OpenRoot(e.source)
		if err != nil {
			return s, wrongCall(fmt.Sprintf("--source %s cannot be read", e.source), "")
		}
		s.Tree = analyzer.Files(root.FS())
		if name := e.remoteOf(ctx, e.source); name != "" && in.run == nil && e.repo == "" {
			in.known.Facts = append(in.known.Facts, report.Fact{ID: facts.RunRepository, Value: name, Origin: report.Inferred, Where: "git remote of " + e.source})
		}
	}
	if in.run == nil && e.repo != "" {
		if err := e.repoSources(ctx, in, &s); err != nil {
			return s, err
		}
	}
	if e.offline {
		return s, nil
	}
	if in.run == nil && e.source == "" && e.repo == "" {
		return s, nil
	}
	reg := e.registry()
	s.Registry, s.Status = reg, reg
	if in.run != nil {
		e.runSources(in.run, &s)
	}
	return s, nil
}

// repoSources says which repository a saved log is of, and reads its files as
// they are now where no working tree is given.
func (e *env) repoSources(ctx context.Context, in *input, s *analyzer.Sources) error {
	d, err := e.refDefaults(ctx)
	if err != nil {
		return err
	}
	in.known.Facts = append(in.known.Facts, report.Fact{ID: facts.RunRepository, Value: d.Owner + "/" + d.Repo, Origin: report.FromRun, Where: "-R"})
	if s.Tree != nil || e.offline {
		return nil
	}
	c, err := github.NewClient(d.Host, e.clientOptions(ctx, d.Host))
	if err != nil {
		return err
	}
	const ref = "HEAD"
	paths, err := c.Paths(ctx, d.Owner, d.Repo, ref)
	if err != nil {
		e.say("note: the files of " + d.Owner + "/" + d.Repo + " were not read: " + clean(err.Error()))
		return nil
	}
	s.Tree = listed{repository{c, d.Owner, d.Repo, ref}, paths}
	s.Subject = func(ctx context.Context) (ids, told bool, err error) { return c.SubjectHasIDs(ctx, d.Owner, d.Repo) }
	return nil
}

func (e *env) runSources(run *github.Run, s *analyzer.Sources) {
	s.At = run.Started
	if s.Tree == nil && run.HeadRepo != "" {
		s.Tree, s.AtCommit = repository{run.Client, run.HeadOwner, run.HeadRepo, run.Meta.SHA}, true
	}
	if owner, name, ok := strings.Cut(run.Meta.Repository, "/"); ok {
		s.Subject = func(ctx context.Context) (ids, told bool, err error) {
			return run.Client.SubjectHasIDs(ctx, owner, name)
		}
	}
	s.Other = func(ctx context.Context, name, path, ref string) ([]byte, error) {
		owner, repo, _ := strings.Cut(name, "/")
		return run.Client.File(ctx, owner, repo, path, ref)
	}
}

// repository is a repository on GitHub at a commit, as the probes read it.
type repository struct {
	client           *github.Client
	owner, repo, ref string
}

// File reads a file at the commit.
func (r repository) File(ctx context.Context, name string) ([]byte, error) {
	return r.client.File(ctx, r.owner, r.repo, name, r.ref)
}

// Workflows cannot tell without listing folders; the run names its file.
func (r repository) Workflows() []string { return nil }

// Manifests are the usual places of a package in a repository.
func (r repository) Manifests(name string) []string {
	short := name[strings.LastIndexByte(name, '/')+1:]
	return []string{"package.json", "packages/" + short + "/package.json", short + "/package.json", "libs/" + short + "/package.json", "modules/" + short + "/package.json"}
}
