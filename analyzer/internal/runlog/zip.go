package runlog

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
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
	if _, refused := errors.AsType[*ContentError](err); err != nil && !refused {
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
	table.lifted = true
	zr.RegisterDecompressor(zip.Deflate, inflate)
	if overlap(zr.File, size) {
		return nil, &ContentError{
			Msg:  inertName(l.Name) + " is made to look larger than it is: its files overlap one another",
			Hint: "download the run's logs from GitHub",
		}
	}

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

// overlap tells whether the members of an archive have more packed bytes than it
// has, so that some are the same: a bomb, which no program packs by chance.
func overlap(entries []*zip.File, size int64) bool {
	var packed uint64
	for _, zf := range entries {
		if packed += min(zf.CompressedSize64, uint64(size)+1); packed > uint64(size) {
			return true
		}
	}
	return false
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

// newInflater is the standard library's, where no faster one takes its place.
var newInflater = flate.NewReader

// inflate decompresses a member.
func inflate(r io.Reader) io.ReadCloser {
	if fr, ok := inflaters.Get().(io.ReadCloser); ok {
		if fr.(flate.Resetter).Reset(r, nil) == nil {
			return &pooledInflater{rc: fr}
		}
	}
	return &pooledInflater{rc: newInflater(r)}
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

// salvaged lists an archive without a usable table of contents, as a download
// that broke off leaves it, by the headers that stand before its members. cause
// is why the table could not be read.
func salvaged(l *Log, r io.ReaderAt, size int64, lim Limits, cause error) (*files, error) {
	name := inertName(l.Name)
	parts, err := walkZip(r, size, lim.MaxMembers)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	f := &files{}
	for _, p := range parts {
		f.addPart(r, p)
	}
	if len(f.entries) == 0 {
		return nil, damaged(name, "zip archive", cause)
	}
	l.AddDamage(fmt.Sprintf("%s is cut off or damaged (%v); %d of its files could be found", name, cause, len(f.entries)))
	return f, nil
}

// zipPart is one member as its local header describes it.
type zipPart struct {
	name       string
	method     uint16
	flags      uint16
	at         int64 // where the header is
	start, end int64 // of the packed bytes
	size       int64 // inflated, -1 unknown
	cut        bool  // the archive ends within or right behind it
}

const (
	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	localHeaderLen = 30
)

var localMagic = []byte("PK\x03\x04")

// walkZip follows the local headers from the start of r (APPNOTE.TXT of
// PKWARE, 4.3.7), at most limit of them.
func walkZip(r io.ReaderAt, size int64, limit int) ([]zipPart, error) {
	w := &window{r: r, size: size, buf: make([]byte, 64<<10)}
	var parts []zipPart
	part, err := w.nextPart(0)
	for err == nil && part != nil && len(parts) < limit {
		var next *zipPart
		if part.end < 0 {
			next, err = w.nextPart(part.start)
			part.end = size
			if next != nil {
				part.end = next.at
			}
		} else {
			next, err = w.nextPart(part.end)
		}
		if part.end >= size {
			part.end, part.cut = size, true
		}
		parts = append(parts, *part)
		part = next
	}
	return parts, err
}

// window is a stretch of an archive that moves forward over it.
type window struct {
	r    io.ReaderAt
	size int64
	off  int64 // of held
	held []byte
	buf  []byte
}

// from returns what is held from pos on, at least need bytes of it unless the
// archive ends before.
func (w *window) from(pos int64, need int) ([]byte, error) {
	if pos >= w.off && pos+int64(need) <= w.off+int64(len(w.held)) {
		return w.held[pos-w.off:], nil
	}
	if pos >= w.size {
		return nil, nil
	}
	n, err := w.r.ReadAt(w.buf[:min(int64(len(w.buf)), w.size-pos)], pos)
	if n > 0 || errors.Is(err, io.EOF) {
		err = nil
	}
	w.off, w.held = pos, w.buf[:n]
	return w.held, err
}

// nextPart finds the first sound local header at or after pos; nil at the end.
func (w *window) nextPart(pos int64) (*zipPart, error) {
	for {
		b, err := w.from(pos, localHeaderLen)
		if err != nil || len(b) < localHeaderLen {
			return nil, err
		}
		i := bytes.Index(b, localMagic)
		if i < 0 {
			pos += int64(len(b) - len(localMagic) + 1)
			continue
		}
		pos += int64(i)
		if b, err = w.from(pos, localHeaderLen); err != nil || len(b) < localHeaderLen {
			return nil, err
		}
		if p, ok := w.part(pos, b); ok {
			return p, nil
		}
		pos += int64(len(localMagic))
	}
}

// part reads the header h at pos. The part's end is -1 when only the next
// header tells it, and behind the archive's when that is cut before it.
func (w *window) part(pos int64, h []byte) (*zipPart, bool) {
	le := binary.LittleEndian
	packed, size := le.Uint32(h[18:]), le.Uint32(h[22:])
	nameLen, extraLen := int64(le.Uint16(h[26:])), int64(le.Uint16(h[28:]))
	p := &zipPart{
		at:     pos,
		flags:  le.Uint16(h[6:]),
		method: le.Uint16(h[8:]),
		start:  pos + localHeaderLen + nameLen + extraLen,
	}
	const newestVersion, longestName = 63, 4096 // a path on Linux; every name is kept
	if h[4] > newestVersion || nameLen == 0 || nameLen > longestName || p.start > w.size || p.method != zip.Store && p.method != zip.Deflate {
		return nil, false
	}
	names := make([]byte, nameLen+extraLen)
	if n, _ := w.r.ReadAt(names, pos+localHeaderLen); n < len(names) {
		return nil, false
	}
	p.name = string(names[:nameLen])
	p.setSizes(packed, size, names[nameLen:])
	return p, true
}

// setSizes sets size and end from the header's sizes or their 64-bit form.
func (p *zipPart) setSizes(packed32, size32 uint32, extra []byte) {
	p.size, p.end = -1, -1
	if p.flags&flagDescriptor != 0 {
		return
	}
	packed, size := uint64(packed32), uint64(size32)
	if packed32 == 1<<32-1 || size32 == 1<<32-1 {
		var ok bool
		if size, packed, ok = zip64Sizes(extra); !ok {
			return
		}
	}
	const most = 1 << 60
	p.size = int64(min(size, most))
	p.end = p.start + int64(min(packed, most))
}

// zip64Sizes finds both sizes in the extra field 0x0001.
func zip64Sizes(extra []byte) (size, packed uint64, ok bool) {
	le := binary.LittleEndian
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			break
		}
		if id == 1 && n >= 16 {
			return le.Uint64(extra), le.Uint64(extra[8:]), true
		}
		extra = extra[n:]
	}
	return 0, 0, false
}

func (f *files) addPart(r io.ReaderAt, p zipPart) {
	switch {
	case strings.HasSuffix(p.name, "/"):
	case p.flags&flagEncrypted != 0:
		f.locked++
	default:
		e := &entry{size: p.size, cut: p.cut, packed: p.end - p.start}
		e.open = func() (io.ReadCloser, error) {
			packed := io.NewSectionReader(r, p.start, p.end-p.start)
			if p.method == zip.Store {
				return io.NopCloser(packed), nil
			}
			return inflate(packed), nil
		}
		f.add(p.name, e)
	}
}
