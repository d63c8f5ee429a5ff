package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

const (
	excerptContext = 10  // lines before and after a decisive one
	excerptLines   = 200 // lines of an excerpt
	excerptWidth   = 400 // runes of a line
)

func (e *env) excerptCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "excerpt FILE|ZIP|DIR|-",
		Short: "the decisive lines of a log, without secrets, to show to others",
		Long: `Print the decisive lines of a log with ten lines around each, the verdict and the
versions that took part: what another person needs to see. Known kinds of secrets
are taken out; read it before you send it, all the same.`,
		Example: examples("pubmortem excerpt run.log > excerpt.txt"),
		RunE:    e.runs(runExcerpt),
	}
	e.catalogFlags(c.Flags())
	return c
}

func runExcerpt(ctx context.Context, e *env, args []string) (int, error) {
	if len(args) != 1 {
		return exitUsage, wrongCall("excerpt needs one log", "pubmortem excerpt run.log")
	}
	cat, err := e.catalog()
	if err != nil {
		return exitUsage, err
	}
	path := args[0]
	if path == "-" {
		if path, err = e.keepStdin(ctx); err != nil {
			return exitNoLogs, err
		}
		defer os.Remove(path) // a copy that nobody needs any more
	}
	log, err := openLog(path)
	if err != nil {
		return exitNoLogs, err
	}
	defer log.Close() // it was only read
	r, err := analyzer.New(cat).Analyze(ctx, log, analyzer.Options{Version: currentBuild().version})
	if err != nil {
		return exitNoLogs, err
	}
	x := newExcerpt(r, len(log.Members) == 1)
	if args[0] == "-" {
		x.name = "stdin"
	}
	if err := e.eachLine(ctx, path, x.line); err != nil {
		return exitNoLogs, err
	}
	return exitOK, e.print(x.String())
}

