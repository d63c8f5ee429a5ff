package runlog

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
)

// OpenZip opens a run's log archive, of the old or the new service, whole, cut
// off or packed again by hand; r holds size bytes. Nothing is written by the
// names in it. The members read from r, which must stay open until they are
// done; l.Notes is complete only after that.
//
// An archive that holds no log gives a *ContentError.
func OpenZip(name string, r io.ReaderAt, size int64, lim Limits) (*Log, error) {
	lim = lim.orDefault()
	l := &Log{Kind: "zip", Name: name}
	b := &budget{lim: lim, packed: func() int64 { return size }}

	f, err := zipFiles(l, r, size, lim)
	if err != nil {
		f, err = salvaged(l, r, size, lim, err)
	}
	if err != nil {
		return nil, err
	}
	return l, f.assemble(l, b)
}

// zipFiles lists an archive by its table of contents.
func zipFiles(l *Log, r io.ReaderAt, size int64, lim Limits) (*files, error) {
	// A table is read as a whole. Bounding its bytes bounds the memory.
	const perMember = 256
	table := &guardedReaderAt{r: r, left: int64(lim.MaxMembers)*perMember + 1<<20}
	zr, err := zip.NewReader(table, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are never used as paths
		return nil, err
	}
	table.lift()
	zr.RegisterDecompressor(zip.Deflate, inflate)

	f := &files{back: backSlashed(zr.File)}
	for i, zf := range zr.File {
		if i == lim.MaxMembers {
			l.AddDamage(tooMany(l, lim))
			break
		}
		f.addZip(zf)
	}
	return f, nil
}

func tooMany(l *Log, lim Limits) string {
	return fmt.Sprintf("%s holds more than %d files; the rest was not looked at", inertName(l.Name), lim.MaxMembers)
}

// backSlashed tells whether an archive was packed by a program that separates
// paths with back slashes.
func backSlashed(entries []*zip.File) bool {
	for _, zf := range entries {
		if strings.Contains(zf.Name, "/") {
			return false
		}
	}
	return true
}

func (f *files) addZip(zf *zip.File) {
	const encrypted = 1
	switch mode := zf.Mode(); {
	case mode.IsDir() || strings.HasSuffix(zf.Name, "/"):
		return
	case mode&fs.ModeSymlink != 0:
		f.links++
	case zf.Flags&encrypted != 0:
		f.locked++
	default:
		size := int64(min(zf.UncompressedSize64, 1<<62))
		f.add(zf.Name, &entry{size: size, open: zf.Open})
	}
}

// inflaters keeps the windows of decompressors for the next member.
var inflaters sync.Pool

// inflate decompresses with klauspost's flate, 1.6 to 2 times as fast as the
// standard library's.
func inflate(r io.Reader) io.ReadCloser {
	if fr, ok := inflaters.Get().(io.ReadCloser); ok {
		if fr.(flate.Resetter).Reset(r, nil) == nil {
			return &pooledInflater{rc: fr}
		}
	}
	return &pooledInflater{rc: flate.NewReader(r)}
}

type pooledInflater struct {
	mu sync.Mutex // a Close may come while another goroutine reads
	rc io.ReadCloser
}

func (p *pooledInflater) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rc == nil {
		return 0, fs.ErrClosed
	}
	return p.rc.Read(b)
}

func (p *pooledInflater) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rc == nil {
		return nil
	}
	err := p.rc.Close()
	inflaters.Put(p.rc)
	p.rc = nil
	return err
}

var errTableTooLong = errors.New("its table of contents is too long")

// guardedReaderAt allows a bounded number of bytes until it is lifted.
type guardedReaderAt struct {
	r      io.ReaderAt
	left   int64
	lifted bool
}

func (g *guardedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if g.lifted {
		return g.r.ReadAt(p, off)
	}
	if g.left -= int64(len(p)); g.left < 0 {
		return 0, errTableTooLong
	}
	return g.r.ReadAt(p, off)
}

func (g *guardedReaderAt) lift() {
	g.lifted = true
}
