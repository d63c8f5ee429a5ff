package fakegithub

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

const (
	stamp = "2026-06-18T03:19:23.0699390Z "
	bom   = "\ufeff"
)

// writeStep writes a step's lines as its file has them.
func writeStep(w io.Writer, text string) error {
	if _, err := io.WriteString(w, bom); err != nil {
		return err
	}
	for line := range strings.Lines(text + "\n") {
		if _, err := io.WriteString(w, stamp+strings.TrimSuffix(line, "\n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// writeLog writes the job's whole log.
func (j *Job) writeLog(w io.Writer) error {
	if j.Write != nil {
		j.Write(w)
		return nil
	}
	var all []string
	for _, s := range j.Steps {
		if s.Log != "" {
			all = append(all, s.Log)
		}
	}
	return writeStep(w, strings.Join(all, "\n"))
}

// writeArchive writes the run's archive: jobs of its attempt only, as after a
// re-run of the failed ones.
func (r *Run) writeArchive(w io.Writer) error {
	zw := zip.NewWriter(w)
	ordinal := 0
	for _, j := range r.Jobs {
		if j.NotInArchive || j.Attempt != r.Attempt || j.Status != "completed" || j.Conclusion == "skipped" {
			continue
		}
		if err := r.archiveJob(zw, j, ordinal); err != nil {
			return err
		}
		ordinal++
	}
	return zw.Close()
}

func (r *Run) archiveJob(zw *zip.Writer, j *Job, ordinal int) error {
	dir := r.Layout.mangle(j.Name)
	if !j.EmptyInArchive {
		if err := add(zw, fmt.Sprintf("%d_%s.txt", ordinal, dir), j.writeLog); err != nil {
			return err
		}
	}
	if r.Layout != Legacy {
		system := func(w io.Writer) error {
			return writeStep(w, fmt.Sprintf("Job is about to start running on the hosted runner: %s\nJob defined at: %s/%s/%s@refs/heads/%s", j.RunnerName, r.Owner, r.Repo, r.Path, r.Branch))
		}
		if err := add(zw, dir+"/system.txt", system); err != nil {
			return err
		}
	}
	if r.Layout == WholeJobs {
		return nil
	}
	for i, s := range j.Steps {
		if s.Log == "" {
			continue
		}
		step := func(w io.Writer) error { return writeStep(w, s.Log) }
		if err := add(zw, fmt.Sprintf("%s/%d_%s.txt", dir, i+1, r.Layout.mangle(s.Name)), step); err != nil {
			return err
		}
	}
	return nil
}

func add(zw *zip.Writer, name string, write func(io.Writer) error) error {
	w, err := zw.Create(name)
	if err != nil {
		return err
	}
	return write(w)
}

// mangle makes a name fit for a path as the services do.
func (l Layout) mangle(name string) string {
	const forbidden = `/\:*?"<>|`
	if l != Legacy {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(forbidden, r) {
				return '_'
			}
			return r
		}, name)
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(forbidden, r) {
			return -1
		}
		return r
	}, name)
	const longest = 90
	units := utf16.Encode([]rune(name))
	return strings.TrimSpace(string(utf16.Decode(units[:min(len(units), longest)])))
}