// keepStdin copies standard input to a temporary file: the lines around a
// decisive one can only be told once the whole log is read.
func (e *env) keepStdin(ctx context.Context) (path string, err error) {
	f, err := os.CreateTemp("", program+"-stdin-*.log")
	if err != nil {
		return "", err
	}
	most := runlog.DefaultLimits().MaxTotal
	n, err := io.Copy(f, io.LimitReader(e.stdin(ctx), most+1))
	err = errors.Join(err, f.Close())
	switch {
	case err == nil && n == 0:
		err = &fault.Error{Kind: fault.BadContent, Msg: "stdin is empty"}
	case err == nil && n > most:
		err = &fault.Error{Kind: fault.BadContent, Msg: fmt.Sprintf("stdin is larger than %d GiB", most>>30)}
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// excerpt collects the decisive lines of a log and those around them.
type excerpt struct {
	report    *report.Report
	name      string             // of the log
	wanted    map[linePlace]bool // where the decisive lines stand
	before    []quotedLine       // the last lines that were not kept
	after     int                // how many lines more to keep
	kept      []quotedLine
	armour    bool   // inside a private key
	oneStream bool   // see newExcerpt
	previous  string // text of the line that was taken in last
}

type quotedLine struct {
	member, number int
	place          string // "job › step"
	text           string // without controls, and until String with secrets
	previous       string // the text before it in the member
	decisive       bool
}

// linePlace is where reports say that a line stands: the step is that of an
// archive with a file for each.
type linePlace struct {
	job        string
	step, line int64
}

// newExcerpt wants the lines that a report quotes. Where a log is one stream,
// its lines are counted through all of its jobs.
func newExcerpt(r *report.Report, oneStream bool) *excerpt {
	x := &excerpt{report: r, name: filepath.Base(r.Source.Name), wanted: map[linePlace]bool{}}
	want := func(ev report.Evidence) {
		at := linePlace{ev.Job, 0, ev.Line}
		if ev.StepLine > 0 {
			at.step, at.line = int64(ev.StepNumber), ev.StepLine
		}
		if oneStream {
			at.job = ""
		}
		x.wanted[at] = true
	}
	for _, ev := range r.Unexplained {
		want(ev)
	}
	for _, in := range r.Incidents {
		for _, ev := range in.Evidence {
			want(ev)
		}
	}
	x.oneStream = oneStream
	return x
}

// decisive tells whether a line is one that the report quotes.
func (x *excerpt) decisive(l logLine) bool {
	at := linePlace{line: int64(l.number)}
	if l.of.Step != "" {
		at.step = int64(l.of.StepNumber)
	}
	if !x.oneStream {
		at.job = clean(l.of.Job)
	}
	return x.wanted[at]
}

// line takes a line in, or lets it go by; it returns false when the excerpt is
// full.
func (x *excerpt) line(l logLine) bool {
	q := quotedLine{member: l.member, number: l.number, place: render.Place(l.Job, l.Step), text: x.plain(l.Text)}
	if l.number > 1 {
		q.previous = x.previous
	}
	x.previous = q.text
	q.decisive = q.text != "" && x.decisive(l)
	if l.Kind == runlog.KindGroup || l.Text == "Post job cleanup." { // another step
		x.after = 0
	}
	switch {
	case q.decisive:
		x.before = slices.DeleteFunc(x.before, func(b quotedLine) bool { return b.member != q.member })
		x.kept = append(append(x.kept, x.before...), q)
		x.before, x.after = nil, excerptContext
	case x.after > 0 && len(x.kept) > 0 && x.kept[len(x.kept)-1].member == q.member:
		x.kept = append(x.kept, q)
		x.after--
	default:
		x.before = append(x.before, q)
		x.before = x.before[max(0, len(x.before)-excerptContext):]
	}
	return len(x.kept) < excerptLines
}

// plain is a line without controls. Keys stretch over lines, so that no line of
// one shows what it is.
func (x *excerpt) plain(text string) string {
	text = inert.Text(text)
	switch upper := strings.ToUpper(text); {
	case strings.Contains(upper, "-----BEGIN "):
		x.armour = true
	case strings.Contains(upper, "-----END "):
		x.armour = false
		return "***"
	}
	if x.armour {
		return "***"
	}
	return text
}

// redact takes the secrets out of the lines that are kept, also those that are
// broken over two lines, of which the first may not be kept.
func (x *excerpt) redact() {
	for start, end := 0, 0; start < len(x.kept); start = end {
		block := []string{x.kept[start].previous}
		for end = start; end < len(x.kept) && (end == start || follows(&x.kept[end-1], &x.kept[end])); end++ {
			block = append(block, x.kept[end].text)
		}
		lines := strings.Split(inert.RedactLines(strings.Join(block, "\n")), "\n")
		for i, text := range lines[1:] {
			x.kept[start+i].text = inert.Cut(text, excerptWidth)
		}
	}
}

func follows(a, b *quotedLine) bool {
	return a.member == b.member && b.number == a.number+1
}

var excerptFacts = []string{
	facts.NpmVersion, facts.NodeVersion, facts.PublishTool, "publish.tool.version", facts.RunnerKind,
	facts.TokenKind, facts.IDToken, facts.OIDCExchange, facts.ProvenanceRequested,
}

// String is the excerpt as text to paste.
func (x *excerpt) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "log       %s, %s\n", inert.Quote(x.name), words.Count(int(x.report.Source.Lines), "line"))
	fmt.Fprintf(&b, "pubmortem %s\nverdict   %s\n", x.report.Tool.Version, summary(x.report))
	for _, id := range excerptFacts {
		for _, f := range x.report.Facts {
			if f.ID == id {
				fmt.Fprintf(&b, "fact      %s = %s\n", f.ID, f.Value)
			}
		}
	}
	x.redact()
	x.lines(&b)
	if len(x.kept) == 0 {
		b.WriteString("\nThe log shows no decisive line.\n")
	}
	return b.String()
}

