package workflow

import "strings"

// command is a simple command of a shell script.
type command struct {
	// words are the program's name and its arguments, without quotes.
	words []string
	// assigned are the variables set in front of it, "NAME=value".
	assigned []string
	// line is where it begins in the file.
	line int
}

// parseScript cuts a shell script into its simple commands: enough of sh and
// PowerShell to tell a command from a comment, a quoted text or the text of a
// here-document. line is where the script begins.
func parseScript(script string, line int) []command {
	p := &scriptParser{rest: script, line: line}
	for p.rest != "" {
		p.step()
	}
	p.endCommand()
	return p.commands
}

// scriptParser walks a script. word is the one being read; hasWord tells an
// empty quoted one from none.
type scriptParser struct {
	rest     string
	line     int
	word     strings.Builder
	hasWord  bool
	words    []string
	start    int
	heredocs []string
	commands []command
}

// step reads one character, or what belongs together.
func (p *scriptParser) step() {
	c := p.rest[0]
	switch {
	case strings.HasPrefix(p.rest, "${{"):
		p.literal(max(strings.Index(p.rest, "}}")+2, 3))
	case c == '\\' && len(p.rest) > 1:
		p.escape()
	case c == '\'' || c == '"':
		p.quoted(c)
	case c == '\n':
		p.newline()
	case c == ' ' || c == '\t' || c == '\r':
		p.endWord()
		p.skip(1)
	case c == '#' && !p.hasWord:
		p.comment()
	case strings.HasPrefix(p.rest, "<<") && !strings.HasPrefix(p.rest, "<<<"):
		p.heredoc()
	case strings.IndexByte("&|;()`", c) >= 0:
		p.endCommand()
		p.skip(1)
	default:
		p.literal(1)
	}
}

// skip passes over n bytes and counts their lines.
func (p *scriptParser) skip(n int) {
	p.line += strings.Count(p.rest[:n], "\n")
	p.rest = p.rest[n:]
}

// literal adds n bytes to the word.
func (p *scriptParser) literal(n int) {
	p.begin()
	p.word.WriteString(p.rest[:n])
	p.skip(n)
}

// begin starts a word, and a command with it, unless one is being read.
func (p *scriptParser) begin() {
	if !p.hasWord && len(p.words) == 0 {
		p.start = p.line
	}
	p.hasWord = true
}

// escape reads a backslash: before a line's end it joins the next line on.
func (p *scriptParser) escape() {
	if p.rest[1] == '\n' {
		p.endWord()
		p.skip(2)
		return
	}
	p.skip(1)
	p.literal(1)
}

// quoted reads to the closing quote, or to the end.
func (p *scriptParser) quoted(quote byte) {
	p.begin()
	p.skip(1)
	end := strings.IndexByte(p.rest, quote)
	if end < 0 {
		end = len(p.rest)
	}
	p.literal(end)
	p.skip(min(1, len(p.rest)))
}

func (p *scriptParser) comment() {
	end := strings.IndexByte(p.rest, '\n')
	if end < 0 {
		end = len(p.rest)
	}
	p.skip(end)
}

// heredoc notes the word that ends the text which begins in the next line.
func (p *scriptParser) heredoc() {
	p.endWord()
	p.skip(2)
	rest := strings.TrimLeft(p.rest, "-~ ")
	end := strings.IndexAny(rest, " \t\r\n;|&)>")
	if end < 0 {
		end = len(rest)
	}
	if mark := strings.Trim(rest[:end], `'"\`); mark != "" {
		p.heredocs = append(p.heredocs, mark)
	}
	p.skip(len(p.rest) - len(rest) + end)
}

// newline ends a command and passes over here-documents.
func (p *scriptParser) newline() {
	p.endCommand()
	p.skip(1)
	for _, mark := range p.heredocs {
		p.skipTo(mark)
	}
	p.heredocs = nil
}

// skipTo passes over lines up to and including the one that is the mark.
func (p *scriptParser) skipTo(mark string) {
	for p.rest != "" {
		line, _, found := strings.Cut(p.rest, "\n")
		n := len(line)
		if found {
			n++
		}
		p.skip(n)
		if strings.TrimSpace(line) == mark {
			return
		}
	}
}

func (p *scriptParser) endWord() {
	if p.hasWord {
		p.words = append(p.words, p.word.String())
	}
	p.word.Reset()
	p.hasWord = false
}

func (p *scriptParser) endCommand() {
	p.endWord()
	if len(p.words) > 0 {
		c := command{words: p.words, line: p.start}
		c.shed()
		if len(c.words) > 0 {
			p.commands = append(p.commands, c)
		}
	}
	p.words = nil
}

// shed takes what stands in front of the program: assignments, the shell's
// own words and programs that only start another.
func (c *command) shed() {
	for len(c.words) > 0 {
		word := c.words[0]
		name, _, assigns := strings.Cut(word, "=")
		switch {
		case assigns && name != "" && !strings.ContainsFunc(name, notInName):
			c.assigned = append(c.assigned, word)
		case !isLead(word):
			return
		}
		c.words = c.words[1:]
	}
}

// isLead tells words that stand in front of a command.
func isLead(word string) bool {
	switch word {
	case "if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "sudo", "env", "exec", "command", "nohup":
		return true
	}
	return false
}
