package runlog

import (
	"cmp"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
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
