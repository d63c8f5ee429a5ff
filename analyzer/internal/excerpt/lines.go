package excerpt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// Line is a line of a log with its place in the member that holds it.
type Line struct {
	runlog.Line
	// Member is the index of the member; Number counts its lines from 1.
	Member, Number int
	Of             *runlog.Member
	// In is the part of the log, as far as one line after the other tells:
	// output, or the source of a script.
	In patterns.In
}

// Lines calls visit with the lines of an opened log until it returns false. If
// wanted is not nil, the lines that it does not want are only counted, which is
// ten times as fast.
func Lines(ctx context.Context, log *runlog.Log, wanted func(member, number int) bool, visit func(Line) bool) error {
	for i := range log.Members {
		more, err := memberLines(ctx, i, &log.Members[i], wanted, visit)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// memberLines visits the lines of one member; more is false when visit has
// seen enough.
func memberLines(ctx context.Context, index int, m *runlog.Member, wanted func(member, number int) bool, visit func(Line) bool) (more bool, err error) {
	r, err := m.Open()
	if err != nil {
		return false, err
	}
	defer r.Close() // it was only read
	br := bufio.NewReaderSize(r, runlog.MaxLine)
	l := Line{Member: index, Of: m}
	inScript := false
	for ctx.Err() == nil {
		raw, err := readLine(br)
		if err != nil {
			return errors.Is(err, io.EOF), notEOF(err)
		}
		l.Number++
		if wanted != nil && !wanted(index, l.Number) {
			continue
		}
		m.Format.Clean(&l.Line, raw)
		l.In = patterns.InOutput
		switch {
		case l.Kind == runlog.KindGroup:
			inScript = strings.HasPrefix(l.Text, "Run ")
		case l.Kind == runlog.KindEndGroup:
			inScript = false
		case inScript:
			l.In = patterns.InScript
		}
		if l.Job == "" {
			l.Job, l.Step = m.Job, m.Step
		}
		if !visit(l) {
			return false, nil
		}
	}
	return false, ctx.Err()
}

// readLine is the next line without its end; of a longer one than is ever
// looked at, the beginning.
func readLine(br *bufio.Reader) ([]byte, error) {
	raw, err := br.ReadSlice('\n')
	line := bytes.Clone(raw)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = br.ReadSlice('\n')
	}
	if len(line) == 0 {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), notEOF(err)
}

// notEOF is an error that is not the end of the log.
func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
