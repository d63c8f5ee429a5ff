// Package document is what people read, before it has a look: headings,
// labelled text, lists, quoted lines of a log, code, tables. It is built once
// from a report or from entries of the catalog; a writer prints it on a
// terminal, as Markdown or as the elements of a web page.
//
// Texts are taken as hostile: each writer makes every one of them inert, so
// that nothing in a log has an effect on a terminal, a page or a runner.
package document

import (
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
)

// Document is a list of blocks.
type Document []Block

// Block is a part of a document.
type Block struct {
	// Rank says how readily the block is left out where room is short: 0 means
	// never, the highest rank goes first.
	Rank int
	// Until, if not 0, says that the block stands in for one of that rank: it is
	// there only where that one was left out.
	Until int
	Body  Body
}

// Body is the content of a block: one of the types below.
type Body interface{ body() }

// Tone colours a title. The words beside it always say the same.
type Tone int

// The tones.
const (
	Neutral Tone = iota
	Bad
	Warn
	Good
)

// Mark is the sign that stands before a title of that tone.
func (t Tone) Mark() string { return [...]string{"–", "✗", "!", "✓"}[t] }

type (
	// Title says in one line what happened. Detail goes on in the next line, and
	// Aside stands at its right end.
	Title struct {
		Tone                Tone
		Text, Detail, Aside string
	}
	// Heading begins a section. Level counts from 1.
	Heading struct {
		Level int
		Text  string
	}
	// Text is prose of the catalog or of the program: paragraphs that empty lines
	// part; lines that begin with "- " are a list, indented ones an example, and
	// lines with " | " between two texts a table.
	Text struct{ Text string }
	// Labelled is blocks beside a label.
	Labelled struct {
		Label string
		Body  Document
	}
	// List is items, each a line or more of prose.
	List struct{ Items []string }
	// Inline is short texts in a row. Of those that do not fit into the lines,
	// Rest says how many there are; it is given their number.
	Inline struct {
		Items []string
		Lines int
		Rest  func(left int) string
	}
	// Quote is lines of a log under the place that they come from.
	Quote struct {
		Place, Source string
		Lines         []Line
	}
	// Code is to be copied as it stands. Title names the file that it belongs to.
	Code struct{ Title, Language, Text string }
	// Table has two columns or more. Without Head, its rows stand alone. Numbers
	// are the columns, counted from 0, that are set to the right.
	Table struct {
		Head    []string
		Rows    [][]string
		Numbers []int
	}
	// Choices are answers to a question about a fact, and what each means.
	Choices struct {
		Fact    string
		Answers []Choice
	}
	// Refs point to entries of the catalog.
	Refs struct{ Items []Ref }
	// Links are addresses to read on at.
	Links struct{ Addresses []string }
	// Details is for those who want more: folded where the page can fold.
	Details struct {
		Summary string
		Body    Document
	}
	// Gap is an empty line.
	Gap struct{}
)

// Choice is an answer.
type Choice struct{ Value, Means string }

// table has the answers as what is to be added to the command.
func (c Choices) table() Table {
	var t Table
	for _, a := range c.Answers {
		t.Rows = append(t.Rows, []string{"--fact " + words.ShellWord(Clean(c.Fact)) + "=" + words.ShellWord(Clean(a.Value)), a.Means})
	}
	return t
}

// Ref points to an entry: Lead stands before its id, Text behind it. Kind is
// that of the entry; Target is where a page of the reference has it.
type Ref struct{ Lead, Kind, ID, Target, Text string }

// Line is a quoted line. Number 0 means that it has none.
type Line struct {
	Number int64
	Text   string
	// Deciding marks the line that says most.
	Deciding bool
	// Note says what the line means.
	Note string
	// Target names the place of the line to a page that shows the log.
	Target string
	// Rank says how readily the line is left out, NoteRank the same of its note.
	Rank, NoteRank int
}

func (Title) body()    {}
func (Heading) body()  {}
func (Text) body()     {}
func (Labelled) body() {}
func (List) body()     {}
func (Inline) body()   {}
func (Quote) body()    {}
func (Code) body()     {}
func (Table) body()    {}
func (Choices) body()  {}
func (Refs) body()     {}
func (Links) body()    {}
func (Details) body()  {}
func (Gap) body()      {}

// Add appends a block that is left out at that rank.
func (d *Document) Add(rank int, b Body) { *d = append(*d, Block{Rank: rank, Body: b}) }

