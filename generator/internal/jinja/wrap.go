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
func (w wrapper) parts(word string) []string {
	if !w.hyphens {
		return []string{word}
	}
	var out []string
	r := []rune(word)
	start := 0
	letter := func(i int) bool {
		return i >= 0 && i < len(r) && (r[i] == '_' || r[i] > 127 && unicode.IsLetter(r[i]) || r[i] >= 'a' && r[i] <= 'z' || r[i] >= 'A' && r[i] <= 'Z')
	}
	wordish := func(i int) bool {
		return i >= 0 && i < len(r) && (letter(i) || r[i] >= '0' && r[i] <= '9')
	}
	for i := 0; i < len(r); i++ {
		if r[i] != '-' {
			continue
		}
		n := i
		for n < len(r) && r[n] == '-' {
			n++
		}
		if n-i >= 2 {
			if i > start && (wordish(i-1) || strings.ContainsRune(`!"'&.,?`, r[i-1])) && wordish(n) {
				out = append(out, string(r[start:i]), string(r[i:n]))
				start = n
			}
			i = n - 1
			continue
		}
		// a letter before the hyphen with a letter, or a hyphen behind one, before it
		if letter(i-1) && i-2 >= start && (letter(i-2) || r[i-2] == '-' && letter(i-3)) && letter(i+1) && (letter(i+2) || i+2 < len(r) && r[i+2] == '-' && letter(i+3)) {
			out = append(out, string(r[start:i+1]))
			start = i + 1
		}
	}
	if start < len(r) {
		out = append(out, string(r[start:]))
	}
	return out
}

func (w wrapper) wrap(line string) []string {
	chunks := w.chunks(line)
	var out []string
	for len(chunks) > 0 {
		var cur []string
		size := 0
		if len(out) > 0 && strings.TrimFunc(chunks[0], isSpace) == "" {
			chunks = chunks[1:]
		}
		for len(chunks) > 0 {
			n := utf8.RuneCountInString(chunks[0])
			if size+n > w.width {
				break
			}
			cur, size, chunks = append(cur, chunks[0]), size+n, chunks[1:]
		}
		if len(chunks) > 0 && utf8.RuneCountInString(chunks[0]) > w.width {
			switch room := w.width - size; {
			case w.long:
				r := []rune(chunks[0])
				room = max(room, 1)
				end := room
				if w.hyphens && len(r) > room {
					if i := lastHyphen(r[:room]); i > 0 {
						end = i + 1
					}
				}
				cur, chunks[0] = append(cur, string(r[:end])), string(r[end:])
			case len(cur) == 0:
				cur, chunks = append(cur, chunks[0]), chunks[1:]
			}
		}
		if n := len(cur); n > 0 && strings.TrimFunc(cur[n-1], isSpace) == "" {
			cur = cur[:n-1]
		}
		if len(cur) > 0 {
			out = append(out, strings.Join(cur, ""))
		}
	}
	return out
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
