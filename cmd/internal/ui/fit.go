package ui

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"sync"

	"scaffold/generator/quote"
)

// fitted is a terminal on which lines end between words: what is wider than the
// terminal goes on in further lines. A command that a person copies stays one line,
// and so does what is drawn again; the terminal itself breaks those.
type fitted struct {
	to    io.Writer
	width int
	off   func() bool // documents for programs stay as they are
	mu    sync.Mutex
}

func (f *fitted) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.off() || bytes.ContainsRune(p, '\r') {
		return f.to.Write(p)
	}
	var out strings.Builder
	for line := range strings.Lines(string(p)) {
		text, ended := strings.CutSuffix(line, "\n")
		if ended {
			out.WriteString(fit(text, f.width) + "\n")
		} else { // a prompt
			out.WriteString(line)
		}
	}
	if _, err := io.WriteString(f.to, out.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

var (
	// colored is a mark in colour at the start of a line; see [Streams.Style].
	colored = regexp.MustCompile("^(\x1b\\[[0-9]+m)(.)(\x1b\\[0m)")
	// copied begins a line that is a command: further in, or behind a word.
	copied = regexp.MustCompile(`^( {2,}([0-9]+\. |try: )?|Again: )(\S*/)?(scaffold|cd|go run|git|python3|npm) `)
)

// fit breaks a line that is wider than width.
func fit(line string, width int) string {
	if copied.MatchString(line) && !strings.Contains(strings.TrimLeft(line, " "), "  ") { // else a text stands beside it
		return line
	}
	mark := colored.FindStringSubmatch(line)
	if mark == nil {
		return strings.Join(quote.Wrap(line, width), "\n")
	}
	lines := quote.Wrap(mark[2]+line[len(mark[0]):], width)
	lines[0] = mark[0] + lines[0][len(mark[2]):]
	return strings.Join(lines, "\n")
}
