package cli

import "strconv"

// useColor decides whether standard output gets colours. In falling order:
// --color, NO_COLOR (https://no-color.org), CLICOLOR_FORCE and FORCE_COLOR,
// TERM=dumb and CLICOLOR=0, then whether a person looks on: at a terminal, or
// at the page of an Actions run, which shows colours although it is no
// terminal. A file gets none unless told so.
func (e *env) useColor() bool {
	switch e.color {
	case "always":
		return true
	case "never":
		return false
	}
	force := e.Env("FORCE_COLOR")
	switch {
	case e.Env("NO_COLOR") != "":
		return false
	case isOn(e.Env("CLICOLOR_FORCE")) || isOn(force):
		return true
	case force != "" || e.Env("TERM") == "dumb" || e.Env("CLICOLOR") == "0":
		return false
	case e.OutFile:
		return false
	}
	return e.OutTerminal || e.Env("GITHUB_ACTIONS") == "true"
}

// isOn tells whether a variable says yes: 0 and false say no.
func isOn(value string) bool {
	return value != "" && value != "0" && value != "false"
}

// columns is the width of standard output: --width, the terminal's, COLUMNS,
// or 0 when nobody knows.
func (e *env) columns() int {
	switch {
	case e.width > 0:
		return e.width
	case e.Width > 0:
		return e.Width
	}
	n, err := strconv.Atoi(e.Env("COLUMNS"))
	if err != nil || n < minWidth {
		return 0
	}
	return n
}
