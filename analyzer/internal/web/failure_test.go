package web

import "testing"

func TestRedact(t *testing.T) {
	tests := []struct{ text, want string }{
		{"no secret", "no secret"},
		{"GET https://x/y?sig=abc: 404 and http://z?q 'https://w/?a=b'", "GET https://x/y?… 404 and http://z?… 'https://w/?…'"},
		{"bearer tok-1 tok-1", "bearer *** ***"},
	}
	for _, test := range tests {
		if got := Redact(test.text, "tok-1"); got != test.want {
			t.Errorf("Redact(%q) = %q", test.text, got)
		}
	}
}
