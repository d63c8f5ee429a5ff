package runlog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/text/encoding/unicode"
)

// Open opens the file or the folder at path: a log, a gzipped log, a log
// archive or an unpacked one, told apart by content and not by name. A named
// pipe, as a shell makes for <(command), is read like standard input.
//
// Its errors are *ContentError for what is no log, else those of the system.
// Close the Log when its members are read.
func Open(path string, lim Limits) (*Log, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var l *Log
	switch info, statErr := f.Stat(); {
	case statErr != nil:
		err = statErr
	case info.IsDir():
		l, err = openFolder(path, lim)
	case info.Mode().IsRegular():
		l, err = openFile(path, f, info.Size(), lim)
	default:
		l, err = openStream("file", path, f, lim)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	l.OnClose(f)
	return l, nil
}

// openFolder opens a folder so that nothing outside of it can be reached.
func openFolder(path string, lim Limits) (*Log, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	l, err := OpenDir(path, root.FS(), lim)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	l.OnClose(root)
	return l, nil
}

// buffers are those of logs that were closed, since a scan reads thousands.
var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, headSize) }}

// buffer is one that Close hands back.
type buffer struct{ *bufio.Reader }

func (b buffer) Close() error {
	b.Reset(nil)
	buffers.Put(b.Reader)
	return nil
}

// untilEnd does not ask for more behind the end, as each look at a head would.
type untilEnd struct {
	r   io.Reader
	err error
}

func (u *untilEnd) Read(p []byte) (n int, err error) {
	if u.err == nil {
		n, u.err = u.r.Read(p)
	}
	return n, u.err
}

