package cli

import (
	"fmt"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// unexplainedHint is what to do about a report that nothing explains, or not
// all of it: write a symptom for the decisive line, or send it to somebody. It
// is empty when there is nothing to explain.
func unexplainedHint(r *report.Report) string {
	if len(r.Unexplained) == 0 {
		return ""
	}
	last := r.Unexplained[len(r.Unexplained)-1]
	switch {
	case r.Source.Kind != "file":
		return "no symptom explains this; with the log in a file, write one: pubmortem catalog new symptom --from-log FILE:LINE"
	case r.Source.Format != "raw" && r.Source.Format != "text":
		return fmt.Sprintf("no symptom explains this; write one: pubmortem catalog new symptom --from-log %s (or show it to somebody: pubmortem excerpt %s)",
			shellWord(r.Source.Name+":LINE"), shellWord(r.Source.Name))
	}
	return fmt.Sprintf("no symptom explains this; write one: pubmortem catalog new symptom --from-log %s (or show it to somebody: pubmortem excerpt %s)",
		shellWord(fmt.Sprintf("%s:%d", r.Source.Name, last.Line)), shellWord(r.Source.Name))
}

// shellWord is a text as one word of a command line.
func shellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"
	if s != "" && strings.Trim(s, plain) == "" && !strings.HasPrefix(s, "-") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
