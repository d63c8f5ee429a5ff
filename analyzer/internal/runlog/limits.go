package runlog

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
)

// Limits bound what is read of a container, whatever it declares of itself. A
// field that is zero means the default.
type Limits struct {
	// MaxMembers is how many files are looked at.
	MaxMembers int
	// MaxTotal is how many bytes are read of all members together, inflated.
	MaxTotal int64
	// MaxRatio is how many inflated bytes one packed byte may stand for.
	MaxRatio int64

	// inside tells that the container is itself in one: none is opened in it.
	inside bool
}

// DefaultLimits are far above what the service writes: the largest known job
// logs have some 500 MB (https://github.com/cli/cli/issues/11059), and logs
// shrink to a tenth or a thirtieth.
func DefaultLimits() Limits {
	return Limits{MaxMembers: 20_000, MaxTotal: 4 << 30, MaxRatio: 50}
}

// ratioGrace is what may be inflated before the ratio counts: a short log of
// equal lines packs better than any sensible ratio.
const ratioGrace = 32 << 20

func (lim Limits) orDefault() Limits {
	def := DefaultLimits()
	if lim.MaxMembers <= 0 {
		lim.MaxMembers = def.MaxMembers
	}
	if lim.MaxTotal <= 0 {
		lim.MaxTotal = def.MaxTotal
	}
	if lim.MaxRatio <= 0 {
		lim.MaxRatio = def.MaxRatio
	}
	return lim
}

// budget is what is left of the Limits of one container; its members share it
// and may be read at the same time.
type budget struct {
	lim Limits
	// packed tells the container's packed bytes read so far or in all; nil
	// when nothing is packed.
	packed func() int64
	used   atomic.Int64
}

// left returns how many bytes may still be read, and the sentence's end that
// says why there are no more.
func (b *budget) left() (int64, string) {
	bound, why := b.lim.MaxTotal, "more than "+byteCount(b.lim.MaxTotal)
	if b.packed != nil {
		if packed := b.packed(); packed < (bound-ratioGrace)/b.lim.MaxRatio {
			bound = ratioGrace + packed*b.lim.MaxRatio
			why = fmt.Sprintf("more than %d times its packed size", b.lim.MaxRatio)
		}
	}
	return bound - b.used.Load(), why
}

// reader bounds one member. What stops it before its end becomes a note of l,
// and the member then simply ends: a diagnosis goes on with what there is.
func (b *budget) reader(l *Log, name string, rc io.ReadCloser) io.ReadCloser {
	return &boundedReader{b: b, l: l, name: name, rc: rc}
}

type boundedReader struct {
	b    *budget
	l    *Log
	name string
	rc   io.ReadCloser
	done bool
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if r.done {
		return 0, io.EOF
	}
	left, why := r.b.left()
	if left <= 0 {
		return 0, r.overdrawn(why)
	}
	n, err := r.rc.Read(p[:min(int64(len(p)), left)])
	r.b.used.Add(int64(n))
	if err != nil {
		r.end(err)
		err = io.EOF
	}
	return n, err
}

// overdrawn ends the member; a member that ends just here was not cut.
func (r *boundedReader) overdrawn(why string) error {
	var next [1]byte
	if n, err := io.ReadFull(r.rc, next[:]); n == 0 && errors.Is(err, io.EOF) {
		r.done = true
		return io.EOF
	}
	r.done = true
	r.l.AddDamage(fmt.Sprintf("%s holds %s; the rest was not read", inertName(r.l.Name), why))
	return io.EOF
}

func (r *boundedReader) end(err error) {
	r.done = true
	if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.l.AddDamage(fmt.Sprintf("%s is damaged (%v); it was read up to there", r.name, err))
	}
}

func (r *boundedReader) Close() error {
	return r.rc.Close()
}

// byteCount writes n with a binary unit, rounded down.
func byteCount(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// inertName makes a name that came from an archive fit for a message: one
// line, no control bytes, of bounded length.
func inertName(name string) string {
	const most = 200
	clean := []rune(strings.Join(strings.Fields(scrub([]byte(name))), " "))
	if len(clean) > most {
		clean = append(clean[:most], '…')
	}
	return string(clean)
}
