// Package many looks at the diagnoses of many runs together: which causes break
// publishes, since when, where, and whether a fix held.
package many

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/internal/inert"
	"github.com/pubmortem/pubmortem/analyzer/report"
)

// Row is the flat form of a diagnosis: one incident of a run, with its first
// cause, or a run without any. A text that is empty and a number that is 0 are
// not known; JSON has null for them.
type Row struct {
	// Date is when the run started, RFC 3339.
	Date       string `json:"date"`
	Repository string `json:"repository"`
	Workflow   string `json:"workflow"` // the file's name
	Run        int64  `json:"run"`
	Attempt    int64  `json:"attempt"`
	Job        string `json:"job"`
	// Verdict is the run's, Outcome the incident's.
	Verdict    string `json:"verdict"`
	Outcome    string `json:"outcome"`
	Cause      string `json:"cause"`
	Title      string `json:"title"`
	Confidence string `json:"confidence"`
	Package    string `json:"package"`
	Version    string `json:"version"`
	Tool       string `json:"tool"`
	Registry   string `json:"registry"`
	// File and Line say where the deciding line stands, and URL where it is shown.
	File string `json:"file"`
	Line int64  `json:"line"`
	Text string `json:"text"`
	URL  string `json:"url"`
	// Error says why the run's log could not be had; there is no verdict then.
	Error string `json:"error"`
}

// Unexplained stands for the cause of a failure that the catalog does not explain.
const Unexplained = "unexplained"

// Rows are the flat form of a report. Every text in them is inert.
func Rows(r *report.Report) []Row {
	base := Row{Date: r.Source.StartedAt, Verdict: string(r.Verdict), File: r.Source.Name}
	if r.Source.File != "" && r.Source.File != r.Source.Name {
		base.File = strings.TrimSuffix(r.Source.Name, "/") + "/" + r.Source.File
	}
	if run := r.Run; run != nil {
		base.Date = cmp.Or(run.StartedAt, base.Date)
		base.Repository, base.Workflow, base.Run, base.Attempt, base.URL = run.Repository, run.Workflow, run.ID, int64(run.Attempt), run.URL
		base.File = ""
	}
	var rows []Row
	for i := range r.Incidents {
		rows = append(rows, incidentRow(r, &r.Incidents[i], base))
	}
	for _, e := range r.Unexplained {
		row := known(r, base, e.File, e.Job)
		row.Job, row.Outcome, row.Cause, row.Title = e.Job, string(report.Failed), Unexplained, "Nothing in the catalog explains it"
		row.at(e)
		if !slices.ContainsFunc(rows, func(other Row) bool {
			return other.Job == row.Job && other.File == row.File && other.Cause == Unexplained
		}) {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		row := known(r, base, "", "")
		if len(r.Published) > 0 {
			row.Job, row.Package, row.Version = r.Published[0].Job, r.Published[0].Name, r.Published[0].Version
		}
		rows = []Row{row}
	}
	for i := range rows {
		clean(&rows[i])
	}
	return rows
}

func incidentRow(r *report.Report, in *report.Incident, base Row) Row {
	row := known(r, base, in.File, in.Job)
	row.Job, row.Outcome = in.Job, string(in.Outcome)
	if len(in.Diagnoses) > 0 {
		d := in.Diagnoses[0]
		row.Cause, row.Title, row.Confidence = d.Cause, d.Title, string(d.Confidence)
	}
	if in.Package != nil {
		row.Package, row.Version = in.Package.Name, in.Package.Version
	}
	for _, e := range in.Evidence {
		if e.Deciding || row.Line == 0 {
			row.at(e)
		}
		if e.Deciding {
			break
		}
	}
	return row
}

func (row *Row) at(e report.Evidence) {
	row.Line, row.Text, row.URL = e.Line, e.Text, cmp.Or(e.URL, row.URL)
}

// Facts are the ids of the facts that rows are made of.
var Facts = []string{facts.RunRepository, facts.RunWorkflow, facts.PackageName, facts.PackageVersion, facts.PublishTool, facts.RegistryHost}

// known fills in what the facts say of a job.
func known(r *report.Report, row Row, file, job string) Row {
	if file != "" && r.Run == nil && r.Source.File == "" {
		row.File = strings.TrimSuffix(r.Source.Name, "/") + "/" + file
	}
	value := func(id string) string {
		best, rank := "", 0
		for _, f := range r.Facts {
			n := 1
			switch {
			case f.ID != id || f.File != file:
				continue
			case f.Job == job:
				n = 2
			}
			if n > rank {
				best, rank = f.Value, n
			}
		}
		return best
	}
	row.Repository = cmp.Or(row.Repository, value(facts.RunRepository))
	row.Workflow = cmp.Or(row.Workflow, value(facts.RunWorkflow))
	row.Workflow = row.Workflow[strings.LastIndexByte(row.Workflow, '/')+1:]
	row.Package, row.Version = value(facts.PackageName), value(facts.PackageVersion)
	row.Tool, row.Registry = value(facts.PublishTool), value(facts.RegistryHost)
	return row
}

// Failed is the row of a run whose log could not be had.
func Failed(run *report.Run, file string, err error) Row {
	row := Row{File: file, Error: err.Error()}
	if run != nil {
		row.File, row.Date, row.Repository, row.Workflow, row.Run, row.Attempt, row.URL = "", run.StartedAt, run.Repository, run.Workflow, run.ID, int64(run.Attempt), run.URL
	}
	clean(&row)
	return row
}

// key tells runs apart.
func (row *Row) key() string {
	if row.Run > 0 {
		return fmt.Sprint(row.Repository, "\x00", row.Run)
	}
	return row.File + "\x00" + row.Date
}

// Time is the row's date, or zero.
func (row *Row) Time() time.Time {
	t, _ := time.Parse(time.RFC3339, row.Date) // zero where there is none
	return t.UTC()
}

// broken tells whether the row is of a publish that failed or went out without
// provenance.
func (row *Row) broken() bool {
	return row.Outcome == string(report.Failed) || row.Outcome == string(report.WithoutProvenance)
}

// clean makes every text of a row inert: it may be a stranger's.
func clean(row any) {
	v := reflect.ValueOf(row).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.String {
			f.SetString(strings.TrimSpace(inert.Quote(f.String())))
		}
	}
}

