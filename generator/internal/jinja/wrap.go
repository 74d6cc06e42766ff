package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/internal/late"
)

func filterWrap(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("wordwrap", "width", "break_long_words", "wrapstring", "break_on_hyphens")
	if err != nil {
		return nil, err
	}
	w := wrapper{width: 79, long: true, hyphens: true}
	if v, ok := p["width"]; ok {
		if w.width, err = number64(v, "wordwrap"); err != nil {
			return nil, err
		}
	}
	if w.width <= 0 {
		return nil, runtime("invalid width %d (must be > 0)", w.width)
	}
	if v, ok := p["break_long_words"]; ok {
		w.long = Truth(v)
	}
	if v, ok := p["break_on_hyphens"]; ok {
		w.hyphens = Truth(v)
	}
	by := f.env.lex.Newline
	if s, ok := asText(p["wrapstring"]); ok {
		by = s
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, line := range lines(s, false) {
		out = append(out, strings.Join(w.wrap(line), by))
	}
	return strings.Join(out, by), nil
}

// A wrapper is Python's textwrap, without expanding tabs and with the blanks kept
// as the filter asks for.
type wrapper struct {
	width         int
	long, hyphens bool
}

var blankRun = late.Pattern(`[\t\n\v\f\r ]+`)

// chunks cuts a line into words and the blanks between them; words are cut
// behind hyphens.
func (w wrapper) chunks(line string) []string {
	var out []string
	for line != "" {
		m := blankRun().FindStringIndex(line)
		if m == nil {
			return append(out, w.parts(line)...)
		}
		if m[0] > 0 {
			out = append(out, w.parts(line[:m[0]])...)
		}
		out = append(out, line[m[0]:m[1]])
		line = line[m[1]:]
	}
	return out
}

// parts cuts a word behind its hyphens, where a letter stands on both sides, and
// around dashes.
func (w wrapper) parts(text string) []string {
	if !w.hyphens {
		return []string{text}
	}
	var out []string
	r := word(text)
	start := 0
	for i := 0; i < len(r); i++ {
		if r[i] != '-' {
			continue
		}
		end := i
		for end < len(r) && r[end] == '-' {
			end++
		}
		switch {
		case end-i == 1 && r.hyphen(start, i):
			out = append(out, string(r[start:i+1]))
			start = i + 1
		case end-i > 1 && i > start && r.dash(i, end):
			out = append(out, string(r[start:i]), string(r[i:end]))
			start = end
		}
		i = end - 1
	}
	if start < len(r) {
		out = append(out, string(r[start:]))
	}
	return out
}

// A word is text between blanks. Its places may be asked for beyond its ends.
type word []rune

func (w word) is(i int, c rune) bool { return i >= 0 && i < len(w) && w[i] == c }

func (w word) letter(i int) bool {
	return i >= 0 && i < len(w) && (w[i] == '_' || w[i] > 127 && unicode.IsLetter(w[i]) || w[i] >= 'a' && w[i] <= 'z' || w[i] >= 'A' && w[i] <= 'Z')
}

func (w word) letterOrDigit(i int) bool {
	return w.letter(i) || i >= 0 && i < len(w) && w[i] >= '0' && w[i] <= '9'
}

// hyphen reports whether a hyphen at i is one to cut behind: two letters on both
// sides, or a letter with a hyphen behind another one.
func (w word) hyphen(start, i int) bool {
	before := i-2 >= start && w.letter(i-1) && (w.letter(i-2) || w.is(i-2, '-') && w.letter(i-3))
	return before && w.letter(i+1) && (w.letter(i+2) || w.is(i+2, '-') && w.letter(i+3))
}

// dash reports whether the hyphens from i to end are a dash between words.
func (w word) dash(i, end int) bool {
	return (w.letterOrDigit(i-1) || strings.ContainsRune(`!"'&.,?`, w[i-1])) && w.letterOrDigit(end)
}

func (w wrapper) wrap(line string) []string {
	chunks := w.chunks(line)
	var out []string
	for len(chunks) > 0 {
		if len(out) > 0 && blank(chunks[0]) {
			chunks = chunks[1:]
		}
		var cur []string
		cur, chunks = w.fit(chunks)
		if n := len(cur); n > 0 && blank(cur[n-1]) {
			cur = cur[:n-1]
		}
		if len(cur) > 0 {
			out = append(out, strings.Join(cur, ""))
		}
	}
	return out
}

func blank(s string) bool { return strings.TrimFunc(s, isSpace) == "" }

// fit takes what goes on one line off the chunks.
func (w wrapper) fit(chunks []string) (line, rest []string) {
	size := 0
	for len(chunks) > 0 {
		n := utf8.RuneCountInString(chunks[0])
		if size+n > w.width {
			break
		}
		line, size, chunks = append(line, chunks[0]), size+n, chunks[1:]
	}
	switch {
	case len(chunks) == 0 || utf8.RuneCountInString(chunks[0]) <= w.width:
	case w.long:
		head, tail := w.cut(chunks[0], max(w.width-size, 1))
		line, chunks[0] = append(line, head), tail
	case len(line) == 0:
		line, chunks = chunks[:1], chunks[1:]
	}
	return line, chunks
}

// cut takes as much of a longer word as there is room for.
func (w wrapper) cut(text string, room int) (head, tail string) {
	r := []rune(text)
	end := room
	if w.hyphens && len(r) > room {
		if i := lastHyphen(r[:room]); i > 0 {
			end = i + 1
		}
	}
	return string(r[:end]), string(r[end:])
}

// lastHyphen is the last hyphen that something else than hyphens stands before.
func lastHyphen(r []rune) int {
	for i := len(r) - 1; i > 0; i-- {
		if r[i] == '-' && strings.Trim(string(r[:i]), "-") != "" {
			return i
		}
	}
	return -1
}
