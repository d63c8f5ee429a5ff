package many

import (
	"io"
	"time"

	"github.com/pubmortem/pubmortem/patterns"
)

// WriteHTML writes the page.
func WriteHTML(w io.Writer, rows []Row, s *Summary, cat *patterns.Catalog, at time.Time) error {
	return nil
}