// Columns are the names of a flat form's fields.
func Columns[T any]() []string {
	t := reflect.TypeFor[T]()
	var names []string
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("json"))
	}
	return names
}

// WriteJSONL writes an object a line. Each has all fields, null where nothing is
// known, so that programs find the same ones everywhere.
func WriteJSONL[T any](w io.Writer, rows []T) error {
	out := bufio.NewWriter(w)
	names := Columns[T]()
	for _, row := range rows {
		v := reflect.ValueOf(row)
		mark := "{"
		for i, name := range names {
			var value any
			if f := v.Field(i); !f.IsZero() || f.Kind() == reflect.Bool {
				value = f.Interface()
			}
			text, err := json.Marshal(value)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s%q:%s", mark, name, text)
			mark = ","
		}
		out.WriteString("}\n")
	}
	return out.Flush()
}

// WriteCSV writes a line of values for each row (RFC 4180), without a head.
func WriteCSV[T any](w io.Writer, rows []T) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		v := reflect.ValueOf(row)
		cells := make([]string, v.NumField())
		for i := range cells {
			if f := v.Field(i); !f.IsZero() || f.Kind() == reflect.Bool {
				cells[i] = cell(fmt.Sprint(f.Interface()))
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cell keeps a text from being a formula where a spreadsheet opens the file
// (https://owasp.org/www-community/attacks/CSV_Injection). A package's name,
// which begins with @, is none.
func cell(s string) string {
	isName := strings.HasPrefix(s, "@") && strings.Contains(s, "/") && !strings.ContainsAny(s, "(|! \"")
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) && !isName {
		return "'" + s
	}
	return s
}

// ReadRow reads a row that was saved as JSON.
func ReadRow(data []byte) (Row, error) {
	var row Row
	err := json.Unmarshal(data, &row)
	clean(&row)
	return row, err
}
