package match

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/runlog"
)

// endless is a log without an end that counts what is read of it.
type endless struct {
	reads  atomic.Int64
	closed atomic.Int64
	pos    int // in the line
	// at is the read at which then is called.
	at   int64
	then func()
}

var endlessLine = []byte("2026-11-23T03:36:44.0000000Z building module after module, nothing to see\n")

func (r *endless) Read(p []byte) (int, error) {
	if r.reads.Add(1) == r.at {
		r.then()
	}
	for n := 0; n < len(p); {
		m := copy(p[n:], endlessLine[r.pos:])
		n, r.pos = n+m, (r.pos+m)%len(endlessLine)
	}
	return len(p), nil
}

func (r *endless) Close() error {
	r.closed.Add(1)
	return nil
}

func (r *endless) log() *runlog.Log {
	return &runlog.Log{Kind: "file", Name: "x", Members: []runlog.Member{{
		Name: "x", Format: runlog.FormatRaw, Size: -1, Open: func() (io.ReadCloser, error) { return r, nil },
	}}}
}

// settle waits until no more goroutines run than before.
func settle(t *testing.T, before int) {
	t.Helper()
	for range 1_000_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// A cancelled scan reads no more than was under way, closes what it read and
// leaves no goroutine behind.
func TestScanStops(t *testing.T) {
	for _, cores := range []int{1, 2, 4} {
		for _, at := range []int64{1, 2, 3, 10, 100} {
			withCores(cores, func() string {
				before := runtime.NumGoroutine()
				ctx, cancel := context.WithCancel(context.Background())
				r := &endless{at: at, then: cancel}
				_, err := New(small()).Scan(ctx, r.log())
				if !errors.Is(err, context.Canceled) {
					t.Errorf("err = %v", err)
				}
				// A piece takes one read here, and the team has so many pieces.
				if most := at + int64(2*cores+2); r.reads.Load() > most {
					t.Errorf("%d cores: cancelled at read %d, went on to %d", cores, at, r.reads.Load())
				}
				if r.closed.Load() != 1 {
					t.Errorf("closed %d times", r.closed.Load())
				}
				settle(t, before)
				return ""
			})
		}
	}
}

// failing breaks off after some bytes.
type failing struct {
	io.Reader
	err error
}

func (r failing) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = r.err
	}
	return n, err
}

// What was read of a member that breaks off counts, and the next one is read.
func TestScanBrokenMember(t *testing.T) {
	text := strings.Repeat(string(endlessLine), 20_000) + "npm error 404 Not Found - PUT https://a/b\n"
	member := func(r io.Reader) runlog.Member {
		return runlog.Member{Name: "m", Format: runlog.FormatRaw, Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
	}
	missing := runlog.Member{Name: "gone", Open: func() (io.ReadCloser, error) { return nil, errors.New("no such member") }}
	for _, cores := range []int{1, 3} {
		log := &runlog.Log{Members: []runlog.Member{
			member(failing{strings.NewReader(text), errors.New("torn")}), missing, member(bytes.NewReader([]byte(text))),
		}}
		var s *Scan
		withCores(cores, func() string {
			var err error
			if s, err = New(small()).Scan(context.Background(), log); err != nil {
				t.Fatal(err)
			}
			return ""
		})
		if len(s.Events) != 2 || len(s.Notes) != 2 || s.Notes[0] != "m: only a part could be read (torn)" || s.Notes[1] != "gone: only a part could be read (no such member)" {
			t.Errorf("%d cores: %d events, notes %q", cores, len(s.Events), s.Notes)
		}
	}
}
