package runlog

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// entry is one file of an archive or a folder.
type entry struct {
	path   string // of clean elements, separated by slashes
	size   int64  // inflated, -1 unknown
	packed int64  // for a salvaged entry; 0 otherwise
	cut    bool   // it may end early
	open   func() (io.ReadCloser, error)

	head    *head // what its first bytes told, once they were read
	decoded bool  // open turns UTF-16 into UTF-8
}

// weight is the entry's size for comparisons: inflated, else packed.
func (e *entry) weight() int64 {
	if e.size >= 0 {
		return e.size
	}
	return e.packed
}

// files collects the entries of a container that may be logs, and counts the
// others.
type files struct {
	// back says that back slashes separate the names' elements.
	back    bool
	entries []*entry
	// archives are the names of nested archives.
	archives []string
	links    int
	locked   int
	others   int
}

// add sorts one file by its name. Names are another's choice: they are only
// ever compared and shown.
func (f *files) add(name string, e *entry) {
	e.path = cleanPath(name, f.back)
	base := path.Base(e.path)
	switch ext := strings.ToLower(path.Ext(base)); {
	case e.path == "" || isJunk(e.path):
	case ext == ".txt" || ext == ".log":
		f.entries = append(f.entries, e)
	case slices.Contains([]string{".zip", ".gz", ".tgz", ".tar", ".xz", ".zst", ".bz2", ".7z"}, ext):
		f.archives = append(f.archives, inertName(e.path))
	default:
		f.others++
	}
}

// cleanPath makes name relative and fit to be shown; "." and ".." vanish.
func cleanPath(name string, back bool) string {
	if back {
		name = strings.ReplaceAll(name, `\`, "/")
	}
	var clean []string
	for element := range strings.SplitSeq(name, "/") {
		element = strings.TrimSpace(strings.ReplaceAll(scrub([]byte(element)), "\t", " "))
		if element != "" && element != "." && element != ".." {
			clean = append(clean, element)
		}
	}
	return strings.Join(clean, "/")
}

// isJunk tells what a Mac adds to archives and folders.
func isJunk(name string) bool {
	return strings.HasPrefix(path.Base(name), "._") || strings.Contains("/"+name+"/", "/__MACOSX/")
}

// addNotes says what was left out.
func (f *files) addNotes(l *Log) {
	if n := len(f.archives); n > 0 {
		const shown = 3
		names := strings.Join(f.archives[:min(n, shown)], ", ")
		if n > shown {
			names += ", …"
		}
		l.AddNote(fmt.Sprintf("%s inside %s not opened (%s): give it by itself", plural(n, "archive"), wasWere(n), names))
	}
	if f.links > 0 {
		l.AddNote(fmt.Sprintf("%s %s not followed", plural(f.links, "symbolic link"), wasWere(f.links)))
	}
	if f.locked > 0 {
		l.AddDamage(fmt.Sprintf("%s %s not read, being encrypted", plural(f.locked, "file"), wasWere(f.locked)))
	}
}

// none is the error for a container without a log.
func (f *files) none(l *Log) error {
	name := inertName(l.Name)
	e := &ContentError{
		Msg:  name + " holds no log",
		Hint: "give a run's log archive, a folder of .log or .txt files, or a run id",
	}
	switch n := len(f.archives) + f.others + f.links + f.locked; {
	case len(f.archives) > 0:
		e.Hint = "give the archive inside by itself: " + f.archives[0]
	case f.locked > 0:
		e.Msg = name + " is encrypted"
		e.Hint = "unpack it and give the folder"
	case len(f.entries) > 0:
		e.Msg = name + " holds only empty or unreadable files"
		e.Hint = saveAgain
	case n == 0:
		e.Msg = name + " is empty"
	default:
		e.Msg = fmt.Sprintf("%s holds no log (%s, none of them .log or .txt)", name, plural(n, "file"))
	}
	return e
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
