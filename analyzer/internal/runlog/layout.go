package runlog

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The archive of a run holds ORDINAL_JOB.txt, the whole log of a job, and
// JOB/NUMBER_STEP.txt and JOB/system.txt, its parts
// (https://github.com/cli/cli/blob/trunk/pkg/cmd/run/view/logs.go). Either kind
// may be missing, and people pack it again under other folders.

// job gathers the files of one job.
type job struct {
	dir     string // of the whole-job file, or above the job's folder
	name    string // as the archive spells it
	ordinal int
	whole   *entry
	system  []*entry
	steps   []step
}

type step struct {
	number int
	name   string
	entry  *entry
}

// layout is an archive sorted by its names.
type layout struct {
	jobs  []*job
	loose []*entry // logs whose name is of no known form
}

// numberedName splits "12_Set up.txt".
func numberedName(base string) (number int, name string, ok bool) {
	ext := path.Ext(base)
	digits, name, ok := strings.Cut(strings.TrimSuffix(base, ext), "_")
	if !ok || name == "" || !strings.EqualFold(ext, ".txt") {
		return 0, "", false
	}
	number, err := strconv.Atoi(digits)
	return number, name, err == nil && !strings.HasPrefix(digits, "+")
}

// folder is what the names in one folder say.
type folder struct {
	entries []*entry
	parent  bool // of folders with numbered files
	root    bool // holds an ordinal that no step has
	setUp   bool // holds a set-up step or system.txt
}

// arrange sorts entries into jobs and loose files.
func arrange(entries []*entry) layout {
	folders, order := foldersOf(entries)
	var out layout
	for _, dir := range order {
		f := folders[dir]
		isJob := !f.root && !f.parent && (dir != "" || f.setUp)
		if isJob {
			out.addFolder(dir, f)
		} else {
			out.addWholes(dir, f)
		}
	}
	return out
}

func foldersOf(entries []*entry) (map[string]*folder, []string) {
	folders := map[string]*folder{}
	var order []string
	at := func(dir string) *folder {
		if folders[dir] == nil {
			folders[dir] = &folder{}
			order = append(order, dir)
		}
		return folders[dir]
	}
	for _, e := range entries {
		dir, base := splitPath(e.path)
		f := at(dir)
		f.entries = append(f.entries, e)
		number, name, ok := numberedName(base)
		f.root = f.root || ok && number <= 0
		f.setUp = f.setUp || base == "system.txt" || ok && number == 1 && name == "Set up job"
		if (ok || base == "system.txt") && dir != "" {
			above, _ := splitPath(dir)
			at(above).parent = true
		}
	}
	return folders, order
}

func splitPath(name string) (dir, base string) {
	dir, base = path.Split(name)
	return strings.TrimSuffix(dir, "/"), base
}

// addWholes adds a folder of whole-job files.
func (out *layout) addWholes(dir string, f *folder) {
	for _, e := range f.entries {
		_, base := splitPath(e.path)
		if ordinal, name, ok := numberedName(base); ok {
			out.jobs = append(out.jobs, &job{dir: dir, name: name, ordinal: ordinal, whole: e})
		} else {
			out.loose = append(out.loose, e)
		}
	}
}

// addFolder adds the folder of one job.
func (out *layout) addFolder(dir string, f *folder) {
	above, name := splitPath(dir)
	j := &job{dir: above, name: name, ordinal: math.MaxInt}
	for _, e := range f.entries {
		_, base := splitPath(e.path)
		number, name, ok := numberedName(base)
		switch {
		case base == "system.txt":
			j.system = append(j.system, e)
		case ok:
			j.steps = append(j.steps, step{number: number, name: name, entry: e})
		default:
			out.loose = append(out.loose, e)
		}
	}
	if len(j.steps)+len(j.system) > 0 {
		slices.SortStableFunc(j.steps, func(a, b step) int { return cmp.Compare(a.number, b.number) })
		out.jobs = append(out.jobs, j)
	}
}

// sort puts the jobs into reading order.
func (out *layout) sort() {
	slices.SortStableFunc(out.jobs, func(a, b *job) int {
		return cmp.Or(cmp.Compare(a.dir, b.dir), cmp.Compare(a.ordinal, b.ordinal))
	})
}

