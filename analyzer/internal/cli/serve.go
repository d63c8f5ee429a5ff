package cli

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
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
	return exitOK, servePage(ctx, e.port, page, func(url string) error { return e.print(url + "\n") })
}

// servePage serves a page to this machine alone, at a port or, for 0, a free
// one, until ctx ends. It tells ready the address.
func servePage(ctx context.Context, port int, page []byte, ready func(url string) error) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: pageHandler(page), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := ready("http://" + listener.Addr().String() + "/"); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// pageHandler adds to the page's own policy what only a header can say.
func pageHandler(page []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "connect-src 'none'; frame-ancestors 'none'")
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(page))
	})
}
