package runlog

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"time"
)

// headSize is how much of a stream is looked at before it is read.
const headSize = 64 << 10

// detect tells the format of the lines that head begins.
func detect(head string) Format {
	var c census
	for len(head) > 0 {
		var line string
		line, head, _ = strings.Cut(head, "\n")
		c.add(scrub(line))
	}
	return c.format()
}

// census counts the marks of each format.
type census struct {
	lines int // that are not blank

	stamped  int  // the runner's stamp first
	first    bool // the first line is stamped
	gh       int  // columns and stamp
	columns  int  // two tabs, with or without stamp
	job      string
	jobs     int // lines whose first column is the job of the first
	act      int // act's own marks, or JSON
	actOut   int // act's program output
	npmDebug int
	web      int  // what only the web page shows
	webRun   bool // a line "Run …" that may be a group's title
}

func (c *census) add(s string) {
	s = unquote(dropBareSGR(s))
	if strings.TrimSpace(s) == "" {
		return
	}
	c.lines++
	var line Line
	switch rest := line.raw(s); {
	case line.Stamped && webStampLen(line.Stamp) > 0:
		c.web++
	case line.Stamped:
		c.stamped++
		c.first = c.first || c.lines == 1
	default:
		c.addUnstamped(rest)
	}
}

func (c *census) addUnstamped(s string) {
	var line Line
	if rest, ok := line.columns(s); ok {
		c.addColumns(line.Job)
		if _, ok := line.takeStamp(rest); ok {
			c.gh++
		}
		return
	}
	if _, ok := npmDebugEvent(s); ok {
		c.npmDebug++
		return
	}
	c.addAct(s)
	c.addWeb(s[lineNumberLen(s):])
}

func (c *census) addColumns(job string) {
	c.columns++
	if c.job == "" {
		c.job = job
	}
	if job == c.job {
		c.jobs++
	}
}

func (c *census) addAct(s string) {
	if strings.HasPrefix(s, `{"`) && strings.Contains(s, `"msg":`) && strings.Contains(s, `"job":`) {
		c.act++
		return
	}
	_, rest, ok := actPrefix(strings.TrimPrefix(s, "*DRYRUN* "))
	if !ok {
		return
	}
	if strings.HasPrefix(rest, "  | ") {
		c.actOut++
		return
	}
	for _, mark := range []string{"⭐ Run ", "✅  Success - ", "❌  Failure - ", "🏁  Job ", "🚀  Start image="} {
		if strings.HasPrefix(strings.TrimLeft(rest, " "), mark) {
			c.act++
		}
	}
}

// addWeb counts what the page shows and a terminal does not: the runner's own
// last words under "Error: ", and a group "Run …" whose indented body names
// the shell.
func (c *census) addWeb(s string) {
	switch {
	case strings.HasPrefix(s, "Error: Process completed with exit code "):
		c.web++
	case strings.HasPrefix(s, "Run "):
		c.webRun = true
	case c.webRun && (strings.HasPrefix(s, "  shell: ") || strings.HasPrefix(s, "  with:")):
		c.web++
	}
}

func (c *census) format() Format {
	switch {
	case c.gh >= 3, c.gh > 0 && 2*c.columns >= c.lines:
		return FormatGH
	case c.first && 4*c.stamped >= c.lines, c.stamped > 0 && 2*c.stamped >= c.lines:
		return FormatRaw
	case c.act > 0, c.actOut >= 3, c.actOut > 0 && c.actOut == c.lines:
		return FormatAct
	case c.npmDebug >= 2 && 5*c.npmDebug >= 4*c.lines:
		return FormatNpmDebug
	case c.columns >= 3 && c.columns == c.lines && c.jobs == c.lines:
		return FormatGH
	case c.web > 0:
		return FormatWeb
	}
	return FormatText
}

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
	info := &head{format: detect(string(front[:min(len(front), headSize)]))}
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
				info.job = strings.Join(strings.Fields(string(name)), " ")
				return
			}
		}
	}
}
