// Package publisher reads what `npm trust list` prints about the trusted
// publishers of a package, and compares them with a run.
package publisher

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
)

// Publisher is one entry of the list, each field "" where it is not set.
type Publisher struct {
	// Type is the service: github, gitlab or circleci.
	Type, ID string
	// Repository is owner/name; Workflow a bare file name.
	Repository, Workflow, Environment string
	// Permissions are createPackage and createStagedPackage, or what npm calls
	// them in text: publish, stage publish. Lists made before npm 11.15 have none.
	Permissions []string
}

// Openers are literals, in lower case, of which one is in a line of each list.
var Openers = []string{"type: github", "type: gitlab", "type: circleci", `"type": "github"`, `"type": "gitlab"`, `"type": "circleci"`, `"type":"github"`, `"type":"gitlab"`, `"type":"circleci"`, noneFound}

var services = []string{"github", "gitlab", "circleci"}

// Lines is how many lines a list goes on after the one with its opener.
const Lines = 16

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
	// None tells that npm found no publisher; Package is the one it names.
	None    bool
	Package string

	open  *Publisher
	id    string // JSON has it before the type
	perms bool   // within the list of permissions
	saw   int    // lines of the open entry
}

var (
	field  = lazy.Regexp(`^"?([\w-]+)"?: ?(.*?),?$`)
	absent = lazy.Regexp(`(?i)no trust configurations found for package \((\S+)\)`)
)

// Line takes the next line.
func (r *Reader) Line(text string) {
	text = strings.TrimSpace(text)
	if m := absent().FindStringSubmatch(text); m != nil {
		r.None, r.Package = true, m[1]
		return
	}
	if strings.Contains(text, `"type":"`) {
		r.compact(text)
		return
	}
	m := field().FindStringSubmatch(text)
	switch {
	case r.perms:
		r.perms = !strings.HasPrefix(text, "]")
		if value := strings.Trim(text, `",[] `); value != "" && r.open != nil && len(r.open.Permissions) < maxPublishers {
			r.open.Permissions = append(r.open.Permissions, cut(value))
		}
	case m == nil:
		if text == "" || strings.HasPrefix(text, "}") || strings.HasPrefix(text, "{") {
			r.Close()
		}
	case m[1] == "type" && slices.Contains(services, unquote(m[2])):
		id := r.id
		r.Close()
		r.open = &Publisher{Type: unquote(m[2]), ID: id}
	case m[1] == "id" && r.open == nil:
		r.id = cut(unquote(m[2]))
	case r.open != nil:
		r.set(m[1], m[2])
	}
	if r.saw++; r.saw > Lines {
		r.Close()
	}
}

func (r *Reader) set(key, value string) {
	p := r.open
	switch key {
	case "id":
		p.ID = cut(unquote(value))
	case "file":
		p.Workflow = cut(unquote(value))
	case "repository", "project":
		p.Repository = cut(unquote(value))
	case "environment":
		p.Environment = cut(unquote(value))
	case "permissions":
		if r.perms = value == "["; !r.perms {
			for one := range strings.SplitSeq(strings.Trim(value, "[]"), ",") {
				if one = unquote(strings.TrimSpace(one)); one != "" && len(p.Permissions) < maxPublishers {
					p.Permissions = append(p.Permissions, cut(one))
				}
			}
		}
	}
}

// compact takes JSON that was put on one line.
func (r *Reader) compact(text string) {
	type entry struct {
		Type, ID, File, Repository, Project, Environment string
		Permissions                                      []string
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
		r.open = &Publisher{e.Type, cut(e.ID), cut(e.Repository + e.Project), cut(e.File), cut(e.Environment), e.Permissions}
		r.Close()
	}
}

// Close ends the entry that is open. One that names too little is dropped: it
// was some other text.
func (r *Reader) Close() {
	p := r.open
	r.open, r.id, r.perms, r.saw = nil, "", false, 0
	if p == nil || len(r.Publishers) == maxPublishers {
		return
	}
	named := p.Repository != "" && p.Workflow != ""
	if p.Type != "github" {
		named = p.ID != ""
	}
	if named {
		r.Publishers = append(r.Publishers, *p)
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
		r.None = true
	}
	return r, r.Listed()
}

// Listed tells whether a list was seen, be it empty.
func (r *Reader) Listed() bool { return r != nil && (r.None || len(r.Publishers) > 0) }

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
