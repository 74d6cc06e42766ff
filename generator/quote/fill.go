package quote

import (
	"regexp"
	"strings"

	"github.com/rivo/uniseg"
)

// Columns is the width of a text in cells of a terminal, whatever the locale.
func Columns(s string) int { return uniseg.StringWidth(s) }

var spaced = regexp.MustCompile(` *[^ ]+`)

// Fill breaks a line between words into lines of at most width columns, and
// within a word only where that is wider than a line. Blanks between words stay
// as many as they are. A hyphen does not end a word: names and flags stay whole.
// A text without words has no lines.
func Fill(line string, width int) []string {
	return FillWords(spaced.FindAllString(line, -1), width)
}

// FillWords is [Fill] for words that may hold blanks themselves and stay whole
// all the same, with a blank before each that does not begin with one.
func FillWords(words []string, width int) []string {
	var lines []string
	for i, w := range words {
		if i > 0 && !strings.HasPrefix(w, " ") {
			w = " " + w
		}
		last := len(lines) - 1
		switch {
		case last >= 0 && Columns(lines[last]+w) <= width:
			lines[last] += w
		case last < 0 && Columns(w) <= width:
			lines = append(lines, w)
		default:
			lines = append(lines, Cut(strings.TrimLeft(w, " "), width)...)
		}
	}
	return lines
}

// Cut breaks a text into pieces of at most width columns, wherever that is. A
// character that is wider has a piece of its own.
func Cut(text string, width int) []string {
	var pieces []string
	start, wide := 0, 0
	for g := uniseg.NewGraphemes(text); g.Next(); wide += g.Width() {
		if at, _ := g.Positions(); wide > 0 && wide+g.Width() > width {
			pieces = append(pieces, text[start:at])
			start, wide = at, 0
		}
	}
	return append(pieces, text[start:])
}
