package runlog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/words"
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
	// archives are the names of nested archives, and nested those themselves.
	archives []string
	nested   []*entry
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
	case IsLog(base):
		f.entries = append(f.entries, e)
	case slices.Contains([]string{".zip", ".gz", ".tgz", ".tar", ".xz", ".zst", ".bz2", ".7z"}, ext):
		f.archives, f.nested = append(f.archives, inertName(e.path)), append(f.nested, e)
	default:
		f.others++
	}
}

// IsLog tells whether a file's name is one of a log.
func IsLog(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return (ext == ".txt" || ext == ".log") && !isJunk(name)
}

// IsPart tells whether a log's path is one of a part of a run: of a job or a step
// as GitHub's archives name them, or npm's own log beside another one.
func IsPart(name string) bool {
	base := path.Base(filepath.ToSlash(name))
	_, _, numbered := numberedName(base)
	return numbered || base == "system.txt" || strings.Contains(base, "-debug-")
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
		note := l.AddNote
		if slices.ContainsFunc(f.archives, func(name string) bool { return !strings.EqualFold(path.Ext(name), ".tgz") }) {
			note = l.AddDamage // a package's archive holds no log, any other may
		}
		note(fmt.Sprintf("%s inside %s not opened (%s): give it by itself", words.Count(n, "archive"), wasWere(n), names))
	}
	if f.links > 0 {
		l.AddNote(fmt.Sprintf("%s %s not followed", words.Count(f.links, "symbolic link"), wasWere(f.links)))
	}
	if f.locked > 0 {
		l.AddDamage(fmt.Sprintf("%s %s not read, being encrypted", words.Count(f.locked, "file"), wasWere(f.locked)))
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
		e.Msg = fmt.Sprintf("%s holds no log (%s, none of them .log or .txt)", name, words.Count(n, "file"))
	}
	return e
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// OpenDir opens an unpacked log archive, or a folder of .log and .txt files of
// which each is a job. Symbolic links are not followed; hidden folders and
// node_modules are not entered. fsys must stay usable until the members are
// read; see OnClose.
//
// A folder that holds no log gives a *ContentError.
func OpenDir(name string, fsys fs.FS, lim Limits) (*Log, error) {
	lim = lim.orDefault()
	l := &Log{Kind: "dir", Name: name}
	w := walker{l: l, fsys: fsys, lim: lim}
	if err := fs.WalkDir(fsys, ".", w.visit); err != nil {
		return nil, fmt.Errorf("read %s: %w", inertName(name), err)
	}
	return l, w.files.assemble(l, &budget{lim: lim})
}

// walker collects the files of a folder.
type walker struct {
	l     *Log
	fsys  fs.FS
	lim   Limits
	seen  int
	files files
}

func (w *walker) visit(path string, d fs.DirEntry, err error) error {
	if err != nil {
		if path == "." {
			return err
		}
		w.l.AddDamage(fmt.Sprintf("%s could not be read (%v)", inertName(path), cause(err)))
		return nil
	}
	if w.seen++; w.seen > w.lim.MaxMembers {
		w.l.AddDamage(tooMany(w.l, w.lim))
		return fs.SkipAll
	}
	switch mode := d.Type(); {
	case d.IsDir():
		if path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
	case mode&fs.ModeSymlink != 0:
		w.files.links++
	case mode.IsRegular():
		w.add(path, d)
	}
	return nil
}

func (w *walker) add(path string, d fs.DirEntry) {
	e := &entry{size: -1}
	if info, err := d.Info(); err == nil {
		e.size = info.Size()
	}
	e.open = func() (io.ReadCloser, error) { return openRegular(w.fsys, path) }
	w.files.add(path, e)
}

var errNotRegular = errors.New("not a regular file")

// openRegular opens path unless it became something else since it was listed.
func openRegular(fsys fs.FS, path string) (io.ReadCloser, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(errNotRegular, f.Close())
	}
	return f, nil
}

