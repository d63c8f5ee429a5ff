package edit

// maxTable bounds the memory of a comparison. Beyond it the changed middle of
// a file is one block.
const maxTable = 1 << 20

// script is what turns the lines a into the lines b, as few changes as can be.
func script(a, b []string) []op {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	s := scripter{a: a, b: b}
	s.keep(head)
	s.middle(len(a)-tail, len(b)-tail)
	s.keep(tail)
	return s.ops
}

// scripter walks both texts; i and j are the next lines of a and b.
type scripter struct {
	a, b []string
	i, j int
	ops  []op
}

func (s *scripter) keep(n int) {
	for range n {
		s.ops = append(s.ops, op{' ', s.a[s.i], s.i, s.j})
		s.i++
		s.j++
	}
}

func (s *scripter) remove() {
	s.ops = append(s.ops, op{'-', s.a[s.i], s.i, s.j})
	s.i++
}

func (s *scripter) insert() {
	s.ops = append(s.ops, op{'+', s.b[s.j], s.i, s.j})
	s.j++
}

// middle walks to the ends given, along a longest common subsequence.
func (s *scripter) middle(endA, endB int) {
	common := longestCommon(s.a[s.i:endA], s.b[s.j:endB])
	startA, startB := s.i, s.j
	for s.i < endA || s.j < endB {
		switch x, y := s.i-startA, s.j-startB; {
		case s.i < endA && s.j < endB && common != nil && s.a[s.i] == s.b[s.j]:
			s.keep(1)
		case s.i < endA && (s.j == endB || common == nil || common[x+1][y] >= common[x][y+1]):
			s.remove()
		default:
			s.insert()
		}
	}
}

// longestCommon holds, for each pair of places, how many lines the rests of
// both texts have in common, in order. It is nil when the table would be too large.
func longestCommon(a, b []string) [][]int {
	if (len(a)+1)*(len(b)+1) > maxTable {
		return nil
	}
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}
