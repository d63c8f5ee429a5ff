package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

// Severity says whether a problem keeps a catalog from being used.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is a mistake in a catalog: where it is, what is wrong, what to do.
type Problem struct {
	Pos      patterns.Pos
	Severity Severity
	Msg      string
	// Hint is the next step, or empty.
	Hint string
}

// String is "file:line:col: msg; hint".
func (p Problem) String() string {
	s := p.Pos.String() + ": " + p.Msg
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}

// Errors tells whether one of the problems is an error.
func Errors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == SeverityError })
}

// ProblemsError carries problems as an error.
type ProblemsError struct {
	Problems []Problem
}

// AsError is a *ProblemsError with all problems when one of them is an error, else nil.
func AsError(problems []Problem) error {
	if !Errors(problems) {
		return nil
	}
	return &ProblemsError{Problems: problems}
}

// Error lists the problems, one a line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// didYouMean is `did you mean "x"?` for the candidate nearest to word, or
// empty when none is near.
func didYouMean(word string, candidates []string) string {
	if best := words.Closest(word, candidates); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return ""
}

// collector gathers problems.
type collector struct {
	problems []Problem
}

// errorf notes an error without a hint.
func (c *collector) errorf(pos patterns.Pos, format string, args ...any) {
	c.add(pos, SeverityError, "", format, args...)
}

// hinted notes an error and what to do about it.
func (c *collector) hinted(pos patterns.Pos, hint, format string, args ...any) {
	c.add(pos, SeverityError, hint, format, args...)
}

func (c *collector) add(pos patterns.Pos, severity Severity, hint, format string, args ...any) {
	c.problems = append(c.problems, Problem{Pos: pos, Severity: severity, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// sorted returns the problems by file, line and column; problems of one place
// keep the order in which they were found.
func (c *collector) sorted() []Problem {
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
		)
	})
	return c.problems
}
