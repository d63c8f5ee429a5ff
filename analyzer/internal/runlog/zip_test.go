package runlog

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// file is one file of a test's archive.
type file struct{ name, text string }

// setUp is the text of a set-up step; second tells two runners apart.
func setUp(job string, second int) string {
	return fmt.Sprintf("\ufeff2026-06-18T03:19:%02d.0000001Z Current runner version: '2.337.0'\n", second) +
		fmt.Sprintf("2026-06-18T03:19:%02d.1000000Z Complete job name: %s\n", second, job)
}

func lines(n int, text string) string {
	return strings.Repeat(stamp+" "+text+"\n", n)
}

func zipOf(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		fw, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(fw, f.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// describe writes members as "job|step|number|system|format: name".
func describe(l *Log) []string {
	var out []string
	for _, m := range l.Members {
		out = append(out, fmt.Sprintf("%s|%s|%d|%v|%v: %s", m.Job, m.Step, m.StepNumber, m.System, m.Format, m.Name))
	}
	return out
}

var layouts = []struct {
	name  string
	files []file
	want  []string
}{
	{
		"results service",
		[]file{
			{"0_publish.txt", setUp("publish", 1) + lines(20, "a")},
			{"publish/", ""},
			{"publish/16_Post Checkout.txt", lines(2, "a")},
			{"publish/2_Run npm publish.txt", lines(18, "a")},
			{"publish/1_Set up job.txt", setUp("publish", 1)},
			{"publish/system.txt", lines(1, "Requested labels: ubuntu-latest")},
		},
		[]string{
			"publish||0|true|raw: publish/system.txt",
			"publish|Set up job|1|false|raw: publish/1_Set up job.txt",
			"publish|Run npm publish|2|false|raw: publish/2_Run npm publish.txt",
			"publish|Post Checkout|16|false|raw: publish/16_Post Checkout.txt",
		},
	},
	{
		"old service",
		[]file{
			{"0_build (3.10).txt", setUp("build (3.10)", 1) + lines(9, "a")},
			{"-2147483648_build.txt", lines(3, "##[section]Starting: Prepare job build")},
			{"build (3.10)/1_Set up job.txt", setUp("build (3.10)", 1)},
			{"build (3.10)/2_Test.txt", lines(9, "a")},
		},
		[]string{
			"build||0|false|raw: -2147483648_build.txt",
			"build (3.10)|Set up job|1|false|raw: build (3.10)/1_Set up job.txt",
			"build (3.10)|Test|2|false|raw: build (3.10)/2_Test.txt",
		},
	},
	{
		"only whole-job files",
		[]file{{"1_b.txt", lines(3, "a")}, {"0_a.txt", setUp("a / x", 1)}, {"a/system.txt", lines(1, "s")}},
		[]string{"a / x||0|true|raw: a/system.txt", "a / x||0|false|raw: 0_a.txt", "b||0|false|raw: 1_b.txt"},
	},
	{
		"only step files",
		[]file{{"publish/1_Set up job.txt", setUp("r / publish", 1)}, {"publish/3_x.txt", lines(1, "a")}},
		[]string{"r / publish|Set up job|1|false|raw: publish/1_Set up job.txt", "r / publish|x|3|false|raw: publish/3_x.txt"},
	},
	{
		"the inside of a job's folder",
		[]file{{"1_Set up job.txt", setUp("publish", 1)}, {"2_x.txt", lines(1, "a")}, {"system.txt", lines(1, "s")}},
		[]string{
			"publish||0|true|raw: system.txt",
			"publish|Set up job|1|false|raw: 1_Set up job.txt",
			"publish|x|2|false|raw: 2_x.txt",
		},
	},
	{
		"too few step files",
		[]file{{"0_a.txt", setUp("a", 1) + lines(100, "a")}, {"a/1_Set up job.txt", setUp("a", 1)}, {"a/system.txt", lines(1, "s")}},
		[]string{"a||0|true|raw: a/system.txt", "a||0|false|raw: 0_a.txt"},
	},
	{
		"packed again",
		[]file{
			{"logs_1/0_a.txt", setUp("a", 1)},
			{"logs_1/a/1_Set up job.txt", setUp("a", 1)},
			{"logs_1/.DS_Store", "x"},
			{"__MACOSX/logs_1/._0_a.txt", "x"},
			{"__MACOSX/logs_1/a/._1_Set up job.txt", "x"},
		},
		[]string{"a|Set up job|1|false|raw: logs_1/a/1_Set up job.txt"},
	},
	{
		"packed again, whole jobs only",
		[]file{{"logs/0_a.txt", lines(1, "a")}, {"logs/1_b.txt", lines(1, "a")}},
		[]string{"a||0|false|raw: logs/0_a.txt", "b||0|false|raw: logs/1_b.txt"},
	},
	{
		"two manglings of one name",
		[]file{
			{"0_a _ b.txt", setUp("a / b", 1) + lines(9, "a")},
			{"a  b/1_Set up job.txt", setUp("a / b", 1)},
			{"a  b/2_x.txt", lines(9, "a")},
		},
		[]string{"a / b|Set up job|1|false|raw: a  b/1_Set up job.txt", "a / b|x|2|false|raw: a  b/2_x.txt"},
	},
	{
		"colliding names",
		[]file{
			{"0_build.txt", setUp("build", 1) + lines(9, "a")},
			{"1_build.txt", setUp("build", 7) + lines(9, "b")},
			{"build/1_Set up job.txt", setUp("build", 7)},
			{"build/2_second.txt", lines(9, "b")},
			{"build (1)/1_Set up job.txt", setUp("build", 1)},
			{"build (1)/2_first.txt", lines(9, "a")},
		},
		[]string{
			"build|Set up job|1|false|raw: build (1)/1_Set up job.txt",
			"build|first|2|false|raw: build (1)/2_first.txt",
			"build|Set up job|1|false|raw: build/1_Set up job.txt",
			"build|second|2|false|raw: build/2_second.txt",
		},
	},
	{
		"a cut name",
		[]file{
			{"0_" + strings.Repeat("x", 90) + ".txt", setUp(strings.Repeat("x", 99), 1) + lines(9, "a")},
			{strings.Repeat("x", 80) + "/1_Set up job.txt", setUp(strings.Repeat("x", 99), 1)},
			{strings.Repeat("x", 80) + "/2_x.txt", lines(9, "a")},
		},
		[]string{
			strings.Repeat("x", 99) + "|Set up job|1|false|raw: " + strings.Repeat("x", 80) + "/1_Set up job.txt",
			strings.Repeat("x", 99) + "|x|2|false|raw: " + strings.Repeat("x", 80) + "/2_x.txt",
		},
	},
	{
		"a job's name from a script is not taken",
		[]file{{"0_a.txt", lines(1, "##[group]Run echo x") + setUp("evil", 1)}},
		[]string{"a||0|false|raw: 0_a.txt"},
	},
	{
		"a single file",
		[]file{{"job.log", "npm error code E404\n"}},
		[]string{"||0|false|text: job.log"},
	},
	{
		"files of several kinds",
		[]file{
			{"one.log", setUp("first", 1)},
			{"sub/two.txt", "npm error\n"},
			{"2026-06-18T03_19_23_069Z-debug-0.log", "0 verbose cli npm\n1 info using npm@11.5.1\n"},
			{"gh.log", strings.Repeat("R\tP\t"+stamp+" x\n", 3)},
			{"utf16.txt", string(utf16Bytes("\ufeffnpm error code E404\r\n", 0))},
			{"empty.log", ""},
			{"page.txt", "<html>"},
			{"widget.tgz", "x"},
			{"README", "x"},
		},
		[]string{
			"||0|false|npm-debug: 2026-06-18T03_19_23_069Z-debug-0.log",
			"||0|false|gh: gh.log",
			"first||0|false|raw: one.log",
			"two||0|false|text: sub/two.txt",
			"utf16||0|false|text: utf16.txt",
		},
	},
}

func TestLayouts(t *testing.T) {
	for _, test := range layouts {
		t.Run("zip/"+test.name, func(t *testing.T) {
			data := zipOf(t, test.files...)
			l, err := OpenZip("run.zip", bytes.NewReader(data), int64(len(data)), Limits{})
			checkMembers(t, l, err, test.want)
		})
		t.Run("dir/"+test.name, func(t *testing.T) {
			l, err := OpenDir("run", dirOf(test.files), Limits{})
			checkMembers(t, l, err, test.want)
		})
	}
}

func checkMembers(t *testing.T, l *Log, err error, want []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	got := describe(l)
	if l.Kind == "zip" && strings.Contains(got[0], "-debug-") || strings.Contains(want[0], "-debug-") {
		slices.Sort(got) // loose files keep the archive's order
		want = slices.Sorted(slices.Values(want))
	}
	if !slices.Equal(got, want) {
		t.Errorf("members\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	for _, m := range l.Members {
		if readMember(t, m) == "" {
			t.Errorf("%s is empty", m.Name)
		}
	}
}

func dirOf(files []file) fstest.MapFS {
	dir := fstest.MapFS{}
	for _, f := range files {
		if !strings.HasSuffix(f.name, "/") {
			dir[f.name] = &fstest.MapFile{Data: []byte(f.text)}
		}
	}
	return dir
}

func TestOpenZipOddities(t *testing.T) {
	open := func(t *testing.T, files ...file) *Log {
		t.Helper()
		data := zipOf(t, files...)
		l, err := OpenZip("run.zip", bytes.NewReader(data), int64(len(data)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	t.Run("duplicate names", func(t *testing.T) {
		l := open(t, file{"a/1_Set up job.txt", "one\n"}, file{"a/1_Set up job.txt", "two\n"})
		if len(l.Members) != 2 || readMember(t, l.Members[0]) != "one\n" || readMember(t, l.Members[1]) != "two\n" {
			t.Errorf("members = %q", describe(l))
		}
	})
	t.Run("escaping and hostile names", func(t *testing.T) {
		l := open(t, file{"../../etc/0_a\x1b[31m\u202eb.txt", lines(1, "x")})
		if got := describe(l)[0]; got != "ab||0|false|raw: etc/0_ab.txt" {
			t.Errorf("member = %q", got)
		}
	})
	t.Run("back slashes", func(t *testing.T) {
		l := open(t, file{`0_a.txt`, lines(1, "x")}, file{`a\1_Set up job.txt`, setUp("a", 1)})
		if got := describe(l)[0]; got != "a|Set up job|1|false|raw: a/1_Set up job.txt" {
			t.Errorf("member = %q", got)
		}
	})
	t.Run("nested archives", func(t *testing.T) {
		l := open(t, file{"0_a.txt", lines(1, "x")}, file{"in.zip", "PK"}, file{"b.log.gz", "x"})
		if len(l.Members) != 1 || len(l.Notes) != 1 || !strings.Contains(l.Notes[0], "2 archives inside were not opened (in.zip, b.log.gz)") {
			t.Errorf("%d members, notes = %q", len(l.Members), l.Notes)
		}
	})
	t.Run("huge ordinal", func(t *testing.T) {
		l := open(t, file{"99999999999999999999_a.txt", lines(1, "x")})
		if len(l.Members) != 1 {
			t.Errorf("members = %q", describe(l))
		}
	})
}

func TestOpenZipRefuses(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty archive", zipOf(t), "run.zip is empty"},
		{"no logs", zipOf(t, file{"a.png", "x"}, file{"b.js", "x"}), "2 files, none of them .log or .txt"},
		{"an archive inside", zipOf(t, file{"logs.zip", "x"}), "give the archive inside by itself: logs.zip"},
		{"empty log", zipOf(t, file{"a.log", ""}), "is empty"},
		{"empty logs", zipOf(t, file{"0_a.txt", ""}, file{"1_a.txt", ""}), "only empty or unreadable files"},
		{"web page", zipOf(t, file{"a.log", "<html>"}), "a web page"},
		{"overlapping files", overlapping(t), "its files overlap"},
		{"garbage", []byte("PK\x03\x04 and no more"), "damaged zip archive"},
		{"nothing", nil, "damaged zip archive"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := OpenZip("run.zip", bytes.NewReader(test.data), int64(len(test.data)), Limits{})
			if err == nil || !strings.Contains(err.Error(), test.want) || !errors.Is(err, ErrNoLogs) {
				t.Errorf("error = %v, want %q", err, test.want)
			}
		})
	}
}

// overlapping is an archive whose second entry is the first one once more.
func overlapping(t *testing.T) []byte {
	text := make([]byte, 4096)
	rand.NewChaCha8([32]byte{}).Read(text)
	data := zipOf(t, file{"0_a.txt", string(text)})
	end := data[len(data)-22:] // the record at the end has no comment
	table := data[binary.LittleEndian.Uint32(end[16:]) : len(data)-22]
	twice := slices.Concat(data[:len(data)-22], table, end)
	end = twice[len(twice)-22:]
	binary.LittleEndian.PutUint16(end[8:], 2)
	binary.LittleEndian.PutUint16(end[10:], 2)
	binary.LittleEndian.PutUint32(end[12:], uint32(2*len(table)))
	return twice
}

func TestOpenZipSalvages(t *testing.T) {
	text := setUp("publish", 1)
	for i := range 5000 {
		text += fmt.Sprintf("%s line %d of a log %x\n", stamp, i, i*2654435761)
	}
	data := zipOf(t,
		file{"0_publish.txt", text},
		file{"publish/1_Set up job.txt", setUp("publish", 1)},
		file{"publish/2_x.txt", text[len(setUp("publish", 1)):]},
	)
	for name, tt := range map[string]struct {
		size int
		want string // the only member
		all  bool
	}{
		"cut in the first member": {len(data) / 4, "0_publish.txt", false},
		"cut in the last member":  {len(data) * 3 / 4, "0_publish.txt", true},
		"cut in the table":        {len(data) - 30, "0_publish.txt", true},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := OpenZip("run.zip", bytes.NewReader(data[:tt.size]), int64(tt.size), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if len(l.Members) != 1 || l.Members[0].Name != tt.want || l.Members[0].Job != "publish" {
				t.Fatalf("members = %q", describe(l))
			}
			got := readMember(t, l.Members[0])
			if got == "" || !strings.HasPrefix(text, got) || tt.all && got != text {
				t.Errorf("read %d of %d bytes", len(got), len(text))
			}
			if !strings.Contains(strings.Join(l.Notes, "\n"), "run.zip is cut off or damaged") {
				t.Errorf("notes = %q", l.Notes)
			}
		})
	}
}

// TestOpenZipSalvagesKnownSizes checks archives whose headers carry sizes.
func TestOpenZipSalvagesKnownSizes(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	text := lines(3, "PK\x03\x04 is no header")
	for _, name := range []string{"0_a.txt", "1_b.txt"} {
		fw, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, CompressedSize64: uint64(len(text)), UncompressedSize64: uint64(len(text))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(fw, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()[:bytes.Index(b.Bytes(), []byte("PK\x01\x02"))]
	l, err := OpenZip("run.zip", bytes.NewReader(data), int64(len(data)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Members) != 2 || readMember(t, l.Members[0]) != text || readMember(t, l.Members[1]) != text {
		t.Errorf("members = %q", describe(l))
	}
}

func TestOpenZipDamagedMember(t *testing.T) {
	text := ""
	for i := range 3000 {
		text += fmt.Sprintf("%s line %d of a log %x\n", stamp, i, i*2654435761)
	}
	data := zipOf(t, file{"0_a.txt", text}, file{"1_b.txt", text})
	for i := range 64 {
		data[5000+i] ^= 0x5a
	}
	l, err := OpenZip("run.zip", bytes.NewReader(data), int64(len(data)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := readMember(t, l.Members[0]), readMember(t, l.Members[1]); a == text || b != text {
		t.Errorf("read %d and %d bytes", len(a), len(b))
	}
	if len(l.Notes) != 1 || !strings.Contains(l.Notes[0], "0_a.txt is damaged") {
		t.Errorf("notes = %q", l.Notes)
	}
}

func TestLimits(t *testing.T) {
	data := zipOf(t, file{"0_a.txt", lines(100, "a")}, file{"1_b.txt", lines(100, "b")}, file{"2_c.txt", lines(100, "c")})
	open := func(lim Limits) (*Log, int) {
		l, err := OpenZip("run.zip", bytes.NewReader(data), int64(len(data)), lim)
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, m := range l.Members {
			total += len(readMember(t, m))
		}
		return l, total
	}
	whole := len(lines(100, "a"))
	if l, total := open(Limits{MaxTotal: int64(3 * whole)}); total != 3*whole || len(l.Notes) > 0 {
		t.Errorf("a bound just reached: %d bytes, notes %q", total, l.Notes)
	}
	if l, total := open(Limits{MaxTotal: int64(whole) + 10}); total != whole+10 || len(l.Notes) != 1 {
		t.Errorf("MaxTotal: %d bytes, notes %q", total, l.Notes)
	}
	if l, total := open(Limits{MaxMembers: 2}); total != 2*whole || len(l.Notes) != 1 {
		t.Errorf("MaxMembers: %d bytes, notes %q", total, l.Notes)
	}

	bomb := zipOf(t, file{"0_a.txt", strings.Repeat("a\n", ratioGrace)})
	l, err := OpenZip("bomb.zip", bytes.NewReader(bomb), int64(len(bomb)), Limits{MaxRatio: 10})
	if err != nil {
		t.Fatal(err)
	}
	want := ratioGrace + 10*len(bomb)
	if got := len(readMember(t, l.Members[0])); got != want || len(l.Notes) != 1 {
		t.Errorf("MaxRatio: %d bytes, want %d, notes %q", got, want, l.Notes)
	}
}

func TestOpenZipBoundsTheTable(t *testing.T) {
	var files []file
	for i := range 6000 {
		files = append(files, file{fmt.Sprintf("%d_%s.txt", i, strings.Repeat("x", 150)), "x\n"})
	}
	data := zipOf(t, files...)
	l, err := OpenZip("run.zip", bytes.NewReader(data), int64(len(data)), Limits{MaxMembers: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Members) != 10 || !strings.Contains(strings.Join(l.Notes, " "), "table of contents is too long") {
		t.Errorf("%d members, notes %q", len(l.Members), l.Notes)
	}
}

// TestPartsEqualWhole checks that a job reads the same from its steps and from
// its whole-job file.
func TestPartsEqualWhole(t *testing.T) {
	steps := []string{setUp("publish", 1), lines(5, "##[group]Run npm ci"), "\ufeff" + lines(3, "npm error")}
	whole := strings.ReplaceAll(strings.Join(steps, ""), "069939", "069940") // times differ
	files := []file{{"0_publish.txt", whole}}
	for i, text := range steps {
		files = append(files, file{fmt.Sprintf("publish/%d_s.txt", i+1), text})
	}
	var fromWhole, fromSteps []string
	for _, archive := range [][]file{files[:1], files} {
		data := zipOf(t, archive...)
		l, err := OpenZip("run.zip", bytes.NewReader(data), int64(len(data)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range l.Members {
			if m.Step == "" {
				fromWhole = append(fromWhole, memberLines(t, m)...)
			} else {
				fromSteps = append(fromSteps, memberLines(t, m)...)
			}
		}
	}
	if len(fromWhole) != 10 || !slices.Equal(fromWhole, fromSteps) {
		t.Errorf("whole %q\nsteps %q", fromWhole, fromSteps)
	}
}

func TestOpenDirSkips(t *testing.T) {
	dir := dirOf([]file{{"a.log", "x\n"}, {".git/b.log", "x\n"}, {"node_modules/p/c.txt", "x\n"}})
	dir["link.log"] = &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte("/etc/passwd")}
	dir["pipe.log"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	l, err := OpenDir("logs", dir, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Members) != 1 || l.Members[0].Name != "a.log" {
		t.Errorf("members = %q", describe(l))
	}
	if len(l.Notes) != 1 || l.Notes[0] != "1 symbolic link was not followed" {
		t.Errorf("notes = %q", l.Notes)
	}
}

func TestOpenDirRefuses(t *testing.T) {
	if _, err := OpenDir("logs", fstest.MapFS{}, Limits{}); !errors.Is(err, ErrNoLogs) {
		t.Errorf("error = %v", err)
	}
}

func TestOpenDirBound(t *testing.T) {
	dir := fstest.MapFS{}
	for i := range 20 {
		dir[fmt.Sprintf("%02d.log", i)] = &fstest.MapFile{Data: []byte("x\n")}
	}
	l, err := OpenDir("logs", dir, Limits{MaxMembers: 5})
	if err != nil || len(l.Members) > 5 || len(l.Notes) != 1 {
		t.Errorf("%v, %d members, notes %q", err, len(l.Members), l.Notes)
	}
}

func FuzzOpenZip(f *testing.F) {
	for _, l := range layouts {
		data := zipOf(f, l.files...)
		f.Add(data)
		f.Add(data[:len(data)*2/3])
	}
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := Limits{MaxMembers: 50, MaxTotal: 1 << 20, MaxRatio: 100}
		l, err := OpenZip("x.zip", bytes.NewReader(data), int64(len(data)), lim)
		if err != nil {
			return
		}
		total := 0
		for _, m := range l.Members {
			checkInert(t, m.Name)
			checkInert(t, m.Job)
			checkInert(t, m.Step)
			total += len(readMember(t, m))
		}
		if len(l.Members) > lim.MaxMembers || total > int(lim.MaxTotal) {
			t.Errorf("%d members, %d bytes", len(l.Members), total)
		}
		for _, note := range l.Notes {
			checkInert(t, note)
		}
	})
}
