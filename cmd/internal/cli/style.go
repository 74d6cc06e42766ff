package cli

// The few colours that scaffold uses, as SGR parameters
// (ECMA-48, https://ecma-international.org/publications-and-standards/standards/ecma-48/).
const (
	green  = "32"
	yellow = "33"
)

// style colours a text where the person wants it and the stream is a terminal.
func (e *env) style(text, color string, terminal bool) string {
	if !e.color(terminal) {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}
