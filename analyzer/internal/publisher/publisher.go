// Package publisher reads what `npm trust list` prints about the trusted
// publishers of a package, and compares them with a run.
package publisher

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
)

// Publisher is one entry of the list, each field "" where it is not set.
type Publisher struct {
	// Type is the service: github, gitlab or circleci.
	Type, ID string
	// Package is the one that the command line before the list names.
	Package string
	// Repository is owner/name; Workflow a bare file name.
	Repository, Workflow, Environment string
	// Permissions are createPackage and createStagedPackage, or what npm calls
	// them in text: publish, stage publish. Lists made before npm 11.15 have none.
	Permissions []string
}

// Openers are literals, in lower case, of which one is in a line of each list
// or in the command before it.
var Openers = []string{
	"type: github", "type: gitlab", "type: circleci", `"type": "github"`, `"type": "gitlab"`, `"type": "circleci"`,
	`"type":"github"`, `"type":"gitlab"`, `"type":"circleci"`, "npm trust list", "npm trust ls", noneFound,
}

var services = []string{"github", "gitlab", "circleci"}

// Lines is how many lines a list goes on after the one with its opener.
const Lines = 24

const noneFound = "no trust configurations found"

const (
	maxPublishers = 20
	maxValue      = 200
)

// Reader takes the lines of a text and keeps the publishers that are listed in
// it. The zero value is ready. What is not of the list is passed over.
//
// Source: npm@12.2.0 lib/trust-cmd.js, lib/commands/trust/list.js
type Reader struct {
	Publishers []Publisher
	// None are the packages that npm found no publisher of; "" is one without a name.
	None []string

	open  Publisher // its Type comes last in sorted JSON
	about string    // the package of the last command line
	perms bool      // within the list of permissions
	deep  int       // JSON objects within the entry
	saw   int       // lines of the open entry
}

var (
	field   = lazy.Regexp(`^"?([\w-]+)"?: ?(.*?),?$`)
	absent  = lazy.Regexp(`(?i)no trust configurations found for package \((\S+)\)`)
	command = lazy.Regexp(`\bnpm(?:@\S+)? trust (?:list|ls)(?: +-\S+)*(?: +["']?((?:@[\w.~-]+/)?\w[\w.~-]*))?`)
)

// Line takes the next line.
func (r *Reader) Line(text string) {
	text = strings.TrimSpace(strings.TrimLeft(inert.Text(text), "> "))
	// Most lines hold neither phrase, which is told faster without the expressions.
	lower := strings.ToLower(text)
	if strings.Contains(lower, noneFound) {
		if m := absent().FindStringSubmatch(text); m != nil && len(r.None) < maxPublishers {
			r.None = append(r.None, cut(m[1]))
		}
		return
	}
	if len(r.Publishers) == maxPublishers {
		return
	}
	if strings.Contains(lower, " trust l") {
		if m := command().FindStringSubmatch(text); m != nil {
			r.Close()
			r.about = cut(m[1])
			return
		}
	}
	if strings.HasPrefix(text, "{\"") || strings.HasPrefix(text, "[{") || strings.HasPrefix(text, "{ \"") {
		r.oneLine(text)
		return
	}
	m := field().FindStringSubmatch(strings.TrimPrefix(text, "- "))
	switch {
	case r.perms:
		r.perms = !strings.HasPrefix(text, "]")
		if value := strings.Trim(text, `",[] `); value != "" {
			r.allow(value)
		}
	case m == nil && strings.HasPrefix(text, "}") && r.deep > 0:
		r.deep--
	case m == nil:
		if text == "" || strings.HasPrefix(text, "}") || strings.HasPrefix(text, "{") {
			r.Close()
		}
	case m[2] == "{":
		r.deep++
	case m[1] == "type" && slices.Contains(services, unquote(m[2])):
		if r.open.Type != "" {
			r.Close()
		}
		r.open.Type = unquote(m[2])
	case r.open.Type != "" || strings.HasPrefix(text, `"`): // only JSON may be sorted
		r.set(m[1], m[2])
	}
	if r.saw++; r.saw > Lines {
		r.Close()
	}
}

func (r *Reader) set(key, value string) {
	p := &r.open
	switch key {
	case "id":
		p.ID = cut(unquote(value))
	case "file":
		p.Workflow = cut(unquote(value))
	case "repository", "project", "project_path":
		p.Repository = cut(unquote(value))
	case "environment":
		p.Environment = cut(unquote(value))
	case "permissions":
		if r.perms = value == "["; !r.perms {
			for one := range strings.SplitSeq(strings.Trim(value, "[]"), ",") {
				if one = unquote(strings.TrimSpace(one)); one != "" {
					r.allow(one)
				}
			}
		}
	}
}

