package runlog

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// mostSeveral bounds the logs that are open at a time beside or inside each
// other: systems allow a program about a thousand files.
const mostSeveral = 500

// OpenFiles opens several logs or archives as one log, whose members tell which
// file they are of. Its errors are those of Open.
func OpenFiles(paths []string, lim Limits) (*Log, error) {
	all := &Log{Kind: "dir", Name: fmt.Sprintf("%d files", len(paths))}
	if len(paths) > mostSeveral {
		return nil, &ContentError{Msg: fmt.Sprintf("%d files are too many to open at a time", len(paths)), Hint: "put them into a folder and name that, or use: pubmortem scan"}
	}
	for _, name := range paths {
		l, err := Open(name, lim)
		if err != nil {
			return nil, errors.Join(err, all.Close())
		}
		all.include(name, l)
	}
	return all, nil
}

// include adds the members of a log that was opened under a name.
func (l *Log) include(name string, inner *Log) {
	alone := len(inner.Runs()) == 1
	for _, m := range inner.Members {
		if inner.Kind == "zip" || inner.Kind == "dir" {
			m.Name = path.Join(name, m.Name)
			if m.Run = path.Join(name, m.Run); alone {
				m.Run = name
			}
		} else {
			m.Run = name
		}
		l.Members = append(l.Members, m)
	}
	for _, n := range inner.Notes {
		l.AddNote(n)
	}
	l.Damaged = l.Damaged || inner.Damaged
	inner.outer = l
	l.OnClose(inner)
}

// addNested adds the logs of the archives inside a container, one level deep.
// What cannot be opened stays in the list of archives.
func (f *files) addNested(l *Log, b *budget) {
	var left []string
	for i, name := range f.archives {
		e := f.nested[i]
		if !strings.EqualFold(path.Ext(e.path), ".zip") || b.lim.inside || i >= mostSeveral || f.addArchive(l, b, e) != nil {
			left = append(left, name)
		}
	}
	f.archives = left
}

func (f *files) addArchive(l *Log, b *budget, e *entry) error {
	rc, err := e.open()
	if err != nil {
		return err
	}
	defer rc.Close() // it was only read
	lim := b.lim     // a part for each, so that they hold no more together than one may
	lim.inside, lim.MaxTotal = true, max(1, b.lim.MaxTotal/4/int64(len(f.archives)))
	s, err := spool(e.path, io.LimitReader(b.reader(l, inertName(e.path), rc), lim.MaxTotal), lim)
	if err != nil {
		return err
	}
	inner, err := OpenZip(l.Name+"/"+e.path, s.f, s.size, lim)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	inner.OnClose(s)
	l.include(e.path, inner)
	return nil
}
