package runlog

import (
	"bytes"
	"encoding/binary"
	"io"
	"time"
)

// What is read of the front of a file to know it, and of all files together.
const (
	nameHeadSize  = 256 << 10
	allHeadsLimit = 64 << 20
	headStep      = 16 << 10
)

// head is what the front of a file tells.
type head struct {
	err    error // it could not be read at all, or is no text
	empty  bool
	format Format
	// job is the job's name as the runner prints it, "" when it was not found.
	job string
	// start is the time of the line that the runner prints first.
	start time.Time
}

// heads reads fronts within a bound.
type heads struct {
	left int
}

// of returns the head of e, reading it only once.
func (h *heads) of(e *entry) *head {
	if e.head == nil {
		e.head = h.read(e)
	}
	return e.head
}

// read reads a head. Past the bound it knows nothing of a file, and pasted text
// is the format that takes all forms of lines.
func (h *heads) read(e *entry) *head {
	if h.left <= 0 {
		return &head{format: FormatText}
	}
	front, err := h.front(e)
	if len(front) == 0 {
		return &head{err: err, empty: err == nil, format: FormatText}
	}
	if order := utf16Order(front); order != nil && !e.decoded {
		e.decode(order)
		return h.read(e)
	}
	info := &head{format: detect(front[:min(len(front), headSize)])}
	info.err = inspect(inertName(e.path), front[:min(len(front), headSize)])
	info.scan(front)
	return info
}

var jobNameMark = []byte("Complete job name: ")

// front reads until the job's name, the bound or the end. A damaged file gives
// what there is of it.
func (h *heads) front(e *entry) ([]byte, error) {
	rc, err := e.open()
	if err != nil {
		return nil, err
	}
	defer rc.Close() // it was only read
	var front []byte
	for len(front) < nameHeadSize && h.left > 0 && !hasLine(front, jobNameMark) {
		chunk := make([]byte, headStep)
		n, err := io.ReadFull(rc, chunk)
		h.left -= n
		front = append(front, chunk[:n]...)
		if err != nil {
			break
		}
	}
	return front, nil
}

// decode makes the entry's bytes UTF-8.
func (e *entry) decode(order binary.ByteOrder) {
	open := e.open
	e.decoded = true
	e.open = func() (io.ReadCloser, error) {
		rc, err := open()
		if err != nil {
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{utf16Reader(rc, order), rc}, nil
	}
}

// hasLine tells whether front holds mark and the rest of its line.
func hasLine(front, mark []byte) bool {
	i := bytes.Index(front, mark)
	return i >= 0 && bytes.IndexByte(front[i:], '\n') >= 0
}

var (
	runnerVersionMark = []byte("Current runner version: ")
	runGroupMark      = []byte("##[group]Run ")
)

// scan finds the runner's own lines, which stand before the first step: what
// comes later may be anybody's output.
func (info *head) scan(front []byte) {
	for len(front) > 0 {
		var raw []byte
		raw, front, _ = bytes.Cut(front, []byte("\n"))
		switch {
		case bytes.Contains(raw, runGroupMark):
			return
		case bytes.Contains(raw, runnerVersionMark):
			var line Line
			info.format.Clean(&line, raw)
			info.start, _ = Stamp(line.Stamp)
		case bytes.Contains(raw, jobNameMark):
			var line Line
			info.format.Clean(&line, raw)
			if name, ok := bytes.CutPrefix([]byte(line.Text), jobNameMark); ok {
				info.job = Collapse(string(name))
				return
			}
		}
	}
}
