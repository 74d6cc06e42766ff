package prompt

import (
	"os"
	"regexp"

	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// styles are the looks of the wizard. They use the sixteen colours of the
// person's own palette, which suit a light and a dark background alike, so that
// the terminal need not be asked which it has.
type styles struct {
	title, faint, key, tick, problem, plus, minus, terms lipgloss.Style
	huh                                                  *huh.Theme
}

const (
	margin  = "  "
	pointer = "❯ "
	marked  = "[✓] "
	blank   = "[ ] "
	ticked  = "✓ "
	asking  = "? "
)

// newStyles never asks the terminal. Without colour, bold, faint and reverse
// stay: the cursor is drawn with them.
func newStyles(out *os.File, colour bool) styles {
	r := lipgloss.NewRenderer(out)
	r.SetColorProfile(termenv.ANSI)
	r.SetHasDarkBackground(true)
	tint := func(ansi string) lipgloss.Style {
		if !colour {
			return r.NewStyle()
		}
		return r.NewStyle().Foreground(lipgloss.Color(ansi))
	}
	const red, green, cyan = "1", "2", "6"
	s := styles{
		title:   r.NewStyle().Bold(true),
		faint:   r.NewStyle().Faint(true),
		key:     tint(cyan).Bold(true),
		tick:    tint(green),
		problem: tint(red),
		plus:    tint(green),
		minus:   tint(red),
		terms:   r.NewStyle().Italic(true),
	}
	s.huh = s.theme(r, tint(cyan))
	return s
}

func (s styles) theme(r *lipgloss.Renderer, accent lipgloss.Style) *huh.Theme {
	t := huh.ThemeBase()
	f := &t.Focused
	f.Base = r.NewStyle().PaddingLeft(len(margin))
	f.SelectSelector = s.key.SetString(pointer)
	f.MultiSelectSelector = f.SelectSelector
	f.SelectedPrefix = s.tick.SetString(marked)
	f.UnselectedPrefix = s.faint.SetString(blank)
	f.SelectedOption = accent
	f.UnselectedOption = r.NewStyle()
	f.FocusedButton = accent.Reverse(true).Padding(0, 2).MarginRight(1)
	f.BlurredButton = r.NewStyle().Padding(0, 2).MarginRight(1)
	f.TextInput.Prompt = s.key
	f.TextInput.Placeholder = s.faint
	f.TextInput.Text = r.NewStyle()
	f.TextInput.Cursor = r.NewStyle()
	f.TextInput.CursorText = r.NewStyle()
	t.Blurred = t.Focused
	return t
}

var sign = regexp.MustCompile(`^(\s*)([+-]\d+)(\s|$)`)

// body gives a line of a step's body its looks: a number with a sign in front
// is for or against.
func (s styles) body(line string) string {
	at := sign.FindStringSubmatchIndex(line)
	if at == nil {
		return line
	}
	style := s.plus
	if line[at[4]] == '-' {
		style = s.minus
	}
	return line[:at[4]] + style.Render(line[at[4]:at[5]]) + line[at[5]:]
}

// hint is the faint text behind an option's title. The title's looks end
// before it.
func (s styles) hint(text string) string { return "\x1b[m" + s.faint.Render(text) }
