package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/catalog"
	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

func runCatalogNew(ctx context.Context, e *env, args []string) (int, error) {
	if len(args) != 1 || args[0] != "symptom" && args[0] != "row" {
		return exitUsage, wrongCall("catalog new needs one of symptom and row", "pubmortem catalog new symptom --from-log run.log:58")
	}
	cat, err := e.catalog()
	if err != nil {
		return exitUsage, err
	}
	s, err := e.seen(ctx)
	if err != nil {
		return exitNoLogs, err
	}
	text, err := e.scaffold(cat, args[0], s)
	if err != nil {
		return exitUsage, err
	}
	if e.into == "" {
		return exitOK, e.print(text)
	}
	return exitOK, e.appendTo(e.into, text)
}

// seen is what a scaffold takes from the line that --from-log names.
func (e *env) seen(ctx context.Context) (catalog.Scaffold, error) {
	var s catalog.Scaffold
	name, line, err := splitPlace(e.fromLog)
	if err != nil {
		return s, err
	}
	found := false
	err = e.eachLine(ctx, name, func(l logLine) bool {
		if l.number != line {
			return true
		}
		s.Example, s.In, found = inert.Quote(runlog.Collapse(l.Text)), l.in, true
		return false
	})
	s.Source = fmt.Sprintf("seen in %s:%d", filepath.Base(name), line)
	switch {
	case err != nil:
		return s, err
	case !found:
		return s, wrongCall(fmt.Sprintf("%s has no line %d", name, line), "")
	case s.Example == "":
		return s, wrongCall(fmt.Sprintf("%s has no text in line %d", name, line), "")
	}
	return s, nil
}

// splitPlace splits "run.log:58".
func splitPlace(place string) (name string, line int, err error) {
	at := strings.LastIndexByte(place, ':')
	if at > 0 {
		line, err = strconv.Atoi(place[at+1:])
	}
	if at <= 0 || err != nil || line < 1 {
		return "", 0, wrongCall(fmt.Sprintf("--from-log is FILE:LINE, not %q", place), "pubmortem catalog new symptom --from-log run.log:58")
	}
	return place[:at], line, nil
}

// scaffold is the YAML of a new symptom or row.
func (e *env) scaffold(cat *patterns.Catalog, kind string, s catalog.Scaffold) (string, error) {
	known := explain.ShownBy(cat, s.Example)
	s.Taken = func(id string) bool {
		return slices.ContainsFunc(entries(cat), func(item entry) bool { return item.id == id })
	}
	if e.id != "" && s.Taken(e.id) {
		return "", wrongCall(fmt.Sprintf("the catalog has an entry %q already", e.id), "give it another --id")
	}
	s.ID = e.id
	if kind == "row" {
		if len(known) == 0 {
			return "", wrongCall("the line shows no symptom that a row could be for", "write one first: pubmortem catalog new symptom --from-log "+e.fromLog)
		}
		s.Symptom = known[0].ID
		s.Prior = freePrior(cat, s.Symptom)
		return s.RowYAML(), nil
	}
	if len(known) > 0 && !e.quiet {
		e.say(fmt.Sprintf("the line shows the symptom %s already; for another cause of it write a row: pubmortem catalog new row --from-log %s", known[0].ID, e.fromLog))
	}
	text, err := s.SymptomYAML()
	if err != nil {
		return "", wrongCall(err.Error(), "take another line of the message, or write the symptom by hand")
	}
	return text, nil
}

// freePrior is a prior that no row of a symptom has: rows that ask for the
// same are ranked by it.
func freePrior(cat *patterns.Catalog, symptom string) int {
	prior := 50
	for slices.ContainsFunc(cat.Rows, func(r patterns.Row) bool {
		return r.Prior == prior && slices.Contains(r.Symptoms, symptom)
	}) && prior > 1 {
		prior--
	}
	return prior
}

// appendTo adds a scaffold to a catalog file, or starts one.
func (e *env) appendTo(name, text string) error {
	before, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &outputError{name, err}
	}
	all, err := catalog.AppendTo(string(before), text)
	if err != nil {
		return wrongCall(fmt.Sprintf("%s: %v", name, err), "print the entry without --into, and paste it where it belongs")
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return &outputError{name, err}
	}
	err = writeFile(name, func(w io.Writer) error {
		_, err := io.WriteString(w, all)
		return err
	})
	if err != nil {
		return &outputError{name, err}
	}
	if !e.quiet {
		e.say("added to " + name + "; what is left to write: pubmortem catalog lint " + name)
	}
	return nil
}
