package analyzer_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/runlog"
	"github.com/pubmortem/pubmortem/patterns"
)

// buildLog is a job log of about size bytes: a set-up, ordinary build output,
// and a publish that fails at its end.
func buildLog(size int) []byte {
	words := strings.Fields("building module webpack compiled resolving dependencies fetching package node_modules src lib dist index test suite passed chunk asset hash size cached deprecated inflight typescript eslint coverage statements branches uploading artifact")
	r := rand.New(rand.NewSource(1))
	var b bytes.Buffer
	b.WriteString("2026-11-23T03:36:32.7370184Z Current runner version: '2.337.0'\n2026-11-23T03:36:33.5780220Z Complete job name: publish\n")
	for b.Len() < size {
		fmt.Fprintf(&b, "2026-11-23T03:36:%02d.%07dZ ", r.Intn(60), r.Intn(1e7))
		for range 3 + r.Intn(14) {
			b.WriteString(words[r.Intn(len(words))])
			b.WriteByte(' ')
		}
		b.WriteByte('\n')
	}
	b.WriteString("2026-11-23T03:37:44.8380360Z ##[group]Run npm publish\n2026-11-23T03:37:44.8383080Z shell: /usr/bin/bash -e {0}\n2026-11-23T03:37:44.8390376Z ##[endgroup]\n2026-11-23T03:37:47.2350370Z npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found\n2026-11-23T03:37:47.2490728Z ##[error]Process completed with exit code 1.\n")
	return b.Bytes()
}

func benchmark(b *testing.B, log []byte) {
	a := analyzer.New(patterns.Builtin())
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		l, err := runlog.OpenText("file", "bench.log", bytes.NewReader(log))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := a.Analyze(context.Background(), l, analyzer.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAnalyze is the whole way from bytes to a report, for 16 MiB of
// ordinary job log; for a fully coloured one; and for a two-line paste.
func BenchmarkAnalyze(b *testing.B) {
	log := buildLog(16 << 20)
	b.Run("job", func(b *testing.B) { benchmark(b, log) })
	b.Run("coloured", func(b *testing.B) {
		benchmark(b, bytes.ReplaceAll(log, []byte("module"), []byte("\x1b[32mmodule\x1b[39m")))
	})
	b.Run("paste", func(b *testing.B) {
		benchmark(b, []byte("npm error code E404\nnpm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found\n"))
	})
}

// BenchmarkNew is what a run pays before its first byte.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		analyzer.New(patterns.Builtin())
	}
}
