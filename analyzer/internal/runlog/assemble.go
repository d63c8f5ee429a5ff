package runlog

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// assemble turns the collected files into the members of l.
func (f *files) assemble(l *Log, b *budget) error {
	a := assembler{l: l, b: b, heads: heads{left: allHeadsLimit}}
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
			a.l.AddDamage(fmt.Sprintf("%s is no log: %v", inertName(e.path), h.err))
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
		rc, err := e.open()
		if err != nil {
			a.l.AddDamage(fmt.Sprintf("%s could not be opened (%v)", name, err))
			return io.NopCloser(strings.NewReader("")), nil
		}
		return a.b.reader(a.l, name, rc), nil
	}
	a.l.Members = append(a.l.Members, m)
}
