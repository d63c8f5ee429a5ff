package analyzer_test

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/joblog"
	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

func benchmark(b *testing.B, size int, open func() (*runlog.Log, error)) {
	a := analyzer.New(patterns.Builtin())
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		l, err := open()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := a.Analyze(context.Background(), l, analyzer.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkText(b *testing.B, log []byte) {
	benchmark(b, len(log), func() (*runlog.Log, error) {
		return runlog.OpenText("file", "bench.log", bytes.NewReader(log))
	})
}

// BenchmarkAnalyze is the whole way from bytes to a report, for 16 MiB of each
// kind of job log, for an archive of such, and for a two-line paste.
func BenchmarkAnalyze(b *testing.B) {
	for _, kind := range joblog.Kinds() {
		b.Run(string(kind), func(b *testing.B) { benchmarkText(b, joblog.Bytes(kind, 16<<20)) })
	}
	b.Run("dense", func(b *testing.B) {
		log, err := joblog.Dense(os.DirFS("../logs-testdata/jobs"), 16<<20)
		if err != nil {
			b.Fatal(err)
		}
		benchmarkText(b, log)
	})
	b.Run("zip", func(b *testing.B) {
		log := joblog.Bytes(joblog.Ordinary, 4<<20)
		members := []txtar.File{{Name: "0_a.txt", Data: log}, {Name: "1_b.txt", Data: log}, {Name: "2_c.txt", Data: log}}
		data, err := zipOf(members)
		if err != nil {
			b.Fatal(err)
		}
		benchmark(b, len(members)*len(log), func() (*runlog.Log, error) {
			return runlog.OpenZip("bench.zip", bytes.NewReader(data), int64(len(data)), runlog.Limits{})
		})
	})
	b.Run("paste", func(b *testing.B) {
		benchmarkText(b, []byte("npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found\n"))
	})
}

// BenchmarkPublishes grows the number of publishes of one job: the time must
// grow with it, and not with its square.
func BenchmarkPublishes(b *testing.B) {
	one := []byte(`##[group]Run npm publish --provenance
npm publish --provenance
shell: /usr/bin/bash -e {0}
env:
  NODE_AUTH_TOKEN: ***
##[endgroup]
npm notice 📦  @acme/widget@1.2.3
npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access
npm notice publish Signed provenance statement with source and build information from GitHub Actions
npm notice publish Provenance statement published to transparency log: https://search.sigstore.dev/?logIndex=1
+ @acme/widget@1.2.3
`)
	for _, n := range []int{100, 200, 400, 800, 1600} {
		b.Run(strconv.Itoa(n), func(b *testing.B) { benchmarkText(b, bytes.Repeat(one, n)) })
	}
}

// BenchmarkNew is what a run pays before its first byte.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		analyzer.New(patterns.Builtin())
	}
}