// parts tells whether to read the steps: they are better, since they carry
// names and numbers, but only when they hold the job. Files of steps may be
// missing (https://github.com/cli/cli/issues/10551).
func (j *job) parts() bool {
	if len(j.steps) == 0 || j.whole == nil {
		return j.whole == nil
	}
	var sum int64
	unsure := false
	for _, s := range j.steps {
		sum += s.entry.weight()
		unsure = unsure || s.entry.cut || s.entry.size < 0
	}
	if unsure && !j.whole.cut {
		return false
	}
	return sum*10 >= j.whole.weight()*9
}

// namer is the file most likely to hold the job's real name in its front.
func (j *job) namer() *entry {
	for _, s := range j.steps {
		if s.number == 1 {
			return s.entry
		}
	}
	return j.whole
}

// pair joins whole-job files with the folders of the same jobs. Names pair
// them where they are unmistakable. Names also collide, are cut to 90 UTF-16
// units and mangled in two ways (https://github.com/cli/cli/issues/5011); then
// the first line's time tells, which both files have but for microseconds.
func (out *layout) pair(h *heads) {
	wholes, folders := map[string][]*job{}, map[string][]*job{}
	for _, j := range out.jobs {
		key := j.dir + "\x00" + NameKey(j.name)
		switch {
		case j.whole == nil:
			folders[key] = append(folders[key], j)
		case j.ordinal < 0 && hasPositive(out.jobs, j):
			// The old service's log of a matrix; not a job of its own.
		default:
			wholes[key] = append(wholes[key], j)
		}
	}
	for key, w := range wholes {
		if f := folders[key]; len(w) == 1 && len(f) == 1 {
			w[0].join(f[0])
		}
	}
	out.pairByStart(h)
	out.jobs = slices.DeleteFunc(out.jobs, func(j *job) bool {
		return j.whole == nil && len(j.steps)+len(j.system) == 0
	})
}

// join moves the parts of folder to j.
func (j *job) join(folder *job) {
	j.steps, j.system = folder.steps, folder.system
	folder.steps, folder.system = nil, nil
}

// hasPositive tells whether another whole-job file has j's name and an ordinal
// of a job.
func hasPositive(jobs []*job, j *job) bool {
	return slices.ContainsFunc(jobs, func(other *job) bool {
		return other.whole != nil && other.ordinal >= 0 && other.dir == j.dir && NameKey(other.name) == NameKey(j.name)
	})
}

// NameKey is what is left of a job's name under both ways of mangling: the one
// removes forbidden characters, the other writes "_" in their place.
func NameKey(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _/\\:*?\"<>|\ufffd", r) {
			return -1
		}
		return r
	}, name)
}

// pairByStart joins what is left over with what began at the same time.
func (out *layout) pairByStart(h *heads) {
	var wholes, folders []*job
	for _, j := range out.jobs {
		switch {
		case j.whole == nil && len(j.steps) > 0:
			folders = append(folders, j)
		case j.whole != nil && len(j.steps) == 0 && len(j.system) == 0:
			wholes = append(wholes, j)
		}
	}
	for _, f := range folders {
		if w := nearest(h, f, wholes); w != nil {
			w.join(f)
			wholes = slices.DeleteFunc(wholes, func(j *job) bool { return j == w })
		}
	}
}

// nearest returns the whole-job file whose runner started when f's did, or nil.
func nearest(h *heads, f *job, wholes []*job) *job {
	const sameMoment = 50 * time.Millisecond
	if len(wholes) == 0 || f.namer() == nil {
		return nil
	}
	part := h.of(f.namer())
	if part.start.IsZero() {
		return nil
	}
	var best *job
	closest := sameMoment
	for _, w := range wholes {
		whole := h.of(w.whole)
		if w.dir != f.dir || whole.start.IsZero() || whole.job != part.job {
			continue
		}
		if d := whole.start.Sub(part.start).Abs(); d < closest {
			best, closest = w, d
		}
	}
	return best
}

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
