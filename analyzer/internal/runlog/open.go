package runlog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// Open opens the file or the folder at path: a log, a gzipped log, a log
// archive or an unpacked one, told apart by content and not by name. A named
// pipe, as a shell makes for <(command), is read like standard input.
//
// Its errors are *ContentError for what is no log, else those of the system.
// Close the Log when its members are read.
func Open(path string, lim Limits) (*Log, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openFolder(path, lim)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var l *Log
	if info.Mode().IsRegular() {
		l, err = openFile(path, f, lim)
	} else {
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

// openFile opens a regular file.
func openFile(path string, f *os.File, lim Limits) (*Log, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var magic [zipMagicLen]byte
	n, err := f.ReadAt(magic[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if isZip(magic[:n]) {
		return OpenZip(path, f, info.Size(), lim)
	}
	return OpenText("file", path, f)
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
