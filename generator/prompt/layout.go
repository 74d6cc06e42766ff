package prompt

import (
	"strings"

	"scaffold/generator/quote"
)

// wrap breaks text into lines of at most width cells; see [quote.Wrap].
func wrap(text string, width int) []string {
	width = max(width, 1)
	var lines []string
	for line := range strings.SplitSeq(clean(text), "\n") {
		lines = append(lines, quote.Wrap(strings.TrimRight(line, " "), width)...)
	}
	return lines
}

// clean gives foreign text the form in which it is shown.
func clean(text string) string {
	return strings.ReplaceAll(strings.TrimRight(quote.Lines(text), "\n"), "\t", "    ")
}

// window gives the first of n lines to show, so that those from top to bottom
// are among them. It moves from where it was as little as that needs.
func window(lines []string, was, top, bottom, n int) (first int) {
	first = min(was, top)
	first = max(first, bottom-n)
	return max(0, min(first, len(lines)-n))
}

// share divides the height of a screen. The control comes first, then the body,
// and the ticked lines take what is left; but the body always has a few lines
// beside a long control, and the ticks beside a body that must scroll anyway.
func share(height, control, body, ticks int) (c, b, t int) {
	const few = 6
	c = max(min(control, height-min(body, few)), min(control, 3))
	b = body
	if b > height-c {
		b = max(min(b, height-c-min(ticks, few/2)), min(b, few, height-c), 0)
	}
	t = max(min(ticks, height-c-b), 0)
	return c, b, t
}
