package cli

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer"
)

// maxList bounds what is read of a list of publishers.
const maxList = 1 << 20

// publishers reads the list of --publisher, "FILE", "-" or "NAME=FILE". It is
// nil without one; log names what else is read.
func (e *env) publishers(ctx context.Context, log string) (*analyzer.Publishers, error) {
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
		return nil, wrongCall("--publisher "+file+" holds no list of trusted publishers",
			"it is what \"npm trust list PACKAGE\" prints; without --json it says so when there is none")
	}
	if named {
		list.Package = name
	}
	return list, nil
}
