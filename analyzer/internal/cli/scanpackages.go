package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/inorder"
	"github.com/pubmortem/pubmortem/analyzer/internal/many"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
)

// trustFormats are the formats of scan that packages have.
var trustFormats = []string{"text", "markdown", "jsonl", "csv"}

// runTrust tells who published the versions of packages, and with what proof.
func (e *env) runTrust(ctx context.Context, targets []target) (int, error) {
	for _, t := range targets {
		if !slices.Contains(trustFormats, t.format) {
			return exitUsage, wrongCall(fmt.Sprintf("with --packages, -f is %s, not %q", words.Or(trustFormats), t.format), "")
		}
	}
	names, err := e.packageNames(ctx)
	if err != nil {
		return exitNoLogs, err
	}
	var all []*many.History
	var releases []many.Release
	code, failed := exitOK, exitOK
	progress := e.newBar()
	progress.total(len(names))
	type asked struct {
		history *many.History
		err     error
	}
	ask := func(ctx context.Context, name string) asked {
		p, err := e.registry().Package(ctx, "", name)
		if err != nil {
			return asked{err: err}
		}
		return asked{many.HistoryOf(name, p), nil}
	}
	err = inorder.Do(ctx, remoteWorkers, slices.Values(names), ask, func(a asked) error {
		progress.add(1)
		if a.err != nil {
			c, msgs, _ := explainError(a.err)
			failed = cmp.Or(failed, c)
			e.say(msgs[0])
			return nil
		}
		if a.history.LostSince != nil {
			code = exitUnexplained
		}
		all, releases = append(all, a.history), append(releases, a.history.Releases...)
		return nil
	})
	progress.finish()
	if err != nil {
		return exitNoLogs, err
	}
	return cmp.Or(failed, code), e.writeAll(targets, func(format string, w io.Writer, o render.Options) (err error) {
		d := many.TrustDocument(all)
		switch format {
		case "jsonl":
			return many.WriteJSONL(w, releases)
		case "csv":
			if _, err = io.WriteString(w, strings.Join(many.Columns[many.Release](), ",")+"\n"); err == nil {
				err = many.WriteCSV(w, releases)
			}
		case "markdown":
			_, err = io.WriteString(w, d.Markdown(render.CommentBytes))
		default:
			_, err = io.WriteString(w, d.Terminal(document.TerminalOptions{Width: o.Width, Color: o.Color}))
		}
		return err
	})
}

// packageNames are the packages that are named, those of a scope as @acme/*, and
// those of a folder's package.json files.
func (e *env) packageNames(ctx context.Context) ([]string, error) {
	var names []string
	for _, arg := range e.scan.packages {
		scope, ok := strings.CutSuffix(arg, "/*")
		info, err := os.Stat(arg)
		switch {
		case ok && strings.HasPrefix(scope, "@"):
			list, err := e.registry().Scope(ctx, scope[1:])
			if err != nil {
				return nil, err
			}
			names = append(names, list...)
		case err == nil && info.IsDir():
			list, err := workspacePackages(arg)
			if err != nil {
				return nil, err
			}
			names = append(names, list...)
		default:
			names = append(names, arg)
		}
	}
	if len(names) == 0 {
		return nil, wrongCall("there are no packages in "+words.And(e.scan.packages), "name one as @acme/widget, a scope as @acme/*, or a folder with package.json files")
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// workspacePackages are the names of the packages in a folder that may be public.
func workspacePackages(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && path != dir):
			return fs.SkipDir
		case d.Name() != "package.json" || !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		var p struct {
			Name    string
			Private bool
		}
		if err == nil && json.Unmarshal(text, &p) == nil && p.Name != "" && !p.Private {
			names = append(names, p.Name)
		}
		return nil
	})
	if err != nil {
		return nil, openError(dir, err)
	}
	return names, nil
}
