//go:build !js

package document

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// look is how a text looks on a terminal.
type look = lipgloss.Style

// newStyles makes styles that never ask the terminal for its colours.
func newStyles(color bool) styles {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetHasDarkBackground(true)
	r.SetColorProfile(termenv.Ascii)
	if color {
		r.SetColorProfile(termenv.ANSI)
	}
	style := r.NewStyle().Inline(true)
	fg := func(c string) look { return style.Foreground(lipgloss.Color(c)) }
	return styles{style, style.Bold(true), style.Faint(true), fg("1").Bold(true), fg("3").Bold(true), fg("2").Bold(true), fg("6")}
}
