package github

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
	"github.com/pubmortem/pubmortem/analyzer/internal/tempfile"
	"github.com/pubmortem/pubmortem/analyzer/internal/web"
)

// download saves the log at path of the API, from the cache if it is there.
// check tells a whole file from a damaged one. Its errors are *fault.Error.
func (c *Client) download(ctx context.Context, path, name string, what target, kept cache, check func(*saved) error) (*saved, error) {
	if s, ok := kept.open(name, check); ok {
		return s, nil
	}
	if c.token == "" {
		return nil, c.noToken(what, nil)
	}
	s, err := c.fetch(ctx, path, kept.file(name), what, check)
	if err != nil && kept.dir != "" && ctx.Err() == nil && errors.Is(err, errDisk) {
		// The cache's disk is full, or not for writing: do without.
		return c.fetch(ctx, path, "", what, check)
	}
	return s, err
}

// fetch downloads to the file final, or to a temporary one where it is empty.
func (c *Client) fetch(ctx context.Context, path, final string, what target, check func(*saved) error) (*saved, error) {
	disk := func(err error) error {
		return c.explainStorage(&failure{Failure: web.Failure{Err: fmt.Errorf("%w: %w", errDisk, err)}}, what)
	}
	p, err := newPartial(final)
	if err != nil {
		return nil, disk(err)
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
		return nil, disk(err)
	}
	return s, nil
}

// store saves the API's answer: as a rule the address of a log, which is valid
// for a minute only and therefore never used twice.
func (c *Client) store(ctx context.Context, resp *http.Response, p *partial, what target, check func(*saved) error) error {
	if resp.StatusCode != http.StatusFound {
		return c.fill(resp, p, what, check)
	}
	location, err := url.Parse(resp.Header.Get("Location"))
	if err == nil {
		location = resp.Request.URL.ResolveReference(location)
		err = c.checkStorage(location)
	}
	if err != nil {
		return stored(&web.Failure{Err: web.ErrUnsafeRedirect})
	}
	return c.follow(ctx, location, p, what, check)
}

// follow gets what a log's address leads to, without the token.
func (c *Client) follow(ctx context.Context, location *url.URL, p *partial, what target, check func(*saved) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, location.String(), nil)
	if err != nil {
		return stored(&web.Failure{Err: web.ErrUnsafeRedirect})
	}
	req.Header.Set("User-Agent", c.opts.UserAgent)
	resp, err := c.storage.Do(req)
	if err != nil {
		return stored(web.Unanswered(err, location.Host, c.token))
	}
	defer resp.Body.Close() // it was only read
	if resp.StatusCode != http.StatusOK {
		return stored(&web.Failure{Status: resp.StatusCode, Host: location.Host, Message: web.Clean(storageCode(resp.Body), c.token)})
	}
	if err := c.fill(resp, p, what, check); err != nil {
		if f, ok := errors.AsType[*failure](err); ok {
			return f
		}
		return stored(web.Unanswered(err, location.Host, c.token))
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
	if resp.ContentLength > c.opts.MaxBytes {
		return web.ErrTooLarge
	}
	body := &reporting{r: resp.Body, report: c.opts.Progress, news: Progress{Text: "downloading " + what.name, Total: resp.ContentLength}}
	if _, err := p.fill(body, c.opts.MaxBytes); err != nil {
		return err
	}
	whole := &saved{File: p.f, size: body.news.Done}
	if resp.ContentLength < 0 && resp.ProtoMajor == 1 && resp.TransferEncoding == nil && !resp.Uncompressed && !whole.endsInLine() {
		return web.ErrCut // only the connection's end told that it is over
	}
	return check(whole)
}

// endsInLine tells whether a file is an archive or ends as logs do.
func (s *saved) endsInLine() bool {
	var magic [4]byte
	var last [1]byte
	_, first := s.ReadAt(magic[:], 0)
	_, err := s.ReadAt(last[:], s.size-1)
	return first == nil && string(magic[:]) == "PK\x03\x04" || err == nil && last[0] == '\n'
}

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
	return web.ErrCut
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
		return stored(&web.Failure{Status: http.StatusNotFound, Message: storageCode(bytes.NewReader(text))})
	}
	return nil
}

// partial is a file being downloaded. It is gone after discard, and under its
// final name, whole, after keep; nothing ever sees half of it.
type partial struct {
	f *os.File
	// final is its name in the cache, empty for a temporary file.
	final string
}

