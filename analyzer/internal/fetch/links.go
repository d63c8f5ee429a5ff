package fetch

import "fmt"

// LineURL is the page of a line of a step's log, both counted from 1, as far as
// it is known: the line, else the job, else the run.
func (r *Run) LineURL(job string, stepNumber int, stepLine int64) string {
	j := r.job(job)
	switch {
	case j == nil:
		return r.Meta.URL
	case stepNumber > 0 && stepLine > 0:
		return fmt.Sprintf("%s#step:%d:%d", j.URL, stepNumber, stepLine)
	}
	return j.URL
}

// job is the job of that name, or nil. Of several one that failed is meant.
func (r *Run) job(name string) *Job {
	var found *Job
	for i := range r.Jobs {
		j := &r.Jobs[i]
		if j.Name == name && (found == nil || j.failed() && !found.failed()) {
			found = j
		}
	}
	return found
}
