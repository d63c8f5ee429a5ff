package version

import "testing"

func TestParseAndString(t *testing.T) {
	for in, want := range map[string]string{
		"11.5.1":            "11.5.1",
		"v10.9.2":           "10.9.2",
		"12":                ">= 12.0.0, < 13.0.0",
		"20.x":              ">= 20.0.0, < 21.0.0",
		"24.5":              ">= 24.5.0, < 24.6.0",
		">= 11.5.1":         ">= 11.5.1",
		"<= 10.5":           "< 10.6.0",
		"> 11":              ">= 12.0.0",
		">= 9.5.0, < 9.6.1": ">= 9.5.0, < 9.6.1",
		"^11.5.1":           ">= 11.5.1, < 12.0.0",
		"12.0.0-pre.1":      "12.0.0-pre.1",
	} {
		got, err := Parse(in)
		if err != nil || got.String() != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{"", "latest", "lts/*", "< ", ">= 12, < 11", "1.2.3.4", "=> 11"} {
		if got, err := Parse(in); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", in, got)
		}
	}
}

func TestWithin(t *testing.T) {
	tests := []struct {
		have, in string
		want     Tri
	}{
		{"10.8.2", "< 11.5.0", True},
		{"11.5.0", "< 11.5.0", False},
		{"11.5.1", ">= 11.5.1", True},
		{"24", ">= 24.5.0", Unknown},
		{"12", ">= 11.5.1", True},
		{"11", ">= 11.5.1", Unknown},
		{">= 11.5.0", "< 11.5.0", False},
		{"< 11.5.0", "< 11.5.1", True},
		{"<= 10.5.2", "< 11.5.0", True},
		{">= 10.6.0", "< 11.5.0", Unknown},
	}
	for _, tt := range tests {
		have, _ := Parse(tt.have)
		in, _ := Parse(tt.in)
		if got := have.Within(in); got != tt.want {
			t.Errorf("%q within %q = %v, want %v", tt.have, tt.in, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"11.5.1", ">= 9, < 12", "24.x", "v", "<", "1.2.3-rc.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		iv, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(iv.String())
		if iv.String() != "any" && (err != nil || again.String() != iv.String()) {
			t.Fatalf("Parse(%q) = %q does not read back: %q, %v", s, iv, again, err)
		}
	})
}

func TestParseRangeSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                         `"" is not a version such as 11.5.1`,
		">= 1,":                    `"" is not a version such as 11.5.1`,
		"!= 1":                     `the operator "!=" is none of <, <=, >, >=, =, ^ and ~`,
		"=> 1":                     `the operator "=>" is none of <, <=, >, >=, =, ^ and ~`,
		"< 1.2.3.4":                `"1.2.3.4" is not a version such as 11.5.1`,
		"< 12-rc.1":                `"12-rc.1" is not a version such as 11.5.1`,
		"< 1..2":                   `"1..2" is not a version such as 11.5.1`,
		"< 2":                      "",
		">= 1, < 2":                "",
		"== 1, >= 1.2":             "",
		"> 1, < 2":                 "holds no version", // > 1 starts at 2.0.0
		"> 1.2.3, < 1.2.4":         "",
		"> 1.2.3, < 1.2.3":         "holds no version",
		"> 1.2.3, <= 1.2.3":        "holds no version",
		">= 1.2.3, <= 1.2.3":       "",
		"<= 12, >= 12.9":           "",
		"< 12, >= 12":              "holds no version",
		"= 12, < 12.1":             "",
		"= 12, >= 13":              "holds no version",
		"^ 11.5, >= 12":            "holds no version",
		"~ 11.5, >= 11.6":          "holds no version",
		"~ 1, >= 1.5.0":            "holds no version",
		">= 1.0.0, < 1.0.0-rc.1":   "holds no version",
		"> 1.0.0-rc.2, < 1.0.0":    "",
		">= 1.0.0-2, < 1.0.0-10":   "",
		">= 1.0.0-a, < 1.0.0-1":    "holds no version",
		">= 1.0.0-a.1, < 1.0.0-a":  "holds no version",
		"< 3, >= 1, < 2, >= 2":     "holds no version",
		">= 1.0.0-b, < 1.0.0-a.b1": "holds no version",
	} {
		_, err := ParseRange(text)
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("ParseRange(%q): %v, want %q", text, err, want)
		}
	}
}
