package workflow

import "strings"

// Job finds a job by the name that logs and the API give it, or by its id: the
// `name:`, with expressions filled in; the matrix's values in brackets behind
// it, "build (3.10)"; and "caller / callee" for the jobs of a called workflow,
// which leads to the calling job. ok is false when no job fits, or several do.
func (f *File) Job(name string) (_ *Job, ok bool) {
	if j, ok := f.named(name); ok {
		return j, true
	}
	for caller := range callers(name) {
		if j, ok := f.named(caller); ok && j.Uses != "" {
			return j, true
		}
	}
	return nil, false
}

// callers yields what may be the calling job's part of a name, shortest first:
// a slash may also stand in a matrix value.
func callers(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(name) {
			if strings.HasPrefix(name[i:], " / ") && !yield(name[:i]) {
				return
			}
		}
	}
}

// named finds a job of this file, the surest way first.
func (f *File) named(name string) (*Job, bool) {
	plain, _, _ := strings.Cut(name, " (")
	ways := []func(*Job) bool{
		func(j *Job) bool { return j.display() == name },
		func(j *Job) bool { return j.ID == name },
		func(j *Job) bool { return j.display() == plain },
		func(j *Job) bool { return j.ID == plain },
		func(j *Job) bool { return fits(j.Name, name) },
	}
	for _, way := range ways {
		if j, n := f.only(way); n > 0 {
			return j, n == 1
		}
	}
	return nil, false
}

// only is the first job of which something holds, and how many there are.
func (f *File) only(holds func(*Job) bool) (first *Job, n int) {
	for _, j := range f.jobs {
		if holds(j) {
			if n == 0 {
				first = j
			}
			n++
		}
	}
	return first, n
}

// display is the name that people see, expressions as written.
func (j *Job) display() string {
	if j.Name != "" {
		return j.Name
	}
	return j.ID
}

// fits tells whether a name can come from a pattern whose expressions stand
// for any text. A pattern without expressions fits nothing here.
func fits(pattern, name string) bool {
	head, rest, found := strings.Cut(pattern, "${{")
	if !found || !strings.HasPrefix(name, head) {
		return false
	}
	name = name[len(head):]
	for {
		_, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return false
		}
		literal, next, more := strings.Cut(after, "${{")
		if !more {
			return strings.HasSuffix(name, literal)
		}
		at := strings.Index(name, literal)
		if at < 0 {
			return false
		}
		name, rest = name[at+len(literal):], next
	}
}