// newPartial makes a file that only its owner can read.
func newPartial(final string) (*partial, error) {
	dir := ""
	if final != "" {
		dir = filepath.Dir(final)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		dropLeftovers(dir)
	}
	f, err := tempfile.Create(dir, "pubmortem-*.part")
	if err != nil {
		return nil, err
	}
	return &partial{f: f, final: final}, nil
}

// dropLeftovers removes what downloads left that were killed.
func dropLeftovers(dir string) {
	const old = time.Hour
	names, _ := filepath.Glob(filepath.Join(dir, "pubmortem-*.part")) // a folder that cannot be read has none
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > old {
			_ = os.Remove(name) // it stays for the next time
		}
	}
}

// fill replaces the content by r's, at most most bytes.
func (p *partial) fill(r io.Reader, most int64) (int64, error) {
	_, err := p.f.Seek(0, io.SeekStart)
	if err == nil {
		err = p.f.Truncate(0)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errDisk, err)
	}
	n, err := io.Copy(diskWriter{p.f}, io.LimitReader(r, most+1))
	if err == nil && n > most {
		err = web.ErrTooLarge
	}
	return n, err
}

// diskWriter tells errors of the disk from errors of the network.
type diskWriter struct {
	w io.Writer
}

func (d diskWriter) Write(b []byte) (int, error) {
	n, err := d.w.Write(b)
	if err != nil {
		err = fmt.Errorf("%w: %w", errDisk, err)
	}
	return n, err
}

func (p *partial) discard() error {
	return tempfile.Drop(p.f)
}

// keep makes the file final and opens it for reading. A temporary one goes away
// with its Close.
func (p *partial) keep() (*saved, error) {
	name := p.final
	if name == "" {
		return openSaved(p.f, true)
	}
	if err := tempfile.Keep(p.f, name); err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	s, err := openSaved(f, false)
	if err != nil {
		return nil, err
	}
	digest, err := s.digest()
	if err == nil {
		err = os.WriteFile(name+digestSuffix, []byte(digest), 0o600)
	}
	if err != nil { // not to be trusted next time: read it now, and forget it
		s.temp = true
	}
	return s, nil
}

// digestSuffix names the file beside a log in the cache that holds its SHA-256:
// a disk loses the ends of files, and other programs change them.
const digestSuffix = ".sha256"

// digest is the SHA-256 of the whole file.
func (s *saved) digest() (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(s, 0, s.size)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// saved is a downloaded file, open for reading.
type saved struct {
	*os.File
	size int64
	temp bool
}

func openSaved(f *os.File, temp bool) (*saved, error) {
	s := &saved{File: f, temp: temp}
	info, err := f.Stat()
	if err == nil {
		s.size = info.Size()
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the file, and removes a temporary one.
func (s *saved) Close() error {
	if !s.temp {
		return s.File.Close()
	}
	_ = os.Remove(s.Name() + digestSuffix) // a temporary file has none
	return tempfile.Drop(s.File)
}

// drop closes the file and removes it, temporary or cached.
func (s *saved) drop() error {
	s.temp = true
	return s.Close()
}

// cache keeps the logs of completed attempts, which do not change any more:
// HOST/OWNER/REPO/RUN/ATTEMPT.zip and …/job-ID.log, each with its digest.
type cache struct {
	dir string // empty keeps nothing
}

// cacheOf is the cache of one run, whose names were checked.
func (c *Client) cacheOf(ref repo.Ref, completed bool) cache {
	if c.opts.CacheDir == "" || c.opts.NoCache || !completed {
		return cache{}
	}
	host := strings.NewReplacer(":", "_", "[", "", "]", "").Replace(ref.Host) // no colon in a file name on Windows
	return cache{filepath.Join(c.opts.CacheDir, host, strings.ToLower(ref.Owner), strings.ToLower(ref.Repo), fmt.Sprint(ref.RunID))}
}

// file is the path of name, or "" when nothing is kept.
func (c cache) file(name string) string {
	if c.dir == "" {
		return ""
	}
	return filepath.Join(c.dir, name)
}

// open returns what was kept under name, if it is as it was and passes check;
// what does not is removed.
func (c cache) open(name string, check func(*saved) error) (*saved, bool) {
	path := c.file(name)
	if path == "" {
		return nil, false
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	s, err := openSaved(f, false)
	if err != nil {
		return nil, false
	}
	want, err := os.ReadFile(path + digestSuffix)
	digest, _ := s.digest() // what cannot be read is not equal either
	if err != nil || digest != string(want) || check(s) != nil {
		_ = s.drop() // a new download replaces it
		return nil, false
	}
	return s, true
}
