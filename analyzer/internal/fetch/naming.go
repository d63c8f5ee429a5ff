package fetch

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// naming finds the API's jobs behind an archive's names, which come from the
// log where the runner printed the name, else mangled from the archive's paths
// (https://github.com/cli/cli/issues/5011).
type naming struct {
	jobs  []Job
	exact map[string]*Job
	keys  map[string]*Job // nil where several jobs have the key
}

func newNaming(jobs []Job) *naming {
	n := &naming{jobs: jobs, exact: map[string]*Job{}, keys: map[string]*Job{}}
	for i := range jobs {
		j := &jobs[i]
		if n.exact[j.Name] == nil {
			n.exact[j.Name] = j
		}
		key := jobKey(j.Name)
		if other, ok := n.keys[key]; ok && (other == nil || other.Name != j.Name) {
			n.keys[key] = nil
		} else {
			n.keys[key] = j
		}
	}
	return n
}

// jobKey is what both ways of mangling leave of a name: the one removes
// characters, the other writes "_" in their place.
func jobKey(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _/\\:*?\"<>|\ufffd", r) {
			return -1
		}
		return r
	}, name)
}

func (n *naming) find(name string) *Job {
	if j := n.exact[name]; j != nil {
		return j
	}
	if j := n.keys[jobKey(name)]; j != nil {
		return j
	}
	return n.findCut(name)
}

// findCut finds the only job whose name begins like one that was cut to 90
// UTF-16 units and trimmed.
func (n *naming) findCut(name string) *Job {
	const nearlyCut = 85
	if len(utf16.Encode([]rune(name))) < nearlyCut {
		return nil
	}
	var found *Job
	for i := range n.jobs {
		if j := &n.jobs[i]; strings.HasPrefix(jobKey(j.Name), jobKey(name)) {
			if found != nil && found.Name != j.Name {
				return nil
			}
			found = j
		}
	}
	return found
}

// apply writes the API's names into l's members, and leaves out those of jobs
// that were not chosen. What no job is known for stays.
func (n *naming) apply(l *runlog.Log, chosen []*Job) {
	wanted := map[string]bool{}
	for _, j := range chosen {
		wanted[j.Name] = true
	}
	l.Members = slices.DeleteFunc(l.Members, func(m runlog.Member) bool {
		j := n.find(m.Job)
		return j != nil && !wanted[j.Name]
	})
	for i := range l.Members {
		m := &l.Members[i]
		if j := n.find(m.Job); j != nil {
			m.Job = j.Name
			m.Step = stepName(n.jobs, j.Name, m)
		}
	}
}

// stepName is the API's name for a member's step, where all jobs of that name
// agree.
func stepName(jobs []Job, job string, m *runlog.Member) string {
	name := ""
	for i := range jobs {
		for _, s := range jobs[i].Steps {
			if jobs[i].Name != job || s.Number != m.StepNumber || m.StepNumber == 0 {
				continue
			}
			if name != "" && name != s.Name {
				return m.Step
			}
			name = s.Name
		}
	}
	if name == "" {
		return m.Step
	}
	return name
}
