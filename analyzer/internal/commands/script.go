// Package commands reads the scripts of workflow steps and recognises what
// publishes packages in them, by the catalog's tools. Logs, workflow files and
// the names of jobs are all judged here.
package commands

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
)

// Command is a simple command of a script.
type Command struct {
	// Words are the program's name and its arguments, without quotes. What the
	// shell would fill in stands as it was written: $NAME, ${{ … }}.
	Words []string
	// Assigned are the variables set in front of it, "NAME=value".
	Assigned []string
	// Line is where it begins, counted from the script's first line.
	Line int
}

const (
	maxShell   = 1 << 16 // bytes of a script that the shell's parser is given
	maxNesting = 200     // brackets that may be open at once in such a script
	maxDepth   = 3       // scripts within scripts: bash -c "…"
)

// Parse cuts a script into its simple commands, those of command
// substitutions, functions and `bash -c "…"` among them; line is where the
// script begins. shell is the step's `shell:`, "" for the runner's default.
// What is no sh or bash, or broken off, is read line by line.
func Parse(script, shell string, line int) []Command {
	return parse(script, shell, line, 0)
}

// parsers are for the next script: a parser is larger than most of them.
var parsers = sync.Pool{New: func() any { return syntax.NewParser() }}

func parse(script, shell string, line, depth int) []Command {
	name, _, _ := strings.Cut(shell, " ")
	if name != "" && name != "bash" && name != "sh" || len(script) > maxShell || isDeep(script) {
		return shed(byLine(script, line), depth)
	}
	masked, restore := mask(script)
	var list []Command
	end, broken := 0, false // lines that were understood
	parser := parsers.Get().(*syntax.Parser)
	defer parsers.Put(parser)
	for stmt, err := range parser.StmtsSeq(strings.NewReader(masked)) {
		if broken = broken || err != nil; broken {
			continue // the iterator goes on after an error and forbids to leave it
		}
		syntax.Walk(stmt, func(n syntax.Node) bool {
			if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
				list = append(list, callOf(call, masked, line, restore))
			}
			return true
		})
		end = min(int(stmt.End().Line()), strings.Count(script, "\n"))
	}
	if broken {
		rest := strings.SplitN(script, "\n", end+1)
		list = append(list, byLine(rest[len(rest)-1], line+end)...)
	}
	return shed(list, depth)
}

// isDeep tells whether so many brackets are open that a parser which calls
// itself for each would need too much memory.
func isDeep(script string) bool {
	open := 0
	for _, c := range script {
		switch c {
		case '(', '{', '`', '[':
			open++
		case ')', '}', ']':
			open = max(0, open-1)
		}
		if open > maxNesting {
			return true
		}
	}
	return false
}

// githubExpression is what the service fills in before a shell sees the script.
var githubExpression = lazy.Regexp(`\$\{\{[^\n]*?\}\}`)

// mask puts words in place of GitHub's expressions, which no shell understands.
func mask(script string) (masked string, restore *strings.Replacer) {
	var pairs []string
	masked = githubExpression().ReplaceAllStringFunc(script, func(expression string) string {
		name := fmt.Sprintf("__github%d__", len(pairs)/2)
		pairs = append(pairs, name, expression)
		return name
	})
	return masked, strings.NewReplacer(pairs...)
}

func callOf(call *syntax.CallExpr, script string, line int, restore *strings.Replacer) Command {
	c := Command{Line: line + int(call.Pos().Line()) - 1}
	for _, a := range call.Assigns {
		if a.Name != nil {
			c.Assigned = append(c.Assigned, a.Name.Value+"="+restore.Replace(textOf(a.Value, script)))
		}
	}
	for _, w := range call.Args {
		c.Words = append(c.Words, restore.Replace(textOf(w, script)))
	}
	return c
}

// textOf is a word without its quotes.
func textOf(w *syntax.Word, script string) string {
	if w == nil {
		return ""
	}
	var b strings.Builder
	writeParts(&b, w.Parts, script)
	return b.String()
}

func writeParts(b *strings.Builder, parts []syntax.WordPart, script string) {
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			b.WriteString(unescape(part.Value))
		case *syntax.SglQuoted:
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			writeParts(b, part.Parts, script)
		default:
			from, to := int(part.Pos().Offset()), int(part.End().Offset())
			if from <= to && to <= len(script) {
				b.WriteString(script[from:to])
			}
		}
	}
}

// unescape takes the backslashes away that keep a character from the shell.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	s = strings.ReplaceAll(s, "\\\n", "")
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// byLine reads PowerShell, cmd and what is broken off: a command ends with its
// line, unless the line ends in the shell's sign for going on.
func byLine(script string, line int) []Command {
	var list []Command
	text, start := "", line
	for raw := range strings.SplitSeq(script, "\n") {
		raw = strings.TrimRight(raw, "\r ")
		if text == "" {
			start = line
		}
		line++
		if cut := strings.TrimRight(raw, "\\`^"); len(cut) == len(raw)-1 {
			text += cut + " "
			continue
		}
		for _, words := range lineCommands(text + raw) {
			list = append(list, Command{Words: words, Line: start})
		}
		text = ""
	}
	for _, words := range lineCommands(text) {
		list = append(list, Command{Words: words, Line: start})
	}
	return list
}

