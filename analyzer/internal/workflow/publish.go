package workflow

import "strings"

// publication is a step that publishes, and how.
type publication struct {
	upload
	step *Step
	// cmd is the command in the step's script; an action has none.
	cmd *command
}

// PublishStep is the job's first step that publishes to npm, by a command, an
// action or a script of the package that is named after publishing. Rehearsals
// do not count. ok is false when the job has none that the file shows.
func (f *File) PublishStep(job string) (_ *Step, ok bool) {
	j, ok := f.Job(job)
	if !ok {
		return nil, false
	}
	p, ok := j.publication()
	return p.step, ok
}

// publication is the first of all.
func (j *Job) publication() (_ publication, ok bool) {
	all := j.publications()
	if len(all) == 0 {
		return publication{}, false
	}
	return all[0], true
}

// publications lists what publishes in a job. Scripts of the package count
// only where nothing surer is there, and what goes to GitHub's own registry
// only where nothing else is.
func (j *Job) publications() []publication {
	var sure, named, elsewhere []publication
	for i, s := range j.Steps {
		for _, p := range s.publications() {
			switch {
			case j.toGitHub(i, p):
				elsewhere = append(elsewhere, p)
			case p.tool == "":
				named = append(named, p)
			default:
				sure = append(sure, p)
			}
		}
	}
	for _, list := range [][]publication{sure, named} {
		if len(list) > 0 {
			return list
		}
	}
	return elsewhere
}

// publications lists what publishes in one step.
func (s *Step) publications() []publication {
	if up, ok := s.actionUpload(); ok {
		return []publication{{upload: up, step: s}}
	}
	var list []publication
	for _, cmd := range s.commands() {
		if up, ok := uploadOf(cmd.words); ok {
			list = append(list, publication{up, s, &cmd})
		}
	}
	return list
}

const githubRegistry = "npm.pkg.github.com"

// toGitHub tells whether the publication in step i goes to GitHub Packages, by
// its arguments or by the setup-node before it.
func (j *Job) toGitHub(i int, p publication) bool {
	if p.cmd != nil {
		if args := strings.Join(p.cmd.words, " "); strings.Contains(args, "registry") {
			return strings.Contains(args, githubRegistry)
		}
	}
	setup := j.setupNode(i)
	return setup != nil && strings.Contains(setup.node.Get("with").Get("registry-url").Scalar(), githubRegistry)
}

// before lists the commands of the job up to its publication, with the ones in
// front of it in its own step.
func (j *Job) before(p publication) []placed {
	var list []placed
	for _, s := range j.Steps {
		for _, cmd := range s.commands() {
			if s == p.step && p.cmd != nil && cmd.line >= p.cmd.line {
				return list
			}
			list = append(list, placed{cmd, s})
		}
		if s == p.step {
			return list
		}
	}
	return list
}

// placed is a command and its step.
type placed struct {
	command
	step *Step
}
