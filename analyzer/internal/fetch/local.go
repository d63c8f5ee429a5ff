// Package fetch gets the logs of a run, wherever they are, and hands them to
// package runlog. It is the only package that opens files and connections.
package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// Local opens the file or the folder at path: a log, a gzipped log, a log
// archive or an unpacked one, told apart by content and not by name. A named
// pipe, as a shell makes for <(command), is read like standard input.
//
// Its errors are of type *Error. Close the Log when its members are read.
func Local(path string, lim runlog.Limits) (*runlog.Log, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, localError(path, err)
	}
	if info.IsDir() {
		return folder(path, lim)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, localError(path, err)
	}
	var l *runlog.Log
	if info.Mode().IsRegular() {
		l, err = file(path, f, lim)
	} else {
		l, err = stream("file", path, f, lim)
	}
	if err != nil {
		return nil, localError(path, errors.Join(err, f.Close()))
	}
	l.OnClose(f)
	return l, nil
}

// folder opens a folder so that nothing outside of it can be reached.
func folder(path string, lim runlog.Limits) (*runlog.Log, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, localError(path, err)
	}
	l, err := runlog.OpenDir(path, root.FS(), lim)
	if err != nil {
		return nil, localError(path, errors.Join(err, root.Close()))
	}
	l.OnClose(root)
	return l, nil
}

// file opens a regular file.
func file(path string, f *os.File, lim runlog.Limits) (*runlog.Log, error) {
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
		return runlog.OpenZip(path, f, info.Size(), lim)
	}
	return runlog.OpenText("file", path, f)
}

const zipMagicLen = 4

// isZip tells an archive by its first bytes: a member, or an archive's end.
func isZip(magic []byte) bool {
	return bytes.HasPrefix(magic, []byte("PK\x03\x04")) || bytes.HasPrefix(magic, []byte("PK\x05\x06"))
}

// localError says what err means for the one who named path.
func localError(path string, err error) error {
	if content, ok := errors.AsType[*runlog.ContentError](err); ok {
		return &Error{Kind: BadContent, Msg: content.Msg, Hint: content.Hint, Err: err}
	}
	e := &Error{Kind: Unreadable, Err: err, Hint: "check that it is a readable file"}
	why := err
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		why = pathErr.Err
	}
	e.Msg = fmt.Sprintf("%s cannot be read: %v", shown(path), why)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind = NotFound
		e.Msg = fmt.Sprintf("%s does not exist", shown(path))
		e.Hint = "give a file, a folder, a run id or a run's address"
	case errors.Is(err, fs.ErrPermission):
		e.Kind = NoAccess
		e.Hint = "check who may read it"
	}
	return e
}

// shown writes a path as it is, or quoted when it holds what a terminal should
// not get.
func shown(path string) string {
	odd := func(r rune) bool { return !unicode.IsPrint(r) }
	if path == "" || strings.ContainsFunc(path, odd) {
		return strconv.QuoteToGraphic(path)
	}
	return path
}
