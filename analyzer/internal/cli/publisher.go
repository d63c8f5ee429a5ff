package cli

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/patterns"
)

// maxList bounds what is read of a list of publishers.
const maxList = 1 << 20

// publishers reads the list of --publisher, "FILE", "-" or "NAME=FILE". It is
// nil without one; log names what else is read.
func (e *env) publishers(ctx context.Context, cat *patterns.Catalog, log string) (*analyzer.Publishers, error) {
	if e.publisher == "" {
		return nil, nil
	}
	name, file, named := strings.Cut(e.publisher, "=")
	if !named {
		name, file = "", e.publisher
	}
	in := e.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, wrongCall("--publisher "+file+" cannot be read", "save the output of \"npm trust list PACKAGE\" there")
		}
		defer f.Close()
		in = func(context.Context) io.Reader { return f }
	} else if log == "-" {
		return nil, wrongCall("standard input cannot be both the log and the list of publishers", "paste the list behind the log and leave --publisher away")
	}
	text, err := io.ReadAll(io.LimitReader(in(ctx), maxList))
	if err != nil {
		return nil, wrongCall("--publisher "+file+" cannot be read", "")
	}
	list, ok := analyzer.ReadPublishers(string(text))
	if !ok {
		return nil, noList(ctx, cat, file, string(text))
	}
	if named {
		list.Name(name)
	}
	return list, nil
}

// noList says why a text is no list of publishers: npm's error, if it is one.
func noList(ctx context.Context, cat *patterns.Catalog, file, text string) error {
	msg, hint := "--publisher "+file+" holds no list of trusted publishers", "it is what \"npm trust list PACKAGE\" prints; without --json it says so when there is none"
	if log, err := analyzer.Open(file, strings.NewReader(text)); err == nil {
		defer log.Close() // it was only read
		r, err := analyzer.New(cat).Analyze(ctx, log, analyzer.Options{})
		if err == nil && len(r.Incidents) > 0 && len(r.Incidents[0].Symptoms) > 0 {
			if s, ok := cat.Symptom(r.Incidents[0].Symptoms[0]); ok {
				msg, hint = msg+", but an error: "+s.Title, strings.Join(strings.Fields(s.Meaning), " ")
			}
		}
	}
	return wrongCall(msg, hint)
}
