package document

import (
	"fmt"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
)

// Element is a part of a web page. A page makes nodes of it one by one, and its
// text only ever becomes a text node: nothing in it is markup.
type Element struct {
	Tag   string `json:"tag"`
	Class string `json:"class,omitempty"`
	Text  string `json:"text,omitempty"`
	// Href is a plain https address, or a place on the page that begins with "#".
	Href string `json:"href,omitempty"`
	// Fact and Value are what a button states.
	Fact  string    `json:"fact,omitempty"`
	Value string    `json:"value,omitempty"`
	Kids  []Element `json:"kids,omitempty"`
}

// Elements is the document for a web page, whole.
func (d Document) Elements() []Element {
	var all []Element
	for _, b := range d {
		if b.Until == 0 {
			all = append(all, elements(b.Body)...)
		}
	}
	return all
}

func elements(body Body) []Element {
	switch b := body.(type) {
	case Title:
		return []Element{titleElement(b)}
	case Heading:
		return some(group(fmt.Sprintf("h%d", min(max(b.Level, 2), 6)), "", proseElements(inert.Cut(Clean(b.Text), maxHeading))...))
	case paragraph:
		return some(group("p", "", proseElements(string(b))...))
	case Text:
		return b.blocks().Elements()
	case Labelled:
		if kids := b.Body.Elements(); len(kids) > 0 {
			return []Element{group("div", "labelled", Element{Tag: "div", Class: "label", Text: b.Label}, group("div", "body", kids...))}
		}
	case List:
		return some(listElement("", b.Items, proseElements))
	case Inline:
		return some(listElement("inline", b.Items, proseElements))
	case Quote:
		return quoteElements(b)
	case Code:
		return codeElements(b)
	case Table:
		return []Element{tableElement(b)}
	case Choices:
		var kids []Element
		for _, a := range b.Answers {
			kids = append(kids, Element{Tag: "button", Text: Clean(a.Value), Fact: b.Fact, Value: a.Value}, Element{Tag: "span", Text: Clean(a.Means)})
		}
		return some(group("div", "choices", kids...))
	case Refs:
		return some(refsElement(b))
	case Links:
		return some(listElement("", b.Addresses, linkElements))
	case Details:
		if kids := b.Body.Elements(); len(kids) > 0 {
			return []Element{group("details", "", append([]Element{{Tag: "summary", Text: b.Summary}}, kids...)...)}
		}
	}
	return nil
}

func group(tag, class string, kids ...Element) Element {
	return Element{Tag: tag, Class: class, Kids: kids}
}

// some is an element, unless it is empty.
func some(e Element) []Element {
	if len(e.Kids) == 0 && e.Text == "" {
		return nil
	}
	return []Element{e}
}

func titleElement(t Title) Element {
	tone := [...]string{"neutral", "bad", "warn", "good"}[t.Tone]
	e := group("div", "title "+tone, group("h2", "", append([]Element{{Tag: "span", Class: "mark", Text: t.Tone.Mark()}},
		proseElements(inert.Cut(Clean(t.Text), maxHeading))...)...))
	detail := proseElements(t.Detail)
	if t.Aside != "" {
		detail = append(detail, Element{Tag: "span", Class: "aside", Text: Clean(t.Aside)})
	}
	e.Kids = append(e.Kids, some(group("p", "", detail...))...)
	return e
}

// proseElements are texts, and code where it stands between backticks.
func proseElements(s string) []Element {
	s = inert.Cut(Clean(s), maxProse)
	var all []Element
	from := 0
	for i := 0; i < len(s); {
		code, n := "", 0
		if s[i] == '`' {
			if code, n = spanAt(s[i:]); n == 0 {
				n = runLen(s[i:])
			}
		}
		if code != "" {
			all = append(all, some(Element{Tag: "span", Text: s[from:i]})...)
			all = append(all, Element{Tag: "code", Text: code})
			from = i + n
		}
		i += max(n, 1)
	}
	return append(all, some(Element{Tag: "span", Text: s[from:]})...)
}

func listElement(class string, items []string, write func(string) []Element) Element {
	e := Element{Tag: "ul", Class: class}
	for i, s := range items {
		if i == maxItems {
			e.Kids = append(e.Kids, Element{Tag: "li", Text: "and " + words.Thousands(int64(len(items)-i)) + " more"})
			break
		}
		e.Kids = append(e.Kids, some(group("li", "", write(s)...))...)
	}
	return e
}

func linkElements(address string) []Element {
	if _, ok := linkTarget(address); !ok {
		return some(Element{Tag: "code", Text: Clean(address)})
	}
	return []Element{{Tag: "a", Href: address, Text: strings.TrimPrefix(address, "https://")}}
}

func quoteElements(q Quote) []Element {
	left := len(q.Lines) - min(len(q.Lines), maxLines)
	var lines []Element
	for _, l := range q.Lines[:len(q.Lines)-left] {
		class, number := "line", Element{Tag: "span", Class: "number", Text: l.number()}
		if l.Deciding {
			class = "line deciding"
		}
		if l.Target != "" {
			number.Tag, number.Href = "a", "#"+l.Target
		}
		lines = append(lines, group("div", class, number, Element{Tag: "code", Text: inert.Cut(l.text(), maxQuoted)}))
		lines = append(lines, some(Element{Tag: "div", Class: "note", Text: inert.Cut(Clean(l.Note), maxQuoted)})...)
	}
	if len(lines) == 0 {
		return nil
	}
	if left > 0 {
		lines = append(lines, Element{Tag: "div", Class: "note", Text: "and " + words.Thousands(int64(left)) + " more"})
	}
	place := some(Element{Tag: "figcaption", Text: inert.Cut(Clean(Join(" · ", q.Place, q.Source)), maxQuoted)})
	return []Element{group("figure", "quote", append(place, group("div", "lines", lines...))...)}
}

func codeElements(c Code) []Element {
	var lines []Element
	for _, s := range c.lines() {
		class := ""
		switch {
		case c.Language != "diff":
		case strings.HasPrefix(s, "+"):
			class = "added"
		case strings.HasPrefix(s, "-"):
			class = "removed"
		}
		lines = append(lines, Element{Tag: "span", Class: class, Text: s + "\n"})
	}
	title := some(Element{Tag: "figcaption", Text: inert.Cut(Clean(c.Title), maxNameLen)})
	return some(group("figure", "code", append(title, some(group("pre", "", lines...))...)...))
}

func tableElement(t Table) Element {
	var rows []Element
	add := func(tag string, cells []string) {
		row := Element{Tag: "tr"}
		for _, c := range cells {
			row.Kids = append(row.Kids, group(tag, "", proseElements(c)...))
		}
		rows = append(rows, row)
	}
	if len(t.Head) > 0 {
		add("th", t.Head)
	}
	for _, cells := range t.Rows {
		add("td", cells)
	}
	return group("div", "scroll", group("table", "", rows...))
}

func refsElement(refs Refs) Element {
	e := Element{Tag: "ul", Class: "refs"}
	for _, r := range refs.Items {
		id := Element{Tag: "code", Text: Clean(r.ID)}
		if r.Kind != "" {
			id = Element{Tag: "a", Href: "#" + r.Kind + "/" + r.ID, Text: Clean(r.ID)}
		}
		item := some(Element{Tag: "span", Class: "lead", Text: Clean(r.Lead)})
		e.Kids = append(e.Kids, group("li", "", append(append(item, id), proseElements(r.Text)...)...))
	}
	return e
}
