package ui

// The few colours that scaffold uses, as SGR parameters
// (ECMA-48, https://ecma-international.org/publications-and-standards/standards/ecma-48/).
const (
	Green  = "32"
	Yellow = "33"
)

// Colored reports whether text to a stream may be coloured: the person's word,
// then NO_COLOR, CLICOLOR_FORCE, CLICOLOR, then whether it is a terminal.
func (s *Streams) Colored(terminal bool) bool {
	switch {
	case s.Color == "always":
		return true
	case s.Color == "never", s.Getenv("NO_COLOR") != "":
		return false
	case s.Getenv("CLICOLOR_FORCE") != "" && s.Getenv("CLICOLOR_FORCE") != "0":
		return true
	case s.Getenv("CLICOLOR") == "0", s.Getenv("TERM") == "dumb":
		return false
	default:
		return terminal
	}
}

// Style colours talk where the person wants it.
func (s *Streams) Style(text, color string) string {
	if !s.Colored(s.ErrTTY) {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// Tick marks what is done.
func (s *Streams) Tick() string { return s.Style("✓", Green) }

// Warning marks what a person should know.
func (s *Streams) Warning() string { return s.Style("!", Yellow) }