func (r *Reader) allow(permission string) {
	if len(r.open.Permissions) < maxPublishers {
		r.open.Permissions = append(r.open.Permissions, cut(permission))
	}
}

// oneLine takes JSON that was put on one line: npm's own, or the registry's
// answer, which has the fields in claims.
func (r *Reader) oneLine(text string) {
	type file struct{ File string }
	type entry struct {
		Type, ID, File, Repository, Project, Environment string
		Permissions                                      []string
		Claims                                           struct {
			Repository, Environment string
			Project                 string `json:"project_path"`
			Workflow                file   `json:"workflow_ref"`
			Pipeline                file   `json:"ci_config_ref_uri"`
		}
	}
	var list []entry
	if !strings.HasPrefix(text, "[") {
		text = "[" + text + "]"
	}
	if json.Unmarshal([]byte(text), &list) != nil {
		return
	}
	for _, e := range list {
		r.Close()
		if !slices.Contains(services, e.Type) || len(e.Permissions) > maxPublishers {
			continue
		}
		c := e.Claims
		r.open = Publisher{
			Type: e.Type, ID: cut(e.ID), Repository: cut(e.Repository + e.Project + c.Repository + c.Project),
			Workflow: cut(e.File + c.Workflow.File + c.Pipeline.File), Environment: cut(e.Environment + c.Environment), Permissions: e.Permissions,
		}
		r.Close()
	}
}

// Close ends the entry that is open. One that names too little is dropped: it
// was some other text.
func (r *Reader) Close() {
	p := r.open
	r.open, r.perms, r.deep, r.saw = Publisher{}, false, 0, 0
	if p.Type == "" || len(r.Publishers) == maxPublishers {
		return
	}
	named := p.Repository != "" && p.Workflow != ""
	if p.Type != "github" {
		named = p.ID != ""
	}
	if named {
		p.Package = r.about
		r.Publishers = append(r.Publishers, p)
	}
}

// Read reads a whole text. ok is false where it holds no list.
func Read(text string) (_ *Reader, ok bool) {
	r := &Reader{}
	for line := range strings.SplitSeq(text, "\n") {
		r.Line(line)
	}
	r.Close()
	if strings.TrimSpace(text) == "[]" {
		r.None = []string{""}
	}
	return r, r.Listed()
}

// Listed tells whether a list was seen, be it empty.
func (r *Reader) Listed() bool { return r != nil && len(r.None)+len(r.Publishers) > 0 }

// Name says which package the whole list is about.
func (r *Reader) Name(pkg string) {
	for i := range r.Publishers {
		r.Publishers[i].Package = pkg
	}
	for i := range r.None {
		r.None[i] = pkg
	}
}

// Unnamed tells whether a list does not say which package it is about.
func (r *Reader) Unnamed() bool {
	return slices.Contains(r.None, "") || slices.ContainsFunc(r.Publishers, func(p Publisher) bool { return p.Package == "" })
}

// Of is what is listed of a package, lists without a name too; none tells that
// npm found nothing.
func (r *Reader) Of(pkg string) (list []Publisher, none bool) {
	for _, p := range r.Publishers {
		if p.Package == pkg || p.Package == "" || pkg == "" {
			list = append(list, p)
		}
	}
	none = len(list) == 0 && slices.ContainsFunc(r.None, func(name string) bool { return name == pkg || name == "" || pkg == "" })
	return list, none
}

// Allows says what a publisher may do: publish, stage or publish-and-stage, or
// "" where the list does not say.
func (p *Publisher) Allows() string {
	publishes := slices.Contains(p.Permissions, "createPackage") || slices.Contains(p.Permissions, "publish")
	stages := slices.Contains(p.Permissions, "createStagedPackage") || slices.Contains(p.Permissions, "stage publish")
	switch {
	case publishes && stages:
		return "publish-and-stage"
	case publishes:
		return "publish"
	case stages:
		return "stage"
	}
	return ""
}

func unquote(s string) string { return strings.Trim(s, `"' `) }

// cut keeps a value short: lists are typed and pasted by people.
func cut(s string) string {
	if len(s) > maxValue {
		s = strings.ToValidUTF8(s[:maxValue], "")
	}
	return strings.Clone(s)
}

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
