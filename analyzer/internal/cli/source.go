package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/fetch"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// input is a log with what is known beside it, and where more can be asked.
type input struct {
	log   *runlog.Log
	known analyzer.Options
	// run is set when the log was downloaded.
	run *fetch.Run
}

// open gets the log that an argument names: "-" is standard input, a file or
// folder that exists is that, and a number, "last" or an address is a run.
// Close the log when it is read.
func (e *env) open(ctx context.Context, arg string) (*input, error) {
	if arg == "-" {
		log, err := fetch.Stdin(e.stdin(ctx), runlog.DefaultLimits())
		return &input{log: log}, err
	}
	log, err := fetch.Local(arg, runlog.DefaultLimits())
	missing, ok := errors.AsType[*fetch.Error](err)
	if !ok || missing.Kind != fetch.NotFound {
		return &input{log: log}, err
	}
	defaults, err := e.refDefaults(ctx)
	if err != nil {
		return nil, err
	}
	ref, isRef, err := fetch.ParseRef(arg, defaults)
	switch {
	case !isRef:
		return nil, noSuchFile(arg, missing)
	case err != nil:
		return nil, err
	case e.offline:
		return nil, wrongCall("--offline keeps the program from downloading a run", "save the log first, or leave --offline away")
	}
	return e.download(ctx, ref)
}

// noSuchFileError says that an argument names nothing that is there.
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
// GITHUB_REPOSITORY, else the git remote of the working directory.
func (e *env) refDefaults(ctx context.Context) (fetch.RefDefaults, error) {
	d := fetch.RefDefaults{Host: e.host(), Workflow: e.workflow, Branch: e.branch}
	for _, text := range []string{e.repo, e.Env("GH_REPO"), e.Env("GITHUB_REPOSITORY")} {
		if text == "" {
			continue
		}
		var err error
		d.Host, d.Owner, d.Repo, err = fetch.ParseRepo(text, d.Host)
		return d, err
	}
	if e.Output == nil {
		return d, nil
	}
	if text, err := e.Output(ctx, "git", "remote", "get-url", "origin"); err == nil {
		if host, owner, repo, ok := fetch.RepoFromRemote(text); ok {
			d.Host, d.Owner, d.Repo = host, owner, repo
		}
	}
	return d, nil
}

// host is the GitHub server that is meant when nothing else names one.
func (e *env) host() string {
	if h := e.Env("GH_HOST"); h != "" {
		return h
	}
	if u, err := url.Parse(e.Env("GITHUB_SERVER_URL")); err == nil && u.Host != "" {
		return u.Host
	}
	return "github.com"
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
		if err != nil {
			return "", nil // no gh, or nobody is logged in: no token
		}
		return t, nil
	}
}

func (e *env) tokenVariables(host string) []string {
	switch {
	case host == "github.com" || strings.HasSuffix(host, ".ghe.com"):
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

// download fetches a run and its logs.
func (e *env) download(ctx context.Context, ref fetch.Ref) (*input, error) {
	opts := fetch.Options{
		Token: e.token(ctx), BaseURL: e.apiURL(ref.Host), CacheDir: e.CacheDir, NoCache: e.noCache,
		Jobs: e.job, AllJobs: e.allJobs, Attempt: e.attempt, UserAgent: program + "/" + currentBuild().version,
		Progress: e.progress(), Clock: e.Now,
	}
	run, err := fetch.GitHub(ctx, ref, opts)
	e.clearProgress()
	if err != nil {
		return nil, err
	}
	meta := run.Meta
	return &input{log: run.Log, known: analyzer.Options{Facts: run.Facts, Run: &meta}, run: run}, nil
}

// apiURL is the API of the server that this job runs on, where it is the one
// that is asked.
func (e *env) apiURL(host string) string {
	if u, err := url.Parse(e.Env("GITHUB_SERVER_URL")); err == nil && u.Host == host {
		return e.Env("GITHUB_API_URL")
	}
	return ""
}

// progress shows one line on a terminal, and nothing elsewhere.
func (e *env) progress() func(fetch.Progress) {
	if !e.ErrTerminal || e.quiet {
		return nil
	}
	return func(p fetch.Progress) {
		text := p.Text
		switch {
		case p.Total > 0:
			text += fmt.Sprintf(" %d of %d kB", p.Done/1000, p.Total/1000)
		case p.Done > 0:
			text += fmt.Sprintf(" %d kB", p.Done/1000)
		}
		fmt.Fprintf(e.Err, "\r\x1b[K%s", oneLine(text))
	}
}

func (e *env) clearProgress() {
	if e.ErrTerminal && !e.quiet {
		fmt.Fprint(e.Err, "\r\x1b[K")
	}
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, s)
}

// sources are the places that may be asked beyond the log. A saved log is
// diagnosed alone unless --source or -R says what it belongs to.
func (e *env) sources(in *input) (probe.Sources, error) {
	var s probe.Sources
	if e.source != "" {
		info, err := os.Stat(e.source)
		if err != nil || !info.IsDir() {
			return s, wrongCall(fmt.Sprintf("--source %s is no folder", e.source), "name the working tree that the run was made from")
		}
		root, err := os.OpenRoot(e.source)
		if err != nil {
			return s, wrongCall(fmt.Sprintf("--source %s cannot be read", e.source), "")
		}
		s.Tree = probe.Dir{FS: root.FS()}
	}
	if e.offline {
		return s, nil
	}
	if in.run == nil && e.source == "" && e.repo == "" {
		return s, nil
	}
	s.Registry = e.Registry
	if s.Registry == nil {
		s.Registry = &fetch.Registry{UserAgent: program + "/" + currentBuild().version}
	}
	if in.run != nil {
		e.runSources(in.run, &s)
	}
	return s, nil
}

func (e *env) runSources(run *fetch.Run, s *probe.Sources) {
	s.At = run.Started
	if s.Tree == nil && run.HeadRepo != "" {
		s.Tree = probe.Remote{Client: run.Client, Owner: run.HeadOwner, Repo: run.HeadRepo, Ref: run.Meta.SHA}
	}
	s.Other = func(ctx context.Context, repository, path, ref string) ([]byte, error) {
		owner, repo, _ := strings.Cut(repository, "/")
		return run.Client.File(ctx, owner, repo, path, ref)
	}
}

// link gives the evidence of a downloaded run its address.
func (in *input) link(r *report.Report) {
	if in.run == nil {
		return
	}
	for i := range r.Incidents {
		for j := range r.Incidents[i].Evidence {
			ev := &r.Incidents[i].Evidence[j]
			ev.URL = in.run.LineURL(ev.Job, ev.StepNumber, ev.StepLine)
		}
	}
	for i := range r.Unexplained {
		ev := &r.Unexplained[i]
		ev.URL = in.run.LineURL(ev.Job, ev.StepNumber, ev.StepLine)
	}
}
