package cli

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/report"
)

// A log of 200 MB is downloaded, kept and read as a stream.
func TestRunMemoryStaysFlat(t *testing.T) {
	if os.Getenv("MEMORY_TESTS") == "" {
		t.Skip("takes 200 MB; make memory runs it")
	}
	const size, most = 200 << 20, 64 << 20
	sc := scenarioOf(t, "npm-too-old")
	job := sc.run.Jobs[0]
	job.Write = hugeLog(size, job.Steps)
	job.NotInArchive = true
	srv := sc.serve(t)
	var r *report.Report
	peak := heapPeak(func() { r = diagnosed(t, srv, "-R", "acme/widget", "101") })
	leads(t, r, "npm-too-old", report.Certain)
	if r.Source.Bytes < size {
		t.Errorf("read %d bytes", r.Source.Bytes)
	}
	if peak > most {
		t.Errorf("the heap grew to %d MiB", peak>>20)
	}
}

// heapPeak samples how large the heap becomes while do runs.
func heapPeak(do func()) uint64 {
	var peak atomic.Uint64
	done, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapInuse))
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	do()
	close(done)
	<-sampled
	return peak.Load()
}
