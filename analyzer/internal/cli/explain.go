package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

func (e *env) explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "explain [ID|TEXT]",
		Short: "what a message means and how to mend it; none: all causes",
		Long: `Explain what a message means, in ten lines: cause, check and fix. Other texts are
looked up: phrases, questions, error codes, variables, the number of a reason in the
guide. An id of the catalog explains that symptom, fact, cause or row in full. Without
an argument, list the causes, the most common ones first.

Exit code 1 says that the catalog has nothing on the text.`,
		Example: examples(
			"pubmortem explain npm-too-old",
			`pubmortem explain "npm error code ENEEDAUTH"`,
			`pubmortem explain "published, but no badge"`,
			`pubmortem explain --table "E404 PUT"`,
			"pubmortem explain --table | less",
		),
		RunE:              e.runs(runExplain),
		ValidArgsFunction: e.completeExplain,
	}
	fs := c.Flags()
	fs.BoolVar(&e.table, "table", false, "print the rows of the decision table, all or those about TEXT")
	e.catalogFlags(fs)
	return c
}

func runExplain(ctx context.Context, e *env, args []string) (int, error) {
	cat, err := e.wholeCatalog()
	if err != nil {
		return exitUsage, err
	}
	x := explain.Explainer{Catalog: cat, Verbose: e.verbose}
	var d document.Document
	height := 0
	switch {
	case len(args) > 0:
		text := strings.TrimSpace(strings.Join(args, " "))
		if text == "" {
			return exitUsage, wrongCall("nothing to explain", "\"pubmortem explain\" alone lists the causes")
		}
		if d, height, err = e.answer(ctx, x, text); err != nil {
			return exitUsage, err
		}
		if len(d) == 0 {
			e.say(notKnown(cat, text))
			e.say(`hint: "pubmortem explain" lists the causes, "pubmortem catalog new" writes an entry of your own`)
			return exitUnexplained, nil
		}
	case e.table:
		d = x.Table()
	default:
		d = x.Causes()
	}
	return exitOK, e.print(d.Terminal(document.TerminalOptions{Width: e.columns(), Height: height, Color: e.useColor()}))
}

// notKnown says that the catalog has nothing on a text, and which id it may
// have been meant for.
func notKnown(cat *patterns.Catalog, text string) string {
	return words.DidYouMean(fmt.Sprintf("the catalog has nothing on %q", text), text, ids(cat))
}

// shortAnswer is how many lines an answer to a text takes.
const shortAnswer = 10

// answer explains what a person asked for: an id in full, else in short what a
// diagnosis of the text says, else the symptom that it shows, else what a search
// finds. Height bounds the lines where it is not 0.
func (e *env) answer(ctx context.Context, x explain.Explainer, text string) (d document.Document, height int, err error) {
	for _, item := range entries(x.Catalog) {
		if item.id == text {
			d = append(d, x.Entry(item.kind, item.id)...)
		}
	}
	if len(d) > 0 {
		return d, 0, nil
	}
	a, err := e.findAnswer(ctx, x, text)
	if err != nil {
		return nil, 0, err
	}
	if meant := mistypedID(x.Catalog, text); a == nil && meant != "" {
		e.say(fmt.Sprintf("there is no %q; this is %s", text, meant))
		return e.answer(ctx, x, meant)
	}
	if a == nil {
		a = x.Found(text)
	}
	if a == nil {
		return nil, 0, nil
	}
	switch {
	case e.table:
		return x.Rows(a), 0, nil
	case e.verbose:
		return x.Full(a), 0, nil
	}
	return x.Short(a), shortAnswer, nil
}

// findAnswer diagnoses a text, or says what it shows; nil if that is nothing.
func (e *env) findAnswer(ctx context.Context, x explain.Explainer, text string) (*explain.Answer, error) {
	// A code alone is read as npm prints it.
	for _, message := range []string{text, "npm error code " + text} {
		if message != text && strings.ContainsAny(text, " \n") {
			break
		}
		log, err := runlog.OpenText("text", "", strings.NewReader(message+"\n"))
		if err != nil {
			return nil, err
		}
		r, err := analyzer.New(x.Catalog).Analyze(ctx, log, analyzer.Options{})
		if err != nil {
			return nil, err
		}
		if a := x.Diagnosed(r); a != nil {
			return a, nil
		}
	}
	return x.Shown(text), nil
}

// mistypedID is the id that a word was meant for, if one is near.
func mistypedID(cat *patterns.Catalog, word string) string {
	if !strings.ContainsAny(word, "-.") || strings.Contains(word, " ") {
		return ""
	}
	return words.Mistyped(word, ids(cat), len(word)/4)
}

func ids(cat *patterns.Catalog) []string {
	var list []string
	for _, item := range entries(cat) {
		list = append(list, item.id)
	}
	return list
}
