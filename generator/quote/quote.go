// Package quote makes foreign text safe to show on a terminal.
//
// Text that a template, an answer or a file brings along may hold escape
// sequences that rewrite the screen, or invisible characters that change what a
// person reads. Everything of that kind goes through here and nowhere else.
// What [Text] and [Lines] return is for eyes, not for parsing; [Shell] is for a
// shell, and still has to go through Text before it is shown.
package quote

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s with every control, bidirectional, zero-width and unassigned
// character, and every byte that is not UTF-8, written out: \x1b, \u202e, \n.
// Plain text, backslashes included, comes back as it is, so that quoting twice
// is quoting once.
func Text(s string) string { return escape(s, "") }

// Lines is [Text] for text of several lines: newlines and tabs stay. A carriage
// return does not, because it lets a line overwrite itself.
func Lines(s string) string { return escape(s, "\n\t") }

func escape(s, keep string) string {
	first := strings.IndexFunc(s, func(r rune) bool { return !plain(r, keep) })
	if first < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:first])
	for i := first; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if plain(r, keep) && (r != utf8.RuneError || size > 1) {
			b.WriteString(s[i : i+size])
		} else {
			b.WriteString(written(s[i : i+size]))
		}
		i += size
	}
	return b.String()
}

// plain reports whether r may be shown as it is. utf8.RuneError never may on
// its own account: the caller looks at its bytes.
func plain(r rune, keep string) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r != 0x7f || strings.ContainsRune(keep, r)
	}
	return r != utf8.RuneError && unicode.IsGraphic(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// written spells one character, or one stray byte, the way Go source would.
func written(s string) string {
	q := strconv.QuoteToASCII(s)
	return q[1 : len(q)-1]
}
