package render

import (
	"fmt"
	"io"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Terminal writes the report for people: in one line what happened, then for
// each incident what was seen, what it means, what to check first and the fix.
// It reads the same with and without colour, and no line but those of a
// snippet is wider than o.Width.
func Terminal(w io.Writer, r *report.Report, o Options) error {
	p := newPage(w, o)
	p.verdict(r)
	if o.Quiet {
		p.briefly(r)
	} else {
		p.source(r)
		p.body(r)
	}
	if _, err := io.WriteString(w, p.b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// body writes everything below the verdict.
func (p *page) body(r *report.Report) {
	for _, in := range r.Incidents {
		p.blank()
		p.incident(in)
	}
	p.blank()
	p.unexplained(r)
	p.blank()
	p.aftermath(r)
}

// briefly writes one paragraph per incident: cause and fix.
func (p *page) briefly(r *report.Report) {
	for _, in := range r.Incidents {
		mark := outcomeMark(in.Outcome)
		text := place(in.Job, in.Step)
		if len(in.Diagnoses) > 0 {
			d := in.Diagnoses[0]
			text = sentence(withConfidence(d), clean(d.Fix.Text))
		}
		p.hanging("  "+mark+" ", text, p.markStyle(mark), p.plain)
	}
}