// openFile opens a regular file.
func openFile(path string, f *os.File, size int64, lim Limits) (*Log, error) {
	br := buffers.Get().(*bufio.Reader)
	br.Reset(&untilEnd{r: f})
	magic, err := br.Peek(zipMagicLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if isZip(magic) {
		return OpenZip(path, f, size, lim)
	}
	l, err := OpenText("file", path, br)
	if err == nil {
		l.OnClose(buffer{br})
	}
	return l, err
}

const zipMagicLen = 4

// isZip tells an archive by its first bytes: a member, or an archive's end.
func isZip(magic []byte) bool {
	return bytes.HasPrefix(magic, []byte("PK\x03\x04")) || bytes.HasPrefix(magic, []byte("PK\x05\x06"))
}

// OpenStdin opens what comes from r, as a rule standard input: a log, gzipped or
// not, or a log archive. An archive cannot be read as a stream; it is copied
// to a temporary file, at most lim.MaxTotal bytes, which is gone after Close.
//
// Its errors are those of Open, and r's. r is not closed.
func OpenStdin(r io.Reader, lim Limits) (*Log, error) {
	return openStream("stdin", "stdin", r, lim)
}

// openStream tells an archive from a log by the first bytes.
func openStream(kind, name string, r io.Reader, lim Limits) (*Log, error) {
	br := bufio.NewReader(r)
	magic, err := br.Peek(zipMagicLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !isZip(magic) {
		return OpenText(kind, name, br)
	}
	s, err := spool(name, br, lim)
	if err != nil {
		return nil, err
	}
	l, err := OpenZip(name, s.f, s.size, lim)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	l.OnClose(s)
	return l, nil
}

// spooled is a stream's copy in a temporary file.
type spooled struct {
	f    *os.File
	size int64
	gone bool // from its folder: Windows removes no open file
}

func spool(name string, r io.Reader, lim Limits) (*spooled, error) {
	most := lim.MaxTotal
	if most <= 0 || most == math.MaxInt64 {
		most = DefaultLimits().MaxTotal
	}
	f, err := os.CreateTemp("", "pubmortem-*.zip")
	if err != nil {
		return nil, err
	}
	s := &spooled{f: f}
	s.gone = os.Remove(f.Name()) == nil // nothing is left behind, however the program ends
	s.size, err = io.Copy(f, io.LimitReader(r, most+1))
	if err == nil && s.size > most {
		err = &ContentError{
			Msg:  fmt.Sprintf("the archive on %s is larger than %d bytes", name, most),
			Hint: "save it to a file and give that",
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close removes the copy.
func (s *spooled) Close() error {
	if s.gone {
		return s.f.Close()
	}
	return errors.Join(s.f.Close(), os.Remove(s.f.Name()))
}

// OpenText opens one stream of lines, a file or a pipe; kind and name become
// those of the Log. It looks at the first 64 KiB to tell the format, inflates
// gzip (packed twice at most, within DefaultLimits) and turns UTF-16, which
// PowerShell writes, into UTF-8. The one member hands out the rest of r.
//
// What is no log at all gives a *ContentError. r is not closed: see OnClose.
func OpenText(kind, name string, r io.Reader) (*Log, error) {
	l := &Log{Kind: kind, Name: name}
	br, err := l.unpack(bufio.NewReaderSize(r, headSize))
	if err != nil {
		return nil, err
	}
	head, err := peek(br)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", inertName(name), err)
	}
	if len(head) == 0 && len(l.Notes) > 0 {
		return nil, damaged(inertName(name), "gzip file", nil)
	}
	if err := inspect(inertName(name), head); err != nil {
		return nil, err
	}
	br, format, err := unwrap(br)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", inertName(name), err)
	}
	l.Members = []Member{{Name: name, Format: format, Size: -1, Open: handOut(br)}}
	return l, nil
}

// peek returns the head of a stream; io.EOF is no error here.
func peek(br *bufio.Reader) ([]byte, error) {
	head, err := br.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head, nil
}

var gzipMagic = []byte{0x1f, 0x8b, 8}

// unpack takes gzip and UTF-16 off a stream.
func (l *Log) unpack(br *bufio.Reader) (*bufio.Reader, error) {
	const deepest = 2
	name := inertName(l.Name)
	for range deepest {
		if magic, _ := br.Peek(len(gzipMagic)); !bytes.Equal(magic, gzipMagic) {
			break
		}
		zr, err := l.gunzip(br)
		if err != nil {
			return nil, damaged(name, "gzip file", err)
		}
		br = bufio.NewReaderSize(zr, headSize)
	}
	head, err := peek(br)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if order := utf16Order(head); order != nil {
		br = bufio.NewReaderSize(utf16Reader(br, order), headSize)
	}
	return br, nil
}

// gunzip inflates r within the default limits.
func (l *Log) gunzip(r io.Reader) (io.Reader, error) {
	packed := &countingReader{r: r}
	zr, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	b := &budget{lim: DefaultLimits(), packed: packed.n.Load}
	return b.reader(l, inertName(l.Name), zr), nil
}

func damaged(name, what string, err error) error {
	return &ContentError{
		Msg:  fmt.Sprintf("%s is a damaged %s: nothing in it can be read", name, what),
		Hint: "download it again",
		Err:  err,
	}
}

// countingReader counts what was read of r.
type countingReader struct {
	r io.Reader
	n atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// utf16Order tells the byte order of UTF-16 text by its byte order mark, or by
// where the NULs of its ASCII letters stand; nil when head is not UTF-16.
func utf16Order(head []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return binary.LittleEndian
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return binary.BigEndian
	}
	const enough = 512
	var nuls [2]int
	head = head[:min(len(head), enough)]
	for i, c := range head {
		if c == 0 {
			nuls[i%2]++
		}
	}
	most := len(head) * 2 / 5 // four of five letters
	switch {
	case len(head) < 8:
		return nil
	case nuls[1] > most && nuls[0] == 0:
		return binary.LittleEndian
	case nuls[0] > most && nuls[1] == 0:
		return binary.BigEndian
	}
	return nil
}

// utf16Reader turns UTF-16 into UTF-8. Half a unit at the end is dropped.
func utf16Reader(r io.Reader, order binary.ByteOrder) io.Reader {
	endian := unicode.LittleEndian
	if order == binary.ByteOrder(binary.BigEndian) {
		endian = unicode.BigEndian
	}
	return unicode.UTF16(endian, unicode.IgnoreBOM).NewDecoder().Reader(r)
}
