package fetch

import (
	"context"
	"net/http"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// Options are what fetching a run needs beside its Ref. The zero value asks
// without a token, which finds public metadata but no logs.
type Options struct {
	// Token returns the token for a host, or "". It decides which hosts get
	// one: the host may come from an address that somebody else wrote.
	Token func(host string) (string, error)
	// BaseURL is the API's address where it does not follow from the host
	// (GITHUB_API_URL, tests). Only it can be plain http.
	BaseURL string
	// HTTP gives its Transport to all requests; nil means a transport with
	// time-outs. It must not add credentials.
	HTTP *http.Client
	// UserAgent names the program to the servers.
	UserAgent string

	// CacheDir keeps the logs of completed runs, readable by their owner only;
	// empty, or with NoCache, they are temporary files until the Log is closed.
	CacheDir string
	NoCache  bool
	// MaxBytes bounds each downloaded file, 0 means 2 GiB.
	MaxBytes int64
	// Limits bound what is read of archives; zero fields mean the defaults.
	Limits runlog.Limits

	// Jobs narrows the run down to jobs of this id or name, or part of a name.
	Jobs string
	// AllJobs reads successful jobs beside failed ones.
	AllJobs bool
	// Attempt is the attempt to read; 0 means the Ref's, else the newest.
	Attempt int

	// Progress hears what goes on, from the calling goroutine; nil is silent.
	Progress func(Progress)
	// Clock tells the time where a server's answer does not; nil knows none.
	Clock func() time.Time
	// Sleep waits, and returns the context's error when that ends first; nil
	// means a timer.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Progress is one piece of news on a fetch.
type Progress struct {
	// Text says what is being done, in a few words.
	Text string
	// Done and Total count bytes of a download; Total is -1 when unknown, and
	// both are 0 for anything else.
	Done, Total int64
}

const (
	maxDownload = 2 << 30
	maxJSON     = 64 << 20
)

func (o *Options) orDefault() {
	if o.UserAgent == "" {
		o.UserAgent = "pubmortem"
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = maxDownload
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