// AddText appends prose, if there is any.
func (d *Document) AddText(rank int, text string) {
	if strings.TrimSpace(text) != "" {
		d.Add(rank, Text{text})
	}
}

// AddLabelled appends labelled prose, if there is any.
func (d *Document) AddLabelled(rank int, label, text string) {
	if strings.TrimSpace(text) != "" {
		d.Add(rank, Labelled{label, Document{{Body: Text{text}}}})
	}
}

// AddList appends a heading and items, if there are any.
func (d *Document) AddList(rank int, heading string, items []string) {
	if len(items) > 0 {
		d.Add(rank, Heading{3, heading})
		d.Add(rank, List{items})
	}
}

// TerminalOptions say how a document looks on a terminal.
type TerminalOptions struct {
	// Width is the number of columns. 0 means that there is no terminal: prose
	// is wrapped to 80 columns and quoted lines are not cut.
	Width int
	// Height is the number of lines to keep to by leaving out blocks with a
	// rank. 0 means that all is written.
	Height int
	// Color allows the 16 ANSI colours, which the reader's theme defines.
	Color bool
}

func (d Document) maxRank() int {
	most := 0
	for _, b := range d {
		most = max(most, b.Rank)
		switch body := b.Body.(type) {
		case Labelled:
			most = max(most, body.Body.maxRank())
		case Quote:
			for _, l := range body.Lines {
				most = max(most, l.Rank, l.NoteRank)
			}
		}
	}
	return most
}

// Clean makes a text inert and trims it; line breaks become blanks.
func Clean(s string) string { return strings.TrimSpace(inert.Quote(s[:min(len(s), maxText)])) }

// maxText is how many bytes of a text are looked at. Real ones are far shorter.
const maxText = 1 << 14

// blocks reads prose: see [Text].
func (t Text) blocks() Document {
	var d Document
	var words []string
	flush := func() {
		if len(words) > 0 {
			d.Add(0, paragraph(strings.Join(words, " ")))
		}
		words = nil
	}
	for line := range strings.SplitSeq(strings.Trim(t.Text, "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		cells := strings.SplitN(trimmed, " | ", 3)
		switch {
		case trimmed == "":
			flush()
			d.Add(0, Gap{})
		case strings.HasPrefix(line, "- "):
			flush()
			if n := len(d) - 1; n >= 0 {
				if list, ok := d[n].Body.(List); ok {
					d[n].Body = List{append(list.Items, line[2:])}
					continue
				}
			}
			d.Add(0, List{[]string{line[2:]}})
		case len(cells) == 2 && !strings.Contains(line, "`"):
			flush()
			if n := len(d) - 1; n >= 0 {
				if table, ok := d[n].Body.(Table); ok {
					d[n].Body = Table{Rows: append(table.Rows, cells)}
					continue
				}
			}
			d.Add(0, Table{Rows: [][]string{cells}})
		case strings.HasPrefix(line, " ") && len(words) == 0:
			if n := len(d) - 1; n >= 0 {
				if list, ok := d[n].Body.(List); ok {
					list.Items[len(list.Items)-1] += " " + trimmed
					continue
				}
				if code, ok := d[n].Body.(Code); ok {
					d[n].Body = Code{Text: code.Text + "\n" + line}
					continue
				}
			}
			d.Add(0, Code{Text: line})
		default:
			words = append(words, trimmed)
		}
	}
	flush()
	return d
}

type paragraph string

func (paragraph) body() {}

// lines are the lines of code, each made inert, without blank ones around.
func (c Code) lines() []string {
	text := strings.TrimRight(strings.TrimLeft(c.Text, "\r\n"), " \t\r\n")
	if text == "" {
		return nil
	}
	var all []string
	for s := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		all = append(all, strings.TrimRight(inert.Quote(strings.ReplaceAll(s, "\t", "  ")), " "))
	}
	return all
}

// text is what a quoted line says, on one line.
func (l Line) text() string { return strings.Join(strings.Fields(Clean(l.Text)), " ") }

func (l Line) number() string {
	if l.Number <= 0 {
		return ""
	}
	return strconv.FormatInt(l.Number, 10)
}

// Place is where something happened, "job › step", as far as it is known.
func Place(job, step string) string { return Join(" › ", Clean(job), Clean(step)) }

// Join is strings.Join without the empty parts.
func Join(sep string, parts ...string) string {
	var kept []string
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, sep)
}