// cause is err without the operation and the path, which the message names.
func cause(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

// assemble turns the collected files into the members of l.
func (f *files) assemble(l *Log, b *budget) error {
	a := assembler{l: l, b: b, heads: heads{left: max(int(min(allHeadsLimit, b.lim.MaxTotal/16)), len(f.entries)*headStep)}}
	sorted := arrange(f.entries)
	sorted.pair(&a.heads)
	sorted.sort()
	folders := map[string]bool{} // of runs
	for _, j := range sorted.jobs {
		folders[j.dir] = true
		a.addJob(j)
	}
	for _, e := range sorted.loose {
		run := e.path
		if dir, _ := splitPath(e.path); folders[dir] {
			run = dir
		}
		a.addLoose(e, run, len(f.entries) > 1)
	}
	f.addNested(l, b)
	if len(l.Members) == 0 {
		if a.refused != nil && len(f.entries) == 1 {
			return a.refused
		}
		return f.none(l)
	}
	f.addNotes(l)
	return nil
}

type assembler struct {
	l     *Log
	b     *budget
	heads heads
	// refused is why the last file was left out.
	refused error
}

// addJob adds the members of one job: the service's own file, then its steps
// or, where they are missing, the whole log.
func (a *assembler) addJob(j *job) {
	name, format := j.name, FormatRaw
	if e := j.namer(); e != nil {
		h := a.heads.of(e)
		if h.job != "" {
			name = h.job
		}
		if h.err != nil {
			a.l.AddDamage(fmt.Sprintf("%s is not a log: %v", inertName(e.path), h.err))
		}
		if h.format != FormatText {
			format = h.format
		}
	}
	for _, e := range j.system {
		a.add(e, Member{Run: j.dir, Job: name, System: true, Format: format})
	}
	if !j.parts() {
		a.add(j.whole, Member{Run: j.dir, Job: name, Format: format})
		return
	}
	for _, s := range j.steps {
		a.add(s.entry, Member{Run: j.dir, Job: name, Step: s.name, StepNumber: max(s.number, 0), Format: format})
	}
}

// addLoose adds a file that only its content can explain. Its name stands for
// the job's only where there are several to tell apart; run is what it is part of.
func (a *assembler) addLoose(e *entry, run string, several bool) {
	h := a.heads.of(e)
	if h.err != nil || h.empty {
		a.refuse(e, h)
		return
	}
	m := Member{Run: run, Job: h.job, Format: h.format}
	if m.Job == "" && several && (m.Format == FormatRaw || m.Format == FormatText || m.Format == FormatWeb) {
		m.Job = strings.TrimSuffix(path.Base(e.path), path.Ext(e.path))
	}
	a.add(e, m)
}

func (a *assembler) refuse(e *entry, h *head) {
	if h.empty {
		a.refused = inspect(inertName(a.l.Name+"/"+e.path), nil)
		return
	}
	a.refused = h.err
	a.l.AddDamage(fmt.Sprintf("%s was left out: %v", inertName(e.path), h.err))
}

func (a *assembler) add(e *entry, m Member) {
	if e.size == 0 {
		return
	}
	name := inertName(e.path)
	m.Name, m.Size = e.path, e.size
	m.Open = func() (io.ReadCloser, error) {
		if left, why := a.b.left(); left <= 0 { // even to look costs, in an archive of thousands
			a.l.AddDamage(fmt.Sprintf("%s holds %s; the rest was not read", inertName(a.l.Name), why))
			return io.NopCloser(strings.NewReader("")), nil
		}
		rc, err := e.open()
		if err != nil {
			a.l.AddDamage(fmt.Sprintf("%s could not be opened (%v)", name, err))
			return io.NopCloser(strings.NewReader("")), nil
		}
		return a.b.reader(a.l, name, rc), nil
	}
	a.l.Members = append(a.l.Members, m)
}
