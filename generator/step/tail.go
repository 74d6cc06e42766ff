package step

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"scaffold/generator/quote"
)

const (
	tailLines = 20
	lineBytes = 400 // of one line; the rest of it is dropped
)

// tail keeps the last lines of an output, each one safe to show. It takes any
// amount and keeps little.
type tail struct {
	hide *strings.Replacer
	line func(string)

	mu      sync.Mutex
	partial []byte
	kept    []string
}

func newTail(hide []string, line func(string)) *tail {
	var pairs []string
	for _, secret := range longestFirst(hide) {
		pairs = append(pairs, secret, "***")
	}
	return &tail{hide: strings.NewReplacer(pairs...), line: line}
}

// longestFirst puts a secret that holds another one before it, and drops empty
// ones.
func longestFirst(hide []string) []string {
	out := slices.DeleteFunc(slices.Clone(hide), func(s string) bool { return s == "" })
	slices.SortFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

// Write takes a piece of output; lines end with \n or \r.
func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := data; len(rest) > 0; {
		end := bytes.IndexAny(rest, "\r\n")
		if end < 0 {
			t.extend(rest)
			break
		}
		t.extend(rest[:end])
		t.finish()
		rest = rest[end+1:]
	}
	return len(data), nil
}

// extend adds to the line that is being written. A little more than is shown is
// kept, so that a secret at the cut is still recognised.
func (t *tail) extend(part []byte) {
	room := max(0, 10*lineBytes-len(t.partial))
	t.partial = append(t.partial, part[:min(len(part), room)]...)
}

func (t *tail) finish() {
	line := t.hide.Replace(string(t.partial))
	t.partial = t.partial[:0]
	if strings.TrimSpace(line) == "" {
		return
	}
	if len(line) > lineBytes {
		line = strings.ToValidUTF8(line[:lineBytes], "") + " …"
	}
	line = quote.Text(strings.ReplaceAll(line, "\t", "    "))
	t.kept = append(t.kept, line)
	if len(t.kept) > tailLines {
		t.kept = slices.Delete(t.kept, 0, len(t.kept)-tailLines)
	}
	if t.line != nil {
		t.line(line)
	}
}

// flush ends a last line that has no newline.
func (t *tail) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.finish()
}

func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.kept)
}
