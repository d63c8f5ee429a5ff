package cli

import "testing"

func TestUseColor(t *testing.T) {
	type vars = map[string]string
	tests := []struct {
		name     string
		flag     string
		terminal bool
		file     bool
		vars     vars
		want     bool
	}{
		{name: "pipe"},
		{name: "terminal", terminal: true, want: true},
		{name: "always", flag: "always", vars: vars{"NO_COLOR": "1"}, want: true},
		{name: "never", flag: "never", terminal: true, vars: vars{"CLICOLOR_FORCE": "1"}},
		{name: "NO_COLOR", terminal: true, vars: vars{"NO_COLOR": "1"}},
		{name: "NO_COLOR empty", terminal: true, vars: vars{"NO_COLOR": ""}, want: true},
		{name: "NO_COLOR before force", vars: vars{"NO_COLOR": "1", "FORCE_COLOR": "1"}},
		{name: "CLICOLOR_FORCE", vars: vars{"CLICOLOR_FORCE": "1"}, want: true},
		{name: "CLICOLOR_FORCE=0", vars: vars{"CLICOLOR_FORCE": "0"}},
		{name: "FORCE_COLOR", file: true, vars: vars{"FORCE_COLOR": "3"}, want: true},
		{name: "FORCE_COLOR=0", terminal: true, vars: vars{"FORCE_COLOR": "0"}},
		{name: "FORCE_COLOR=true", vars: vars{"FORCE_COLOR": "true", "TERM": "dumb"}, want: true},
		{name: "dumb", terminal: true, vars: vars{"TERM": "dumb"}},
		{name: "CLICOLOR=0", terminal: true, vars: vars{"CLICOLOR": "0"}},
		{name: "Actions", vars: vars{"GITHUB_ACTIONS": "true"}, want: true},
		{name: "Actions, into a file", file: true, vars: vars{"GITHUB_ACTIONS": "true"}},
		{name: "Actions, NO_COLOR", vars: vars{"GITHUB_ACTIONS": "true", "NO_COLOR": "1"}},
	}
	for _, test := range tests {
		e := &env{IO: newWorld("", test.vars).IO}
		e.OutTerminal, e.OutFile = test.terminal, test.file
		if e.color = test.flag; e.color == "" {
			e.color = "auto"
		}
		if got := e.useColor(); got != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
}

func TestColumns(t *testing.T) {
	tests := []struct {
		flag, terminal int
		columns        string
		want           int
	}{
		{0, 0, "", 0},
		{0, 0, "132", 132},
		{0, 0, "wide", 0},
		{0, 0, "3", 0},
		{0, 97, "132", 97},
		{60, 97, "132", 60},
	}
	for _, test := range tests {
		e := &env{IO: newWorld("", map[string]string{"COLUMNS": test.columns}).IO}
		e.width, e.Width = test.flag, test.terminal
		if got := e.columns(); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
}
