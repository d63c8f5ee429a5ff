package runlog

import (
	"bytes"
	"strings"
)

// headSize is how much of a stream is looked at before it is read.
const headSize = 64 << 10

// detect tells the format of the lines that head begins.
func detect(head []byte) Format {
	var c census
	for len(head) > 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\n"))
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
