package render

import (
	"strings"
	"testing"
)

// TestSheetKeepsToItsLimit checks the arithmetic of cutting with parts so
// small that they fill the limit to the last byte.
func TestSheetKeepsToItsLimit(t *testing.T) {
	for limit := leastBytes; limit < leastBytes+20; limit++ {
		var s sheet
		s.add(headPart, "head\n")
		for range 2000 {
			s.add(incidentPart, "in\n")
			s.add(foldedPart, "fo\n")
		}
		s.add(tailPart, "tail\n")
		got := s.text(limit)
		if len(got) > limit || len(got) < limit-maxNote {
			t.Errorf("%d bytes for a limit of %d", len(got), limit)
		}
		if strings.Contains(got, "fo\n") && strings.Contains(got, "incidents") {
			t.Errorf("incidents are left out before details")
		}
	}
}

func TestSheetThatFits(t *testing.T) {
	var s sheet
	s.add(headPart, "a\n", "", "b\n")
	s.add(foldedPart, "")
	s.add(tailPart, "c\n")
	if got, want := s.text(leastBytes), "a\n\nb\n\nc\n"; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
}
