package edit

import (
	"strings"
	"testing"
)

func TestBetween(t *testing.T) {
	tests := []struct {
		name, before, after, want string
		line                      int
	}{
		{"same", "a\n", "a\n", "", 0},
		{"in the middle", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n5\n6\n7\n8\n9\n", "--- a/f\n+++ b/f\n@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+x\n 5\n 6\n 7\n", 5},
		{"a line of one", "a\n", "b\n", "--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-a\n+b\n", 1},
		{"into nothing", "", "a\n", "--- a/f\n+++ b/f\n@@ -0,0 +1,1 @@\n+a\n", 1},
		{"no final line feed", "a\nb", "a\nb\nc", "--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n\\ No newline at end of file\n", 2},
		{"carriage returns", "a\r\nb\r\n", "a\r\nc\r\n", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n", 2},
		{"far apart", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n", 1},
		{"close together", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -5,4 +5,4 @@\n 4\n 5\n 6\n-b\n+B\n", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Between("f", []byte(tt.before), []byte(tt.after))
			if ok != (tt.want != "") || got.Diff != tt.want || got.Line != tt.line {
				t.Errorf("got line %d, %v:\n%s\nwant line %d:\n%s", got.Line, ok, got.Diff, tt.line, tt.want)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	e, _ := Between("f", []byte("a\nb\n"), []byte("a\nc\n"))
	for _, src := range []string{"", "a\n", "a\nx\n"} {
		if got, err := Apply([]byte(src), e.Diff); err == nil {
			t.Errorf("Apply to %q = %q, want an error", src, got)
		}
	}
	for _, diff := range []string{"@@ -x +1 @@\n", "@@ -9 +9 @@\n", "@@\n"} {
		if got, err := Apply([]byte("a\n"), diff); err == nil {
			t.Errorf("Apply of %q = %q, want an error", diff, got)
		}
	}
}

func TestBetweenLargeFiles(t *testing.T) {
	before := strings.Repeat("a\nb\n", 4000)
	after := strings.Repeat("b\na\n", 4000)
	checkReversible(t, before, after)
}

func FuzzBetween(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\n")
	f.Add("", "x")
	f.Add("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n3\n4\n5\n6\n7\n9\n10\n")
	f.Fuzz(checkReversible)
}

func FuzzApply(f *testing.F) {
	f.Add("a\nb\n", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n")
	f.Fuzz(func(_ *testing.T, src, diff string) {
		_, _ = Apply([]byte(src), diff)
	})
}

func checkReversible(t *testing.T, before, after string) {
	e, ok := Between("f", []byte(before), []byte(after))
	if !ok {
		if before != after {
			t.Fatalf("no change between %q and %q", before, after)
		}
		return
	}
	got, err := Apply([]byte(before), e.Diff)
	if err != nil || string(got) != after {
		t.Fatalf("Apply = %q, %v, want %q\n%s", got, err, after, e.Diff)
	}
}
