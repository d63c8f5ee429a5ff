package inorder

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestDo(t *testing.T) {
	const n = 500
	numbers := func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
	slow := func(_ context.Context, i int) int {
		if i%7 == 0 {
			time.Sleep(time.Millisecond)
		}
		return i
	}
	var got []int
	if err := Do(t.Context(), 4, numbers, slow, func(i int) error { got = append(got, i); return nil }); err != nil || len(got) != n || !slices.IsSorted(got) {
		t.Errorf("%v, %d results", err, len(got))
	}
	stop := errors.New("stop")
	if err := Do(t.Context(), 4, numbers, slow, func(i int) error {
		if i == 10 {
			return stop
		}
		return nil
	}); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := Do(ctx, 4, numbers, slow, func(int) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
