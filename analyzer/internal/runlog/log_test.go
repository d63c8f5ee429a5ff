package runlog

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

func TestAddNote(t *testing.T) {
	var l Log
	var wg sync.WaitGroup
	for i := range 4 * mostNotes {
		wg.Go(func() { l.AddNote(fmt.Sprint("note ", i/2)) })
	}
	wg.Wait()
	if len(l.Notes) != mostNotes+1 {
		t.Errorf("%d notes", len(l.Notes))
	}
}

type closer func() error

func (c closer) Close() error { return c() }

func TestClose(t *testing.T) {
	var order []int
	boom := errors.New("boom")
	var l Log
	for i := range 3 {
		l.OnClose(closer(func() error { order = append(order, i); return boom }))
	}
	if err := l.Close(); !errors.Is(err, boom) || fmt.Sprint(order) != "[2 1 0]" {
		t.Errorf("Close = %v, order %v", err, order)
	}
	if err := l.Close(); err != nil || len(order) != 3 {
		t.Errorf("second Close = %v, order %v", err, order)
	}
}