// lines writes the lines with their numbers, the decisive ones marked, each
// place and each gap on a line of its own.
func (x *excerpt) lines(b *strings.Builder) {
	if len(x.kept) == 0 {
		return
	}
	width := len(fmt.Sprint(slices.MaxFunc(x.kept, func(a, c quotedLine) int { return a.number - c.number }).number))
	for i, q := range x.kept {
		switch {
		case i == 0 || q.member != x.kept[i-1].member || q.place != x.kept[i-1].place:
			b.WriteString("\n")
			if q.place != "" {
				b.WriteString(q.place + "\n")
			}
		case !follows(&x.kept[i-1], &q):
			b.WriteString("  …\n")
		}
		mark := " "
		if q.decisive {
			mark = ">"
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%s %*d  %s", mark, width, q.number, q.text), " ") + "\n")
	}
}

// logLine is a line of a log with its place in the member that holds it.
type logLine struct {
	runlog.Line
	// member is the index of the member; number counts its lines from 1.
	member, number int
	of             *runlog.Member
	// in is the part of the log, as far as one line after the other tells:
	// output, or the source of a script.
	in patterns.In
}

// eachLine calls visit with the lines of a saved log until it returns false.
func (e *env) eachLine(ctx context.Context, name string, visit func(logLine) bool) error {
	log, err := openLog(name)
	if err != nil {
		return err
	}
	defer log.Close() // it was only read
	for i := range log.Members {
		more, err := memberLines(ctx, i, &log.Members[i], visit)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// memberLines visits the lines of one member; more is false when visit has
// seen enough.
func memberLines(ctx context.Context, index int, m *runlog.Member, visit func(logLine) bool) (more bool, err error) {
	r, err := m.Open()
	if err != nil {
		return false, err
	}
	defer r.Close() // it was only read
	br := bufio.NewReaderSize(r, runlog.MaxLine)
	l := logLine{member: index, of: m}
	inScript := false
	for ctx.Err() == nil {
		raw, err := readLine(br)
		if err != nil {
			return errors.Is(err, io.EOF), notEOF(err)
		}
		l.number++
		m.Format.Clean(&l.Line, raw)
		l.in = patterns.InOutput
		switch {
		case l.Kind == runlog.KindGroup:
			inScript = strings.HasPrefix(l.Text, "Run ")
		case l.Kind == runlog.KindEndGroup:
			inScript = false
		case inScript:
			l.in = patterns.InScript
		}
		if l.Job == "" {
			l.Job, l.Step = m.Job, m.Step
		}
		if !visit(l) {
			return false, nil
		}
	}
	return false, ctx.Err()
}

// readLine is the next line without its end; of a longer one than is ever
// looked at, the beginning.
func readLine(br *bufio.Reader) ([]byte, error) {
	raw, err := br.ReadSlice('\n')
	line := bytes.Clone(raw)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = br.ReadSlice('\n')
	}
	if len(line) == 0 {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), notEOF(err)
}

// notEOF is an error that is not the end of the log.
func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// unexplainedHint is what to do about a report that nothing explains, or not
// all of it: write a symptom for the decisive line, or send it to somebody. It
// is empty when there is nothing to explain.
func unexplainedHint(r *report.Report) string {
	if len(r.Unexplained) == 0 {
		return ""
	}
	if r.Source.Kind != "file" {
		return "no symptom explains this; with the log in a file, write one: pubmortem catalog new symptom --from-log FILE:LINE"
	}
	line := "LINE"
	if r.Source.Format == "raw" || r.Source.Format == "text" { // only there are lines those of the file
		line = strconv.FormatInt(r.Unexplained[len(r.Unexplained)-1].Line, 10)
	}
	return fmt.Sprintf("no symptom explains this; write one: pubmortem catalog new symptom --from-log %s (or show it to somebody: pubmortem excerpt %s)",
		words.ShellWord(r.Source.Name+":"+line), words.ShellWord(r.Source.Name))
}
