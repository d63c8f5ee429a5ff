package fetch

import (
	"context"
	"io"
	"time"
)

// idleTime is how long a body may bring nothing. A bound on the whole download
// would fail on slow lines.
const idleTime = time.Minute

// watch cancels a request whose body stalls.
func (c *Client) watch(body io.ReadCloser, cancel context.CancelCauseFunc) io.ReadCloser {
	return &watched{ReadCloser: body, idle: c.idle, timer: time.AfterFunc(c.idle, func() { cancel(errStalled) })}
}

type watched struct {
	io.ReadCloser
	idle  time.Duration
	timer *time.Timer
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.timer.Reset(w.idle)
	}
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	return w.ReadCloser.Close()
}
