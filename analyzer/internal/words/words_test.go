package words

import "testing"

func TestCount(t *testing.T) {
	for _, test := range []struct {
		n    int
		noun string
		want string
	}{
		{0, "line", "0 lines"}, {1, "line", "1 line"}, {2048, "line", "2,048 lines"}, {-1234, "line", "-1,234 lines"},
		{3, "entry", "3 entries"}, {2, "near miss", "2 near misses"}, {2, "day", "2 days"},
	} {
		if got := Count(test.n, test.noun); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestLists(t *testing.T) {
	for _, test := range []struct {
		list    []string
		and, or string
	}{
		{nil, "", ""}, {[]string{"a"}, "a", "a"}, {[]string{"a", "b"}, "a and b", "a or b"},
		{[]string{"a", "b", "c"}, "a, b and c", "a, b or c"},
	} {
		if and, or := And(test.list), Or(test.list); and != test.and || or != test.or {
			t.Errorf("got %q and %q", and, or)
		}
	}
}

func TestClosest(t *testing.T) {
	for _, test := range []struct {
		word, want string
		candidates []string
	}{
		{"explian", "explain", []string{"excerpt", "explain"}},
		{"EXPLAIN", "explain", []string{"explain"}},
		{"exp", "", []string{"explain"}},
		{"expl", "explain", []string{"excerpt", "explain"}},
		{"version", "npm.version", []string{"node", "npm.version"}},
		{"jsn", "json", []string{"text", "json"}},
		{"polish", "", []string{"list", "lint"}},
		{"", "", []string{"list"}},
	} {
		if got := Closest(test.word, test.candidates); got != test.want {
			t.Errorf("%q: got %q, want %q", test.word, got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"lint", "list", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: got %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for s, want := range map[string]string{
		"run.log": "run.log", "my run's.log": `'my run'\''s.log'`, "": "''", "-v": "'-v'", "a$(b)": "'a$(b)'", "x:58": "x:58",
	} {
		if got := ShellWord(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}
