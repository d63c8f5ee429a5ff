// Package joblog makes job logs of any size, as GitHub's runner writes them,
// for benchmarks and for tests of what large logs cost. The same kind and size
// always make the same bytes.
package joblog

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
)

// Kind is what fills a log between its first step and the publish that fails
// at its end.
type Kind string

// The kinds of logs.
const (
	Ordinary Kind = "ordinary"  // what builds print
	Coloured Kind = "coloured"  // the same with colours in every line
	AllHits  Kind = "all-hits"  // nothing but errors of failed publishes
	NearHits Kind = "near-hits" // lines full of the words of such errors, in other sentences
	OneLine  Kind = "one-line"  // one line, which holds an error now and then
)

// Kinds lists them all.
func Kinds() []Kind { return []Kind{Ordinary, Coloured, AllHits, NearHits, OneLine} }

const head = "\ufeff2026-11-23T03:36:32.7370184Z Current runner version: '2.337.0'\n" +
	"2026-11-23T03:36:33.5780220Z Complete job name: publish\n" +
	"2026-11-23T03:36:34.3190688Z ##[group]Run npm run build\n" +
	"2026-11-23T03:36:34.3200400Z \x1b[36;1mnpm run build\x1b[0m\n" +
	"2026-11-23T03:36:34.3201284Z shell: /usr/bin/bash -e {0}\n" +
	"2026-11-23T03:36:34.3212904Z ##[endgroup]\n"

const tail = "2026-11-23T03:37:44.8380360Z ##[group]Run npm publish\n" +
	"2026-11-23T03:37:44.8381772Z \x1b[36;1mnpm publish\x1b[0m\n" +
	"2026-11-23T03:37:44.8383080Z shell: /usr/bin/bash -e {0}\n" +
	"2026-11-23T03:37:44.8390376Z ##[endgroup]\n" +
	"2026-11-23T03:37:45.1200370Z npm notice Publishing to https://registry.npmjs.org/ with tag latest and default access\n" +
	"2026-11-23T03:37:47.2350370Z npm error code E404\n" +
	"2026-11-23T03:37:47.2350370Z npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found\n" +
	"2026-11-23T03:37:47.2490728Z ##[error]Process completed with exit code 1.\n"

// Reader reads a log of about size bytes, made as it is read.
func Reader(kind Kind, size int64) io.Reader {
	const most = 1 << 20
	left := max(size-int64(len(head)+len(tail)), 4096)
	middle := &repeated{chunk: chunk(kind, int(min(left, most))), left: left}
	parts := []io.Reader{bytes.NewReader([]byte(head)), middle}
	if kind == OneLine {
		parts = append(parts, bytes.NewReader([]byte("\n")))
	}
	return io.MultiReader(append(parts, bytes.NewReader([]byte(tail)))...)
}

// Bytes is a whole log of about size bytes.
func Bytes(kind Kind, size int64) []byte {
	var b bytes.Buffer
	b.Grow(int(size) + 1<<20)
	// Neither end of the copy can fail.
	b.ReadFrom(Reader(kind, size))
	return b.Bytes()
}

// Dense is a log of at least size bytes of what recorded jobs printed before
// their last steps, again and again: groups, steps and facts close together.
func Dense(jobs fs.FS, size int) ([]byte, error) {
	names, err := fs.Glob(jobs, "*.log")
	if err != nil {
		return nil, err
	}
	var heads []byte
	for _, name := range names {
		job, err := fs.ReadFile(jobs, name)
		if err != nil {
			return nil, err
		}
		last := max(0, bytes.LastIndex(job, []byte("##[group]Run ")))
		heads = append(heads, job[:bytes.LastIndexByte(job[:last], '\n')+1]...)
	}
	if len(heads) == 0 {
		return nil, fs.ErrNotExist
	}
	return bytes.Repeat(heads, size/len(heads)+1), nil
}

// repeated reads whole chunks until size is reached.
type repeated struct {
	chunk []byte
	at    int
	left  int64
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left <= 0 && r.at == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.chunk[r.at:])
	r.at = (r.at + n) % len(r.chunk)
	r.left -= int64(n)
	return n, nil
}

