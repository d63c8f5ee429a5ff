package match

import "context"

// scanTogether reads ahead in one goroutine, filters in several and handles
// what they found in this one, in the order of the log.
func (e *Engine) scanTogether(ctx context.Context, t *tracker, src *pieces, workers int) {
	team := newTeam(workers)
	go team.read(ctx, src)
	for range workers {
		go team.filter(e)
	}
	for p := range team.inOrder {
		<-p.ready
		if ctx.Err() == nil {
			t.piece(p)
		}
		team.free <- p
	}
}

// team is the pieces on their way between the goroutines.
type team struct {
	free    chan *piece // to be filled
	found   chan *piece // to be filtered
	inOrder chan *piece // the same, in the order of the log
}

// newTeam makes two pieces for each worker and two for the ends, so that
// nobody waits for long and memory stays bounded.
func newTeam(workers int) *team {
	n := 2*workers + 2
	m := &team{free: make(chan *piece, n), found: make(chan *piece, n), inOrder: make(chan *piece, n)}
	for range n {
		m.free <- &piece{ready: make(chan struct{}, 1)}
	}
	return m
}

// read fills pieces until there are no more, or nobody wants any.
func (m *team) read(ctx context.Context, src *pieces) {
	defer close(m.inOrder)
	defer close(m.found)
	for ctx.Err() == nil {
		p := <-m.free
		if !src.next(p) {
			return
		}
		m.found <- p
		m.inOrder <- p
	}
}

// filter finds the literals of pieces.
func (m *team) filter(e *Engine) {
	for p := range m.found {
		p.find(e.set)
		p.ready <- struct{}{}
	}
}
