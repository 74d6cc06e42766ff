package patch

import (
	"bytes"
	"strings"
)

// A Side is where a text goes beside its anchor.
type Side int

// The sides.
const (
	Before Side = iota
	After
)

// Insert puts lines before or after the one line that is the anchor, white space
// around it aside. The text is taken as it is, and ends its last line.
func Insert(data []byte, anchor, text string, side Side) ([]byte, error) {
	wanted := strings.TrimSpace(anchor)
	if wanted == "" || strings.Contains(wanted, "\n") {
		return nil, refuse("name one line of the file", "the anchor %q is not one line", anchor)
	}
	start, count := 0, 0
	for offset := 0; offset < len(data); offset = lineEnd(data, offset) {
		if strings.TrimSpace(string(data[offset:lineEnd(data, offset)])) == wanted {
			start = offset
			count++
		}
	}
	switch {
	case count == 0:
		return nil, refuse("name a whole line of the generated file", "no line is %q", wanted)
	case count > 1:
		return nil, refuse("choose a line that is there once", "%d lines are %q", count, wanted)
	}
	newline := "\n"
	if bytes.Contains(data, []byte("\r\n")) {
		newline = "\r\n"
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", newline)
	}
	if !strings.HasSuffix(text, newline) {
		text += newline
	}
	if side == Before {
		return splice(data, start, start, text), nil
	}
	end := lineEnd(data, start)
	if end == len(data) && !bytes.HasSuffix(data, []byte("\n")) {
		text = newline + strings.TrimSuffix(text, newline)
	}
	return splice(data, end, end, text), nil
}