// chunk makes the lines that a log repeats, about size bytes of them.
func chunk(kind Kind, size int) []byte {
	var b bytes.Buffer
	random := rand.New(rand.NewPCG(1, 2))
	for n := 0; b.Len() < size; n++ {
		if kind != OneLine {
			fmt.Fprintf(&b, "2026-11-23T03:36:%02d.%07dZ ", random.IntN(60), random.IntN(10_000_000))
		}
		writeLine(&b, kind, random, n)
		if kind != OneLine {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func writeLine(b *bytes.Buffer, kind Kind, r *rand.Rand, n int) {
	switch kind {
	case AllHits:
		fmt.Fprintf(b, "npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%%2fwidget-%d - Not found", r.IntN(1000))
	case NearHits:
		fmt.Fprintf(b, "note %d: OIDC audience or 404 Not Found - PUT, npm error code TLOG_%d, 422 Unprocessable Entity - PUT or request to https://rekor., npm version and repository.url", r.IntN(1000), r.IntN(100))
	case OneLine:
		fmt.Fprintf(b, "%x%x", r.Uint64(), r.Uint64())
		if n%1000 == 0 {
			b.WriteString(" 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget ")
		}
	case Coloured:
		text := ordinary(r)
		cut := r.IntN(len(text))
		fmt.Fprintf(b, "\x1b[3%dm%s\x1b[39m\x1b[1m%s\x1b[22m", r.IntN(8), text[:cut], text[cut:])
	default:
		b.WriteString(ordinary(r))
	}
}

// ordinary is a line as installers, bundlers, compilers, test runners and
// container builds print them.
func ordinary(r *rand.Rand) string {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	pkg := pick("react-dom", "@babel/core", "typescript", "eslint", "rollup", "@acme/widget", "lodash", "vitest", "esbuild", "@types/node")
	file := fmt.Sprintf("%s/%s-%d.%s", pick("src/components", "packages/core/lib", "dist/assets", "test/unit", "node_modules/.cache"), pick("index", "button", "parser", "vendor", "chunk"), r.IntN(900), pick("js", "ts", "tsx", "css", "map"))
	switch r.IntN(11) {
	case 0:
		return fmt.Sprintf("npm warn deprecated %s@%d.%d.%d: this version is no longer supported", pkg, r.IntN(20), r.IntN(30), r.IntN(10))
	case 1:
		return fmt.Sprintf("npm http fetch GET 200 https://registry.npmjs.org/%s %dms (cache hit)", pkg, r.IntN(900))
	case 2:
		return fmt.Sprintf("asset %s %d KiB [emitted] [minimized] (name: main)", file, r.IntN(900))
	case 3:
		return fmt.Sprintf("  ✓ %s > renders the list of items (%d ms)", file, r.IntN(90))
	case 4:
		return fmt.Sprintf("%s(%d,%d): warning TS%d: '%s' is declared but its value is never read.", file, r.IntN(900), r.IntN(80), 6000+r.IntN(200), pick("props", "event", "index"))
	case 5:
		return fmt.Sprintf("#%d [%d/9] RUN %s install --frozen-lockfile", r.IntN(30), r.IntN(9), pick("npm", "pnpm", "yarn"))
	case 6:
		return fmt.Sprintf("#%d sha256:%016x%016x %d.%dMB / 48.%dMB 0.%ds", r.IntN(30), r.Uint64(), r.Uint64(), r.IntN(48), r.IntN(9), r.IntN(9), r.IntN(9))
	case 7:
		return fmt.Sprintf(" %-48s | %6.2f | %6.2f | %6.2f | %d-%d", file, r.Float64()*100, r.Float64()*100, r.Float64()*100, r.IntN(400), 400+r.IntN(400))
	case 8:
		return fmt.Sprintf("[%d/%d] Compiling %s", r.IntN(900), 900, file)
	case 9:
		return "    at " + pick("Object.<anonymous>", "processTicksAndRejections", "Module._compile") + fmt.Sprintf(" (%s:%d:%d)", file, r.IntN(900), r.IntN(80))
	}
	return fmt.Sprintf("copied %s to %s", file, pick("build/", "out/public/", "/home/runner/work/widget/widget/dist/"))
}
