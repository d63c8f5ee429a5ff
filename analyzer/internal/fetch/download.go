package fetch

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
)

// download saves the log at path of the API, from the cache if it is there.
// check tells a whole file from a damaged one. Its errors are *Error.
func (c *Client) download(ctx context.Context, path, name string, what target, kept cache, check func(*saved) error) (*saved, error) {
	if s, ok := kept.open(name, check); ok {
		return s, nil
	}
	if c.token == "" {
		return nil, c.noToken(what, nil)
	}
	p, err := newPartial(kept.file(name))
	if err != nil { // the cache cannot be written: do without
		if p, err = newPartial(""); err != nil {
			return nil, c.explainStorage(&failure{err: fmt.Errorf("%w: %w", errDisk, err)}, what)
		}
	}
	err = c.get(ctx, path, what, func(ctx context.Context, resp *http.Response) error {
		return c.store(ctx, resp, p, what, check)
	})
	if err != nil {
		_ = p.discard() // the download's error says more
		return nil, err
	}
	s, err := p.keep()
	if err != nil {
		return nil, c.explainStorage(&failure{err: fmt.Errorf("%w: %w", errDisk, err)}, what)
	}
	return s, nil
}

// store saves the API's answer: as a rule the address of a log, which is valid
// for a minute only and therefore never used twice.
func (c *Client) store(ctx context.Context, resp *http.Response, p *partial, what target, check func(*saved) error) error {
	if resp.StatusCode == http.StatusFound {
		location, err := url.Parse(resp.Header.Get("Location"))
		if err == nil {
			location = resp.Request.URL.ResolveReference(location)
			err = c.checkStorage(location)
		}
		if err != nil {
			return &failure{storage: true, err: errUnsafeRedirect}
		}
		return c.follow(ctx, location, p, what, check)
	}
	return c.fill(resp, p, what, check)
}

// follow gets what a log's address leads to, without the token.
func (c *Client) follow(ctx context.Context, location *url.URL, p *partial, what target, check func(*saved) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, location.String(), nil)
	if err != nil {
		return &failure{storage: true, err: errUnsafeRedirect}
	}
	req.Header.Set("User-Agent", c.opts.UserAgent)
	resp, err := c.storage.Do(req)
	if err != nil {
		f := c.unanswered(err)
		f.storage = true
		return f
	}
	resp.Body = c.watch(resp.Body, cancel)
	defer resp.Body.Close() // it was only read
	if resp.StatusCode != http.StatusOK {
		return &failure{storage: true, status: resp.StatusCode, message: c.clean(storageCode(resp.Body))}
	}
	if err := c.fill(resp, p, what, check); err != nil {
		f := c.readFailed(ctx, err)
		f.storage = true
		return f
	}
	return nil
}

// storageCode finds the code in a storage's error, "BlobNotFound" for example.
func storageCode(body io.Reader) string {
	const enough = 4 << 10
	text, _ := io.ReadAll(io.LimitReader(body, enough)) // as far as it came
	_, code, _ := strings.Cut(string(text), "<Code>")
	code, _, _ = strings.Cut(code, "</Code>")
	return code
}

func (c *Client) fill(resp *http.Response, p *partial, what target, check func(*saved) error) error {
	body := &reporting{r: resp.Body, report: c.opts.Progress, news: Progress{Text: "downloading " + what.name, Total: resp.ContentLength}}
	if _, err := p.fill(body, c.opts.MaxBytes); err != nil {
		return err
	}
	return check(&saved{File: p.f, size: body.news.Done})
}

// reporting tells of a download at each further MiB.
type reporting struct {
	r      io.Reader
	report func(Progress)
	news   Progress
	told   int64
}

func (r *reporting) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.news.Done += int64(n)
	const step = 1 << 20
	if r.news.Done-r.told >= step {
		r.told = r.news.Done
		r.report(r.news)
	}
	return n, err
}

// wholeArchive tells whether an archive's table of contents, which stands at
// its end, is there.
func wholeArchive(s *saved) error {
	_, err := zip.NewReader(s, s.size)
	switch {
	case err == nil, errors.Is(err, zip.ErrInsecurePath): // names are never used as paths
		return nil
	case errors.Is(err, fs.ErrClosed):
		return err
	}
	return errTruncated
}

// wholeLog tells a log from the storage's own XML for an error.
func wholeLog(s *saved) error {
	var head [256]byte
	n, err := s.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	text := bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(text, []byte("<?xml")) && bytes.Contains(text, []byte("<Error>")) {
		return &failure{storage: true, status: http.StatusNotFound, message: storageCode(bytes.NewReader(text))}
	}
	return nil
}
