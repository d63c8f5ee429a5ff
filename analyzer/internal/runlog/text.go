package runlog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

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
	if br, err = unwrap(br); err != nil {
		return nil, fmt.Errorf("read %s: %w", inertName(name), err)
	}
	if head, err = peek(br); err != nil {
		return nil, fmt.Errorf("read %s: %w", inertName(name), err)
	}
	l.Members = []Member{{Name: name, Format: detect(head), Size: -1, Open: handOut(br)}}
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
