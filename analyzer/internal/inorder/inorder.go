// Package inorder does tasks on several goroutines and keeps their order.
package inorder

import (
	"context"
	"iter"
	"sync"
)

// Do does the tasks on some goroutines and hands over what comes of them
// in the order of the tasks. It holds a few results for each goroutine at most.
// It ends with the first error of take, or with the context's.
func Do[Task, Result any](ctx context.Context, workers int, tasks iter.Seq[Task], do func(context.Context, Task) Result, take func(Result) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type slot struct {
		task   Task
		result chan Result
	}
	// A task is queued where its result is awaited before it is given to a
	// worker, so that results keep their order and the queue bounds them.
	queue, work := make(chan slot, 2*workers), make(chan slot)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		defer close(queue)
		defer close(work)
		for task := range tasks {
			s := slot{task, make(chan Result, 1)}
			select {
			case queue <- s:
			case <-ctx.Done():
				return
			}
			select {
			case work <- s:
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		running.Go(func() {
			for s := range work {
				s.result <- do(ctx, s.task)
			}
		})
	}
	for s := range queue {
		select {
		case r := <-s.result:
			if err := take(r); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return ctx.Err()
}
