package runlog

import (
	"slices"
	"strings"
	"time"
)

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
