package publisher

import (
	"fmt"
	"slices"
	"strings"
)

// None is what a run without an environment, or a job of no called workflow, has.
const None = "none"

// actions is the service whose runs are diagnosed.
const actions = "github"

// Run is what a run presents to the registry; "" is what is not known.
type Run struct {
	Repository, Workflow string
	// Called is the workflow that a called job is defined in, or None.
	Called      string
	Environment string // or None
}

// Difference is what tells a publisher from a run.
type Difference struct {
	// Field is provider, repository, owner, letter-case, workflow,
	// called-workflow or environment.
	Field string
	// Text names both values.
	Text string
	// Environment tells that it is the environment, if only its letter case.
	Environment bool
}

// Nearest finds the publisher that differs least from the run, and how; one of
// another service is the last to be named. whole tells that all three fields
// could be compared. With no differences and whole the publisher matches.
//
// Source: https://docs.npmjs.com/trusted-publishers (case-sensitive; the bare
// file name; for a called workflow the calling one's)
func Nearest(list []Publisher, run Run) (_ Publisher, differences []Difference, whole bool) {
	var nearest Publisher
	for i, p := range list {
		d := p.differences(run)
		fits, fitted := p.Type == actions, nearest.Type == actions
		if i == 0 || fits && !fitted || fits == fitted && len(d) < len(differences) {
			nearest, differences = p, d
		}
	}
	called := run.Called != None && run.Called != ""
	return nearest, differences, run.Repository != "" && run.Workflow != "" && run.Environment != "" && !called
}

func (p *Publisher) differences(run Run) []Difference {
	if p.Type != actions {
		return []Difference{{Field: "provider", Text: fmt.Sprintf("the publisher is one of %s, the run of GitHub Actions", p.Type)}}
	}
	var list []Difference
	differ := func(field, what, npm, here string) {
		list = append(list, Difference{field, fmt.Sprintf("%s: %s on npm, %s in the run", what, npm, here), what == "environment"})
	}
	if run.Repository != "" && p.Repository != run.Repository {
		owner, name, _ := strings.Cut(p.Repository, "/")
		hereOwner, hereName, _ := strings.Cut(run.Repository, "/")
		switch {
		case strings.EqualFold(p.Repository, run.Repository):
			differ("letter-case", "letter case of the repository", p.Repository, run.Repository)
		case name == hereName:
			differ("owner", "owner", owner, hereOwner)
		case owner == hereOwner:
			differ("repository", "repository", name, hereName)
		default:
			differ("repository", "repository", p.Repository, run.Repository)
		}
	}
	if here := Base(run.Workflow); here != "" && p.Workflow != here {
		switch {
		case run.Called != None && Base(run.Called) == p.Workflow:
			differ("called-workflow", "workflow file", p.Workflow+", the called one,", here)
		case strings.EqualFold(p.Workflow, here):
			differ("letter-case", "letter case of the workflow file", p.Workflow, here)
		default:
			differ("workflow", "workflow file", p.Workflow, here)
		}
	}
	if here := run.Environment; here != "" && here != OrNone(p.Environment) {
		field := "environment"
		if p.Environment != "" && strings.EqualFold(here, p.Environment) {
			field = "letter-case"
		}
		differ(field, "environment", OrNone(p.Environment), here)
	}
	return list
}

// Base is the bare name of a workflow file.
func Base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// OrNone is the text, or None for an empty one.
func OrNone(s string) string {
	if s == "" {
		return None
	}
	return s
}

// Words puts the fields and the texts of differences in one each; of several
// fields the word is "several".
func Words(list []Difference) (field, text string) {
	var texts []string
	var fields []string
	for _, d := range list {
		texts = append(texts, d.Text)
		if !slices.Contains(fields, d.Field) {
			fields = append(fields, d.Field)
		}
	}
	switch len(fields) {
	case 0:
		return "", ""
	case 1:
		return fields[0], strings.Join(texts, "; ")
	}
	return "several", strings.Join(texts, "; ")
}
