package quote_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/quote"
)

func TestText(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain text stays":                  {"shop, the 2nd: 100 %", "shop, the 2nd: 100 %"},
		"letters of any script stay":        {"Größe 大きさ मात्रा", "Größe 大きさ मात्रा"},
		"a backslash stays":                 {`C:\new`, `C:\new`},
		"an escape sequence is written out": {"\x1b[2Jgone", `\x1b[2Jgone`},
		"a C1 control is written out":       {"\u009b2J", `\u009b2J`},
		"a bidi override is written out":    {"a\u202eb", `a\u202eb`},
		"a zero-width space is written out": {"a\u200bb", `a\u200bb`},
		"a Hangul filler is written out":    {"a\u3164b", `a\u3164b`},
		"a line separator is written out":   {"a\u2028b", `a\u2028b`},
		"a tag character is written out":    {"\U000e0041", `\U000e0041`},
		"bytes that are no UTF-8 are shown": {"a\xffb", `a\xffb`},
		"a replacement character is shown":  {"\ufffd", `\ufffd`},
		"a newline is written out":          {"a\r\nb", `a\r\nb`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := quote.Text(tt.in); got != tt.want {
				t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	const in, want = "a\tb\r\nc\x1b[0m\n", "a\tb\\r\nc\\x1b[0m\n"
	if got := quote.Lines(in); got != want {
		t.Errorf("Lines(%q) = %q, want %q", in, got, want)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31m", "\u202e", "\xff\xfe", "é\u0301\n", "\ufeff", "😀", `\x1b`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := quote.Text(s)
		if !utf8.ValidString(got) {
			t.Errorf("Text(%q) = %q is not UTF-8", s, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) }); i >= 0 {
			t.Errorf("Text(%q) = %q shows %q", s, got, got[i:])
		}
		if again := quote.Text(got); again != got {
			t.Errorf("quoting %q twice gives %q", got, again)
		}
		if lines := quote.Lines(s); strings.Count(lines, "\n") != strings.Count(s, "\n") {
			t.Errorf("Lines(%q) = %q has another number of lines", s, lines)
		}
	})
}
