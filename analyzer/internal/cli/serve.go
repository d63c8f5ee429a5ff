package cli

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/web"
)

// pageFile is the name of the web page in a release.
const pageFile = "pubmortem.html"

func (e *env) serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve [PAGE]",
		Short: "show the web page, to this machine alone",
		Long: `Serve the web page, which diagnoses logs in the browser, at an address that only
this machine can reach. PAGE is the file ` + pageFile + ` of a release or of "make page";
without it, one beside the program, in this folder or in dist/page is taken.`,
		Example: examples("pubmortem serve", "pubmortem serve --port 8080 pubmortem.html"),
		Args:    cobra.MaximumNArgs(1),
		RunE:    e.runs(runServe),
	}
	c.Flags().IntVar(&e.port, "port", 0, "listen at port `N`; otherwise at a free one")
	return c
}

func runServe(ctx context.Context, e *env, args []string) (int, error) {
	places := args
	if len(places) == 0 {
		places = []string{pageFile, filepath.Join("dist", "page", pageFile)}
		if program, err := os.Executable(); err == nil {
			if real, err := filepath.EvalSymlinks(program); err == nil {
				program = real
			}
			places = append([]string{filepath.Join(filepath.Dir(program), pageFile)}, places...)
		}
	}
	var page []byte
	var err error
	for _, name := range places {
		if page, err = os.ReadFile(name); err == nil {
			break
		}
	}
	switch {
	case err != nil && len(args) > 0:
		return exitNoLogs, openError(args[0], err)
	case err != nil:
		return exitNoLogs, &fault.Error{Kind: fault.NotFound, Msg: "there is no " + pageFile + " here", Err: err,
			Hint: "download it from https://github.com/pubmortem/pubmortem/releases and name it: pubmortem serve " + pageFile}
	}
	return exitOK, web.ServePage(ctx, e.port, page, func(url string) error { return e.print(url + "\n") })
}