// lineCommands are the commands of one line: words, split at what separates
// commands in any shell. Comments are left out.
func lineCommands(text string) [][]string {
	var all [][]string
	var words []string
	var word strings.Builder
	has := false
	endWord := func() {
		if has {
			words = append(words, word.String())
		}
		word.Reset()
		has = false
	}
	for text != "" {
		c := text[0]
		n := 1
		switch {
		case strings.HasPrefix(text, "${{"):
			n = max(strings.Index(text, "}}")+2, 3)
			word.WriteString(text[:n])
			has = true
		case strings.HasPrefix(text, "${"):
			n = max(strings.IndexByte(text, '}')+1, 2)
			word.WriteString(text[:n])
			has = true
		case c == '"' || c == '\'':
			end := strings.IndexByte(text[1:], c)
			if end < 0 {
				end = len(text) - 1
			}
			word.WriteString(text[1 : 1+end])
			has = true
			n = min(len(text), end+2)
		case c == '#' && !has:
			n = len(text)
		case c == ' ' || c == '\t':
			endWord()
		case strings.IndexByte("&|;(){}", c) >= 0:
			endWord()
			if len(words) > 0 {
				all = append(all, words)
			}
			words = nil
		default:
			word.WriteByte(c)
			has = true
		}
		text = text[n:]
	}
	endWord()
	if len(words) > 0 {
		all = append(all, words)
	}
	return all
}

// shed takes what stands in front of the programs: assignments, the shell's
// own words and programs that only start another; and it goes into scripts
// that are an argument.
func shed(list []Command, depth int) []Command {
	kept := list[:0:0]
	for _, c := range list {
		c.shed()
		if len(c.Words) == 0 {
			continue
		}
		kept = append(kept, c)
		if inner, ok := c.inner(); ok && depth < maxDepth {
			for _, in := range parse(inner, "", c.Line, depth+1) {
				in.Line = c.Line
				kept = append(kept, in)
			}
		}
	}
	return kept
}

// inner is the script of `bash -c SCRIPT` and `eval SCRIPT`.
func (c *Command) inner() (script string, ok bool) {
	switch program(c.Words[0]) {
	case "bash", "sh", "zsh", "pwsh":
		for i, word := range c.Words[1:] {
			if strings.HasPrefix(word, "-") && strings.HasSuffix(strings.ToLower(word), "c") && i+2 < len(c.Words) {
				return c.Words[i+2], true
			}
		}
	case "eval", "concurrently":
		return strings.Join(c.Words[1:], " "), true
	}
	return "", false
}

func (c *Command) shed() {
	for len(c.Words) > 0 {
		word := c.Words[0]
		switch {
		case len(c.Words) > 2 && c.Words[1] == "=" && strings.HasPrefix(word, "$"): // PowerShell
			c.Words = c.Words[2:]
			continue
		case assignment().MatchString(word):
			c.Assigned = append(c.Assigned, word)
		case slices.Contains(leads, program(word)):
			c.Words = behindFlags(c.Words[1:], leadFlags)
			if program(word) == "timeout" && len(c.Words) > 0 {
				c.Words = c.Words[1:]
			}
			continue
		default:
			return
		}
		c.Words = c.Words[1:]
	}
}

// leads are words that stand in front of a command, leadFlags their flags
// that take a value.
var (
	leads     = []string{"if", "then", "elif", "else", "while", "until", "do", "!", "time", "sudo", "env", "exec", "command", "nohup", "cross-env", "timeout", "xargs", "call", "dotenv", "--"}
	leadFlags = []string{"-u", "-n", "-I", "-P", "-L", "-k", "-s", "-e"}
)

var assignment = lazy.Regexp(`^\$?[A-Za-z_]\w*=`)

// behindFlags are the words behind the flags that stand first.
func behindFlags(words []string, withValue []string) []string {
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		n := 1
		if slices.Contains(withValue, words[0]) && len(words) > 1 {
			n = 2
		}
		words = words[n:]
	}
	return words
}

var version = lazy.Regexp(`(.)@.*$`)

// program is a word without its folder, its ending on Windows and the version
// behind an @.
func program(word string) string {
	if strings.HasPrefix(word, "@") {
		return version().ReplaceAllString(word, "$1")
	}
	word = word[strings.LastIndexAny(word, `/\`)+1:]
	word = version().ReplaceAllString(word, "$1")
	for _, ending := range []string{".cmd", ".exe", ".ps1"} {
		word = strings.TrimSuffix(word, ending)
	}
	return word
}
