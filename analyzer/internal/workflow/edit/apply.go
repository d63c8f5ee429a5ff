package edit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Apply carries out a unified diff of one file, as Between writes it. It fails
// when the text is not the one that the diff was made from.
func Apply(src []byte, diff string) ([]byte, error) {
	p := patcher{old: split(string(src))}
	lines := split(diff)
	for i, line := range lines {
		if strings.HasPrefix(line, "--- ") && i == 0 || strings.HasPrefix(line, "+++ ") && i == 1 {
			continue
		}
		unfinished := i+1 < len(lines) && strings.HasPrefix(lines[i+1], `\`)
		if err := p.line(line, unfinished); err != nil {
			return nil, fmt.Errorf("line %d of the diff: %w", i+1, err)
		}
	}
	p.copyTo(len(p.old))
	return []byte(p.out.String()), nil
}

var errMismatch = errors.New("the text is not the one that the diff was made from")

// patcher copies old to out; next is the first line not copied yet.
type patcher struct {
	old  []string
	next int
	out  strings.Builder
}

// line carries out one line of a diff. unfinished tells that the line it
// quotes has no line feed.
func (p *patcher) line(line string, unfinished bool) error {
	switch line[0] {
	case '@':
		return p.seek(line)
	case '\\':
		return nil
	}
	text := line[1:]
	if unfinished {
		text = strings.TrimSuffix(text, "\n")
	}
	if line[0] == '+' {
		p.out.WriteString(text)
		return nil
	}
	if p.next >= len(p.old) || p.old[p.next] != text {
		return errMismatch
	}
	if line[0] == ' ' {
		p.out.WriteString(text)
	}
	p.next++
	return nil
}

// seek copies what lies before a hunk, "@@ -12,7 +12,8 @@".
func (p *patcher) seek(header string) error {
	_, rest, _ := strings.Cut(header, "-")
	span, _, _ := strings.Cut(rest, " ")
	first, count, counted := strings.Cut(span, ",")
	n, err := strconv.Atoi(first)
	if err != nil {
		return fmt.Errorf("read %q: %w", strings.TrimSpace(header), err)
	}
	if !counted || count != "0" {
		n--
	}
	if n < p.next || n > len(p.old) {
		return errMismatch
	}
	p.copyTo(n)
	return nil
}

func (p *patcher) copyTo(n int) {
	for _, line := range p.old[p.next:n] {
		p.out.WriteString(line)
	}
	p.next = n
}
